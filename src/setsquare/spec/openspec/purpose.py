"""Chooses the Purpose of a capability that a change creates.

Source: the behaviour of `openspec archive` 1.13.2, observed from outside.
"""

from __future__ import annotations

from setsquare.spec.openspec.structure import structure_issues
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.paths import RelPath
from setsquare.workspace.openspec.main_spec import read_main_spec
from setsquare.workspace.openspec.text import length, trimmed, unfenced

LEAST_LENGTH = 50
"""A shorter Purpose, in UTF-16 units, is called too brief."""

_COMMENT = LazyPattern(r"(?s)<!--.*?-->")


def placeholder(change_id: str) -> str:
    """Write the Purpose of a capability whose change gave none.

    >>> placeholder("add-login")
    'TBD - created by archiving change add-login. Update Purpose after archive.'
    """
    return f"TBD - created by archiving change {change_id}. Update Purpose after archive."


def chosen_purpose(capability: str, purpose: str | None, main_text: str | None, change_id: str, path: str) -> tuple[str, tuple[str, ...]]:
    """Choose the Purpose for a new capability, and say in warnings what becomes of the delta's own one.

    A capability that exists keeps what it has; `path` names its file in the warning.

    >>> chosen_purpose("a", "Short.", None, "c", "spec.md")
    ('Short.', ('a - carried Purpose is under 50 characters; openspec validate --strict reports it as too brief.',))
    """
    given = trimmed(purpose or "")
    says_something = bool(given) and bool(_visible(given))
    if main_text is not None:
        if says_something and _has_another(main_text, given):
            return "", (f"{capability} - delta Purpose ignored; {capability} already has one. Edit {path} directly to change it.",)
        return "", ()
    if not says_something:
        return placeholder(change_id), ()
    if not _is_readable(given):
        warning = f"{capability} - delta Purpose ignored (it would leave the new spec unreadable); wrote the placeholder Purpose instead."
        return placeholder(change_id), (warning,)
    if length(given) < LEAST_LENGTH:
        return given, (
            f"{capability} - carried Purpose is under {LEAST_LENGTH} characters; openspec validate --strict reports it as too brief.",
        )
    return given, ()


def _visible(text: str) -> str:
    """Give what a reader sees: neither fences nor comments."""
    return trimmed(_COMMENT.sub("", unfenced(text).replace("\0", "")))


def _has_another(main_text: str, given: str) -> bool:
    existing = trimmed(read_main_spec("", RelPath(""), main_text).purpose or "")
    return bool(existing and _visible(existing)) and existing != given


def _is_readable(purpose: str) -> bool:
    """Tell whether a spec with this Purpose still shows its sections."""
    text = f"# a\n\n## Purpose\n{purpose}\n\n## Requirements\n"
    return "<!--" not in purpose and not structure_issues(text) and read_main_spec("", RelPath(""), text).has_requirements
