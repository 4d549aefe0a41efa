"""Holds what a rule found, and how to mend it."""

from __future__ import annotations

import enum

from msgspec import Struct

from setsquare.text.paths import RelPath
from setsquare.text.span import Edit, Span


class Severity(enum.Enum):
    """How bad a finding is; errors and warnings make `check` end with 1, unless `--fail-on` says otherwise."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Fix(Struct, frozen=True, kw_only=True):
    """Edits to the finding's own file; `is_safe` when meaning cannot change."""

    title: str
    edits: tuple[Edit, ...]
    is_safe: bool


class Finding(Struct, frozen=True, kw_only=True):
    """One result of one rule. `span` is what the caret points at; `hint` says what to do next.

    `is_secret` says that the bytes of the span must not be shown anywhere.
    """

    code: str
    severity: Severity
    path: RelPath
    span: Span
    message: str
    hint: str = ""
    fix: Fix | None = None
    is_secret: bool = False


class Disabled(Struct, frozen=True):
    """A finding that a comment switched off, and the comment's reason."""

    finding: Finding
    reason: str


class Example(Struct, frozen=True, kw_only=True):
    """A workspace in miniature: files by path.

    `fires` counts the findings that the rule must give. `source` is empty for a made example, else the public repository and path it was
    taken from. `fixed` is the expected content of the first file after all fixes.
    """

    files: tuple[tuple[str, str], ...]
    fires: int = 0
    source: str = ""
    fixed: str | None = None
