"""Takes an archived change back: out of the main specs, and its folder back among the open changes; everything or nothing, as an archive."""

from __future__ import annotations

from msgspec import Struct

from setsquare.journeys.openspec_archive_checks import ARCHIVE, misplaced
from setsquare.journeys.openspec_archive_records import archived_record
from setsquare.journeys.openspec_bases import is_ours
from setsquare.journeys.openspec_building import ended_like, misplaced_spec
from setsquare.journeys.openspec_following import following
from setsquare.journeys.openspec_items import CHANGES, SPECS, nearest
from setsquare.journeys.openspec_reading import Reading
from setsquare.journeys.planning_app import PlanningApp
from setsquare.ports.archive_place import ArchivePlace, ArchivePlan, Changed, Claimed, SpecWrite
from setsquare.ports.planning import EntryKind, Unreadable
from setsquare.spec.openspec.archived_record import ArchivedRecord, archived_record_path
from setsquare.spec.openspec.bases import Base, BaseSource, based_names, encode_base, record_path
from setsquare.spec.openspec.conflict_marks import conflict_line
from setsquare.spec.openspec.diagnostic import Diagnostic, error
from setsquare.spec.openspec.issue import Level
from setsquare.spec.openspec.merging import Merged, merged
from setsquare.spec.openspec.taking_back import Stuck, taken_back
from setsquare.spec.openspec.validating_spec import spec_issues
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.paths import RelPath, joined
from setsquare.workspace.openspec.main_spec import read_main_spec
from setsquare.workspace.openspec.model import Change, Delta
from setsquare.workspace.openspec.text import normalised

_DATED = LazyPattern(r"(?a)\d{4}-\d{2}-\d{2}-(.+)")
_NOTHING = "No files were changed."


class Prepared(Struct, frozen=True, kw_only=True):
    """What taking a change back would do; `source` says where the texts from before the archive are known from, empty where no spec changes."""

    change: str
    archived_as: str
    plan: ArchivePlan
    source: str = ""

    @property
    def specs(self) -> tuple[SpecWrite, ...]:
        """Give the writes of main specs."""
        return tuple(write for write in self.plan.writes if write.path.startswith(f"{SPECS}/"))


class _Texts(Struct, frozen=True):
    """A main spec before and after the archive; `None` where there was none."""

    before: bytes | None
    after: bytes | None


# req: openspec-interop/3.6
def prepared(app: PlanningApp, root: str, place: ArchivePlace, name: str, *, skips_specs: bool = False) -> Prepared | Diagnostic:
    """Work out how an archived change is taken back; nothing is written.

    Raises:
        setsquare.errors.StorageFailed: a place cannot be looked at.
    """
    refused = misplaced(place, root)
    if refused:
        return refused.finding
    archived_as = archived_name(app, root, name)
    if isinstance(archived_as, Diagnostic):
        return archived_as
    source = joined(ARCHIVE, archived_as)
    if place.spot(source).kind is not EntryKind.FOLDER or place.spot(source).is_link:
        return error("unarchive_change_not_found", f"{root}/{source} is no folder of a change. {_NOTHING}")
    record = archived_record(app, root, place, archived_as)
    if isinstance(record, Diagnostic):
        return record
    dated = _DATED.fullmatch(archived_as)
    change_id = record.change if record is not None else dated[1] if dated else archived_as
    target = joined(CHANGES, change_id)
    if "/" in change_id or place.spot(target).kind is not None or place.spot(target).is_dangling:
        told = f"A change '{change_id}' is open already, so '{archived_as}' cannot be put back beside it. {_NOTHING}"
        return error("unarchive_target_exists", told, fix=f"Archive it or give {root}/{target} another name, then rerun.")
    change = Reading(app, root).change(source, app.planning.walk(root, source))
    inputs = place.inputs(source)
    undoing = _Undoing(app, root, place, change, archived_as, record)
    writes = () if skips_specs else undoing.writes()
    if isinstance(writes, Diagnostic):
        return writes
    beside = (*undoing.records(change_id), *following(app, root, place, source, target))
    plan = ArchivePlan(change=change_id, source=source, target=target, writes=(*writes, *beside), inputs=inputs)
    return Prepared(change=change_id, archived_as=archived_as, plan=plan, source=undoing.source if writes else "")


def carried_out(root: str, place: ArchivePlace, done: Prepared) -> Diagnostic | None:
    """Take the change back; `None` when all is done.

    Raises:
        setsquare.errors.StorageFailed: it failed and everything was put back as it was.
    """
    match place.carry_out(done.plan):
        case None:
            return None
        case Claimed(path):
            told = f"An archive is going on in this root. If none is, remove the stale claim at {root}/{path} and rerun. {_NOTHING}"
            return error("unarchive_claimed", told)
        case Changed(path):
            told = f"{path} was changed while this was prepared. {_NOTHING}"
            return error("unarchive_error", told, fix="Look at it once more, then rerun.")


def archived_name(app: PlanningApp, root: str, name: str) -> str | Diagnostic:
    """Find an archived change by its folder's name, or by its own where that means one."""
    entries = app.planning.walk(root, ARCHIVE, depth=1)
    names = [entry.path.rpartition("/")[2] for entry in entries if entry.kind is EntryKind.FOLDER]
    if name in names:
        return name
    meant = [one for one in names if (dated := _DATED.fullmatch(one)) and dated[1] == name]
    if len(meant) == 1:
        return meant[0]
    if meant:
        told = f"'{name}' was archived more than once: {', '.join(meant)}."
        return error("ambiguous_item", told, fix="Name one of them with its date.")
    near = nearest(name, names)
    return error("unarchive_change_not_found", f"No archived change '{name}'." + (f" Did you mean: {', '.join(near)}?" if near else ""))


class _Undoing:
    """One change on its way back."""

    def __init__(
        self, app: PlanningApp, root: str, place: ArchivePlace, change: Change, archived_as: str, record: ArchivedRecord | None
    ) -> None:
        self._app, self._root, self._place, self._change = app, root, place, change
        self._archived_as, self._record = archived_as, record
        self._found: list[_Texts | None] = []
        self.source = "record" if record is not None else "history"

    def writes(self) -> tuple[SpecWrite, ...] | Diagnostic:
        """Work out every main spec; the first that cannot be taken back ends it."""
        texts = self._texts()
        if isinstance(texts, Diagnostic):
            return texts
        self._found = texts
        found: list[SpecWrite] = []
        for delta, text in zip(self._change.deltas, texts, strict=True):
            write = self._write(delta, text) if text is not None else None
            if isinstance(write, Diagnostic):
                return write
            if write is not None and write.old != write.new:
                found.append(write)
        return tuple(found)

    def records(self, change_id: str) -> tuple[SpecWrite, ...]:
        """Take the archive's own record away, and keep on record what the change, open again, was written to."""
        found: list[SpecWrite] = []
        path = archived_record_path(self._archived_as)
        raw = self._app.planning.read(self._root, path) if self._record is not None else None
        if isinstance(raw, bytes):
            found.append(SpecWrite(path=path, old=raw, new=None))
        bases = record_path(change_id)
        lines = (self._record.bases.encode() if self._record is not None else b"") or self._former_bases()
        if lines and self._app.planning.read(self._root, bases) is None and is_ours(self._place, bases):
            found.append(SpecWrite(path=bases, old=None, new=lines))
        return tuple(found)

    def _former_bases(self) -> bytes:
        """Write down what the requirements said before the archive."""
        found = [
            Base(capability=delta.capability, requirement=block.name, text=block.raw, source=BaseSource.RECORD, at=self._app.clock.now())
            for delta, text in zip(self._change.deltas, self._found, strict=False)
            if text is not None and text.before is not None
            for block in read_main_spec(delta.capability, delta.path, normalised(text.before)).requirements
            if block.name in based_names(delta)
        ]
        return b"".join(map(encode_base, found))

    def _texts(self) -> list[_Texts | None] | Diagnostic:
        """Give the texts of each delta's main spec; `None` for one that the archive did not change."""
        if self._record is not None:
            known = {spec.capability: _Texts(_raw(spec.before), _raw(spec.after)) for spec in self._record.specs}
            return [known.get(delta.capability) for delta in self._change.deltas]
        if not self._change.deltas:
            return []
        paths = tuple(joined(SPECS, delta.capability, "spec.md") for delta in self._change.deltas)
        found = self._from_history(paths)
        for delta, text in zip(self._change.deltas, found or (), strict=False):
            if text.before == text.after and self._stands_in(delta):
                found = None
                break
        if found is None:
            told = f"What the specs said before '{self._archived_as}' was archived is not known: there is no record of it, and the history does not show it. {_NOTHING}"
            return error("unarchive_before_unknown", told, fix="With --skip-specs only the folder is moved; put the specs right by hand.")
        return [None if text.before == text.after else text for text in found]

    def _from_history(self, paths: tuple[RelPath, ...]) -> list[_Texts] | None:
        """Compare the commit that brought the archived folder with the one before; an archive that is not committed with the last commit."""
        versions = self._app.versions
        if versions is None:
            return None
        commits = versions.touching(self._root, joined(ARCHIVE, self._archived_as), paths)
        if commits:
            first = versions.at(self._root, f"{commits[0].commit}^", paths)
            return None if first is None else [_Texts(*pair) for pair in zip(first.files, commits[0].files, strict=True)]
        head = versions.at(self._root, "HEAD", paths)
        now = [raw if isinstance(raw, bytes) else None for raw in self._app.planning.read_all(self._root, paths)]
        return None if head is None else [_Texts(*pair) for pair in zip(head.files, now, strict=True)]

    def _stands_in(self, delta: Delta) -> bool:
        """Tell whether the main spec says already what a delta would make of it."""
        raw = self._app.planning.read(self._root, joined(SPECS, delta.capability, "spec.md"))
        outcome = merged(delta.capability, normalised(raw) if isinstance(raw, bytes) else None, delta, self._change.id)
        return isinstance(outcome, Merged) and outcome.totals.is_nothing

    def _write(self, delta: Delta, text: _Texts) -> SpecWrite | Diagnostic:
        path = joined(SPECS, delta.capability, "spec.md")
        problem = misplaced_spec(self._place, self._root, path)
        raw = self._app.planning.read(self._root, path)
        if problem or isinstance(raw, Unreadable):
            reason = problem or f"{path} cannot be read ({raw.code if isinstance(raw, Unreadable) else ''})"
            return error("unarchive_error", f"{reason}. {_NOTHING}")
        now = None if raw is None else normalised(raw)
        line = conflict_line(now or "")
        if line:
            told = f"{path} holds a git conflict that nobody has resolved, from line {line} on. {_NOTHING}"
            return error("unarchive_error", told, fix="Choose what is to stand there, remove the conflict marks, and rerun.")
        outcome = taken_back(delta, _plain(text.before), _plain(text.after), now)
        if isinstance(outcome, Stuck):
            where = f"{path}:{outcome.line}" if outcome.line else path
            told = f"{where}: {outcome.reason}, so '{self._archived_as}' cannot be taken back without losing that. {_NOTHING}"
            return error("unarchive_conflict", told, fix="Take the later change back first, or undo its lines by hand, and rerun.")
        if outcome.text is None:
            return SpecWrite(path=path, old=raw, new=None)
        if raw == text.after:
            return SpecWrite(path=path, old=raw, new=text.before)
        errors = [] if outcome.is_exact else [one for one in spec_issues(outcome.text) if one.level is Level.ERROR]
        if errors:
            told = f"{path} would not be valid without '{self._archived_as}': {errors[0].message.partition(chr(10))[0]}. {_NOTHING}"
            return error("unarchive_spec_validation_failed", told, fix="Archive what replaces it first, or put the spec right by hand.")
        return SpecWrite(path=path, old=raw, new=ended_like(raw if raw is not None else text.before, outcome.text))


def _raw(text: str | None) -> bytes | None:
    return None if text is None else text.encode()


def _plain(raw: bytes | None) -> str | None:
    return None if raw is None else normalised(raw)
