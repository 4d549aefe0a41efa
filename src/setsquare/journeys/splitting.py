"""Splits a spec in two: requirements move to a new spec with their tasks and design sections, every id and link stays good."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from setsquare.errors import Refused, Usage
from setsquare.events.audit import AuditAction, Mutation
from setsquare.journeys.app import App
from setsquare.journeys.approving import states_of
from setsquare.journeys.mentioning import renaming
from setsquare.journeys.on_record import applied
from setsquare.journeys.open_runs import open_runs
from setsquare.journeys.opening import kiro_spec, opened
from setsquare.journeys.previewing import Change, preview
from setsquare.journeys.recording import happened, record_change
from setsquare.journeys.specifying import require_name
from setsquare.journeys.trusting import grant, may_extend
from setsquare.spec.approval import spec_key, stage_path
from setsquare.spec.dividing import Division, divide
from setsquare.spec.evidence import evidence_path, parted, read_evidence
from setsquare.spec.lock import LockedCriterion, lock_path
from setsquare.spec.lock_file import encode_lock, is_writable, read_lock
from setsquare.spec.moving import relabelled, renamed
from setsquare.spec.spec_history import Kind
from setsquare.spec.spec_mentions import Naming, naming, rewritten
from setsquare.spec.stage import APPROVED_STAGES
from setsquare.text.document import Document, decode, encode
from setsquare.text.paths import RelPath, base_name, quoted
from setsquare.text.plan import FileChange, Plan, creation, replacement
from setsquare.workspace.model import Workspace
from setsquare.workspace.spec import Spec


class Split(Struct, frozen=True, kw_only=True):
    """A split, made or only shown. `criteria`, `sections` and `tasks` name what goes to the new spec; `edits` are other files whose references change.

    `voided` names the stages of the old spec whose approvals do not hold afterwards; `crossing` says which order of tasks now crosses the specs.
    """

    spec: str
    new: str
    path: RelPath
    criteria: tuple[str, ...]
    sections: tuple[str, ...]
    tasks: tuple[str, ...]
    edits: tuple[RelPath, ...]
    voided: tuple[str, ...]
    crossing: tuple[str, ...]
    shown: str
    is_written: bool


def split(app: App, name: str, new: str, numbers: tuple[str, ...], *, is_written: bool) -> Split:
    """Split a spec; without `is_written` the change is only shown.

    Raises:
        Usage: there are no such requirements, or the new name cannot name a spec.
        Refused: the new spec exists, a run rests on the old one, or an id would change.
    """
    workspace = opened(app)
    spec = kiro_spec(workspace, name, "split")
    require_name(new)
    target = replace(renamed(spec, new), requirements=None, design=None, tasks=None, extras=())
    _require_free(app, workspace, spec, target)
    documents = tuple(_document(workspace, stage_path(spec, stage)) for stage in APPROVED_STAGES)
    sentence = f"Split from the spec `{spec.name}`."
    division = divide(spec, documents, frozenset(numbers), base_name(new), sentence)
    if division is None:
        raise Usage(f"`{spec.name}` cannot give the requirements {', '.join(numbers)} away.", _choices(spec))
    if division.unsafe:
        raise Refused(
            f"`{spec.name}` is not split: criteria would not keep their ids or texts ({', '.join(division.unsafe[:6])}).",
            "Write the requirements' numbers into their headings first, such as `### Requirement 3: …`.",
        )
    app.progress(f"Looking for references to {spec.name}")
    changes = _changes(app, workspace, spec, target, _Parting(division, frozenset(numbers) | _names(spec, division)))
    if is_written:
        _apply(app, workspace, spec, target, changes, division)
    own = {stage_path(spec, stage) for stage in APPROVED_STAGES}
    return Split(
        spec=spec.name,
        new=target.name,
        path=target.path,
        criteria=division.ids,
        sections=division.sections,
        tasks=division.tasks,
        edits=tuple(change.target for change in changes if change.old is not None and change.target not in own),
        voided=tuple(
            state.stage.value
            for state in states_of(workspace, spec)
            if state.is_valid and any(change.target == stage_path(spec, state.stage) for change in changes)
        ),
        crossing=division.crossing,
        shown=preview(change for change in changes if not change.target.startswith(".setsquare/")),
        is_written=is_written,
    )


class _Parting(Struct, frozen=True):
    """A division with the ids by which text names what goes: requirement numbers and criteria."""

    division: Division
    ids: frozenset[str]


def _names(spec: Spec, division: Division) -> frozenset[str]:
    """List the ids and written labels of the criteria that go."""
    criteria = spec.requirements.criteria if spec.requirements else ()
    return frozenset(name for item in criteria if item.id in division.ids for name in (item.id, item.label) if name)


def _document(workspace: Workspace, path: RelPath) -> Document | None:
    found = workspace.by_path.get(path)
    return found.document if found else None


def _require_free(app: App, workspace: Workspace, spec: Spec, target: Spec) -> None:
    """Stop when something stands where the new spec would, or a run rests on the old one."""
    if app.files.exists(target.path) or any(other.path == target.path for other in workspace.specs):
        raise Refused(f"`{spec.name}` is not split: {target.path} exists already.", "Choose another name.")
    run = open_runs(app).open.get(spec.name)
    if run:
        raise Refused(f"`{spec.name}` is not split: run {run} rests on it.", f"Finish it first: `setsquare run --resume {run}`.")
    if spec.is_bugfix:
        raise Refused(f"`{spec.name}` is not split: a bugfix spec is one bug.", "Make a second one: `setsquare spec new NAME`.")


def _choices(spec: Spec) -> str:
    """Name the requirements that there are; one must stay."""
    numbers = [item.number for item in spec.requirements.requirements] if spec.requirements else []
    if len(numbers) < 2:
        return "A spec of fewer than two requirements cannot be split."
    return f"It has the requirements {', '.join(numbers)}; at least one must go and one must stay."


def _changes(app: App, workspace: Workspace, spec: Spec, target: Spec, parting: _Parting) -> tuple[Change, ...]:
    """List what happens to every file: the old spec's documents, the new one's, both locks, and who refers to what went."""
    old, new = naming(spec, workspace.specs), _naming(target)
    halves = (parting.division.left, parting.division.right)
    left, right = (zip(APPROVED_STAGES, (half.requirements, half.design, half.tasks), strict=True) for half in halves)
    found: list[Change] = []
    for stage, raw in left:
        path = stage_path(spec, stage)
        before = workspace.render(path) if raw is not None else b""
        after = _renamed_in(raw, old, new, parting)
        if after is not None and after != before:
            found.append(Change(source=path, target=path, old=before, new=after))
    for stage, raw in right:
        path = stage_path(target, stage)
        if raw is not None:
            found.append(Change(source=path, target=path, old=None, new=_renamed_in(raw, old, new, parting)))
    own = {stage_path(spec, stage) for stage in APPROVED_STAGES}
    for path, (before, after) in renaming(app, workspace, old, new, parting.ids).items():
        if path not in own:
            found.append(Change(source=path, target=path, old=before, new=after))
    return (*found, *_locks(workspace, spec, target, parting.division), *_evidence(app, workspace, spec, target, parting.division))


def _naming(target: Spec) -> Naming:
    return Naming(name=target.name, folder=target.path, short=base_name(target.name))


def _renamed_in(raw: bytes | None, old: Naming, new: Naming, parting: _Parting) -> bytes | None:
    """Write the new name where a document names its own criteria with the spec's name."""
    return None if raw is None else encode(rewritten(decode(raw), old, new, is_code=False, ids=parting.ids))


def _locks(workspace: Workspace, spec: Spec, target: Spec, division: Division) -> tuple[Change, ...]:
    """Give the lines of the criteria that go to the new spec's lock: each keeps its uid.

    Raises:
        Refused: the lock cannot be read whole.
    """
    path = lock_path(spec)
    if path not in workspace.by_path:
        return ()
    raw = workspace.render(path)
    lock = read_lock(raw, spec_key(spec))
    if not is_writable(lock):
        raise Refused(f"`{spec.name}` is not split: {path} cannot be read whole.", "Mend it first: `setsquare check` names the lines.")
    going = tuple(item for item in lock.criteria if _goes(item, division))
    staying = tuple(item for item in lock.criteria if not _goes(item, division))
    new = lock_path(target)
    return (
        Change(source=path, target=path, old=raw, new=encode_lock(replace(lock, criteria=staying))),
        Change(source=new, target=new, old=None, new=encode_lock(replace(lock, spec=spec_key(target), criteria=going))),
    )


def _evidence(app: App, workspace: Workspace, spec: Spec, target: Spec, division: Division) -> tuple[Change, ...]:
    """Give what was seen of the criteria that go to the new spec's evidence; by the uid where a line has one, because ids may have changed since.

    Raises:
        Refused: the evidence cannot be read whole.
    """
    path = evidence_path(spec)
    raw = app.files.read(path)
    if raw is None:
        return ()
    if not read_evidence(raw, spec_key(spec)).is_whole:
        raise Refused(f"`{spec.name}` is not split: {path} cannot be read whole.", "Mend it first: `setsquare check` names the lines.")
    locked = read_lock(workspace.render(lock_path(spec)), spec_key(spec)).criteria if lock_path(spec) in workspace.by_path else ()
    going = {item.uid for item in locked if _goes(item, division)}
    staying = {item.uid for item in locked} - going
    left, right = parted(
        raw, spec_key(spec), lambda seen: seen.uid in going or (seen.uid not in staying and seen.criterion in division.ids)
    )
    if left == raw:
        return ()
    new = evidence_path(target)
    return (
        Change(source=path, target=path, old=raw, new=left),
        Change(source=new, target=new, old=None, new=relabelled(right, spec, target)),
    )


def _goes(item: LockedCriterion, division: Division) -> bool:
    return item.id in division.ids and not item.is_removed


def _apply(app: App, workspace: Workspace, spec: Spec, target: Spec, changes: tuple[Change, ...], division: Division) -> None:
    """Write everything in one plan, with a line in both histories."""
    line = happened(app, Kind.SPLIT, f"{spec.name} → {target.name}: {', '.join(division.ids)}")
    made: list[FileChange] = []
    for change in changes:
        new = change.new or b""
        made.append(creation(change.target, new) if change.old is None else replacement(change.target, change.old, new))
    made += [record_change(workspace, spec, line), record_change(workspace, target, line)]
    is_trusted = may_extend(app, workspace)
    mutation = Mutation(action=AuditAction.SPEC_SPLIT, subject=spec.name, detail=line.detail)
    applied(app, Plan(f"Split {spec.name}: {quoted(target.name)}", tuple(made)), mutation)
    if is_trusted:
        grant(app, opened(app))
