"""Implements the place of archives on this machine's disk.

The order of one archive: lock the folder of the changes, write the record, claim, write the specs in place, move the change, take claim and record away.
Whatever is found of that order later is either taken back or completed, and each of these steps may itself be cut off and done again.
"""

# Names go to the kernel as they are; a path object would normalise them.
# ruff: noqa: PTH112, PTH114, PTH116

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import stat
import time
from collections.abc import Callable, Iterator

from setsquare.adapters import archive_record as records
from setsquare.adapters.archive_disk import SyncedDisk
from setsquare.adapters.archive_moving import Moving
from setsquare.adapters.archive_undertaking import Undertaking
from setsquare.adapters.folders import failed
from setsquare.errors import StorageFailed
from setsquare.ports.archive_place import ArchivePlan, Changed, Claimed, Recovery, Spot
from setsquare.ports.planning import EntryKind
from setsquare.text.paths import RelPath
from setsquare.text.plan import Digest

_CHANGES = "openspec/changes"
_WAIT_S = 5.0
_POLL_S = 0.02


def _unseen(step: str) -> None:
    """Let a step pass."""


class DiskArchivePlace:
    """The `openspec/` of one folder. `on_step` is told the name of every step before the disk is changed and after the last one."""

    def __init__(self, root: str, on_step: Callable[[str], None] = _unseen) -> None:
        """Take the folder that holds `openspec/`; nothing is opened yet."""
        self._root = root.rstrip("/") or "/"
        self._disk = SyncedDisk(root, on_step)
        self._moving = Moving(self._disk)
        self._undertaking = Undertaking(self._disk, self._moving)

    def spot(self, path: RelPath) -> Spot:
        """Say what stands at a path.

        Raises:
            StorageFailed: it cannot be looked at.
        """
        full = self._disk.at(path)
        try:
            own = os.lstat(full)
        except FileNotFoundError:
            return Spot(None)
        except (OSError, ValueError) as error:
            raise _failed("look at", path, error) from error
        is_link = stat.S_ISLNK(own.st_mode)
        real, home = os.path.realpath(full), os.path.realpath(self._root)
        below = real[len(home.rstrip("/")) + 1 :] if real == home or real.startswith(f"{home.rstrip('/')}/") else ""
        try:
            mode = os.stat(full).st_mode
        except OSError:
            return Spot(EntryKind.OTHER, below, is_link=is_link, is_dangling=True)
        kind = EntryKind.FOLDER if stat.S_ISDIR(mode) else EntryKind.FILE if stat.S_ISREG(mode) else EntryKind.OTHER
        return Spot(kind, below, is_link=is_link)

    def inputs(self, below: RelPath) -> tuple[tuple[RelPath, Digest], ...]:
        """Name every file and link below a folder with the digest of its content, sorted.

        Raises:
            StorageFailed: a file cannot be read.
        """
        return self._moving.listed(below)

    def carry_out(self, plan: ArchivePlan) -> Claimed | Changed | None:
        """Write the specs and move the change; `None` when all is done. An archive that was interrupted before is ended first.

        Raises:
            StorageFailed: it failed and everything was put back as it was.
        """
        with self._locked(_WAIT_S) as is_held:
            if not is_held:
                return Claimed(records.CLAIM)
            if os.path.lexists(self._disk.at(records.RECORD)):
                self._undertaking.end()
            changed = self._changed(plan)
            if changed is not None:
                return Changed(changed)
            if self._undertaking.is_claimed():
                return Claimed(records.CLAIM)
            self._undertaking.carry_out(plan)
            return None

    def recovered(self) -> Recovery | None:
        """End an archive that was interrupted, by taking it back or by completing it; `None` when there is none, or when one is going on.

        Raises:
            StorageFailed: it cannot be ended; its record stays.
        """
        if not (os.path.lexists(self._disk.at(records.RECORD)) or os.path.lexists(self._disk.at(records.FRESH))):
            return None
        with self._locked(0.0) as is_held:
            return self._undertaking.end() if is_held else None

    @contextlib.contextmanager
    def _locked(self, wait_s: float) -> Iterator[bool]:
        """Hold the folder of the changes against other archives of ours; the kernel gives it back however a process ends."""
        try:
            descriptor = os.open(self._disk.at(_CHANGES), os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as error:
            raise failed("open", _CHANGES, error) from error
        try:
            yield _taken(descriptor, wait_s)
        finally:
            os.close(descriptor)

    def _changed(self, plan: ArchivePlan) -> RelPath | None:
        """Name the first thing that is not as the plan expects it."""
        if os.path.lexists(self._disk.at(plan.target)):
            return plan.target
        if not os.path.isdir(self._disk.at(plan.source)) or os.path.islink(self._disk.at(plan.source)):
            return plan.source
        now = dict(self._moving.listed(plan.source))
        for path, expected in plan.inputs:
            if now.pop(path, None) != expected:
                return path
        if now:
            return next(iter(now))
        return next((write.path for write in plan.writes if self._disk.current(write.path) != write.old), None)


def _taken(descriptor: int, wait_s: float) -> bool:
    """Take the lock of an open folder, waiting for it; a file system without locks is used without one."""
    until = time.monotonic() + wait_s
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                return False
            time.sleep(_POLL_S)
        except OSError:
            return True
        else:
            return True


def _failed(verb: str, path: str, error: OSError | ValueError) -> StorageFailed:
    return failed(verb, path, error) if isinstance(error, OSError) else failed(verb, path, OSError(errno.EINVAL, str(error)))
