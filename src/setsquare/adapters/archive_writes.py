"""Writes main specs in place and puts them back: the file keeps its owner, its rights and its other names."""

# Names go to the kernel as they are; a path object would normalise them.
# ruff: noqa: PTH102, PTH103, PTH106, PTH108, PTH112, PTH116, PTH120

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Mapping

from setsquare.adapters.archive_disk import SyncedDisk
from setsquare.adapters.archive_record import ARCHIVE, may_be_between
from setsquare.ports.archive_place import ArchivePlan, SpecWrite
from setsquare.text.paths import RelPath, parent

_SPECS = RelPath("openspec/specs")


class SpecFiles:
    """The files below one root that an archive writes."""

    def __init__(self, disk: SyncedDisk) -> None:
        """Take the disk below the folder that holds `openspec/`."""
        self._disk = disk

    def missing_folders(self, plan: ArchivePlan) -> tuple[RelPath, ...]:
        """Name the folders that the archive makes, outermost first."""
        wanted = [parent(write.path) for write in plan.writes if write.new is not None]
        missing: dict[RelPath, None] = {}
        for wanted_folder in (*wanted, ARCHIVE):
            chain: list[RelPath] = []
            folder = wanted_folder
            while folder and not os.path.isdir(self._disk.at(folder)):
                chain.append(folder)
                folder = parent(folder)
            missing.update(dict.fromkeys(reversed(chain)))
        return tuple(missing)

    def modes(self, writes: tuple[SpecWrite, ...]) -> tuple[tuple[RelPath, int], ...]:
        """Give the permission bits of the specs that exist."""
        return tuple((write.path, stat.S_IMODE(os.stat(self._disk.at(write.path)).st_mode)) for write in writes if write.old is not None)

    def make(self, folders: tuple[RelPath, ...]) -> None:
        """Make folders."""
        for folder in folders:
            self._disk.step(f"make {folder}")
            os.mkdir(self._disk.at(folder))
            self._disk.sync_folder(parent(folder))

    def unmake(self, folders: tuple[RelPath, ...]) -> None:
        """Remove the folders that were made, as far as nothing is in them."""
        for folder in reversed(folders):
            self._disk.step(f"unmake {folder}")
            with contextlib.suppress(OSError):
                os.rmdir(self._disk.at(folder))

    def write(self, write: SpecWrite) -> None:
        """Bring a spec from its old bytes to its new ones."""
        if write.new is None:
            self._disk.step(f"remove {write.path}")
            os.unlink(self._disk.at(write.path))
            self._disk.sync_folder(parent(write.path))
        elif write.old is None:
            self._disk.put_new(write.path, write.new)
        else:
            self._disk.overwrite(write.path, write.new, len(write.old))

    def prune(self, writes: tuple[SpecWrite, ...]) -> None:
        """Remove the folders that hold nothing any more because their spec went."""
        for write in writes:
            folder = parent(write.path) if write.new is None else RelPath("")
            while folder.startswith(f"{_SPECS}/"):
                self._disk.step(f"prune {folder}")
                try:
                    os.rmdir(self._disk.at(folder))
                except OSError:
                    break
                folder = parent(folder)

    def put_back(self, write: SpecWrite, modes: Mapping[RelPath, int]) -> tuple[RelPath, RelPath] | None:
        """Give a spec its old bytes; where somebody has changed it since, lay them beside it and name both files."""
        now = self._disk.current(write.path)
        if now == write.old:
            return None
        if now is not None and not may_be_between(now, write.old, write.new):
            return self._beside(write)
        if write.old is None:
            self._disk.step(f"take back {write.path}")
            os.unlink(self._disk.at(write.path))
            self._disk.sync_folder(parent(write.path))
        elif now is None:
            os.makedirs(os.path.dirname(self._disk.at(write.path)), exist_ok=True)
            self._disk.put_new(write.path, write.old, modes.get(write.path))
        else:
            self._disk.overwrite(write.path, write.old, len(now))
        return None

    def put_forward(self, write: SpecWrite) -> None:
        """Give a spec its new bytes, unless somebody has changed it since."""
        now = self._disk.current(write.path)
        if now is None or now == write.new or not may_be_between(now, write.old, write.new):
            return
        if write.new is not None:
            self._disk.overwrite(write.path, write.new, len(now))

    def _beside(self, write: SpecWrite) -> tuple[RelPath, RelPath] | None:
        """Lay the old bytes beside a spec that somebody has changed; nothing where there were none."""
        if write.old is None:
            return None
        path = RelPath(f"{write.path}.before-archive")
        if self._disk.current(path) != write.old:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self._disk.at(path))
            self._disk.put_new(path, write.old)
        return (write.path, path)
