"""`setsquare trace explain`."""

from __future__ import annotations

import click
from msgspec import Struct
from msgspec.structs import replace

from setsquare.errors import Usage
from setsquare.journeys.evidence import Shelf, evidence
from setsquare.journeys.opening import named_as, named_spec, opened
from setsquare.spec.evidence import evidence_path
from setsquare.spec.link_state import LinkState, StatedLink
from setsquare.spec.matrix import MatrixRow
from setsquare.spec.rematch import Pairing
from setsquare.spec.resolving import indexed
from setsquare.spec.states import OverlayKind
from setsquare.surfaces.cli.options import Output
from setsquare.surfaces.cli.options import command as made
from setsquare.surfaces.cli.report.sources import ElsewhereResult, SourceResult
from setsquare.surfaces.cli.report.trace_table import result_mark
from setsquare.surfaces.cli.reports_read import RESULTS, reports_of
from setsquare.surfaces.cli.source_params import SOURCE_PARAMS
from setsquare.surfaces.cli.style import paint, safe
from setsquare.surfaces.cli.trace_matrix import MatrixLine, line_of
from setsquare.surfaces.cli.trace_sources import Asked, traced_across
from setsquare.wire import app_here
from setsquare.workspace.model import Workspace
from setsquare.workspace.sources import mount_of, unmounted
from setsquare.workspace.spec import Criterion, Spec

_COLOURS = {"verified": "green", "implemented": "blue", "planned": "yellow", "uncovered": "red"}


class ExplainOptions(Struct, frozen=True):
    """Which criterion."""

    criterion: str
    results: tuple[str, ...]
    with_sources: bool = False
    given: tuple[str, ...] = ()


class SuspectLink(Struct, frozen=True, kw_only=True):
    """A link whose criterion changed since somebody last looked at it; `was` is its text then."""

    kind: str
    source: str
    written: str
    was: str
    cleared_by: str
    cleared_at: str


class EvidenceLine(Struct, frozen=True, kw_only=True):
    """What the platform saw of the criterion once: `is_current` tells whether tests and criterion are as they were, `reason` what is not."""

    kind: str
    task: str
    run: str
    at: str
    command: str
    exit: int
    passage: str
    commit: str
    is_current: bool
    reason: str


class Explained(Struct, frozen=True, kw_only=True):
    """Everything about one criterion. `uid`, `previously`, `change` and `approver` come from the lock, empty without one."""

    line: MatrixLine
    path: str
    at_line: int
    uid: str
    change: str
    previously: tuple[str, ...]
    approved_at: str
    approver: str
    suspect: tuple[SuspectLink, ...]
    evidence: tuple[EvidenceLine, ...] = ()
    elsewhere: tuple[ElsewhereResult, ...] = ()


class ExplainResult(Struct, frozen=True, kw_only=True):
    """One criterion, or all of a requirement; `sources` are the other checkouts that were asked for."""

    schema: str = "setsquare/trace-explain/1"
    spec: str
    criteria: tuple[Explained, ...]
    sources: tuple[SourceResult, ...] = ()


@made("explain", ExplainOptions, (click.argument("criterion"), RESULTS, *SOURCE_PARAMS))
def explain(options: ExplainOptions) -> Output:
    """Tell everything about one criterion: CRITERION is `login/1.2`, or `1.2` where the workspace has one spec.

    Its text, state and why it is no further, tasks, design, code, tests with their last results, what the platform saw of it, earlier ids and
    suspect links. A requirement's number tells of all its criteria.
    """
    app = app_here()
    asked = Asked(with_sources=options.with_sources, given=options.given, reports=reports_of(options.results))
    across = traced_across(app, app.folder, opened(app), asked)
    found, workspace = across.found, across.workspace
    spec, wanted = _found(workspace, options.criterion)
    rows = {row.criterion: row for row in found.rows(spec)}
    pairings = {item.new.id: item for item in found.identity.by_path[spec.path].pairings if item.new is not None}
    suspect = [link for link in found.stated if link.state is LinkState.SUSPECT and link.home == spec.path]
    name = named_as(workspace, spec)
    is_own = not mount_of(spec.path)
    shelf = evidence(app, spec.path) if is_own and app.files.exists(evidence_path(spec)) else None
    explained = tuple(
        replace(
            _explained(name, item, rows[item.id], pairings.get(item.id), [link for link in suspect if link.id == item.id]),
            evidence=_seen(shelf, item.id),
            elsewhere=tuple(one for one in across.elsewhere if (one.spec, one.criterion) == (spec.name, item.id)),
        )
        for item in wanted
        if item.id in rows
    )
    if not explained:
        raise Usage(
            f"{options.criterion} demands nothing: it describes what is so today.",
            "Name a criterion of the expected or unchanged behaviour.",
        )
    text = "\n\n".join([*map(_text, explained), *across.unread])
    return Output(result=ExplainResult(spec=name, criteria=explained, sources=across.sources), text=text)


def _found(workspace: Workspace, written: str) -> tuple[Spec, tuple[Criterion, ...]]:
    """Find what a person named.

    Raises:
        Usage: there is no such spec or criterion, or the spec must be named.
    """
    name, _, wanted = written.rpartition("/")
    if name:
        spec = named_spec(workspace, name)
    else:
        alive = [item for item in workspace.specs if not item.is_archived and not mount_of(item.path)]
        bearing = [item for item in alive if (index := indexed(item)) and index.find(wanted).positions]
        if len(bearing) != 1:
            listed = ", ".join(f"{item.name}/{wanted}" for item in bearing[:6])
            raise Usage(
                f"{len(bearing)} specs have a criterion `{wanted}`.",
                f"Name one: {listed}." if listed else "Name it as SPEC/1.2; `setsquare trace matrix --all` lists every one.",
            )
        spec = bearing[0]
    index = indexed(spec)
    answer = index.find(wanted) if index else None
    if index is None or answer is None or not answer.positions:
        known = ", ".join(item.id for item in (index.criteria if index else ())[:8])
        raise Usage(f"`{spec.name}` has no criterion `{wanted}`.", f"It has {known} …" if known else "It has no requirements yet.")
    return spec, tuple(index.criteria[position] for position in answer.positions)


def _explained(spec: str, criterion: Criterion, row: MatrixRow, pairing: Pairing | None, suspect: list[StatedLink]) -> Explained:
    """Join a row with what the lock knows."""
    old = pairing.old if pairing else None
    return Explained(
        line=line_of(spec, row),
        path=unmounted(criterion.path),
        at_line=criterion.line,
        uid=old.uid if old else "",
        change=pairing.change.value if pairing and old else "",
        previously=old.previously if old else (),
        approved_at=old.approved_at if old else "",
        approver=old.approver if old else "",
        suspect=tuple(
            SuspectLink(
                kind=link.link.kind.value,
                source=link.link.source,
                written=link.written,
                was=link.was,
                cleared_by=link.pin.by if link.pin else "",
                cleared_at=link.pin.at if link.pin else "",
            )
            for link in suspect
        ),
    )


def _seen(shelf: Shelf | None, criterion: str) -> tuple[EvidenceLine, ...]:
    """List what was seen of a criterion, oldest first."""
    mine = sorted((shown for shown in (shelf.shown if shelf else ()) if shown.criterion == criterion), key=lambda shown: shown.seen.at)
    return tuple(
        EvidenceLine(
            kind=shown.seen.kind.value,
            task=shown.seen.task,
            run=shown.seen.run,
            at=shown.seen.at,
            command=shown.seen.command,
            exit=shown.seen.exit,
            passage=shown.passage,
            commit=shown.commit,
            is_current=shown.is_current,
            reason=shown.reason,
        )
        for shown in mine
    )


def _text(item: Explained) -> str:
    """Write one criterion as a short page."""
    line = item.line
    state = paint(line.state, "bold", _COLOURS[line.state]) + (f": {safe(line.reason)}" if line.reason else "")
    parts = [f"{paint(f'{safe(line.spec)}/{line.criterion}', 'bold')}  {safe(line.text)}", f"  state     {state}"]
    for overlay in line.overlays:
        if overlay.kind != OverlayKind.DRAFT.value:
            until = f", until {overlay.until}" if overlay.until else ""
            parts.append(f"            {overlay.kind}" + (f": {safe(overlay.reason)}{until}" if overlay.reason else ""))
    parts.append(f"  written   {safe(item.path)}:{item.at_line}" + (f"  uid {item.uid}" if item.uid else ""))
    if item.previously:
        parts.append(f"  earlier   {', '.join(map(safe, item.previously))}")
    if item.approver:
        parts.append(f"  approved  {safe(item.approver)}, {safe(item.approved_at)}")
    tasks = tuple(f"{task.task} {safe(task.title)} ({task.state})" for task in line.tasks)
    tests = tuple(_test(check.place, check.name, check.result, check.detail, is_proof=check.proves) for check in line.checks)
    for name, values in (("tasks", tasks), ("design", line.design), ("code", line.code), ("tests", tests)):
        shown = [safe(value) for value in values] or ["–"]
        parts += [f"  {name if index == 0 else '':<10}{value}" for index, value in enumerate(shown)]
    parts += [
        f"  {'named by' if index == 0 else '':<10}{safe(one.source) or 'this workspace'}: {safe(one.place)} ({one.kind})"
        for index, one in enumerate(item.elsewhere)
    ]
    parts += [f"  {'seen' if index == 0 else '':<10}{_evident(line)}" for index, line in enumerate(item.evidence)]
    parts += [
        f"  {'suspect' if index == 0 else '':<10}{safe(link.source)} ({link.kind}) was linked when it read: {safe(link.was)}"
        for index, link in enumerate(item.suspect)
    ]
    return "\n".join(parts)


def _evident(line: EvidenceLine) -> str:
    """Show one line of evidence."""
    kind = f"{line.kind} ({line.passage})" if line.passage else line.kind
    commit = f", commit {line.commit[:10]}" if line.commit else ""
    now = f": {safe(line.reason)}" if line.reason else ""
    return f"{kind} at {line.at[:10]}, task {safe(line.task)}, run {line.run}{commit}, `{safe(line.command)}` exit {line.exit}{now}"


def _test(place: str, name: str, result: str | None, detail: str, *, is_proof: bool) -> str:
    """Show a test with its last result."""
    mark = result_mark(result, is_proof=is_proof)
    return f"{mark} {place}" + (f" {name}" if name else "") + (f" ({detail})" if detail and not is_proof else "")
