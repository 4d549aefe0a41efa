"""Carries one archive out, takes it back or completes it; the folder of the changes is locked meanwhile."""

# Names go to the kernel as they are; a path object would normalise them.
# ruff: noqa: PTH104, PTH116

from __future__ import annotations

import contextlib
import errno
import os

from setsquare.adapters import archive_record as records
from setsquare.adapters.archive_disk import SyncedDisk
from setsquare.adapters.archive_moving import Moving
from setsquare.adapters.archive_record import Claim, Record
from setsquare.adapters.archive_writes import SpecFiles
from setsquare.adapters.folders import failed
from setsquare.errors import StorageFailed
from setsquare.ports.archive_place import ArchivePlan, End, Recovery
from setsquare.text.paths import RelPath

_CHANGES = "openspec/changes"
_LIMIT_CLAIM_BYTES = 1 << 12
_NO_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EMLINK, errno.ENOSYS})


class Undertaking:
    """The steps of an archive on one disk."""

    def __init__(self, disk: SyncedDisk, moving: Moving) -> None:
        """Take the disk below the folder that holds `openspec/`."""
        self._disk = disk
        self._moving = moving
        self._specs = SpecFiles(disk)

    def carry_out(self, plan: ArchivePlan) -> None:
        """Carry a plan out; whatever stops it, everything is put back.

        Raises:
            StorageFailed: the disk refused.
        """
        record = Record(folder=self._folder(), plan=plan, made=self._specs.missing_folders(plan), modes=self._specs.modes(plan.writes))
        is_done = False
        try:
            self._begin(record)
            self._specs.make(record.made)
            self._claim()
            for write in plan.writes:
                self._specs.write(write)
            self._specs.prune(plan.writes)
            self._moving.move(plan)
            is_done = True
        except OSError as error:
            raise failed("archive", f"{plan.change}{self._place_of(error)}", error) from error
        finally:
            # An interruption (Ctrl-C) comes here as well as a failure. What has arrived already is completed by the next command.
            if not is_done and not self._moving.has_arrived(plan):
                self._take_back(record)
        self._finish()
        self._disk.step("done")

    def is_claimed(self) -> bool:
        """Tell whether somebody else claims the archive; a claim of ours without a record was left by a process that died."""
        path = self._disk.at(records.CLAIM)
        try:
            with open(path, "rb") as file:  # noqa: PTH123  (a path object would cost start-up)
                raw = file.read(_LIMIT_CLAIM_BYTES)
        except FileNotFoundError:
            return False
        except OSError:
            return True
        if not records.is_own_claim(raw):
            return True
        self._disk.unlink(records.CLAIM)
        return False

    def end(self) -> Recovery | None:
        """End what was interrupted; the folder is locked.

        Raises:
            StorageFailed: the record was not made here, or the disk refuses.
        """
        try:
            with open(self._disk.at(records.RECORD), "rb") as file:  # noqa: PTH123  (the same)
                raw = file.read()
        except FileNotFoundError:
            # The record was not in place yet, so nothing was changed.
            self._disk.unlink(records.FRESH)
            return None
        except OSError as error:
            raise failed("read", records.RECORD, error) from error
        record = records.read(raw, self._folder())
        if record is None:
            raise StorageFailed(
                f"{records.RECORD} was not written by an archive in this folder, so it is not acted upon",
                "If the folder was copied in the middle of an archive, put its specs back (git restore openspec), then delete that file.",
            )
        plan = record.plan
        if self._moving.has_arrived(plan):
            try:
                for write in plan.writes:
                    self._specs.put_forward(write)
                self._finish()
            except OSError as error:
                raise failed("complete the archive of", plan.change, error) from error
            return Recovery(change=plan.change, target=plan.target, end=End.COMPLETED)
        kept = self._take_back(record)
        return Recovery(change=plan.change, target=plan.target, end=End.ROLLED_BACK, kept=kept)

    def _begin(self, record: Record) -> None:
        """Write the record and sync it, before anything else is changed."""
        self._disk.step("write the record")
        self._disk.put_new(records.FRESH, records.written(record))
        self._disk.step("put the record in place")
        os.rename(self._disk.at(records.FRESH), self._disk.at(records.RECORD))
        self._disk.sync_folder(_CHANGES)

    def _claim(self) -> None:
        """Make the claim file with its content at once, so that one which is found says whose it is."""
        claim = Claim(os.getpid(), f"{records.NONCE}-{os.urandom(8).hex()}")
        self._disk.unlink(records.CLAIM_DRAFT)
        self._disk.put_new(records.CLAIM_DRAFT, records.claimed(claim), is_synced=False)
        self._disk.step("claim")
        try:
            os.link(self._disk.at(records.CLAIM_DRAFT), self._disk.at(records.CLAIM))
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            self._disk.put_new(records.CLAIM, records.claimed(claim), is_synced=False)
        self._disk.unlink(records.CLAIM_DRAFT)

    def _finish(self) -> None:
        """Take the claim and then the record away: without a record nothing is unfinished.

        A record that comes back after a loss of power finds everything in its place.
        """
        self._moving.clear()
        self._disk.unlink(records.CLAIM_DRAFT)
        self._disk.unlink(records.CLAIM)
        self._disk.unlink(records.RECORD)

    def _take_back(self, record: Record) -> tuple[tuple[RelPath, RelPath], ...]:
        """Put everything back as it was before; what somebody has changed meanwhile stays, and the old text is laid beside it.

        Raises:
            StorageFailed: the disk refuses; the record stays for the next command.
        """
        try:
            self._moving.take_back(record.plan)
            kept = tuple(found for write in reversed(record.plan.writes) if (found := self._specs.put_back(write, dict(record.modes))))
            self._disk.unlink(records.CLAIM_DRAFT)
            self._unlink_own_claim()
            self._specs.unmake(record.made)
            self._disk.unlink(records.FRESH)
            self._disk.unlink(records.RECORD)
        except OSError as error:
            raise StorageFailed(
                f"The archive of {record.plan.change} was cut off and cannot be taken back yet: {error.strerror or error}",
                f"Mend the cause and run any openspec command: it is ended then. What it changed stands in {records.RECORD}.",
            ) from error
        return kept

    def _place_of(self, error: OSError) -> str:
        """Name the file at which the system refused, where it says one."""
        at = os.fsdecode(error.filename) if isinstance(error.filename, str | bytes) else ""
        return f" ({at.removeprefix(self._disk.at(''))})" if at else ""

    def _folder(self) -> tuple[int, int]:
        status = os.stat(self._disk.at(_CHANGES))
        return (status.st_dev, status.st_ino)

    def _unlink_own_claim(self) -> None:
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            with open(self._disk.at(records.CLAIM), "rb") as file:  # noqa: PTH123  (the same)
                is_own = records.is_own_claim(file.read(_LIMIT_CLAIM_BYTES))
            if is_own:
                self._disk.unlink(records.CLAIM)
