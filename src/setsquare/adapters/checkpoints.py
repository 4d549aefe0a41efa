"""Records the workspace's files in a git directory of our own."""

# Names go to the kernel as they are; a path object would normalise them.
# ruff: noqa: PTH112, PTH114, PTH118

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Callable, Iterator

from setsquare.adapters.empty_folders import EmptyFolders
from setsquare.adapters.git_process import blobs, run_git
from setsquare.adapters.recorded_trees import RecordedTrees
from setsquare.adapters.shadow_git import ShadowGit
from setsquare.adapters.tree_files import Found, put_file, remove_file
from setsquare.errors import StorageFailed
from setsquare.ports.git import TreeChange
from setsquare.text.paths import RelPath

_STATUS = {"A": "added", "D": "deleted"}
_MOST_WATCHED = 2_000
_MOST_WATCHED_BYTES = 4 << 20


# req: guarded-run/4.4
class ShadowCheckpoints:
    """Records and restores files through a bare git directory in the state folder, with its own index, objects and configuration.

    Recorded: the bytes, the right to execute and the links of every file that the workspace's `.gitignore` files do not ignore, whatever
    git knows of it, with files of repositories inside the workspace; of ignored files those that were included and those that are watched, up to
    2,000 of at most 4 MiB each. Not recorded: other ignored files (a folder that ignores itself, too), empty folders, other permission bits,
    owners, time stamps, pipes and devices. No attribute or filter of the workspace changes a byte, and nothing is read from or written to a
    `.git` of the workspace.
    """

    def __init__(self, folder: str, state_folder: str) -> None:
        """Record `folder` below `state_folder`, which must lie outside of it."""
        self._shadow = ShadowGit(folder, state_folder)
        self._folder = self._shadow.folder
        self._wanted: Callable[[str], bool] | None = None
        self._below: tuple[RelPath, ...] = ()
        self._watched: set[RelPath] | None = None
        self._compared: tuple[str, str, tuple[TreeChange, ...]] = ("", "", ())

    @property
    def trees(self) -> RecordedTrees:
        """Give what reads the recorded trees."""
        return RecordedTrees(self._shadow)

    @property
    def folders(self) -> EmptyFolders:
        """Give what looks after the workspace's empty folders."""
        return EmptyFolders(self._folder)

    def take(self, only: tuple[RelPath, ...] = ()) -> str:
        """Record all files, or `only` these in an index that is used once; give the tree's name.

        Raises:
            GitFailed: git could not record a file.
            StorageFailed: the state folder cannot be written.
        """
        with self._shadow.held():
            if only:
                return _alone(self._shadow, [path for path in only if not _is_folder(self._folder, path)])
            changed = _changed(self._shadow, self._folder, "")
            changed += self._ignored()
            self._shadow.update("--force-remove", [path for path in changed if _is_folder(self._folder, path)])
            self._shadow.update("--replace", [path for path in changed if not _is_folder(self._folder, path)])
            return self._shadow.write_tree()

    def include(self, path: RelPath) -> None:
        """Record one file from now on although it is ignored: what the index holds is compared whatever the ignore files say.

        Raises:
            GitFailed: git could not record it.
            StorageFailed: the state folder cannot be written.
        """
        with self._shadow.held():
            self._shadow.update("--replace", [path])
        self._watched = None

    def watch(self, is_wanted: Callable[[str], bool], below: tuple[RelPath, ...]) -> None:
        """Record wanted ignored files at and below some places too, from the next `take` of this object on."""
        self._wanted, self._below = is_wanted, below

    def watched(self) -> frozenset[RelPath]:
        """Name the files that are recorded although they are ignored, those that have gone since this was first asked included.

        Raises:
            GitFailed: git cannot read the record.
        """
        if self._watched is None:
            with self._shadow.held():
                listed = self._shadow.run(("ls-files", "-z", "-c", "-i", "--exclude-standard")).output
            self._watched = {RelPath(os.fsdecode(raw)) for raw in listed.split(b"\0")[:-1]}
        return frozenset(self._watched)

    def changes(self, old: str, new: str) -> tuple[TreeChange, ...]:
        """Compare two recorded trees.

        Raises:
            GitFailed: one of them was never recorded.
        """
        if old == new:
            return ()
        last = self._compared
        if (old, new) == last[:2]:
            return last[2]
        args = ("diff-tree", "-r", "-z", "--no-renames", "--name-status", "--no-ext-diff", "--no-textconv", "--end-of-options", old, new)
        parts = self._shadow.run(args).output.split(b"\0")[:-1]
        pairs = zip(parts[::2], parts[1::2], strict=True)
        found = tuple(sorted(TreeChange(RelPath(os.fsdecode(path)), _STATUS.get(status.decode(), "modified")) for status, path in pairs))
        self._compared = (old, new, found)
        return found

    def read(self, tree: str, path: RelPath) -> bytes | None:
        """Read a file from a recorded tree; of a link, where it leads.

        Raises:
            GitFailed: the tree was never recorded.
        """
        record = self._shadow.run(("ls-tree", "-z", "--full-tree", "--end-of-options", tree, path)).output.split(b"\0")[0]
        head, _, name = record.partition(b"\t")
        parts = head.decode("ascii", "replace").split(" ")
        if os.fsdecode(name) != path or parts[1] != "blob":
            return None
        return blobs((parts[2],), self._shadow.places(), self._folder)[parts[2]]

    def files(self, tree: str) -> dict[RelPath, str]:
        """Name the bytes of every file of a recorded tree as git does.

        Raises:
            GitFailed: the tree was never recorded.
        """
        return {RelPath(path): entry.name for path, entry in self._shadow.entries(tree).items()}

    def restore(self, tree: str, paths: tuple[RelPath, ...]) -> None:
        """Give paths back their bytes, links and right to execute; remove those that the tree does not have.

        A path in a `.git` is passed over. One that cannot be put back keeps no other from it.

        Raises:
            GitFailed: the tree was never recorded.
            StorageFailed: a file could not be written or removed; all others were.
        """
        places = self._shadow.places()
        entries = self._shadow.entries(tree)
        mine = {path for path in paths if ".git" not in path.lower().split("/")}
        wanted = {path: entries[path] for path in mine if path in entries}
        contents = blobs(tuple(dict.fromkeys(entry.name for entry in wanted.values())), places, self._folder)
        failed: list[StorageFailed] = []
        for path in sorted(mine - set(wanted), reverse=True):
            with _explained("remove", path, failed):
                remove_file(self._folder, path)
        for path, entry in sorted(wanted.items()):
            with _explained("restore", path, failed):
                put_file(self._folder, path, Found(entry.mode, contents[entry.name]))
        if failed:
            raise failed[0]

    def _ignored(self) -> list[str]:
        """List ignored files that are watched and in no index yet."""
        if self._wanted is None:
            return []
        below = [path for path in self._below if os.path.lexists(os.path.join(self._folder, path))]
        if not below:
            return []
        listed = self._shadow.run(("ls-files", "-z", "-o", "-i", "--exclude-standard", "--", *below)).output.split(b"\0")[:-1]
        found: list[str] = []
        for path in map(os.fsdecode, listed):
            if len(found) == _MOST_WATCHED:
                break
            if not path.endswith("/") and self._wanted(path) and _is_small(os.path.join(self._folder, path)):
                found.append(path)
        if self._watched is not None:
            self._watched.update(map(RelPath, found))
        return found


def _alone(shadow: ShadowGit, paths: list[str]) -> str:
    """Record some files alone; give the tree's name."""
    with shadow.fresh_index("index-alone") as index:
        shadow.update("--replace", paths, index)
        return shadow.run(("write-tree",), index=index).line


def _changed(shadow: ShadowGit, top: str, below: str) -> list[str]:
    """List the files below `top` that differ from the index; a repository inside the workspace is looked into as a folder."""
    places = shadow.places(top, "no-index" if below else "index")
    kinds = ("-o",) if below else ("-o", "-m", "-d")
    listed = run_git(("-C", top, "ls-files", "-z", *kinds, "--exclude-standard"), places, shadow.folder).output.split(b"\0")[:-1]
    found: dict[str, None] = {}
    for raw in listed:
        path = os.fsdecode(raw)
        if path.endswith("/"):
            found.update(dict.fromkeys(_changed(shadow, os.path.join(top, path), below + path)))
        else:
            found[below + path] = None
    return list(found)


def _is_folder(folder: str, path: str) -> bool:
    """Tell whether a folder took a file's place."""
    place = os.path.join(folder, path)
    return os.path.isdir(place) and not os.path.islink(place)


def _is_small(place: str) -> bool:
    """Tell whether a file or link is of a size that every checkpoint can afford."""
    try:
        status = os.lstat(place)
    except OSError:
        return False
    return stat.S_ISLNK(status.st_mode) or (stat.S_ISREG(status.st_mode) and status.st_size <= _MOST_WATCHED_BYTES)


@contextlib.contextmanager
def _explained(what: str, path: str, failed: list[StorageFailed]) -> Iterator[None]:
    """Note that something could not be done with a path, and go on."""
    try:
        yield
    except OSError as error:
        failed.append(StorageFailed(f"cannot {what} {path}: {error.strerror or error}", "check its permissions, then restore again"))
