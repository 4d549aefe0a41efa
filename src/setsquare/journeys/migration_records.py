"""Keeps what a migration changed, takes it back, and ends one that was cut off.

The record is written before the first change. The changes then need that very record: whoever takes an unfinished one away stops them.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from setsquare.errors import Refused, StorageFailed
from setsquare.journeys.previewing import Change, preview
from setsquare.migrate.record import ChangedFile, Record, number_of, path_of, read, written
from setsquare.ports.files import Files
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.paths import RelPath, parent
from setsquare.text.plan import FileChange, Plan, creation, digest, removal, replacement

_LEFT_OVER = LazyPattern(r"\.setsquare-[0-9a-f]{16}\.tmp\Z")


class Stands(enum.Enum):
    """How a file stands against what a migration wrote."""

    AS_WRITTEN = "as written"
    AS_BEFORE = "as before"
    EDITED = "edited"


class KeptRecord(Struct, frozen=True, kw_only=True):
    """A record with its place and its bytes."""

    path: RelPath
    raw: bytes
    record: Record


class Restoring(Struct, frozen=True, kw_only=True):
    """What takes a migration back: the plan, its diff, and the files that somebody edited since."""

    kept: KeptRecord
    plan: Plan
    diff: str
    edited: tuple[str, ...] = ()
    restored: tuple[str, ...] = ()


def records_of(files: Files, paths: Iterable[RelPath]) -> tuple[KeptRecord, ...]:
    """Read all records, the oldest first.

    Raises:
        Refused: one is damaged.
        StorageFailed: one cannot be read.
    """
    found: list[KeptRecord] = []
    for path in sorted(paths, key=lambda path: number_of(path) or 0):
        raw = files.read(path)
        if raw is None:
            continue
        record = read(raw)
        if record is None:
            raise Refused(f"{path} is no record of a migration that this version can read.", "Restore it with git, or delete it.")
        found.append(KeptRecord(path=path, raw=raw, record=record))
    return tuple(found)


def recorded(files: Files, plan: Plan, record: Record, last: int) -> RelPath:
    """Apply a plan all or none, with a record that takes it back.

    Raises:
        StalePlan: a file is not as it was when the plan was made; nothing was written.
        StorageFailed: a write failed; nothing was written.
    """
    path, begun = path_of(last + 1), written(replace(record, is_finished=False))
    files.apply(Plan("Record the migration", (creation(path, begun),)))
    is_applied = False
    try:
        files.apply(replace(plan, changes=(*plan.changes, replacement(path, begun, begun))))
        is_applied = True
    finally:
        if not is_applied:
            files.apply(Plan("Forget the migration", (removal(path, begun),)))
    files.apply(Plan("Finish the migration", (replacement(path, begun, written(replace(record, is_finished=True))),)))
    return path


def unfinished(records: Sequence[KeptRecord]) -> KeptRecord | None:
    """Give the record of a migration that was cut off."""
    return next((kept for kept in reversed(records) if not kept.record.is_finished), None)


# req: openspec-interop/5.3
def restoring(files: Files, kept: KeptRecord) -> Restoring:
    """Plan that every file is as it was before a migration; files that somebody edited since are named and not part of the plan.

    Raises:
        StorageFailed: a file cannot be read.
    """
    changes: list[FileChange] = []
    shown: list[Change] = []
    edited: list[str] = []
    restored: list[str] = []
    for file in kept.record.files:
        path, now = RelPath(file.path), files.read(RelPath(file.path))
        match stands(file, now):
            case Stands.EDITED:
                edited.append(file.path)
            case Stands.AS_WRITTEN:
                changes += _change(path, now, file.old)
                shown.append(Change(source=path, target=path, old=now, new=file.old))
                restored.append(file.path)
            case Stands.AS_BEFORE:
                pass
    changes.append(removal(kept.path, kept.raw))
    return Restoring(
        kept=kept, plan=Plan("Undo the migration", tuple(changes)), diff=preview(shown), edited=tuple(edited), restored=tuple(restored)
    )


def stands(file: ChangedFile, now: bytes | None) -> Stands:
    """Say how a file stands.

    >>> stands(ChangedFile(path="a", old=b"x", new=None), None).value, stands(ChangedFile(path="a", old=b"x", new=None), b"y").value
    ('as written', 'edited')
    """
    if now == file.old:
        return Stands.AS_BEFORE
    return Stands.AS_WRITTEN if (None if now is None else digest(now)) == file.new else Stands.EDITED


def take_back(files: Files, planned: Restoring) -> None:
    """Carry out a plan of `restoring`; when it is cut off the next command ends it.

    Raises:
        Refused: somebody edited a file since.
        StalePlan: a file is not as it was when the plan was made.
        StorageFailed: a write failed.
    """
    if planned.edited:
        names = ", ".join(planned.edited)
        raise Refused(
            f"The migration cannot be taken back: since then somebody edited {names}. Nothing was written.",
            "Keep those changes elsewhere and put each of these files back as the migration left it (git), or delete those it made; then undo again.",
        )
    begun = written(replace(planned.kept.record, is_finished=False))
    if planned.kept.raw != begun:
        files.apply(Plan("Begin to undo the migration", (replacement(planned.kept.path, planned.kept.raw, begun),)))
    files.apply(replace(planned.plan, changes=(*planned.plan.changes[:-1], removal(planned.kept.path, begun))))


def recover(files: Files, kept: KeptRecord) -> tuple[str, ...]:
    """Take a migration back that was cut off, and what its writes left beside the files; gives the files that were put back.

    Raises:
        Refused: somebody edited a file since.
        StorageFailed: a write failed.
    """
    planned = restoring(files, kept)
    take_back(files, planned)
    known = {digest(file.old) for file in kept.record.files if file.old is not None} | {file.new for file in kept.record.files}
    folders = {parent(file.path) for file in kept.record.files} | {parent(kept.path)}
    left: list[FileChange] = []
    for path in files.guarded(lambda path: parent(path) in folders and _LEFT_OVER.match(path.rpartition("/")[2]) is not None):
        try:
            raw = files.read(path)
        except StorageFailed:
            continue
        if raw is not None and (digest(raw) in known or parent(path) == parent(kept.path)):
            left.append(removal(path, raw))
    if left:
        files.apply(Plan("Remove what cut-off writes left", tuple(left)))
    return planned.restored


def _change(path: RelPath, now: bytes | None, wanted: bytes | None) -> tuple[FileChange, ...]:
    if now is None:
        return () if wanted is None else (creation(path, wanted),)
    return (removal(path, now) if wanted is None else replacement(path, now, wanted),)
