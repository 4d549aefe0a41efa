"""Moves a change into the archive: by one rename, or, onto another file system, by a copy that is compared before the original goes."""

# Names go to the kernel as they are; a path object would normalise them.
# ruff: noqa: PTH104, PTH112, PTH114, PTH115, PTH118

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator

from setsquare.adapters.archive_disk import SyncedDisk
from setsquare.adapters.archive_record import COPY, GONE
from setsquare.adapters.folders import failed
from setsquare.ports.archive_place import ArchivePlan
from setsquare.text.paths import RelPath, parent
from setsquare.text.plan import Digest, digest


class Moving:
    """The folders of changes below one root."""

    def __init__(self, disk: SyncedDisk) -> None:
        """Take the disk below the folder that holds `openspec/`."""
        self._disk = disk

    def listed(self, below: RelPath) -> tuple[tuple[RelPath, Digest], ...]:
        """Name every file and link below a folder with the digest of its content, sorted; of what is neither, the kind alone.

        Raises:
            StorageFailed: a file cannot be read.
        """
        found: list[tuple[RelPath, Digest]] = []
        for path in self._paths(below):
            try:
                found.append((path, _named(self._disk.at(path))))
            except OSError as error:
                raise failed("read", path, error) from error
        return tuple(sorted(found))

    def move(self, plan: ArchivePlan) -> None:
        """Move the change; what is named last is in its place at once or not at all.

        Raises:
            OSError: the system refuses, or a file is not as the plan expects it.
        """
        if self.listed(plan.source) != plan.inputs:
            raise OSError(errno.EBUSY, "a file of the change was changed meanwhile", plan.source)
        if os.path.lexists(self._disk.at(plan.target)):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), plan.target)
        self._disk.step("move the change")
        try:
            os.rename(self._disk.at(plan.source), self._disk.at(plan.target))
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            self._copy(plan)
        self._sync(plan)

    def take_back(self, plan: ArchivePlan) -> None:
        """Remove a copy of the change, whether it has its name already or not."""
        if os.path.lexists(self._disk.at(plan.source)) and os.path.isdir(self._disk.at(plan.target)) and self._is_whole(plan, plan.target):
            self._disk.step("unname the copy")
            os.rename(self._disk.at(plan.target), self._disk.at(COPY))
        self._remove(COPY)

    def has_arrived(self, plan: ArchivePlan) -> bool:
        """Tell whether the change is in the archive and nowhere else."""
        return os.path.isdir(self._disk.at(plan.target)) and not os.path.lexists(self._disk.at(plan.source))

    def clear(self) -> None:
        """Remove the original that was put aside after a copy."""
        self._remove(GONE)

    def _copy(self, plan: ArchivePlan) -> None:
        """Copy the change beside its target, compare, give it its name, and put the original aside: from then on it is archived."""
        self._remove(COPY)
        self._remove(GONE)
        self._disk.step("copy the change")
        import shutil  # noqa: PLC0415  (start-up: only a move onto another file system copies)

        shutil.copytree(self._disk.at(plan.source), self._disk.at(COPY), symlinks=True, copy_function=_copied)
        if not self._is_whole(plan, COPY):
            raise OSError(errno.EIO, "the copy is not what was copied", COPY)
        self._disk.step("name the copy")
        os.rename(self._disk.at(COPY), self._disk.at(plan.target))
        self._sync(plan)
        self._disk.step("put the original aside")
        os.rename(self._disk.at(plan.source), self._disk.at(GONE))

    def _is_whole(self, plan: ArchivePlan, folder: RelPath) -> bool:
        there = {(path[len(folder) :], name) for path, name in self.listed(folder)}
        return there == {(path[len(plan.source) :], name) for path, name in plan.inputs}

    def _remove(self, folder: RelPath) -> None:
        if os.path.lexists(self._disk.at(folder)):
            import shutil  # noqa: PLC0415  (the same)

            self._disk.step(f"remove {folder}")
            shutil.rmtree(self._disk.at(folder))

    def _sync(self, plan: ArchivePlan) -> None:
        for folder in (parent(plan.target), parent(plan.source)):
            self._disk.sync_folder(folder)

    def _paths(self, below: RelPath) -> Iterator[RelPath]:
        start = len(self._disk.at(""))
        for folder, names, files in os.walk(self._disk.at(below)):
            for name in (*files, *(name for name in names if os.path.islink(os.path.join(folder, name)))):
                yield RelPath(os.path.join(folder, name)[start:])


def _copied(source: str, target: str) -> str:
    """Copy one file with its times and rights, and sync it."""
    import shutil  # noqa: PLC0415  (the same)

    shutil.copy2(source, target, follow_symlinks=False)
    if not os.path.islink(target):
        descriptor = os.open(target, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    return target


def _named(path: str) -> Digest:
    """Name what stands at a path: a file's bytes, a link's aim, else the kind."""
    mode = os.lstat(path).st_mode
    if stat.S_ISLNK(mode):
        return digest(b"link " + os.fsencode(os.readlink(path)))
    if not stat.S_ISREG(mode):
        return digest(b"kind %o" % stat.S_IFMT(mode))
    with open(path, "rb") as file:  # noqa: PTH123  (a path object would normalise the name)
        return digest(file.read())
