"""Draws a trace as one picture: requirement → design → task → code → test, as SVG without scripts or foreign files."""

from __future__ import annotations

from html import escape

from msgspec import Struct

COLUMNS = ("Requirement", "Design", "Task", "Code", "Test")
_COLUMN_WIDTH, _GAP, _ROW, _HEAD, _BOX = (300, 200, 230, 210, 220), 56, 34, 46, 26


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


def picture(spots: tuple[Spot, ...], bonds: tuple[Bond, ...]) -> str:
    """Draw boxes in columns with curved bonds; the height follows the fullest column."""
    columns = [[spot for spot in spots if spot.column == index] for index in range(len(COLUMNS))]
    tallest = max((len(column) for column in columns), default=0)
    height = _HEAD + max(1, tallest) * _ROW + 10
    total = sum(_COLUMN_WIDTH) + _GAP * (len(COLUMNS) - 1)
    at = _places(columns, height)
    parts = [f'<svg class="trace" viewBox="0 0 {total} {height}" role="img" aria-label="Trace from requirements to tests">']
    parts += [_curve(at, bond) for bond in bonds if bond.source in at and bond.target in at]
    for index, column in enumerate(columns):
        parts.append(f'<text class="head" x="{_left(index)}" y="20">{COLUMNS[index]}</text>')
        if not column:
            parts.append(f'<text class="none" x="{_left(index)}" y="{_HEAD + 17}">none yet</text>')
        parts += [_box(spot, at[spot.column, spot.key]) for spot in column]
    return "".join([*parts, "</svg>"])


def _left(column: int) -> int:
    """Give the left edge of a column."""
    return sum(_COLUMN_WIDTH[:column]) + _GAP * column


def _places(columns: list[list[Spot]], height: int) -> dict[tuple[int, str], float]:
    """Spread each column's boxes over the height; give every box its middle."""
    places: dict[tuple[int, str], float] = {}
    for column in columns:
        step = (height - _HEAD - 10) / max(1, len(column))
        for row, spot in enumerate(column):
            places[spot.column, spot.key] = _HEAD + step * (row + 0.5)
    return places


def _curve(at: dict[tuple[int, str], float], bond: Bond) -> str:
    """Draw one bond."""
    x1, y1 = _left(bond.source[0]) + _COLUMN_WIDTH[bond.source[0]], at[bond.source]
    x2, y2 = _left(bond.target[0]), at[bond.target]
    middle = (x1 + x2) / 2
    return f'<path class="bond g{bond.group % 6}" d="M{x1} {y1:.1f}C{middle:.0f} {y1:.1f} {middle:.0f} {y2:.1f} {x2} {y2:.1f}"/>'


def _box(spot: Spot, middle: float) -> str:
    """Draw one box with its label, the full text as a tooltip."""
    width = _COLUMN_WIDTH[spot.column]
    room = (width - 26) // 7
    label = spot.label if len(spot.label) <= room else spot.label[: room - 1].rstrip() + "…"
    x, y = _left(spot.column), middle - _BOX / 2
    return (
        f'<g><title>{escape(spot.title or spot.label)}</title><rect class="box {escape(spot.state)}" x="{x}" y="{y:.1f}" width="{width}" height="{_BOX}" rx="6"/>'
        f'<circle class="dot {escape(spot.state)}" cx="{x + 12}" cy="{middle:.1f}" r="4"/>'
        f'<text x="{x + 22}" y="{middle + 4:.1f}">{escape(label)}</text></g>'
    )
