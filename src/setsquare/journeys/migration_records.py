"""Keeps what a migration changed and takes it back; the record is a file of the same plan as the changes, so that neither is without the other."""

from __future__ import annotations

import enum
from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from setsquare.errors import Refused
from setsquare.journeys.previewing import Change, preview
from setsquare.migrate.record import ChangedFile, Record, number_of, path_of, read, written
from setsquare.ports.files import Files
from setsquare.text.paths import RelPath
from setsquare.text.plan import FileChange, Plan, creation, digest, removal, replacement


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


# req: openspec-interop/5.6
def recorded(files: Files, plan: Plan, record: Record, last: int) -> RelPath:
    """Apply a plan all or none, with a record that takes it back.

    Raises:
        StalePlan: a file is not as it was when the plan was made; nothing was written.
        StorageFailed: a write failed; nothing was written.
    """
    path = path_of(last + 1)
    files.apply(replace(plan, changes=(*plan.changes, creation(path, written(record)))))
    return path


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


# req: openspec-interop/5.6
def take_back(files: Files, planned: Restoring) -> None:
    """Carry out a plan of `restoring`, all or none.

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
    files.apply(planned.plan)


def _change(path: RelPath, now: bytes | None, wanted: bytes | None) -> tuple[FileChange, ...]:
    if now is None:
        return () if wanted is None else (creation(path, wanted),)
    return (removal(path, now) if wanted is None else replacement(path, now, wanted),)
