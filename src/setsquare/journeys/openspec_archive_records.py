"""What an archive puts on record beside the specs: what it changed, and what other open changes were written to."""

from __future__ import annotations

from setsquare.journeys.openspec_bases import is_ours, kept_for_others
from setsquare.journeys.openspec_building import Built
from setsquare.journeys.planning_app import PlanningApp
from setsquare.ports.archive_place import ArchivePlace, SpecWrite
from setsquare.spec.openspec.archived_record import ArchivedRecord, SpecTexts, archived_record_path, encode_archived, read_archived
from setsquare.spec.openspec.bases import record_path
from setsquare.spec.openspec.diagnostic import Diagnostic, error
from setsquare.workspace.openspec.model import Change
from setsquare.workspace.openspec.text import normalised


def records_beside(
    app: PlanningApp, root: str, place: ArchivePlace, change: Change, built: Built, archived_as: str
) -> tuple[SpecWrite, ...]:
    """List the writes that go with an archive; none where it changes no spec.

    Raises:
        setsquare.errors.StorageFailed: a place cannot be looked at.
    """
    if not change.deltas:
        return ()
    own = app.planning.read(root, record_path(change.id))
    bases = own if isinstance(own, bytes) and is_ours(place, record_path(change.id)) else None
    path = archived_record_path(archived_as)
    old = app.planning.read(root, path)
    record = _record(app, change, built, archived_as, bases or b"")
    writes: list[SpecWrite] = []
    if record is not None and is_ours(place, path) and not (old is not None and not isinstance(old, bytes)):
        writes.append(SpecWrite(path=path, old=old, new=encode_archived(record)))
        if bases is not None:
            writes.append(SpecWrite(path=record_path(change.id), old=bases, new=None))
    changed = tuple(
        (spec.merged.capability, normalised(spec.old)) for spec in built.specs if spec.write is not None and spec.old is not None
    )
    return (*writes, *kept_for_others(app, root, place, change, changed))


def archived_record(app: PlanningApp, root: str, place: ArchivePlace, archived_as: str) -> ArchivedRecord | Diagnostic | None:
    """Read the record of an archived change; `None` where there is none, an error where it is damaged or no file of ours."""
    path = archived_record_path(archived_as)
    raw = app.planning.read(root, path)
    if raw is None:
        return None
    record = read_archived(raw) if isinstance(raw, bytes) and is_ours(place, path) else None
    if record is None or record.archived_as != archived_as or archived_as not in (record.change, f"{archived_as[:10]}-{record.change}"):
        told = f"{path} should say what '{archived_as}' changed, and is no such record. No files were changed."
        return error("unarchive_record_unreadable", told, fix="Mend it (a merge conflict?), or remove it to go by the history.")
    return record


def _record(app: PlanningApp, change: Change, built: Built, archived_as: str, bases: bytes) -> ArchivedRecord | None:
    """Write down what changes; `None` where a spec is no text, so that its bytes cannot stand in a record."""
    try:
        specs = tuple(
            SpecTexts(capability=spec.merged.capability, before=_text(spec.write.old), after=_text(spec.write.new))
            for spec in built.specs
            if spec.write is not None
        )
        kept = bases.decode()
    except UnicodeDecodeError:
        return None
    return ArchivedRecord(change=change.id, archived_as=archived_as, at=app.clock.now(), specs=specs, bases=kept)


def _text(raw: bytes | None) -> str | None:
    return None if raw is None else raw.decode()
