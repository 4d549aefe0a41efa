"""Says which archived change took a requirement's name away that another change goes by."""

from __future__ import annotations

from msgspec import Struct

from setsquare.journeys.planning_app import PlanningApp
from setsquare.ports.planning import EntryKind
from setsquare.spec.openspec.archived_record import archived_record_path, read_archived
from setsquare.spec.openspec.merging import MergeRefused, header
from setsquare.text.paths import RelPath, joined
from setsquare.workspace.openspec.delta import read_delta
from setsquare.workspace.openspec.model import Delta
from setsquare.workspace.openspec.text import normalised

_ARCHIVE = RelPath("openspec/changes/archive")
_DATE = len("2026-01-02")


class _Taking(Struct, frozen=True):
    """Where an archived change renames or removes a requirement; `target` is empty for a removal."""

    change: str
    path: RelPath
    line: int
    target: str


class GoneNames:
    """What the archived changes of a root renamed and removed; each capability's deltas are read once, when they are first asked for."""

    __slots__ = ("_app", "_archived", "_known", "_root")

    def __init__(self, app: PlanningApp, root: str) -> None:
        """Take the root; nothing is read yet."""
        self._app, self._root = app, root
        self._archived: tuple[str, ...] | None = None
        self._known: dict[str, dict[str, list[_Taking]]] = {}

    def message(self, capability: str, refused: MergeRefused) -> str:
        """Write why a delta is refused, and which change took the name away that is missing, where one did."""
        told = self.told(capability, refused.missing) if refused.missing else ""
        return f"{refused.message}; {told}" if told else refused.message

    # req: openspec-interop/3.5
    def told(self, capability: str, name: str) -> str:
        """Say in a sentence which change took a name away, the latest where there are several; empty where none did."""
        if capability not in self._known:
            self._known[capability] = self._read(capability)
        found = self._known[capability].get(name)
        if not found:
            return ""
        last = max(found, key=self._age)
        where = f"{last.change} ({last.path}:{last.line})"
        return f'{where} renamed it to "{header(last.target)}".' if last.target else f"{where} removed it."

    def _read(self, capability: str) -> dict[str, list[_Taking]]:
        if self._archived is None:
            entries = self._app.planning.walk(self._root, _ARCHIVE, depth=1)
            self._archived = tuple(entry.path.rpartition("/")[2] for entry in entries if entry.kind is EntryKind.FOLDER)
        paths = tuple(joined(_ARCHIVE, change, "specs", capability, "spec.md") for change in self._archived)
        found: dict[str, list[_Taking]] = {}
        for change, path, raw in zip(self._archived, paths, self._app.planning.read_all(self._root, paths), strict=True):
            if isinstance(raw, bytes):
                for name, taking in _takings(change, read_delta(capability, path, normalised(raw))):
                    found.setdefault(name, []).append(taking)
        return found

    def _age(self, taking: _Taking) -> tuple[str, str, str]:
        """Sort by the day in the folder's name, within a day by the time in the archive's record."""
        raw = self._app.planning.read(self._root, archived_record_path(taking.change))
        record = read_archived(raw) if isinstance(raw, bytes) else None
        return taking.change[:_DATE], record.at if record is not None else "", taking.change


def _takings(change: str, delta: Delta) -> list[tuple[str, _Taking]]:
    found = [(named.name, _Taking(change, delta.path, named.line, "")) for named in delta.removed]
    found += (
        (rename.source.name, _Taking(change, delta.path, rename.source.line, rename.target.name))
        for rename in delta.renamed
        if rename.source is not None and rename.target is not None
    )
    return found
