"""Lays the trace graph out as a matrix: requirement, design, task, code, test."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from msgspec import Struct

from setsquare.spec.link import CriterionState, LinkKind, TraceLink
from setsquare.spec.results import Outcome
from setsquare.spec.states import CriterionStatus, Evidence, Overlay, statuses
from setsquare.spec.trace import SpecTrace, TraceGraph, demanding
from setsquare.workspace.sources import unmounted
from setsquare.workspace.spec import Spec, TaskState


class TaskCell(Struct, frozen=True):
    """A task in a row: its key, title and state."""

    key: str
    title: str
    state: TaskState


class TestCell(Struct, frozen=True, kw_only=True):
    """A test in a row: `place` is its file with the line, `name` the function or title, empty for a whole file.

    `outcome` is `None` where no result is recorded; `is_proof` tells whether it passed on the files as they are.
    """

    __test__ = False

    place: str
    name: str = ""
    outcome: Outcome | None = None
    is_proof: bool = False
    detail: str = ""


class MatrixRow(Struct, frozen=True, kw_only=True):
    """One criterion with everything that is linked to it; each list in written order, without repetition.

    `design` are section titles and properties (`Property 4: Round trip`), `code` and `tests` files with a line where one is known
    (`src/login.py:12`); `checks` are the tests once more with their results. `reason` says why the state is no further.
    """

    criterion: str
    text: str
    state: CriterionState
    design: tuple[str, ...] = ()
    tasks: tuple[TaskCell, ...] = ()
    code: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    checks: tuple[TestCell, ...] = ()
    reason: str = ""
    overlays: tuple[Overlay, ...] = ()


# req: check/2.4
def matrix(graph: TraceGraph, spec: Spec | str, found: Iterable[TraceLink] = (), evidence: Evidence | None = None) -> tuple[MatrixRow, ...]:
    """Build the rows of one spec; `found` are further links: from code and tests, and from a run's commits (`TOUCHES`).

    `evidence` holds them together with results and overlays where those are known.

    >>> matrix(TraceGraph(), "login")
    ()
    """
    traced = graph.spec(spec)
    if traced is None:
        return ()
    name = traced.spec.name
    naming: defaultdict[tuple[LinkKind, str], list[str]] = defaultdict(list)
    for link in graph.links:
        if link.target_spec == name:
            naming[link.kind, link.target].append(link.source)
    own: defaultdict[str, list[str]] = defaultdict(list)
    for link in traced.links:
        if link.kind is LinkKind.IMPLEMENTS and link.target_spec == name:
            own[link.target].append(link.source)
    tasks = dict(zip(traced.keys, traced.spec.tasks.tasks, strict=True)) if traced.spec.tasks else {}
    titles = {f"Property {item.number}": item.title for item in traced.spec.design.properties} if traced.spec.design else {}
    judged = statuses(traced, evidence or Evidence(links=tuple(found)))
    return tuple(
        MatrixRow(
            criterion=criterion.id,
            text=criterion.text,
            state=status.state,
            reason=status.reason,
            overlays=status.overlays,
            design=_once(
                [
                    *naming[LinkKind.REALIZES, criterion.id],
                    *(_property(source, titles) for source in naming[LinkKind.VALIDATES, criterion.id]),
                ]
            ),
            tasks=(
                *(TaskCell(key, tasks[key].title, tasks[key].state) for key in dict.fromkeys(own[criterion.id])),
                *_elsewhere(traced, criterion.id),
            ),
            code=_code(status),
            tests=_once(_place(item.link) for item in status.tests),
            checks=_checks(status),
        )
        for criterion, status in zip(demanding(traced.spec), judged, strict=True)
    )


def _elsewhere(traced: SpecTrace, criterion: str) -> Iterator[TaskCell]:
    """List the tasks of other checkouts by where they stand."""
    for one in traced.elsewhere:
        if one.criterion == criterion and one.kind == LinkKind.IMPLEMENTS.value:
            state = TaskState.DONE if one.state is CriterionState.IMPLEMENTED else TaskState.OPEN
            yield TaskCell(one.place, f"a task of {one.source or 'this workspace'}", state)


def _code(status: CriterionStatus) -> tuple[str, ...]:
    """List the places of code; a file that commits touched is left out where a line in it, or a test of the criterion, is named already."""
    known = {link.path for link in status.code} | {item.link.path for item in status.tests}
    return _once([*map(_place, status.code), *(path for path in status.touched if path not in known)])


def _checks(status: CriterionStatus) -> tuple[TestCell, ...]:
    """List the tests with their results."""
    cells = (
        TestCell(
            place=_place(item.link),
            name=item.link.symbol,
            outcome=item.verdict.outcome,
            is_proof=item.verdict.is_proof,
            detail=item.verdict.detail,
        )
        for item in status.tests
    )
    return tuple(dict.fromkeys(cells))


def _once(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))


def _property(source: str, titles: dict[str, str]) -> str:
    title = titles.get(source, "")
    return f"{source}: {title}" if title else source


def _place(link: TraceLink) -> str:
    path = unmounted(link.path)
    return f"{path}:{link.line}" if link.line else path
