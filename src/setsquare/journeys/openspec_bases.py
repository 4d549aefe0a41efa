"""Finds what requirements said when a change to them was written, and keeps it where an archive is about to change them."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from setsquare.journeys.openspec_items import CHANGES, SPECS, change_ids
from setsquare.journeys.openspec_reading import Reading
from setsquare.journeys.planning_app import PlanningApp
from setsquare.ports.archive_place import ArchivePlace, SpecWrite
from setsquare.ports.planning import Unreadable
from setsquare.spec.openspec.bases import Base, BaseSource, Glimpse, based_names, bases_seen, encode_base, read_bases, record_path
from setsquare.text.paths import RelPath, joined
from setsquare.workspace.openspec.delta import read_delta
from setsquare.workspace.openspec.main_spec import read_main_spec
from setsquare.workspace.openspec.model import Change, Delta, MainSpec
from setsquare.workspace.openspec.text import normalised


class UnreadBases(Struct, frozen=True):
    """A record of bases that cannot be read: its file, and the line that is none, 0 where the file as a whole cannot be read."""

    path: RelPath
    line: int


class Recorded(Struct, frozen=True, kw_only=True):
    """What was put on record for one change; `path` is empty where nothing was new."""

    change: str
    path: RelPath
    bases: tuple[Base, ...]


# req: openspec-interop/3.4
def bases_of(app: PlanningApp, root: str, change: str, deltas: tuple[Delta, ...]) -> tuple[Base, ...] | UnreadBases:
    """Find the bases of a change's entries: from its record, and for those that it does not name from the history of its files."""
    wanted = {(delta.capability, name) for delta in deltas for name in based_names(delta)}
    if not wanted:
        return ()
    recorded = recorded_bases(app, root, change)
    if isinstance(recorded, UnreadBases):
        return recorded
    known = {(base.capability, base.requirement): base for base in recorded}
    if wanted - known.keys():
        past = _from_history(app, root, change, tuple(delta for delta in deltas if based_names(delta)))
        known = {**{(base.capability, base.requirement): base for base in past}, **known}
    return tuple(known[key] for key in sorted(wanted & known.keys()))


def recorded_bases(app: PlanningApp, root: str, change: str) -> tuple[Base, ...] | UnreadBases:
    """Read the record of a change; nothing where there is none."""
    path = record_path(change)
    raw = app.planning.read(root, path)
    if raw is None:
        return ()
    if isinstance(raw, Unreadable):
        return UnreadBases(path, 0)
    found, bad = read_bases(raw)
    return UnreadBases(path, bad[0]) if bad else found


def record_now(app: PlanningApp, root: str, place: ArchivePlace, change: Change) -> Recorded | UnreadBases:
    """Put on record that a change was written to the main specs as they are now: whoever says so has seen them.

    Raises:
        setsquare.errors.StorageFailed: the disk refuses.
        setsquare.errors.StalePlan: the record was changed meanwhile.
    """
    from setsquare.text.plan import Plan, creation, replacement  # noqa: PLC0415  (start-up: an archive writes by itself)

    old = recorded_bases(app, root, change.id)
    if isinstance(old, UnreadBases):
        return old
    path = record_path(change.id)
    now = current_bases(Reading(app, root), change.deltas, app.clock.now())
    known = {(base.capability, base.requirement): base.text for base in old}
    new = tuple(base for base in now if known.get((base.capability, base.requirement)) != base.text)
    if not new or not is_ours(place, path):
        return Recorded(change=change.id, path=RelPath(""), bases=now)
    raw = app.planning.read(root, path)
    lines = b"".join(map(encode_base, new))
    planned = replacement(path, raw, raw + lines) if isinstance(raw, bytes) else creation(path, lines)
    app.files(root).apply(Plan(f"Record the bases of {change.id}", (planned,)))
    return Recorded(change=change.id, path=path, bases=now)


def current_bases(reading: Reading, deltas: Iterable[Delta], at: str) -> tuple[Base, ...]:
    """Give what the main specs say now of all that some deltas modify or remove."""
    found: list[Base] = []
    for delta in deltas:
        main = reading.main(delta.capability)
        blocks = {block.name: block.raw for block in main.requirements} if isinstance(main, MainSpec) else {}
        found += (
            Base(capability=delta.capability, requirement=name, text=blocks[name], source=BaseSource.RECORD, at=at)
            for name in based_names(delta)
            if name in blocks
        )
    return tuple(found)


def kept_for_others(
    app: PlanningApp, root: str, place: ArchivePlace, change: Change, specs: Iterable[tuple[str, str]]
) -> tuple[SpecWrite, ...]:
    """Keep what other open changes were written to, before an archive changes it: one write for each such change.

    `specs` are the capabilities that the archive writes, each with the main spec's text as it still is.
    """
    mains = {capability: read_main_spec(capability, joined(SPECS, capability, "spec.md"), text) for capability, text in specs}
    touched = {delta.capability: set(based_names(delta)) for delta in change.deltas}
    writes = (_kept(app, root, place, other, mains, touched) for other in change_ids(app, root) if other != change.id) if mains else ()
    return tuple(write for write in writes if write is not None)


def is_ours(place: ArchivePlace, path: RelPath) -> bool:
    """Tell whether a record may be written: no part of its path is a link, and the file is one where it is there."""
    parts = path.split("/")
    spots = (place.spot(joined(*parts[:count])) for count in range(1, len(parts) + 1))
    return not any(spot.is_link or spot.is_dangling for spot in spots)


def _kept(
    app: PlanningApp, root: str, place: ArchivePlace, other: str, mains: dict[str, MainSpec], touched: dict[str, set[str]]
) -> SpecWrite | None:
    """Add to another change's record what it does not know yet; `None` where it does not touch what is touched, or knows it all."""
    deltas: list[Delta] = []
    for capability in mains:
        path = joined(CHANGES, other, "specs", capability, "spec.md")
        raw = app.planning.read(root, path)
        if isinstance(raw, bytes):
            delta = read_delta(capability, path, normalised(raw))
            if touched[capability] & set(based_names(delta)):
                deltas.append(delta)
    if not deltas:
        return None
    known = bases_of(app, root, other, tuple(deltas))
    path = record_path(other)
    if isinstance(known, UnreadBases) or not is_ours(place, path):
        return None
    names = {(base.capability, base.requirement) for base in known if base.source is BaseSource.RECORD}
    past = {(base.capability, base.requirement): base.text for base in known}
    lines = b""
    for delta in deltas:
        blocks = {block.name: block.raw for block in mains[delta.capability].requirements}
        for name in based_names(delta):
            text = past.get((delta.capability, name), blocks.get(name))
            if (delta.capability, name) not in names and name in touched[delta.capability] and text is not None:
                base = Base(capability=delta.capability, requirement=name, text=text, source=BaseSource.RECORD, at=app.clock.now())
                lines += encode_base(base)
    raw = app.planning.read(root, path)
    before = raw if isinstance(raw, bytes) else None
    return SpecWrite(path=path, old=before, new=(before or b"") + lines) if lines else None


def _from_history(app: PlanningApp, root: str, change: str, deltas: tuple[Delta, ...]) -> tuple[Base, ...]:
    """Read the versions of a change's deltas and of the main specs beside them."""
    if app.versions is None:
        return ()
    paths = [(delta.path, joined(SPECS, delta.capability, "spec.md")) for delta in deltas]
    versions = app.versions.touching(root, joined(CHANGES, change, "specs"), tuple(path for pair in paths for path in pair))
    found: list[Base] = []
    for at, delta in enumerate(deltas):
        glimpses = [
            Glimpse(version.commit, _delta(delta, version.files[2 * at]), _main(delta, version.files[2 * at + 1])) for version in versions
        ]
        found += bases_seen(delta, glimpses)
    return tuple(found)


def _delta(delta: Delta, raw: bytes | None) -> Delta | None:
    return None if raw is None else read_delta(delta.capability, delta.path, normalised(raw))


def _main(delta: Delta, raw: bytes | None) -> MainSpec | None:
    path = joined(SPECS, delta.capability, "spec.md")
    return None if raw is None else read_main_spec(delta.capability, path, normalised(raw))
