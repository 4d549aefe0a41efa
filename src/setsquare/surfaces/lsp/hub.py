"""Holds what the editor has open: folders, buffers, and for each judged folder a desk; says when to judge again."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from lsprotocol import types
from msgspec import Struct

from setsquare.errors import SetsquareError
from setsquare.rules.finding import Finding
from setsquare.surfaces.lsp.board import Board, Shown
from setsquare.surfaces.lsp.desk import Desk
from setsquare.surfaces.lsp.places import below, file_of, folder_above, judged_folder
from setsquare.surfaces.lsp.positions import edited
from setsquare.surfaces.lsp.scans import Scans
from setsquare.text.paths import RelPath
from setsquare.wire import reading_at

_DELAY_S: Final = 0.08
"""How long nobody must type before a change is judged."""


class Buffer(Struct, frozen=True):
    """An open document: its text and version as the editor says."""

    uri: str
    text: str
    version: int

    @property
    def raw(self) -> bytes:
        """Give its bytes; half a surrogate pair, which no file can hold, is a question mark."""
        return self.text.encode("utf-8", "replace")


class Voice(Struct, frozen=True):
    """How the hub speaks to the editor: diagnostics, a message to a person, and a wish that lenses are asked for again."""

    publish: Callable[[types.PublishDiagnosticsParams], None]
    say: Callable[[str], None]
    refresh: Callable[[], None]


class Hub:
    """Everything that is open."""

    def __init__(self, voice: Voice) -> None:
        """Begin with nothing."""
        self._voice = voice
        self._folders: dict[str, str] = {}
        self._buffers: dict[str, Buffer] = {}
        self.desks: dict[str, Desk] = {}
        self._failed: set[str] = set()
        self._board = Board(voice.publish)
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._scans = Scans(voice.refresh)
        self.encoding = "utf-16"

    def open_folders(self, added: Iterable[str], removed: Iterable[str] = ()) -> None:
        """Take folders that were opened or closed, by address; the new ones are judged as a whole."""
        for path in (path for uri in removed if (path := file_of(uri))):
            self._folders.pop(path, None)
        for path in (path for uri in added if (path := file_of(uri))):
            self._folders[path] = judged_folder(path)
        kept = set(self._folders.values())
        self._failed.clear()
        for folder in [name for name in self.desks if name not in kept]:
            self.desks.pop(folder)
            self._board.clear_below(folder)
        for folder in sorted(kept):
            self._desk(folder)

    def opened(self, uri: str, text: str, version: int) -> None:
        """Take a document that was opened; it is judged at once."""
        self._buffers[uri] = Buffer(uri, text, version)
        self._taken(uri, at_once=True)

    def changed(self, uri: str, version: int, changes: Iterable[types.TextDocumentContentChangeEvent]) -> None:
        """Take changes of an open document; it is judged when nobody has typed for a moment, or when something is asked."""
        text = self._buffers[uri].text if uri in self._buffers else ""
        for change in changes:
            text = edited(text, change, self.encoding)
        self._buffers[uri] = Buffer(uri, text, version)
        self._taken(uri, at_once=False)

    def closed(self, uri: str) -> None:
        """Take what is on disk in place of a closed buffer; a file that exists no more has no findings."""
        self._buffers.pop(uri, None)
        place = self._place(uri)
        if place is None:
            return
        desk, path = place
        desk.buffers.pop(path, None)
        desk.take(path, desk.disk_raw(path))
        self._judge(desk)

    def touched(self, events: Iterable[types.FileEvent]) -> None:
        """Take files that changed outside of the editor; an open buffer counts more than the disk."""
        desks = set[str]()
        for event in events:
            file = file_of(event.uri)
            place = self._place(event.uri) if file else None
            if place is None or file is None:
                continue
            desk, path = place
            if event.type is types.FileChangeType.Deleted:
                gone = [known for known in desk.living.workspace.paths if known == path or known.startswith(f"{path}/")] or [path]
                _take_all(desk, dict.fromkeys(gone))
            elif os.path.isdir(file):  # noqa: PTH112  (nothing else here is a Path)
                _take_all(desk, desk.disk_below(path))
            else:
                _take_all(desk, {path: desk.disk_raw(path)})
            desks.add(desk.folder)
        for desk in [found for name in sorted(desks) if (found := self.desks.get(name))]:
            self._judge(desk)

    def desk_of(self, uri: str) -> tuple[Desk, RelPath] | None:
        """Find the folder of a document, judged up to the last change; `None` for a document outside of every workspace."""
        place = self._place(uri)
        if place is not None and place[0].folder in self._timers:
            self._judge(place[0])
        return place

    async def scanned_desk_of(self, uri: str) -> tuple[Desk, RelPath] | None:
        """Find the folder of a document when its source files are scanned, or when that takes too long."""
        place = self.desk_of(uri)
        if place is not None:
            await self._scans.wait(place[0])
            place = self.desk_of(uri)
        return place

    def _taken(self, uri: str, *, at_once: bool) -> None:
        """Hand a buffer to its desk."""
        place = self._place(uri)
        if place is None:
            return
        desk, path = place
        desk.buffers[path] = self._buffers[uri].raw
        desk.take(path, desk.buffers[path])
        if at_once:
            self._judge(desk)
            return
        if timer := self._timers.pop(desk.folder, None):
            timer.cancel()
        self._timers[desk.folder] = asyncio.get_running_loop().call_later(_DELAY_S, self._judge, desk)

    def _judge(self, desk: Desk) -> None:
        """Judge what changed, and publish the findings of every file where they are others than before."""
        if timer := self._timers.pop(desk.folder, None):
            timer.cancel()
        self._publish(desk, desk.settle())

    def _publish(self, desk: Desk, found: Mapping[RelPath, tuple[Finding, ...]]) -> None:
        """Send what changed of the files that the editor has; one that a more special folder judges is left to that."""
        for path, findings in found.items():
            file = f"{desk.folder}/{path}"
            uri = next((uri for uri in self._buffers if file_of(uri) == file), desk.address(path))
            buffer = self._buffers.get(uri)
            is_seen = buffer is not None or any(below(folder, file) is not None for folder in self._folders)
            place = self._place(uri) if is_seen else None
            if place is not None and place[0] is desk:
                self._board.show(desk, path, findings, Shown(uri, buffer.version if buffer else None))

    def _place(self, uri: str) -> tuple[Desk, RelPath] | None:
        """Find the desk of a document, and its place there."""
        file = file_of(uri)
        if file is None:
            return None
        holding = [folder for folder in self._folders if below(folder, file) is not None]
        folder = self._folders[max(holding, key=len)] if holding else folder_above(file)
        desk = self._desk(folder) if folder else None
        path = below(folder, file) if folder else None
        return (desk, path) if desk is not None and path is not None else None

    def _desk(self, folder: str) -> Desk | None:
        """Give a folder's desk; the first time everything in it is judged and published. One that cannot be read is said once."""
        if folder in self.desks or folder in self._failed:
            return self.desks.get(folder)
        buffers = {path: buffer.raw for uri, buffer in self._buffers.items() if (path := below(folder, file_of(uri) or ""))}
        try:
            desk = Desk(folder, reading_at(folder), buffers, self.encoding)
        except SetsquareError as error:
            self._failed.add(folder)
            self._voice.say(f"{error.message} {error.hint}".strip())
            return None
        self.desks[folder] = desk
        files = dict.fromkeys((*desk.living.workspace.paths, *(finding.path for finding in desk.living.session.findings)))
        self._publish(desk, {path: desk.living.session.of(path) for path in files})
        return desk


def _take_all(desk: Desk, files: Mapping[RelPath, bytes | None]) -> None:
    """Take files as they are on disk, those left out that are open."""
    for path, raw in files.items():
        if path not in desk.buffers:
            desk.take(path, raw)
