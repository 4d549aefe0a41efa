"""Makes the page of a trace: the picture, what can be filtered, and every criterion with what serves it."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from msgspec import Struct

from setsquare.spec.coverage import Coverage
from setsquare.spec.link import CriterionState
from setsquare.spec.matrix import MatrixRow, TestCell
from setsquare.spec.states import OverlayKind
from setsquare.surfaces.cli.report.label import cut
from setsquare.surfaces.cli.report.page import page
from setsquare.surfaces.cli.report.trace_look import SCRIPT, STYLE
from setsquare.surfaces.cli.report.trace_table import result_mark
from setsquare.surfaces.cli.report.trace_weave import weave
from setsquare.surfaces.cli.style import safe
from setsquare.workspace.spec import TaskState

_TITLE = 110
_TABLE = "Requirements"
_ORDER = (CriterionState.VERIFIED, CriterionState.IMPLEMENTED, CriterionState.PLANNED, CriterionState.UNCOVERED)
_SHAPES = {
    CriterionState.VERIFIED: '<circle class="full" cx="8" cy="8" r="6.5"/><path class="tick" d="M4.8 8.2l2.3 2.3 4.2-4.6"/>',
    CriterionState.IMPLEMENTED: '<rect class="full" x="2.5" y="2.5" width="11" height="11" rx="2"/>',
    CriterionState.PLANNED: '<path d="M8 1.8L14.2 8 8 14.2 1.8 8z"/>',
    CriterionState.UNCOVERED: '<path d="M3 3l10 10M13 3L3 13"/>',
}
_MEANING = {
    CriterionState.VERIFIED: "a test that names it passed on these files",
    CriterionState.IMPLEMENTED: "its tasks are done",
    CriterionState.PLANNED: "a task names it",
    CriterionState.UNCOVERED: "no task names it",
}
_HINT = "Point at a thread or a box to see what hangs together; click to hold it."
_MOST_ORPHANS = 20
_NO_CHIP = '<span class="chip none">–</span>'


class SpecPage(Struct, frozen=True, kw_only=True):
    """What a page shows of one spec: `titles` are the requirements' by number, `orphans` sentences on links that lead nowhere."""

    name: str
    rows: tuple[MatrixRow, ...]
    titles: Mapping[str, str]
    coverage: Coverage
    orphans: tuple[str, ...] = ()


# req: spec-engine/3.4
def trace_page(specs: tuple[SpecPage, ...]) -> str:
    """Make one page of one or more specs."""
    name = specs[0].name if len(specs) == 1 else f"{len(specs)} specs"
    heading = f"<h1>Trace of {shown(name)}</h1>"
    lead = '<p class="lead">From each criterion to the design, tasks, code and tests that serve it.</p>'
    contents = _contents(specs) if len(specs) > 1 else ""
    body = "".join(_section(number, item, has_title=len(specs) > 1) for number, item in enumerate(specs))
    return page(f"Trace of {name}", heading + lead + contents + body, STYLE, SCRIPT)


def _contents(specs: tuple[SpecPage, ...]) -> str:
    """List the specs with their shares."""
    links = "".join(
        f'<a href="#s{number}">{shown(item.name)} <span>{item.coverage.verified} of {item.coverage.criteria} verified</span>{_share(item)}</a>'
        for number, item in enumerate(specs)
    )
    return f'<nav class="specs">{links}</nav>'


def _section(number: int, item: SpecPage, *, has_title: bool) -> str:
    """Show one spec."""
    title = f"<h2>{shown(item.name)}</h2>" if has_title else ""
    if not item.rows:
        return f'<section class="spec" id="s{number}">{title}<p>It has no criteria yet.</p></section>'
    states = {state: sum(row.state is state for row in item.rows) for state in _ORDER}
    buttons = "".join(
        f'<button type="button" class="s-{state.value}" data-s="{state.value}" aria-pressed="true" title="{_MEANING[state]}">'
        f"{mark(state)}<b>{count}</b> {state.value}</button>"
        for state, count in states.items()
    )
    return (
        f'<section class="spec" id="s{number}">{title}{_share(item)}'
        f'<div class="tools">{buttons}<input type="search" placeholder="Filter by words" aria-label="Filter by words">'
        f'<span class="soft kept" aria-live="polite"></span></div>{_meters(item)}'
        f'<div class="scroll picture">{weave(item.rows, item.titles)}</div><p class="said picture" aria-live="polite">{_HINT}</p>'
        f"{_orphans(item)}{_groups(item)}</section>"
    )


def shown(text: str) -> str:
    r"""Escape foreign words for the page, with control characters and direction marks made visible.

    >>> shown("<b>"), shown("a" + chr(0x202E) + "b")
    ('&lt;b&gt;', 'a\\u202eb')
    """
    return escape(safe(text))


def mark(state: CriterionState) -> str:
    """Draw a state's sign: shape and colour say the same.

    >>> "circle" in mark(CriterionState.VERIFIED)
    True
    """
    return f'<svg class="mark s-{state.value}" viewBox="0 0 16 16" aria-hidden="true">{_SHAPES[state]}</svg>'


def _share(item: SpecPage) -> str:
    """Show the states as one bar."""
    states = [row.state for row in item.rows]
    bars = "".join(
        f'<i class="s-{state.value}" style="flex:{states.count(state)}" title="{states.count(state)} {state.value}"></i>'
        for state in _ORDER
        if state in states
    )
    return f'<div class="share" aria-hidden="true">{bars}</div>'


def _meters(item: SpecPage) -> str:
    """Show how many criteria each kind of link reaches."""
    counted = item.coverage
    meters = [
        ("named by a task", counted.with_task, counted.criteria),
        ("in the design", counted.with_design, counted.criteria),
        ("linked to code", counted.with_code, counted.criteria),
        ("named by a test", counted.with_test, counted.criteria),
        ("proved and not suspect", counted.deep, counted.criteria),
    ]
    if counted.properties:
        meters.append(("properties with a test", counted.properties_tested, counted.properties))
    cells = "".join(
        f'<div class="meter"><b>{100 * part // whole if whole else 0} %</b> {name}<i><i style="width:{100 * part / whole if whole else 0:.1f}%"></i></i></div>'
        for name, part, whole in meters
    )
    notes = [f"{count} {name}" for name, count in (("suspect", counted.suspect), ("waived", counted.waived)) if count]
    return f'<div class="meters">{cells}</div>' + (f'<p class="warn">{", ".join(notes)}</p>' if notes else "")


def _orphans(item: SpecPage) -> str:
    """List the links that lead nowhere."""
    if not item.orphans:
        return ""
    count = "1 link" if len(item.orphans) == 1 else f"{len(item.orphans)} links"
    listed = "".join(f"<li>{shown(line)}</li>" for line in item.orphans[:_MOST_ORPHANS])
    return f'<details><summary><b class="bad">{count} from code lead{"s" if len(item.orphans) == 1 else ""} nowhere</b></summary><ul>{listed}</ul></details>'


def _groups(item: SpecPage) -> str:
    """Show every criterion, requirement by requirement."""
    groups: dict[str, list[MatrixRow]] = {}
    for row in item.rows:
        groups.setdefault(row.criterion.rpartition(".")[0] or row.criterion, []).append(row)
    head = '<div class="cols" aria-hidden="true"><span>Criterion</span><span>Design</span><span>Task</span><span>Code</span><span>Test</span></div>'
    return head + "".join(_group(number, item.titles.get(number, ""), tuple(rows)) for number, rows in groups.items())


def _group(number: str, title: str, rows: tuple[MatrixRow, ...]) -> str:
    """Show one requirement."""
    states = [row.state for row in rows]
    counts = ", ".join(f"{states.count(state)} {state.value}" for state in _ORDER if state in states)
    name = shown(cut(f"{number}  {title}".strip(), _TITLE))
    return f'<div class="group"><h3>{name}<span>{counts}</span></h3>{"".join(map(_row, rows))}</div>'


def _row(row: MatrixRow) -> str:
    """Show one criterion with everything that serves it."""
    tags = "".join(
        f' <span class="tag warn" title="{shown(item.reason)}">{item.kind.value}{f" until {shown(item.until)}" if item.until else ""}</span>'
        for item in row.overlays
        if item.kind not in {OverlayKind.DRAFT, OverlayKind.APPROVED}
    )
    columns = (
        ("Design", tuple(shown(item) for item in row.design if item != _TABLE)),
        ("Task", tuple(f"{_box(cell.state)} {shown(f'{cell.key} {cut(cell.title, _TITLE)}')}" for cell in row.tasks)),
        ("Code", tuple(f"<code>{_breakable(place)}</code>" for place in row.code)),
        ("Test", tuple(map(_test, row.checks))),
    )
    chips = "".join(f'<div class="chips" data-name="{name}">{"".join(map(_chip, values)) or _NO_CHIP}</div>' for name, values in columns)
    state = row.state.value
    reason = f"{state}: {shown(row.reason)}" if row.reason else f"{state}: {_MEANING[row.state]}"
    return (
        f'<div class="row s-{state}" data-c="{shown(row.criterion)}" data-s="{state}" id="c{shown(row.criterion)}">'
        f'<div>{mark(row.state)} <button type="button" class="id">{shown(row.criterion)}</button>{tags}<p>{shown(row.text)}</p><small>{reason}</small></div>{chips}</div>'
    )


def _chip(value: str) -> str:
    return f'<span class="chip">{value}</span>'


def _box(state: TaskState) -> str:
    """Show whether a task is done."""
    return '<span class="ok">✓</span>' if state is TaskState.DONE else '<span class="soft">○</span>'


def _test(cell: TestCell) -> str:
    """Show a test with its last result."""
    sign = result_mark(cell.outcome.value if cell.outcome else None, is_proof=cell.is_proof)
    kind = {"✓": "ok", "✗": "bad"}.get(sign, "soft")
    name = f" {shown(cell.name)}" if cell.name else ""
    return f'<span class="{kind}" title="{shown(cell.detail)}">{sign}</span> <code>{_breakable(cell.place)}</code>{name}'


def _breakable(place: str) -> str:
    """Let a path break after its slashes."""
    return shown(place).replace("/", "/<wbr>")
