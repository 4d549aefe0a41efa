"""Names the Power's keys, and finds which one a misspelt key means."""

from __future__ import annotations

from collections.abc import Sequence

KEYS: tuple[str, ...] = (
    "enabled",
    "mode",
    "targetRoles",
    "excludeRoles",
    "lookbackDays",
    "awsRegion",
    "awsAccountId",
    "cloudtrailLogGroup",
    "prRepository",
    "alertOnEscalation",
    "escalationAlertChannel",
)
"""Every key of the Power, as it must be spelt."""

_SCOPE_WORDS = ("role", "exclu", "except", "ignore", "skip", "deny", "block", "omit", "target", "include", "only", "mode", "apply", "scope")
_NEAR = 0.75


def nearest_key(written: str, known: Sequence[str], *, least: float = _NEAR) -> str:
    """Give the key that a written one means; empty where it is none of them by far, or exactly one of them. `least` is the likeness that counts, 0 to 1.

    >>> nearest_key("Mode", KEYS), nearest_key("target_roles", KEYS), nearest_key("excludeRole", KEYS), nearest_key("$comment", KEYS)
    ('mode', 'targetRoles', 'excludeRoles', '')
    """
    if written in known:
        return ""
    import difflib  # noqa: PLC0415  (start-up: only an unknown key needs it)

    bare = {_bare(name): name for name in known}
    if _bare(written) in bare:
        return bare[_bare(written)]
    found = difflib.get_close_matches(_bare(written)[:80], bare, n=1, cutoff=least)
    return bare[found[0]] if found else ""


def hides_scope(written: str) -> bool:
    """Tell whether an unknown key may have been meant to choose roles, hold some back, or change how the Power acts.

    >>> hides_scope("ignoreRoles"), hides_scope("owner")
    (True, False)
    """
    return any(word in _bare(written) for word in _SCOPE_WORDS)


def _bare(name: str) -> str:
    """Write a name without case and without what separates words."""
    return "".join(char for char in name.casefold() if char.isalnum())
