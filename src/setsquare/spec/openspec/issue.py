"""What OpenSpec's validation says about one place."""

from __future__ import annotations

import enum
from collections.abc import Iterable

from msgspec import Struct


class Level(enum.Enum):
    """How grave an issue is: an error is never valid, a warning is not under `--strict`, information is always."""

    ERROR = "ERROR"
    WARNING = "WARNING"
    INFO = "INFO"


class Issue(Struct, frozen=True, gc=False):
    """One issue; `path` is OpenSpec's own place name (`file`, `overview`, `requirements[0]`, `cap/spec.md`), `line` 0 where it has none."""

    level: Level
    path: str
    message: str
    line: int = 0


def is_valid(issues: Iterable[Issue], *, is_strict: bool = False) -> bool:
    """Tell whether an item with these issues passes.

    >>> is_valid([Issue(Level.WARNING, "overview", "short")]), is_valid([Issue(Level.WARNING, "overview", "short")], is_strict=True)
    (True, False)
    """
    failing = (Level.ERROR, Level.WARNING) if is_strict else (Level.ERROR,)
    return all(issue.level not in failing for issue in issues)
