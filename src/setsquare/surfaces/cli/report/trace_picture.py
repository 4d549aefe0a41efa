"""Draws a trace as one picture: requirement → design → task → code → test, as SVG without scripts or foreign files."""

from __future__ import annotations

from html import escape

from msgspec import Struct

from setsquare.surfaces.cli.report.label import wrapped

COLUMNS = ("Requirement", "Design", "Task", "Code", "Test")
_COLUMN_WIDTH, _GAP, _PITCH, _HEAD, _BOX, _LINE = (300, 200, 230, 210, 220), 56, 34, 46, 26, 15
_PATHS = 3
"""The first column that shows paths; the end of a path says more than its beginning."""


class Spot(Struct, frozen=True):
    """A box in one column: its key, what it says, and the state that colours it (`verified`, `implemented`, `planned`, `uncovered`, empty)."""

    column: int
    key: str
    label: str
    state: str = ""
    title: str = ""


class Bond(Struct, frozen=True):
    """A line between two boxes, by column and key; `group` picks its colour."""

    source: tuple[int, str]
    target: tuple[int, str]
    group: int


class _Box(Struct, frozen=True):
    """A spot with its label in lines, one or two."""

    spot: Spot
    lines: tuple[str, ...]


def picture(spots: tuple[Spot, ...], bonds: tuple[Bond, ...]) -> str:
    """Draw boxes in columns with curved bonds; the height follows the fullest column."""
    columns = [[_Box(spot, _lines(spot)) for spot in spots if spot.column == index] for index in range(len(COLUMNS))]
    pitch = _PITCH + _LINE * (max((len(box.lines) for column in columns for box in column), default=1) - 1)
    height = _HEAD + max(1, *(len(column) for column in columns)) * pitch + 10
    total = sum(_COLUMN_WIDTH) + _GAP * (len(COLUMNS) - 1)
    at = _places(columns, height)
    parts = [f'<svg class="trace" viewBox="0 0 {total} {height}" role="img" aria-label="Trace from requirements to tests">']
    parts += [_curve(at, bond) for bond in bonds if bond.source in at and bond.target in at]
    for index, column in enumerate(columns):
        parts.append(f'<text class="head" x="{_left(index)}" y="20">{COLUMNS[index]}</text>')
        if not column:
            parts.append(f'<text class="none" x="{_left(index)}" y="{_HEAD + 17}">none yet</text>')
        parts += [_drawn(box, at[box.spot.column, box.spot.key]) for box in column]
    return "".join([*parts, "</svg>"])


def _lines(spot: Spot) -> tuple[str, ...]:
    """Break a spot's label to its column's width."""
    return wrapped(spot.label, _COLUMN_WIDTH[spot.column] - 30, keeps_end=spot.column >= _PATHS)


def _left(column: int) -> int:
    """Give the left edge of a column."""
    return sum(_COLUMN_WIDTH[:column]) + _GAP * column


def _places(columns: list[list[_Box]], height: int) -> dict[tuple[int, str], float]:
    """Spread each column's boxes over the height; give every box its middle."""
    places: dict[tuple[int, str], float] = {}
    for column in columns:
        step = (height - _HEAD - 10) / max(1, len(column))
        for row, box in enumerate(column):
            places[box.spot.column, box.spot.key] = _HEAD + step * (row + 0.5)
    return places


def _curve(at: dict[tuple[int, str], float], bond: Bond) -> str:
    """Draw one bond."""
    x1, y1 = _left(bond.source[0]) + _COLUMN_WIDTH[bond.source[0]], at[bond.source]
    x2, y2 = _left(bond.target[0]), at[bond.target]
    middle = (x1 + x2) / 2
    return f'<path class="bond g{bond.group % 6}" d="M{x1} {y1:.1f}C{middle:.0f} {y1:.1f} {middle:.0f} {y2:.1f} {x2} {y2:.1f}"/>'


def _drawn(box: _Box, middle: float) -> str:
    """Draw one box with its label, the full text as a tooltip."""
    spot, width, height = box.spot, _COLUMN_WIDTH[box.spot.column], _BOX + _LINE * (len(box.lines) - 1)
    x, top = _left(spot.column), middle - _LINE / 2 * (len(box.lines) - 1) + 4
    rows = "".join(f'<text x="{x + 22}" y="{top + _LINE * index:.1f}">{escape(line)}</text>' for index, line in enumerate(box.lines))
    return (
        f'<g><title>{escape(spot.title or spot.label)}</title><rect class="box {escape(spot.state)}" x="{x}" y="{middle - height / 2:.1f}" '
        f'width="{width}" height="{height}" rx="6"/><circle class="dot {escape(spot.state)}" cx="{x + 12}" cy="{middle:.1f}" r="4"/>{rows}</g>'
    )
