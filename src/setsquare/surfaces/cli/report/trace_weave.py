"""Draws a spec as a weave: every criterion a thread from its requirement through design, tasks and code to its tests.

Colour and dashes tell the state; a thread that nothing holds runs through the hatched box below a column.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape

from msgspec import Struct

from setsquare.spec.matrix import MatrixRow
from setsquare.surfaces.cli.report.label import wrapped
from setsquare.surfaces.cli.report.trace_table import files_of
from setsquare.surfaces.cli.style import safe
from setsquare.text.paths import parent
from setsquare.workspace.spec import TaskState

COLUMNS = ("Requirement", "Design", "Task", "Code", "Test")
_MISSING = ("", "no design link", "no task", "no code link", "no test")
_LEFT = (210.0, 440.0, 690.0, 940.0, 1190.0)
_WIDTH, _BAR, _TOP = 1400.0, 11.0, 46.0
_LABEL_ROOM = (196.0, 150.0, 170.0, 170.0, 186.0)
_GAP, _LEAST = 7.0, 17.0
_MOST_NODES = 24
_TALLEST, _THICKEST = 400.0, 9.0
_TABLE = "Requirements"
_NONE = "\0"
_HATCH = (
    '<defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect class="hatch0" width="6" height="6"/><line class="hatch1" y1="0" y2="6"/></pattern></defs>'
)


class _Node(Struct, kw_only=True):
    """A box of one column with the threads that it holds, by their numbers; placed from `top`, `height` high."""

    key: str
    label: str
    threads: list[int]
    is_done: bool = False
    top: float = 0.0
    height: float = 0.0

    @property
    def is_missing(self) -> bool:
        """Tell whether this is the box of what nothing holds."""
        return self.key == _NONE


def weave(rows: tuple[MatrixRow, ...], titles: Mapping[str, str]) -> str:
    """Draw the rows of one spec; `titles` are the requirements' by number and the tasks' as `task 4`.

    >>> weave((), {})
    ''
    """
    if not rows:
        return ""
    thick = max(0.8, min(_THICKEST, _TALLEST / len(rows)))
    columns = [_column(index, rows, titles) for index in range(len(COLUMNS))]
    heights = [_placed(column, thick) for column in columns]
    tallest = max(heights)
    for column, height in zip(columns, heights, strict=True):
        for node in column:
            node.top += (tallest - height) / 2 if column is columns[0] else (tallest - height) / 3
    slots = [_slots(column, thick) for column in columns]
    height = _TOP + tallest + 14
    opening = f'<svg class="weave" viewBox="0 0 {_WIDTH:.0f} {height:.0f}" role="img" aria-label="{_shown(_summary(rows))}">'
    parts = [opening, _HATCH]
    parts += [_thread(number, row, slots, thick) for number, row in enumerate(rows)]
    for index, column in enumerate(columns):
        anchor = _LEFT[index] + (_BAR if index == 0 else 0)
        end = ' text-anchor="end"' if index == 0 else ""
        parts.append(f'<text class="head" x="{anchor:.0f}" y="20"{end}>{COLUMNS[index]}</text>')
        parts += [_box(index, node, rows) for node in column]
    return "".join([*parts, "</svg>"])


def _summary(rows: tuple[MatrixRow, ...]) -> str:
    """Say in words what the picture shows."""
    states = [row.state.value for row in rows]
    counts = ", ".join(f"{states.count(state)} {state}" for state in ("verified", "implemented", "planned", "uncovered") if state in states)
    return f"{len(rows)} criteria from requirement to test: {counts}. The list below says the same."


def _column(index: int, rows: tuple[MatrixRow, ...], titles: Mapping[str, str]) -> list[_Node]:
    """Gather one column's boxes, those that hold the first criteria on top; what nothing holds goes last."""
    named = [_named(index, row, titles) for row in rows]
    if len({key for keys in named for key, _ in keys}) > _MOST_NODES:
        named = [tuple(dict.fromkeys(_coarser(index, key, label, titles) for key, label in keys)) for keys in named]
    nodes: dict[str, _Node] = {}
    for number, keys in enumerate(named):
        for key, label in keys or ((_NONE, _MISSING[index]),):
            nodes.setdefault(key, _Node(key=key, label=label, threads=[])).threads.append(number)
    listed = sorted(nodes.values(), key=lambda node: (node.is_missing, sum(node.threads) / len(node.threads)))
    shown = [node for node in listed if not node.is_missing]
    if index and len(shown) > _MOST_NODES:
        shown = _merged(shown)
    if index == 2:
        done = {cell.key for row in rows for cell in row.tasks if cell.state is TaskState.DONE}
        for node in shown:
            node.is_done = node.key in done
    return [*shown, *(node for node in listed if node.is_missing)]


def _named(index: int, row: MatrixRow, titles: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Name what holds a criterion in one column, as (key, label)."""
    match index:
        case 0:
            number = row.criterion.rpartition(".")[0] or row.criterion
            title = titles.get(number, "")
            return ((number, f"{number}  {title}" if title else f"Requirement {number}"),)
        case 1:
            return tuple((item, item) for item in row.design if item != _TABLE)
        case 2:
            return tuple((cell.key, f"{cell.key}  {cell.title}") for cell in row.tasks)
        case 3:
            return tuple((path, path) for path in files_of(row.code))
        case _:
            return tuple((path, path) for path in files_of(row.tests))


def _coarser(index: int, key: str, label: str, titles: Mapping[str, str]) -> tuple[str, str]:
    """Join what would be too many boxes: tasks by their first number, files by folder."""
    if index == 2 and (first := re.match(r"(\d+)[.\d]*", key)):
        title = titles.get(f"task {first[1]}", "")
        return f"task {first[1]}", f"{first[1]}  {title}" if title else f"Task {first[1]}"
    if index > 2:
        folder = parent(key)
        return (f"{folder}/", f"{folder}/") if folder else (key, label)
    return key, label


def _merged(nodes: list[_Node]) -> list[_Node]:
    """Keep the fullest boxes; the rest become one."""
    kept = sorted(nodes, key=lambda node: -len(node.threads))[: _MOST_NODES - 1]
    rest = [node for node in nodes if node not in kept]
    threads = sorted({number for node in rest for number in node.threads})
    other = _Node(key="\1", label=f"{len(rest)} others", threads=threads)
    return [*(node for node in nodes if node in kept), other]


def _placed(column: list[_Node], thick: float) -> float:
    """Stack a column's boxes; give its height."""
    top = _TOP
    for node in column:
        node.height = max(3.0, len(node.threads) * thick)
        room = max(node.height, _LEAST)
        node.top = top + (room - node.height) / 2
        top += room + _GAP
    return top - _TOP


def _slots(column: list[_Node], thick: float) -> dict[int, list[tuple[float, bool]]]:
    """Give for each thread the middles of its places in a column, and whether nothing holds it there."""
    found: dict[int, list[tuple[float, bool]]] = {}
    for node in column:
        first = node.top + (node.height - len(node.threads) * thick) / 2
        for place, number in enumerate(node.threads):
            found.setdefault(number, []).append((first + (place + 0.5) * thick, node.is_missing))
    return found


def _thread(number: int, row: MatrixRow, slots: list[dict[int, list[tuple[float, bool]]]], thick: float) -> str:
    """Draw one criterion through all columns."""
    held: list[str] = []
    loose: list[str] = []
    for index in range(len(COLUMNS) - 1):
        x1, x2 = _LEFT[index] + _BAR, _LEFT[index + 1]
        middle = (x1 + x2) / 2
        for y1, is_loose in slots[index].get(number, []):
            for y2, will_be_loose in slots[index + 1].get(number, []):
                curve = f"M{x1:.0f} {y1:.1f}C{middle:.0f} {y1:.1f} {middle:.0f} {y2:.1f} {x2:.0f} {y2:.1f}"
                (loose if is_loose or will_be_loose else held).append(curve)
    width = max(0.7, thick * 0.72)
    lines = "".join(
        f'<path class="{kind}" stroke-width="{width:.1f}" d="{"".join(curves)}"/>'
        for kind, curves in (("held", held), ("loose", loose))
        if curves
    )
    return f'<g class="thread s-{row.state.value}" data-c="{_shown(row.criterion)}"><title>{_shown(f"{row.criterion} {row.text}"[:300])}</title>{lines}</g>'


def _box(index: int, node: _Node, rows: tuple[MatrixRow, ...]) -> str:
    """Draw one box with its label."""
    x, middle = _LEFT[index], node.top + node.height / 2
    label = f"{len(node.threads)} × {node.label}" if node.is_missing else node.label
    lines = wrapped(" ".join(label.split()), _LABEL_ROOM[index], keeps_end=index > 2 and not node.is_missing)[
        : 2 if node.height > 26 else 1
    ]
    if len(lines) == 1 and lines[0] != label and index <= 2:
        lines = (_cut(label, _LABEL_ROOM[index]),)
    at, end = (x - 8, ' text-anchor="end"') if index == 0 else (x + _BAR + 7, "")
    first = middle + 4 - 7.5 * (len(lines) - 1)
    texts = "".join(f'<text x="{at:.0f}" y="{first + 15 * place:.1f}"{end}>{_shown(line)}</text>' for place, line in enumerate(lines))
    kind = "node missing" if node.is_missing else "node done" if node.is_done else "node"
    ids = _shown(" ".join(rows[number].criterion for number in node.threads))
    return (
        f'<g class="{kind}" data-cs="{ids}"><title>{_shown(node.label[:300])}: {len(node.threads)}</title>'
        f'<rect x="{x:.0f}" y="{node.top:.1f}" width="{_BAR:.0f}" height="{node.height:.1f}" rx="3"/>{texts}</g>'
    )


def _cut(label: str, room: float) -> str:
    """Shorten a label to one line."""
    lines = wrapped(label, room)
    return lines[0] if len(lines) == 1 else f"{lines[0]}…"


def _shown(text: str) -> str:
    return escape(safe(text))
