"""What the deprecated nouns say about issues and refusals."""

from __future__ import annotations

from collections.abc import Iterable

import click
from msgspec import Struct

from setsquare.journeys.openspec_showing import NotShown
from setsquare.spec.openspec.issue import Issue, Level
from setsquare.surfaces.cli.openspec.answer import Answer

JSON = click.option("--json", "is_json", is_flag=True, help="Print JSON.")
NEVER_ASKS = click.option("--no-interactive", "is_interactive", is_flag=True, flag_value=False, default=True, help="Nothing is ever asked.")
"""Options of both nouns; nothing looks at the latter, which scripts pass."""

_MARKS = {Level.ERROR: "✗", Level.WARNING: "⚠", Level.INFO: "ℹ"}


class IssueShape(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An issue in JSON."""

    level: str
    path: str
    message: str
    line: int = 0


class SummaryShape(Struct, frozen=True, kw_only=True):
    """How many issues there are of each level."""

    errors: int
    warnings: int
    info: int


class ReportShape(Struct, frozen=True, kw_only=True):
    """The verdict on one item."""

    valid: bool
    issues: tuple[IssueShape, ...]
    summary: SummaryShape


def report_shape(issues: tuple[Issue, ...], *, is_good: bool) -> ReportShape:
    """Write a verdict for JSON."""
    counts = [sum(issue.level is level for issue in issues) for level in (Level.ERROR, Level.WARNING, Level.INFO)]
    shapes = (IssueShape(level=issue.level.value, path=issue.path, message=issue.message, line=issue.line) for issue in issues)
    return ReportShape(valid=is_good, issues=tuple(shapes), summary=SummaryShape(errors=counts[0], warnings=counts[1], info=counts[2]))


def report_lines(issues: Iterable[Issue]) -> str:
    """Write issues for people."""
    return "".join(f"{_MARKS[issue.level]} [{issue.level.value}] {issue.path}: {issue.message}\n" for issue in issues)


def failed(refusal: NotShown, before: str) -> Answer:
    """Answer that an item cannot be read; these commands do so in text even where JSON was asked for."""
    return Answer(notes=f"{before}Error: {refusal.message}\n", exit_code=1)
