"""Shows above criteria and tasks how far they are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lsprotocol import types

from setsquare.journeys.living import spec_at
from setsquare.spec.link import LinkKind
from setsquare.spec.link_state import needs_revision
from setsquare.spec.states import CriterionStatus, OverlayKind
from setsquare.spec.trace import SpecTrace
from setsquare.surfaces.lsp.desk import Desk
from setsquare.surfaces.lsp.positions import Lines
from setsquare.text.paths import RelPath, quoted
from setsquare.text.span import Span
from setsquare.workspace.spec import Requirements, Spec, TaskState

START_TASK: Final = "setsquare.startTask"
EXPLAIN_CRITERION: Final = "setsquare.explainCriterion"
_SAID: Final = {
    OverlayKind.SUSPECT: "suspect",
    OverlayKind.WAIVED: "waived",
    OverlayKind.APPROVAL_STALE: "approval stale",
    OverlayKind.NEEDS_REVISION: "needs revision",
}


def code_lenses(desk: Desk, path: RelPath) -> list[types.CodeLens]:
    """List the lenses of a requirements file or a task file."""
    spec = spec_at(desk.living.workspace, path)
    traced = desk.living.traced.graph.spec(spec) if spec else None
    if spec is None or traced is None:
        return []
    lines = desk.lines(path)
    if spec.requirements and (part := spec.requirements.part(path)):
        return list(_criteria(desk, lines, traced, part))
    # Agents do not run OpenSpec's tasks.
    return list(_tasks(desk, lines, spec, traced)) if spec.is_kiro and spec.tasks and spec.tasks.path == path else []


def command_for(spec: str, task: str) -> str:
    """Write the shell command that executes a task.

    >>> command_for("Phase 1/login", "2.1")
    "setsquare run 'Phase 1/login' --task 2.1"
    """
    return f"setsquare run {quoted(spec)} --task {quoted(task)}"


def _criteria(desk: Desk, lines: Lines, traced: SpecTrace, part: Requirements) -> Iterator[types.CodeLens]:
    """Say of each criterion of a file its state and how many tasks and tests name it."""
    spec = traced.spec
    tasks: dict[str, set[str]] = {}
    for item in desk.living.graph.specs:
        for link in item.links:
            if link.kind is LinkKind.IMPLEMENTS and link.target_spec == spec.name:
                tasks.setdefault(link.target, set()).add(f"{item.spec.path}\0{link.source}")
    places = {criterion.id: criterion for criterion in part.criteria}
    for status in desk.living.traced.statuses(traced):
        criterion = places.get(status.criterion)
        if criterion is None:
            continue
        yield types.CodeLens(
            range=_first_line(lines, criterion.span),
            command=types.Command(
                _said(status, len(tasks.get(status.criterion, ()))), EXPLAIN_CRITERION, arguments=[desk.folder, spec.path, status.criterion]
            ),
        )


def _said(status: CriterionStatus, tasks: int) -> str:
    """Write a criterion's lens."""
    parts = [status.state.value]
    if tasks:
        parts.append(f"{tasks} task{'s' if tasks > 1 else ''}")
    code = len({(link.path, link.symbol) for link in status.code})
    tests = len({(test.link.path, test.link.symbol) for test in status.tests})
    parts += [f"{code} in code"] if code else []
    parts += [f"{tests} test{'s' if tests > 1 else ''}"] if tests else []
    parts += [_SAID[item.kind] for item in status.overlays if item.kind in _SAID]
    return " · ".join(parts)


def _tasks(desk: Desk, lines: Lines, spec: Spec, traced: SpecTrace) -> Iterator[types.CodeLens]:
    """Offer to start each open task that has no open sub-task, and mark the done ones that must be looked at."""
    tasks = spec.tasks.tasks if spec.tasks else ()
    revisions = {item.task: item for item in needs_revision(spec, desk.living.traced.stated, traced.keys)}
    parents = {task.parent for task in tasks if task.state in (TaskState.OPEN, TaskState.RUNNING, TaskState.QUEUED)}
    for task in tasks:
        at = _first_line(lines, task.span)
        revision = revisions.get(traced.keys[task.index])
        if revision:
            title = f"done · needs revision: {', '.join(revision.criteria)} changed"
            yield types.CodeLens(at, command=types.Command(title, START_TASK, arguments=[spec.name, task.id]))
        elif task.state is TaskState.OPEN and task.id and task.index not in parents:
            yield types.CodeLens(at, command=types.Command("Start task", START_TASK, arguments=[spec.name, task.id]))


def _first_line(lines: Lines, span: Span) -> types.Range:
    start = lines.position(span.start)
    return types.Range(start, lines.position(lines.start(start.line) + len(lines.line(start.line).encode("utf-8", "surrogateescape"))))
