"""Moves specs with everything that is filed under their names: into the archive and back, and to another name."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from msgspec import Struct

from setsquare.errors import Refused
from setsquare.events.audit import AuditAction, Mutation
from setsquare.journeys.app import App
from setsquare.journeys.approving import state_of
from setsquare.journeys.mentioning import Mention, mentioning, renaming
from setsquare.journeys.on_record import applied
from setsquare.journeys.open_runs import open_runs
from setsquare.journeys.opening import kiro_spec, opened
from setsquare.journeys.previewing import Change, preview
from setsquare.journeys.recording import happened
from setsquare.journeys.specifying import require_name
from setsquare.journeys.trusting import grant, may_extend
from setsquare.ports.files import LEFTOVER
from setsquare.spec.approval import approvals_path, spec_key, stage_path
from setsquare.spec.evidence import evidence_path
from setsquare.spec.lock import lock_path
from setsquare.spec.lock_file import read_lock
from setsquare.spec.moving import Move, archived_name, moves, relocation, renamed, unarchived_name
from setsquare.spec.spec_history import Happening, Kind, encode_happening, history_path
from setsquare.spec.spec_mentions import naming
from setsquare.spec.stage import APPROVED_STAGES
from setsquare.text.paths import RelPath, quoted
from setsquare.text.plan import FileChange, Plan, creation, replacement
from setsquare.workspace.model import Workspace
from setsquare.workspace.spec import Spec


class Moved(Struct, frozen=True, kw_only=True):
    """A move, made or only shown. `edits` are the other files whose references change with it; `mentions` the references that stay as they are.

    `voided` are documents whose approval the new references void. `shown` is the whole change as a diff.
    """

    before: str
    after: str
    path: RelPath
    moves: tuple[Move, ...]
    edits: tuple[RelPath, ...] = ()
    mentions: tuple[Mention, ...] = ()
    voided: tuple[RelPath, ...] = ()
    shown: str = ""
    is_written: bool = False


def archive(app: App, name: str, *, is_searched: bool = True) -> Moved:
    """Move a spec into the archive; references to it are listed (with `is_searched`), not changed, so that `unarchive` gives every byte back.

    Raises:
        Refused: it is archived already, a run rests on it, or the place is taken.
    """
    workspace = opened(app)
    spec = kiro_spec(workspace, name, "archived here")
    if spec.is_archived:
        raise Refused(f"`{spec.name}` is archived already.", f"Take it out again: `setsquare spec unarchive {quoted(spec.name)}`.")
    found = mentioning(app, workspace, naming(spec, workspace.specs)) if is_searched else ()
    return _filed(app, workspace, spec, archived_name(workspace, spec), Kind.ARCHIVED, found)


def unarchive(app: App, name: str) -> Moved:
    """Move a spec out of the archive; it is named with or without the archive's folder.

    Raises:
        Refused: it is not archived, or the place is taken.
    """
    workspace = opened(app)
    archived = [
        spec
        for spec in workspace.specs
        if spec.is_archived and spec.is_kiro and name.strip("/") in (unarchived_name(spec), spec.name, spec.path)
    ]
    spec = archived[0] if len(archived) == 1 else kiro_spec(workspace, name, "archived here")
    if not spec.is_archived:
        raise Refused(f"`{spec.name}` is not archived.", "See `setsquare spec list --archived`.")
    found = mentioning(app, workspace, naming(spec, workspace.specs))
    return _filed(app, workspace, spec, unarchived_name(spec), Kind.UNARCHIVED, found)


# req: spec-engine/6.3
def rename(app: App, name: str, new: str, *, is_written: bool) -> Moved:
    """Give a spec another name and write it wherever something names it; without `is_written` the change is only shown.

    Raises:
        Usage: the new name cannot name a spec.
        Refused: the place is taken, a run rests on the spec, or its lock cannot be read whole.
    """
    workspace = opened(app)
    spec = kiro_spec(workspace, name, "renamed")
    require_name(new)
    _require_whole_lock(workspace, spec)
    target = renamed(spec, new)
    ways = _ways(app, workspace, spec, target)
    old_naming, new_naming = naming(spec, workspace.specs), naming(target, workspace.specs)
    app.progress(f"Looking for references to {spec.name}")
    changes = renaming(app, workspace, old_naming, new_naming)
    line = happened(app, Kind.RENAMED, f"{spec.name} → {target.name}")
    journey = _Journey(spec=spec, target=target, ways=ways, line=line, texts=changes)
    pins = _pins(workspace, spec, target)
    edits = {**{path: both for path, both in changes.items() if path not in {way.source for way in ways}}, **pins}
    plan = (*_relocated(workspace, journey), *(replacement(path, old, written) for path, (old, written) in edits.items()))
    if is_written:
        mutation = Mutation(action=AuditAction.SPEC_RENAMED, subject=spec.name, detail=line.detail)
        _apply(app, workspace, Plan(f"Rename {spec.name} to {target.name}", plan), mutation)
    shown = [_change(workspace, journey, way) for way in ways]
    shown += [Change(source=path, target=path, old=old, new=written) for path, (old, written) in edits.items()]
    return Moved(
        before=spec.name,
        after=target.name,
        path=target.path,
        moves=ways,
        edits=tuple(edits),
        voided=_voided(workspace, tuple(changes)),
        shown=preview(shown),
        is_written=is_written,
    )


class _Journey(Struct, frozen=True, kw_only=True):
    """What a move consists of: the files' ways, the line for the history, and old and new bytes of files whose text changes."""

    spec: Spec
    target: Spec
    ways: tuple[Move, ...]
    line: Happening
    texts: Mapping[RelPath, tuple[bytes, bytes]]


def _filed(app: App, workspace: Workspace, spec: Spec, name: str, kind: Kind, found: tuple[Mention, ...]) -> Moved:
    """Move a spec into the archive or out of it."""
    target = renamed(spec, name)
    ways = _ways(app, workspace, spec, target)
    line = happened(app, kind, f"{spec.path} → {target.path}")
    journey = _Journey(spec=spec, target=target, ways=ways, line=line, texts={})
    action = AuditAction.SPEC_ARCHIVED if kind is Kind.ARCHIVED else AuditAction.SPEC_UNARCHIVED
    plan = Plan(f"Move {spec.name} to {target.name}", _relocated(workspace, journey))
    _apply(app, workspace, plan, Mutation(action=action, subject=spec.name, detail=line.detail))
    return Moved(before=spec.name, after=target.name, path=target.path, moves=ways, mentions=found, is_written=True)


def _ways(app: App, workspace: Workspace, spec: Spec, target: Spec) -> tuple[Move, ...]:
    """Plan the files' ways.

    Raises:
        Refused: something of the spec cannot be moved, or something stands in the way.
    """
    run = open_runs(app).open.get(spec.name)
    if run:
        raise Refused(
            f"`{spec.name}` is not moved: run {run} rests on it.", f"Finish it or take it back first: `setsquare run --resume {run}`."
        )
    left = next(
        (path for path, reason in workspace.skipped if path.startswith(f"{spec.path}/") and reason != LEFTOVER), None
    ) or _unread_record(app, workspace, spec)
    if left is not None:
        raise Refused(
            f"`{spec.name}` is not moved: {left} cannot be read.", "Links are not followed; put a real file there or take it away."
        )
    ways = moves(workspace, spec, target)
    taken = next((way.target for way in ways if app.files.exists(way.target)), None)
    if taken is not None or any(other.path == target.path for other in workspace.specs):
        raise Refused(f"`{spec.name}` is not moved: {taken or target.path} exists already.", "Choose another name, or move that one first.")
    return ways


def _require_whole_lock(workspace: Workspace, spec: Spec) -> None:
    """Stop where a lock would get a new name whose lines cannot be understood, such as one with a merge conflict.

    Raises:
        Refused: the message says where and how to mend it.
    """
    path = lock_path(spec)
    problems = read_lock(workspace.render(path), spec_key(spec)).problems if path in workspace.by_path else ()
    if problems:
        raise Refused(f"`{spec.name}` is not renamed: {path}:{problems[0].line}: {problems[0].reason}.", f"Mend it: {problems[0].mend}.")


def _unread_record(app: App, workspace: Workspace, spec: Spec) -> RelPath | None:
    """Find what stands in the place of a record about the spec and is no file that was loaded: it would be left behind under the old name."""
    places = (lock_path(spec), approvals_path(spec), history_path(spec), evidence_path(spec))
    return next((path for path in places if path not in workspace.by_path and app.files.exists(path)), None)


def _relocated(workspace: Workspace, journey: _Journey) -> tuple[FileChange, ...]:
    """Plan the moves, with the line added to the history on its way."""
    history = history_path(journey.spec)
    added = encode_happening(journey.line)
    changes: list[FileChange] = []
    for way in journey.ways:
        new = journey.texts[way.source][1] if way.source in journey.texts else None
        if way.source == history:
            raw = workspace.render(history)
            new = raw + (b"" if raw.endswith(b"\n") or not raw else b"\n") + added
        changes += relocation(workspace, journey.spec, journey.target, way, new)
    if history not in {way.source for way in journey.ways}:
        changes.append(creation(history_path(journey.target), added))
    return tuple(changes)


def _change(workspace: Workspace, journey: _Journey, way: Move) -> Change:
    """Describe one way for people; lines that are only recorded are not shown."""
    old = workspace.render(way.source)
    return Change(source=way.source, target=way.target, old=old, new=journey.texts[way.source][1] if way.source in journey.texts else old)


def _pins(workspace: Workspace, spec: Spec, target: Spec) -> dict[RelPath, tuple[bytes, bytes]]:
    """Name the spec anew in the locks of others: a pin says which spec its link comes from."""
    was, now = (b'"spec":' + msgspec.json.encode(name) for name in (spec.name, target.name))
    found: dict[RelPath, tuple[bytes, bytes]] = {}
    for path in workspace.paths:
        if path.startswith(".setsquare/trace/") and path.endswith(".lock.jsonl") and path != lock_path(spec):
            raw = workspace.render(path)
            if was in raw:
                found[path] = raw, raw.replace(was, now)
    return found


def _voided(workspace: Workspace, changed: tuple[RelPath, ...]) -> tuple[RelPath, ...]:
    """List the changed documents that are approved as they were."""
    return tuple(
        path
        for spec in workspace.specs
        for stage in APPROVED_STAGES
        if (path := stage_path(spec, stage)) in changed and state_of(workspace, spec, stage).is_valid
    )


def _apply(app: App, workspace: Workspace, plan: Plan, mutation: Mutation) -> None:
    """Apply a plan; where the workspace was trusted as it was, it is trusted with the new names."""
    is_trusted = may_extend(app, workspace)
    applied(app, plan, mutation)
    if is_trusted:
        grant(app, opened(app))
