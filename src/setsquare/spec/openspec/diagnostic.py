"""What OpenSpec's commands say about a root, a store or a request that cannot be met."""

from __future__ import annotations

import enum

from msgspec import Struct


class Severity(enum.Enum):
    """How grave a diagnostic is; only an error fails a command."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Diagnostic(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One entry of `status`: a stable code, a sentence, what it is about and what to do; the last two are left out where there is nothing to say."""

    severity: Severity
    code: str
    message: str
    target: str = ""
    fix: str = ""


def error(code: str, message: str, target: str = "", fix: str = "") -> Diagnostic:
    """Make an error.

    >>> error("unknown_item", "Unknown item 'x'.").severity.value
    'error'
    """
    return Diagnostic(severity=Severity.ERROR, code=code, message=message, target=target, fix=fix)
