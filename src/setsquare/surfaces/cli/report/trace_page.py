"""Prints a trace matrix: as aligned text, Markdown, CSV, or a page with a picture."""

from __future__ import annotations

import csv
import io
import re
from html import escape

from setsquare.spec.link import CriterionState
from setsquare.spec.matrix import MatrixRow
from setsquare.surfaces.cli.report.page import card, page
from setsquare.surfaces.cli.report.trace_picture import Bond, Spot, picture
from setsquare.surfaces.cli.style import safe, table
from setsquare.workspace.spec import TaskState

_TASKS = 2
_TABLE = "Requirements"
"""The section that lists every criterion: a link to it tells nothing."""
_HEAD = ("requirement", "design", "task", "code", "test", "state")


def state_of(row: MatrixRow) -> str:
    """Name how far a criterion is: implemented and named by a test counts as `tested`."""
    if row.state is CriterionState.IMPLEMENTED and row.tests:
        return "tested"
    return row.state.value


def trace_table(rows: tuple[MatrixRow, ...], output_format: str) -> str:
    """Print the matrix as `text`, `md` or `csv`."""
    cells = [_cells(row, is_short=output_format == "text") for row in rows]
    if output_format == "csv":
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows([_HEAD, *cells])
        return out.getvalue()
    if output_format == "md":
        lines = [f"| {' | '.join(_HEAD)} |", f"|{'---|' * len(_HEAD)}"]
        return "\n".join([*lines, *(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in cells)])
    return table([tuple(name.upper() for name in _HEAD), *cells], indent="")


def _cells(row: MatrixRow, *, is_short: bool) -> tuple[str, ...]:
    """Shape one row; for a terminal long lists become a count and the requirement its id."""
    tasks = [f"{cell.key}{' ✓' if cell.state is TaskState.DONE else ''}" for cell in row.tasks]
    if is_short:
        return (
            f"{row.criterion} {_cut(safe(row.text), 44)}",
            _brief(tuple(item for item in row.design if item != _TABLE), 26),
            ", ".join(tasks) or "–",
            _brief(_files(row.code), 30),
            _brief(_files(row.tests), 30),
            state_of(row),
        )
    return (
        f"{row.criterion} {safe(row.text)}",
        "; ".join(row.design),
        ", ".join(tasks),
        ", ".join(row.code),
        ", ".join(row.tests),
        state_of(row),
    )


def _files(places: tuple[str, ...]) -> tuple[str, ...]:
    """Leave line numbers out, each file once."""
    return tuple(dict.fromkeys(place.partition(":")[0] for place in places))


def _brief(values: tuple[str, ...], room: int) -> str:
    """Show the first value and how many more there are."""
    if not values:
        return "–"
    more = f" +{len(values) - 1}" if len(values) > 1 else ""
    return _cut(values[0], room - len(more)) + more


def _cut(text: str, room: int) -> str:
    """Shorten a text to a number of characters."""
    return text if len(text) <= room else text[: room - 1].rstrip() + "…"


def trace_page(name: str, rows: tuple[MatrixRow, ...]) -> str:
    """Make the page of one spec's trace."""
    states = [state_of(row) for row in rows]
    cards = card(str(len(rows)), "criteria") + "".join(
        card(str(states.count(state)), state, kind)
        for state, kind in (("tested", "ok"), ("implemented", ""), ("planned", "warn"), ("uncovered", "bad"))
    )
    return page(
        f"Trace of {name}",
        f'<h1>Trace of {escape(name)}</h1><p class="lead">From each criterion to the design, tasks, code and tests that serve it.</p><div class="cards">{cards}</div>{trace_section(rows)}',
    )


def trace_section(rows: tuple[MatrixRow, ...]) -> str:
    """Make the picture and the table of a trace."""
    body = "".join(
        f"<tr><td><b>{escape(row.criterion)}</b></td><td>{escape(row.text)}</td><td>{_list(row.design)}</td>"
        f"<td>{_list(tuple(f'{cell.key} {cell.title}' for cell in row.tasks))}</td><td>{_list(row.code)}</td><td>{_list(row.tests)}</td>"
        f'<td class="{_colour(state_of(row))}">{state_of(row)}</td></tr>'
        for row in rows
    )
    head = "".join(f"<th>{name}</th>" for name in ("", "requirement", "design", "task", "code", "test", "state"))
    return f'<div class="scroll">{trace_picture(rows)}</div><details><summary>The same as a table</summary><div class="scroll"><table><tr>{head}</tr>{body}</table></div></details>'


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
    state = {"tested": "verified"}.get(state_of(row), state_of(row))
    return (
        ((row.criterion, f"{row.criterion}  {row.text}", state),),
        tuple((item, item, "") for item in row.design if item != _TABLE)[:3],
        tuple((cell.key, f"{cell.key}  {cell.title}", "implemented" if cell.state is TaskState.DONE else "planned") for cell in row.tasks),
        tuple((path, path, "") for path in _files(row.code)),
        tuple((path, path, "") for path in _files(row.tests)),
    )


def _list(values: tuple[str, ...]) -> str:
    """Show values one below the other."""
    return "<br>".join(escape(value) for value in values) or '<span class="soft">–</span>'


def _colour(state: str) -> str:
    """Pick the colour class of a state."""
    return {"tested": "ok", "implemented": "", "planned": "warn", "uncovered": "bad"}[state]
