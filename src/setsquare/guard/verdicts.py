"""Builds decisions and finds the strictest of several."""

from __future__ import annotations

from collections.abc import Iterable

from setsquare.guard.capability import Decision, Permission

_ORDER = (Permission.ALLOW, Permission.ASK, Permission.DENY)


def allow(rule: str, reason: str) -> Decision:
    """Allow.

    >>> allow("read", "Files may be read.").permission.value
    'allow'
    """
    return Decision(permission=Permission.ALLOW, rule=rule, reason=reason)


def ask(rule: str, reason: str) -> Decision:
    """Ask a person first.

    >>> ask("new-file", "It is new.").permission.value
    'ask'
    """
    return Decision(permission=Permission.ASK, rule=rule, reason=reason)


def deny(rule: str, reason: str) -> Decision:
    """Deny, whoever would say yes.

    >>> deny("secret-path", "It holds secrets.").permission.value
    'deny'
    """
    return Decision(permission=Permission.DENY, rule=rule, reason=reason)


def strictest(decisions: Iterable[Decision], otherwise: Decision) -> Decision:
    """Choose the least permissive decision, the first of equals.

    >>> strictest([allow("a", ""), deny("b", ""), ask("c", "")], allow("d", "")).rule, strictest([], allow("d", "")).rule
    ('b', 'd')
    """
    return max(decisions, key=lambda decision: _ORDER.index(decision.permission), default=otherwise)
