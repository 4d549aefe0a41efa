"""`setsquare status`, also what `setsquare` alone does."""

from __future__ import annotations

from msgspec import Struct

from setsquare.journeys.delegating import SUPERVISED_FIRST, Delegation
from setsquare.journeys.delegating import told as delegation_told
from setsquare.journeys.freezing import Freeze
from setsquare.journeys.opening import opened
from setsquare.journeys.standing import SpecStanding, WorkspaceStanding, standing
from setsquare.journeys.stop_orders import resume_hint, told
from setsquare.journeys.trusting import Trusted
from setsquare.ports.stops import StopOrder
from setsquare.spec.approval import Standing
from setsquare.spec.lifecycle import status_of
from setsquare.surfaces.cli.options import Output
from setsquare.surfaces.cli.options import command as made
from setsquare.surfaces.cli.places import shown, typed
from setsquare.surfaces.cli.streams import columns
from setsquare.surfaces.cli.style import listing, paint, safe
from setsquare.text.counted import counted
from setsquare.wire import app_here
from setsquare.workspace.artefact import ArtefactKind
from setsquare.workspace.model import Workspace
from setsquare.workspace.spec import SpecForm


class Options(Struct, frozen=True):
    """`status` takes none."""


class SpecResult(Struct, frozen=True, kw_only=True):
    """Where one spec stands; `coverage` is the share of criteria that a task names, from 0 to 1, null without criteria.

    `delegation` is `autonomous` (that mode is open), `supervised` (`supervised` of two tasks are done under a person's eyes) or `manual` (task by
    task); `stopped` tells of an order to stop that covers the spec.
    """

    spec: str
    path: str
    stage: str
    state: str
    status: str
    owner: str
    requirements: str
    design: str
    tasks: str
    tasks_done: int
    tasks_total: int
    criteria: int
    coverage: float | None
    dangling: int
    stale: tuple[str, ...]
    open_run: str
    next: str
    reason: str
    delegation: str = "supervised"
    supervised: int = 0
    stopped: str = ""


class Result(Struct, frozen=True, kw_only=True):
    """Where the workspace stands; `freeze` tells of a freeze that stands."""

    schema: str = "setsquare/status/1"
    trusted: str
    malformed: int
    specs: tuple[SpecResult, ...]
    next: str
    damaged_runs: tuple[str, ...]
    unsigned_steering: tuple[str, ...] = ()
    stops: tuple[str, ...] = ()
    freeze: str = ""


@made("status", Options)
def command(options: Options) -> Output:  # noqa: ARG001  (every command takes its options)
    """Say where every spec stands (stage, approvals, tasks, coverage, what is stale) and what to type next."""
    app = app_here()
    workspace = opened(app, is_overview=True)
    found = standing(app, workspace)
    specs = tuple(_spec_result(item, app.folder, app.stops.standing(item.spec.name)) for item in found.specs)
    first = next((item.next for item in specs if item.next), found.next_command)
    result = Result(
        trusted=found.trusted.value,
        malformed=found.malformed,
        specs=specs,
        next=first,
        damaged_runs=found.damaged_runs,
        unsigned_steering=tuple(f"{item.path} ({item.role})" for item in found.unsigned),
        stops=tuple(f"{told(order)} {resume_hint(order)}" for order in app.stops.orders()),
        freeze=_frozen(found.freeze),
    )
    return Output(result=result, text=_text(found, result, _elsewhere(workspace)))


def _spec_result(item: SpecStanding, folder: str, order: StopOrder | None) -> SpecResult:
    """Shape one spec for programs."""
    delegation = item.delegation or Delegation(spec=item.spec.name)
    requirements, design, tasks = (state.standing.value for state in item.approvals)
    return SpecResult(
        spec=item.spec.name,
        path=shown(folder, item.spec.path),
        stage=item.stage.value,
        state=item.state.value,
        status=status_of(item.state, item.record.status).value,
        owner=item.record.owner,
        requirements=requirements,
        design=design,
        tasks=tasks,
        tasks_done=item.progress.done,
        tasks_total=item.progress.total,
        criteria=item.criteria,
        coverage=round(item.covered / item.criteria, 4) if item.criteria else None,
        dangling=item.dangling,
        stale=item.stale,
        open_run=item.open_run,
        next=typed(item, folder),
        reason=item.next_reason,
        delegation="manual" if delegation.is_manual else "autonomous" if delegation.may_be_autonomous else "supervised",
        supervised=len(delegation.supervised),
        stopped=told(order) if order else "",
    )


def _delegated(shaped: SpecResult) -> str:
    """Show how far a spec is delegated, and that it is stopped."""
    if shaped.stopped:
        return paint("stopped", "red")
    if shaped.delegation == "supervised":
        return f"{min(shaped.supervised, SUPERVISED_FIRST)} of {SUPERVISED_FIRST}"
    return paint(shaped.delegation, "yellow" if shaped.delegation == "manual" else "green")


def _ahead(item: SpecStanding, shaped: SpecResult) -> tuple[str, str]:
    """Show how far a spec is delegated, and what comes next; agents do not run OpenSpec's tasks, and a capability is never done."""
    if item.spec.is_kiro:
        return _delegated(shaped), safe(shaped.next) or "done"
    return paint("stopped", "red") if shaped.stopped else "–", safe(shaped.next) or "–"


def _frozen(found: Freeze | None) -> str:
    """Tell of a freeze; empty when none stands."""
    if found is None:
        return ""
    what = "everything" if found.is_whole else ", ".join(found.paths)
    until = f" until {found.until}" if found.until else ""
    return f"{what} is frozen{until}: {found.reason}{f' ({found.by})' if found.by else ''}"


_MOST_NAMED = 5
_MARKS = {
    Standing.VALID: ("✓", "green"),
    Standing.VOID: ("✗", "red"),
    Standing.NONE: ("·", "dim"),
    Standing.UNREADABLE: ("!", "red"),
    Standing.INSUFFICIENT: ("!", "yellow"),
}


def _approvals(item: SpecStanding) -> str:
    """Show the approvals as marks: those of three documents; an OpenSpec capability has one."""
    shown_ones = item.approvals[:1] if item.spec.form is SpecForm.CAPABILITY else item.approvals
    return " ".join(f"{paint(*_MARKS[state.standing])} {state.stage.value}" for state in shown_ones)


def _text(found: WorkspaceStanding, result: Result, elsewhere: list[str]) -> str:
    """Show the specs like `git status` shows files."""
    if not found.specs:
        return "\n".join(["No specs here yet.", *elsewhere, *_stops(result), *_unread(found), "", f"Next: {safe(result.next)}"])
    rows: list[tuple[str, ...]] = [("SPEC", "STATE", "APPROVED", "TASKS", "COVERED", "DELEGATED", "NEXT")]
    for item, shaped in zip(found.specs, result.specs, strict=True):
        # Where no task names a scenario, a count would say that something is missing.
        is_counted = shaped.coverage is not None and (item.spec.is_kiro or item.covered)
        covered = "–" if not is_counted else f"{item.covered}/{item.criteria}"
        tasks = f"{item.progress.done}/{item.progress.total}" if item.progress.total else "–"
        rows.append((safe(shaped.spec), shaped.state, _approvals(item), tasks, covered, *_ahead(item, shaped)))
    lines = [listing(rows, columns()), ""]
    for item in found.specs:
        if item.open_run:
            lines.append(f"{paint('open run', 'yellow')}  {safe(item.spec.name)}: {item.open_run} (setsquare log {item.open_run})")
        if item.delegation is not None and item.delegation.is_manual:
            lines.append(f"{paint('manual', 'yellow')}  {safe(item.spec.name)}: {safe(delegation_told(item.delegation))}")
        lines += [f"{paint('stale', 'yellow')}  {safe(item.spec.name)}: {safe(sentence)}" for sentence in item.stale]
        if item.dangling:
            lines.append(f"{paint('dangling', 'yellow')}  {safe(item.spec.name)}: {_dangling(item.dangling)} (setsquare check)")
        if item.record.broken:
            lines.append(
                f"{paint('history', 'yellow')}  {safe(item.spec.name)}: {counted(len(item.record.broken), 'line')} cannot be read (setsquare spec history)"
            )
    lines += [
        f"{paint('steering', 'yellow')}  {safe(item.path)} is not signed off as {safe(item.role)} (setsquare approve)"
        for item in found.unsigned
    ]
    if found.trusted is not Trusted.YES:
        word = "is not trusted" if found.trusted is Trusted.NO else "changed since it was trusted"
        lines.append(f"{paint('trust', 'yellow')}  this workspace {word}: it is checked and drafted, not run (setsquare trust)")
    if found.malformed:
        lines.append(f"{paint('unreadable', 'yellow')}  {found.malformed} places cannot be read as what they should be (setsquare check)")
    lines += [*_stops(result), *_unread(found)]
    return "\n".join([*lines, *([""] if len(lines) > 2 else []), f"Next: {safe(result.next)}", *_reason(found)])


def _reason(found: WorkspaceStanding) -> list[str]:
    """Say below the next command why it is next."""
    return [paint(f"      {safe(item.next_reason)}", "dim") for item in found.specs if item.next_command][:1]


def _elsewhere(workspace: Workspace) -> list[str]:
    """Count the files of other tools' trees, which somebody may look for among the specs."""
    kinds = [artefact.kind for artefact in workspace.artefacts]
    others = (
        (ArtefactKind.OPENSPEC, "OpenSpec", "its specs are followed once it holds some (setsquare openspec new change NAME)"),
        (ArtefactKind.SPECKIT, "Spec Kit", "make specs of its features: setsquare convert --from speckit"),
    )
    return [
        f"{counted(kinds.count(kind), f'{name} file')} {'is kept as it is' if kinds.count(kind) == 1 else 'are kept as they are'}; {way}."
        for kind, name, way in others
        if kind in kinds
    ]


def _dangling(number: int) -> str:
    """Count references that lead nowhere.

    >>> _dangling(1)
    '1 reference names nothing'
    """
    return "1 reference names nothing" if number == 1 else f"{number} references name nothing"


def _stops(result: Result) -> list[str]:
    """Tell which orders to stop stand."""
    frozen = [f"{paint('frozen', 'red')}  {safe(result.freeze)} (setsquare freeze status)"] if result.freeze else []
    return [*(f"{paint('stopped', 'red')}  {safe(sentence)}" for sentence in result.stops), *frozen]


def _unread(found: WorkspaceStanding) -> list[str]:
    """Name what was left out and which runs cannot be read."""
    left = [f"{paint('left out', 'yellow')}  {safe(path)}: {reason}" for path, reason in found.skipped[:_MOST_NAMED]]
    if len(found.skipped) > _MOST_NAMED:
        left.append(f"{paint('left out', 'yellow')}  and {len(found.skipped) - _MOST_NAMED} more (setsquare check --format json)")
    runs = [f"{paint('damaged', 'red')}  the journal of run {run} cannot be read (setsquare log {run})" for run in found.damaged_runs]
    return [*left, *runs]
