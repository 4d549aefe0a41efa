"""Shows a trace as boxes and lines with a table beside: part of a page about something else."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape

from setsquare.spec.link import CriterionState
from setsquare.spec.matrix import MatrixRow
from setsquare.surfaces.cli.report.label import cut
from setsquare.surfaces.cli.report.trace_picture import Bond, Spot, picture
from setsquare.surfaces.cli.report.trace_table import files_of
from setsquare.workspace.spec import TaskState

_TASKS = 2
_TABLE = "Requirements"
"""The section that lists every criterion: a link to it tells nothing."""
_MOST_IN_PICTURE, _TITLE = 30, 100
_KINDS = {"tested": "ok", "implemented": "", "planned": "warn", "uncovered": "bad"}
"""The states from the furthest on, with the colour class of each."""
_HEAD = ("requirement", "design", "task", "code", "test", "state")


def state_of(row: MatrixRow) -> str:
    """Name how far a criterion is in a run that tested it: implemented or verified and named by a test counts as `tested`."""
    if row.state in {CriterionState.IMPLEMENTED, CriterionState.VERIFIED} and row.tests:
        return "tested"
    return row.state.value


def trace_section(rows: tuple[MatrixRow, ...], titles: Mapping[str, str] | None = None) -> str:
    """Show a trace with its legend: as one picture while that can be read, else requirement by requirement, folded."""
    legend = "".join(f'<span><i class="dot {_shade(state)}"></i>{state}</span>' for state in _KINDS)
    shown = f'<p class="legend">{legend}</p>'
    if len(rows) <= _MOST_IN_PICTURE:
        return shown + _figure(rows)
    groups: dict[str, list[MatrixRow]] = {}
    for row in rows:
        groups.setdefault(_requirement(row), []).append(row)
    known = titles or {}
    return shown + "".join(
        _folded(number, known.get(number, ""), tuple(group), is_open=index == 0) for index, (number, group) in enumerate(groups.items())
    )


def _requirement(row: MatrixRow) -> str:
    """Give the number of the requirement that a criterion belongs to."""
    return row.criterion.partition(".")[0]


def _folded(number: str, title: str, rows: tuple[MatrixRow, ...], *, is_open: bool) -> str:
    """Show one requirement as a line with a dot for each criterion; its picture and table unfold."""
    states = [state_of(row) for row in rows]
    dots = "".join(
        f'<i class="dot {_shade(state)}" title="{escape(row.criterion)} {state}"></i>' for row, state in zip(rows, states, strict=True)
    )
    counts = ", ".join(f"{states.count(state)} {state}" for state in _KINDS if state in states)
    name = escape(cut(f"{number}  {title}".strip(), _TITLE))
    return (
        f'<details class="group"{" open" if is_open else ""}><summary><b>{name}</b><span class="dots">{dots}</span>'
        f'<span class="soft">{counts}</span></summary>{_figure(rows)}</details>'
    )


def _figure(rows: tuple[MatrixRow, ...]) -> str:
    """Make the picture and the table of some criteria."""
    body = "".join(_table_row(row) for row in rows)
    head = "".join(f"<th>{name}</th>" for name in ("", *_HEAD))
    return (
        f'<div class="scroll picture">{trace_picture(rows)}</div><details class="same"><summary>The same as a table</summary>'
        f'<div class="scroll"><table class="trace"><thead><tr>{head}</tr></thead>{body}</table></div></details>'
    )


def _table_row(row: MatrixRow) -> str:
    """Make one row of the table."""
    cells = (
        _list(tuple(item for item in row.design if item != _TABLE)),
        _list(tuple(f"{cell.key} {cell.title}" for cell in row.tasks)),
        _list(row.code),
        _list(row.tests),
    )
    listed = "".join(f'<td data-name="{name}">{cell}</td>' for name, cell in zip(_HEAD[1:-1], cells, strict=True))
    state = state_of(row)
    return (
        f'<tr id="c{escape(row.criterion)}"><td><b>{escape(row.criterion)}</b></td><td>{escape(row.text)}</td>{listed}'
        f'<td data-name="state" class="{_KINDS[state]}">{state}</td></tr>'
    )


def trace_picture(rows: tuple[MatrixRow, ...]) -> str:
    """Draw the matrix as one picture."""
    spots: dict[tuple[int, str], Spot] = {}
    bonds: dict[tuple[tuple[int, str], tuple[int, str]], Bond] = {}
    groups: dict[str, int] = {}
    for row in rows:
        group = groups.setdefault(row.tasks[0].key if row.tasks else row.criterion.partition(".")[0], len(groups))
        columns = _columns(row)
        for column, entries in enumerate(columns):
            for key, label, state in entries:
                spots.setdefault((column, key), Spot(column, key, label, state, row.text if column == 0 else label))
        for column in range(len(columns) - 1):
            following = next((later for later in range(column + 1, len(columns)) if columns[later]), None)
            if following is not None:
                for source, _, _ in columns[column]:
                    for target, _, _ in columns[following]:
                        ends = ((column, source), (following, target))
                        bonds.setdefault(ends, Bond(*ends, group))
    ordered = sorted(spots.values(), key=lambda spot: (spot.column, _natural(spot.key) if spot.column == _TASKS else ()))
    return picture(tuple(ordered), tuple(bonds.values()))


def _natural(key: str) -> tuple[int, ...]:
    """Order task ids by their numbers."""
    return tuple(int(number) for number in re.findall(r"\d+", key))


def _columns(row: MatrixRow) -> tuple[tuple[tuple[str, str, str], ...], ...]:
    """Give the boxes of one criterion, column by column, as (key, label, state)."""
    state = _shade(state_of(row))
    return (
        ((row.criterion, f"{row.criterion}  {row.text}", state),),
        tuple((item, item, "") for item in row.design if item != _TABLE)[:3],
        tuple((cell.key, f"{cell.key}  {cell.title}", "implemented" if cell.state is TaskState.DONE else "planned") for cell in row.tasks),
        tuple((path, path, "") for path in files_of(row.code)),
        tuple((path, path, "") for path in files_of(row.tests)),
    )


def _list(values: tuple[str, ...]) -> str:
    """Show values one below the other."""
    return "<br>".join(escape(value) for value in values) or '<span class="soft">–</span>'


def _shade(state: str) -> str:
    """Name the class that colours a dot."""
    return {"tested": "verified"}.get(state, state)
