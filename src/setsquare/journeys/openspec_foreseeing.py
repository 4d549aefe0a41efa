"""Foresees which changes an archive takes, without carrying it through: only of the others it must be rehearsed."""

from __future__ import annotations

from setsquare.journeys.openspec_items import CHANGES, SPECS
from setsquare.journeys.openspec_validating import ARCHIVE, Judging, Sighted
from setsquare.journeys.planning_app import PlanningApp
from setsquare.ports.planning import EntryKind, Unreadable
from setsquare.spec.openspec.staying_valid import stays_valid
from setsquare.spec.openspec.validating_delta import UnreadableSpec
from setsquare.text.paths import RelPath, joined

_PLAIN = (EntryKind.FOLDER, EntryKind.FILE)
_MARK = "<<<<<<<"
_DATE = len("2026-01-02-")


class Foreseeing:
    """Looks for all that an archive could refuse a valid change of one root for; nothing is written, and nothing vouched for that was not looked at."""

    __slots__ = ("_app", "_archived", "_is_plain_root", "_plain", "_root")

    def __init__(self, app: PlanningApp, root: str) -> None:
        """Take the root; nothing is looked at yet."""
        self._app, self._root = app, root
        self._archived: frozenset[str] | None = None
        self._is_plain_root: bool | None = None
        self._plain: dict[str, bool] = {}

    def is_plain(self, judging: Judging, sighted: Sighted) -> bool:
        """Tell whether an archive would surely take a change that is valid and stands in nobody's way."""
        return (
            self._has_plain_folders()
            and "\\" not in sighted.name
            and not self._was_archived(sighted.name)
            and self._is_readable(sighted)
            and all(self._has_plain_spec(delta.capability) for delta in sighted.change.deltas)
            and self._stays_valid(judging, sighted)
        )

    def _has_plain_folders(self) -> bool:
        """Tell whether the folders that an archive works in are where they seem to be."""
        if self._is_plain_root is None:
            folders = (RelPath("openspec"), CHANGES, SPECS, ARCHIVE)
            walked = self._app.planning.walk(self._root, CHANGES, depth=1)
            archive = next((entry.kind for entry in walked if entry.path == ARCHIVE), EntryKind.FOLDER)
            self._is_plain_root = archive is EntryKind.FOLDER and all(
                self._app.planning.link_target(self._root, path) is None for path in folders
            )
        return self._is_plain_root

    def _was_archived(self, name: str) -> bool:
        """Tell whether something in the archive has a change's name, with a date before it or without."""
        if self._archived is None:
            names = [entry.path.rpartition("/")[2] for entry in self._app.planning.walk(self._root, ARCHIVE, depth=1)]
            self._archived = frozenset((*names, *(each[_DATE:] for each in names)))
        return name in self._archived

    def _is_readable(self, sighted: Sighted) -> bool:
        """Tell whether a change's folder holds plain files that can be read."""
        if any(entry.kind not in _PLAIN or (entry.kind is EntryKind.FOLDER and not entry.is_open) for entry in sighted.entries):
            return False
        if any(_MARK in delta.text for delta in sighted.change.deltas):
            return False
        kept = tuple(entry.path for entry in sighted.entries if not entry.is_open and entry.kind is EntryKind.FILE)
        return not kept or all(isinstance(raw, bytes) for raw in self._app.planning.read_all(self._root, kept))

    def _has_plain_spec(self, capability: str) -> bool:
        """Tell whether a main spec and the folders above it are no links."""
        if capability not in self._plain:
            parts = capability.split("/")
            places = [joined(SPECS, *parts[:count]) for count in range(1, len(parts) + 1)]
            paths = (*places, joined(places[-1], "spec.md"))
            self._plain[capability] = all(self._app.planning.link_target(self._root, path) is None for path in paths)
        return self._plain[capability]

    def _stays_valid(self, judging: Judging, sighted: Sighted) -> bool:
        """Tell whether every spec that the change leads to is plainly valid."""
        for delta in sighted.change.deltas:
            text = judging.reading.spec_text(delta.capability)
            main = judging.reading.main(delta.capability)
            if isinstance(text, Unreadable) or isinstance(main, UnreadableSpec) or (main is not None and _MARK in main.text):
                return False
            if not stays_valid(main, delta, is_main_valid=main is not None and judging.is_sound(delta.capability)):
                return False
        return True
