"""Prints a trace matrix as aligned text, Markdown or CSV."""

from __future__ import annotations

import csv
import io
import re

from setsquare.spec.matrix import MatrixRow
from setsquare.spec.states import OverlayKind
from setsquare.surfaces.cli.report.label import cut
from setsquare.surfaces.cli.style import listing, safe
from setsquare.workspace.spec import TaskState

_BAR = re.compile(r"(?<!\\)\|")
_TABLE = "Requirements"
"""The section that lists every criterion: a link to it tells nothing."""
_HEAD = ("requirement", "design", "task", "code", "test", "state")
_MARKS = {"passed": "✓", "failed": "✗", "vacuous": "✗", "skipped": "⊘", "expected-failure": "⊘"}
_QUIET = frozenset({OverlayKind.DRAFT, OverlayKind.APPROVED})


def trace_table(rows: tuple[MatrixRow, ...] | tuple[tuple[str, MatrixRow], ...], output_format: str, room: int | None = None) -> str:
    """Print a matrix as `text` for a terminal of `room` columns, as `md` or `csv`; rows with a spec's name have it as their first column."""
    head: tuple[str, ...] = _HEAD
    cells: list[tuple[str, ...]] = []
    for item in rows:
        if isinstance(item, MatrixRow):
            cells.append(_cells(item, is_short=output_format == "text"))
        else:
            head = ("spec", *_HEAD)
            cells.append((safe(item[0]), *_cells(item[1], is_short=output_format == "text")))
    if output_format == "csv":
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows([head, *(tuple(map(inert, row)) for row in cells)])
        return out.getvalue()
    if output_format == "md":
        lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
        return "\n".join([*lines, *(f"| {' | '.join(map(_in_markdown, row))} |" for row in cells)])
    return listing([tuple(name.upper() for name in head), *cells], room)


def result_mark(outcome: str | None, *, is_proof: bool) -> str:
    """Mark a test by its last result: a result that is not of the files as they are is shown as none.

    >>> result_mark("passed", is_proof=True), result_mark("passed", is_proof=False), result_mark("failed", is_proof=False)
    ('✓', '·', '✗')
    """
    if outcome is None or (outcome == "passed" and not is_proof):
        return "·"
    return _MARKS[outcome]


def state_text(row: MatrixRow) -> str:
    """Name a criterion's state with what stands on it."""
    notes = [f"{item.kind.value}{f' until {item.until}' if item.until else ''}" for item in row.overlays if item.kind not in _QUIET]
    return row.state.value + (f" ({', '.join(notes)})" if notes else "")


def inert(cell: str) -> str:
    """Keep a spreadsheet from taking a cell for a formula.

    Source: OWASP, "CSV Injection".

    >>> inert("=HYPERLINK(1)"), inert(" +1"), inert("1.1 WHEN")
    ("'=HYPERLINK(1)", "' +1", '1.1 WHEN')
    """
    return (
        f"'{cell}"
        if cell.startswith(("\t", "\r", "\n")) or cell.lstrip().startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠"))
        else cell
    )


def files_of(places: tuple[str, ...]) -> tuple[str, ...]:
    """Leave line numbers out, each file once.

    >>> files_of(("a.py:1", "a.py:9", "b.py"))
    ('a.py', 'b.py')
    """
    return tuple(dict.fromkeys(re.sub(r":\d+\Z", "", place) for place in places))


def _cells(row: MatrixRow, *, is_short: bool) -> tuple[str, ...]:
    """Shape one row; for a terminal long lists become a count and the requirement its id."""
    tasks = [f"{cell.key}{' ✓' if cell.state is TaskState.DONE else ''}" for cell in row.tasks]
    if is_short:
        return (
            f"{row.criterion} {cut(safe(row.text), 44)}",
            _brief(tuple(item for item in row.design if item != _TABLE), 26),
            ", ".join(tasks) or "–",
            _brief(files_of(row.code), 30),
            _tests(row),
            state_text(row),
        )
    tests = (
        f"{cell.place}{f' {cell.name}' if cell.name else ''}{f' ({cell.outcome.value})' if cell.outcome else ''}" for cell in row.checks
    )
    return (
        f"{row.criterion} {safe(row.text)}",
        "; ".join(row.design),
        ", ".join(tasks),
        ", ".join(row.code),
        ", ".join(tests),
        state_text(row),
    )


def _tests(row: MatrixRow) -> str:
    """Show the first test's file with the worst result of all, and how many more there are."""
    if not row.checks:
        return _brief(files_of(row.tests), 30)
    marks = [result_mark(cell.outcome.value if cell.outcome else None, is_proof=cell.is_proof) for cell in row.checks]
    worst = min(marks, key="✗⊘·✓".index)
    return f"{worst} {_brief(files_of(row.tests), 28)}"


def _brief(values: tuple[str, ...], room: int) -> str:
    """Show the first value and how many more there are."""
    if not values:
        return "–"
    more = f" +{len(values) - 1}" if len(values) > 1 else ""
    return cut(safe(values[0]), room - len(more)) + more


def _in_markdown(cell: str) -> str:
    """Keep a cell in its place in a table, and foreign words from being a page's markup."""
    return _BAR.sub(r"\\|", safe(cell).replace("<", "&lt;").replace("\n", " "))
