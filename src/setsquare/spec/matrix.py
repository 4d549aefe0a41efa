"""Lays the trace graph out as a matrix: requirement, design, task, code, test."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from msgspec import Struct

from setsquare.spec.link import CriterionState, LinkKind, TraceLink
from setsquare.spec.trace import TraceGraph, demanding
from setsquare.workspace.spec import Spec, TaskState


class TaskCell(Struct, frozen=True):
    """A task in a row: its key, title and state."""

    key: str
    title: str
    state: TaskState


class MatrixRow(Struct, frozen=True, kw_only=True):
    """One criterion with everything that is linked to it; each list in written order, without repetition.

    `design` are section titles and properties (`Property 4: Round trip`), `code` and `tests` files with a line where one is known
    (`src/login.py:12`).
    """

    criterion: str
    text: str
    state: CriterionState
    design: tuple[str, ...] = ()
    tasks: tuple[TaskCell, ...] = ()
    code: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()


# req: check/2.4
def matrix(graph: TraceGraph, spec: Spec | str, found: Iterable[TraceLink] = ()) -> tuple[MatrixRow, ...]:
    """Build the rows of one spec; `found` are further links: from code and tests, and from a run's commits (`TOUCHES`).

    >>> matrix(TraceGraph(), "login")
    ()
    """
    traced = graph.spec(spec)
    if traced is None:
        return ()
    name = traced.spec.name
    naming: defaultdict[tuple[LinkKind, str], list[TraceLink]] = defaultdict(list)
    touched: defaultdict[str, list[str]] = defaultdict(list)
    for link in (*graph.links, *found):
        if link.kind is LinkKind.TOUCHES and link.spec == name:
            touched[link.source].append(link.target)
        elif link.target_spec == name:
            naming[link.kind, link.target].append(link)
    tasks = dict(zip(traced.keys, traced.spec.tasks.tasks, strict=True)) if traced.spec.tasks else {}
    titles = {f"Property {item.number}": item.title for item in traced.spec.design.properties} if traced.spec.design else {}
    states = dict(traced.states)
    rows = []
    for criterion in demanding(traced.spec):
        implementing = [link.source for link in naming[LinkKind.IMPLEMENTS, criterion.id] if link.spec == name]
        rows.append(
            MatrixRow(
                criterion=criterion.id,
                text=criterion.text,
                state=states[criterion.id],
                design=_once(
                    [
                        *(link.source for link in naming[LinkKind.REALIZES, criterion.id]),
                        *(_property(link.source, titles) for link in naming[LinkKind.VALIDATES, criterion.id]),
                    ]
                ),
                tasks=tuple(TaskCell(key, tasks[key].title, tasks[key].state) for key in dict.fromkeys(implementing)),
                code=_once([*_places(naming[LinkKind.IMPL, criterion.id]), *(path for key in implementing for path in touched[key])]),
                tests=_once(_places(naming[LinkKind.VERIFIES, criterion.id])),
            )
        )
    return tuple(rows)


def _once(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))


def _property(source: str, titles: dict[str, str]) -> str:
    title = titles.get(source, "")
    return f"{source}: {title}" if title else source


def _places(links: Iterable[TraceLink]) -> list[str]:
    return [f"{link.path}:{link.line}" if link.line else link.path for link in links]
