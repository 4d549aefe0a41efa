"""One judged folder as the editor has it: what is on disk, with unsaved buffers on top."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from msgspec import Struct

from setsquare.errors import StorageFailed
from setsquare.journeys.app import Reading
from setsquare.journeys.living import FoundCode, Living
from setsquare.journeys.rechecking import unit_of
from setsquare.ports.files import Snapshot
from setsquare.rules.baseline import Baseline, compared, read_baseline
from setsquare.rules.finding import Finding
from setsquare.surfaces.lsp.places import address
from setsquare.surfaces.lsp.positions import Lines
from setsquare.text.paths import RelPath
from setsquare.text.plan import Plan
from setsquare.workspace.layout import packages, selects

_LIMIT_LINES: Final = 64


# req: spec-engine/8.1
class Overlaid(Struct, frozen=True, kw_only=True):
    """Files of a folder in which unsaved buffers take the place of what is on disk. Nothing is ever written."""

    disk: Reading
    buffers: Mapping[RelPath, bytes]

    def snapshot(self, below: tuple[str, ...] = ()) -> Snapshot:
        """Read every file that a workspace consists of."""
        found = self.disk.files.snapshot(below)
        beside = packages(found.files)
        extra = {path: raw for path, raw in self.buffers.items() if selects(path, beside)}
        return Snapshot({**found.files, **extra}, found.skipped, found.inside)

    def read(self, path: RelPath) -> bytes | None:
        """Read one file."""
        return self.buffers[path] if path in self.buffers else self.disk.files.read(path)

    def exists(self, path: RelPath) -> bool:
        """Tell whether there is such a file, or a buffer of its name."""
        return path in self.buffers or self.disk.files.exists(path)

    def listing(self, below: RelPath, limit: int) -> tuple[RelPath, ...]:
        """List files below a folder; a buffer that was never saved is not among them."""
        return self.disk.files.listing(below, limit)

    def guarded(self, is_wanted: Callable[[str], bool]) -> tuple[RelPath, ...]:
        """List the wanted among all files."""
        return self.disk.files.guarded(is_wanted)

    def apply(self, plan: Plan) -> None:
        """Refuse: an editor writes its own files.

        Raises:
            StorageFailed: always.
        """
        raise StorageFailed(f"`{plan.title}` was not written.", "The language server never writes files; the editor does.")


class Desk:
    """One folder: its living workspace, its open buffers, what changed and is not judged yet."""

    def __init__(self, folder: str, reading: Reading, buffers: Mapping[RelPath, bytes], encoding: str) -> None:
        """Read and judge the folder.

        Raises:
            Unreadable: it is missing, no folder, or not permitted.
        """
        self.folder = folder
        self.buffers: dict[RelPath, bytes] = dict(buffers)
        self.changed_sources: set[RelPath] = set()
        self._encoding = encoding
        self._disk = reading
        files = Overlaid(disk=reading, buffers=self.buffers).snapshot().files
        self._beside = packages(files)
        self.living = Living(files, reading.clock.now())
        self._pending: dict[RelPath, bytes | None] = {}
        self._lines: dict[RelPath, Lines] = {}

    def scan_view(self) -> Reading:
        """Give what a scan in another thread reads: the buffers as they are at this moment."""
        files = Overlaid(disk=self._disk, buffers=dict(self.buffers))
        return Reading(files=files, history=self._disk.history, clock=self._disk.clock, results=self._disk.results)

    def adopt(self, code: FoundCode) -> None:
        """Take what a scan found, and what changed while it ran."""
        self.living.adopt(code)
        for path in (*self.changed_sources, *(path for path in self.buffers if not self.is_part(path))):
            self.living.source(path, self.raw(path))
        self.changed_sources.clear()

    def is_part(self, path: str) -> bool:
        """Tell whether a workspace consists of this file, as a spec or a tool file."""
        return selects(path, self._beside)

    def take(self, path: RelPath, raw: bytes | None) -> None:
        """Take a file that has other bytes or is gone; it is judged with `settle`."""
        if self.is_part(path):
            self._pending[path] = raw
        else:
            self.changed_sources.add(path)
            self.living.source(path, raw)

    def settle(self) -> Mapping[RelPath, tuple[Finding, ...]]:
        """Judge what changed; give all findings of each file where they are others than before."""
        pending, self._pending = self._pending, {}
        known = {path: raw for path, raw in pending.items() if raw is not None or self.session_raw(path) is not None}
        changed = {path: raw for path, raw in known.items() if raw != self.session_raw(path)}
        found = dict(self.living.change(changed)) if changed else {}
        return found | {path: self.living.session.of(path) for path in pending if path not in found}

    def session_raw(self, path: RelPath) -> bytes | None:
        """Give the bytes of a file as it was judged last."""
        unit = self.living.session.units.get(unit_of(path))
        return unit.files.get(path) if unit else None

    def raw(self, path: RelPath) -> bytes | None:
        """Give a file's bytes: the buffer's, else as judged, else from disk."""
        if path in self.buffers:
            return self.buffers[path]
        judged = self.session_raw(path)
        return judged if judged is not None else self.disk_raw(path)

    def disk_raw(self, path: RelPath) -> bytes | None:
        """Give a file's bytes on disk; `None` where it cannot be read."""
        try:
            return self._disk.files.read(path)
        except StorageFailed:
            return None

    def disk_below(self, folder: RelPath) -> Mapping[RelPath, bytes]:
        """Read the workspace's files below a folder."""
        return self._disk.files.snapshot((folder,)).files

    def lines(self, path: RelPath) -> Lines:
        """Give a file by lines; kept while its bytes are the same."""
        raw = self.raw(path) or b""
        known = self._lines.get(path)
        if known is None or known.raw != raw:
            if len(self._lines) >= _LIMIT_LINES:
                self._lines.clear()
            known = self._lines[path] = Lines(raw, self._encoding)
        return known

    def address(self, path: str) -> str:
        """Give the address of a file."""
        return address(self.folder, path)


def shown(desk: Desk, path: RelPath, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Leave out the findings of a file that the team's baseline knows."""
    place = RelPath(desk.living.session.read.config.baseline)
    raw = desk.raw(place) if place and findings else None
    if raw is None:
        return findings
    baseline: Baseline = read_baseline(place, raw)
    return compared(findings, {path: desk.raw(path) or b""}, baseline, lambda _entry: False).new
