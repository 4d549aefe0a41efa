"""Works on the git directory of our own in which the workspace's files are recorded."""

# Names go to the kernel as they are; a path object would normalise them.
# ruff: noqa: PTH100, PTH103, PTH108, PTH110, PTH118, PTH120, PTH123

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator, Mapping

from setsquare.adapters.git_process import Done, TreeEntry, run_git, tree_entries
from setsquare.errors import StorageFailed

_CHECKSUM_BYTES = 20
_CONFIG = b"[core]\n\trepositoryformatversion = 0\n\tbare = false\n\tautocrlf = false\n\tsymlinks = true\n\tfilemode = true\n\tignorecase = false\n"
_ATTRIBUTES = b"* -text !eol -crlf -ident -filter !working-tree-encoding -export-subst -diff -merge\n"


class ShadowGit:
    """A bare git directory in the state folder, with its own index, objects and configuration, for one folder of files."""

    def __init__(self, folder: str, state_folder: str) -> None:
        """Record `folder` below `state_folder`, which must lie outside of it."""
        self.folder = os.path.realpath(folder)
        self.git = os.path.join(os.path.abspath(state_folder), "checkpoints.git")
        self._written: tuple[bytes, str] = (b"", "")
        self._listed: tuple[str, Mapping[str, TreeEntry]] = ("", {})

    def places(self, top: str = "", index: str = "index") -> dict[str, str]:
        """Give the variables that tell git all of this, for the folder or one below it."""
        return {"GIT_DIR": self.git, "GIT_WORK_TREE": top or self.folder, "GIT_INDEX_FILE": os.path.join(self.git, index)}

    def run(self, args: tuple[str, ...], stdin: bytes = b"", index: str = "index") -> Done:
        """Run a git command that must succeed.

        Raises:
            GitFailed: it did not.
        """
        return run_git(args, self.places(index=index), self.folder, stdin)

    def update(self, how: str, paths: list[str], index: str = "index") -> None:
        """Bring paths of an index up to the files."""
        if paths:
            stdin = b"".join(os.fsencode(path) + b"\0" for path in paths)
            self.run(("update-index", "--add", "--remove", how, "-z", "--stdin"), stdin, index)

    def write_tree(self) -> str:
        """Give the tree of the index; an index that is as it was when its tree was written last needs no process.

        Raises:
            GitFailed: git could not write it.
        """
        sum_now, tree = self._checksum(), self._written[1]
        if sum_now and sum_now == self._written[0] and os.path.exists(os.path.join(self.git, "objects", tree[:2], tree[2:])):
            return tree
        tree = self.run(("write-tree",)).line
        self._written = (self._checksum(), tree)
        return tree

    def entries(self, tree: str) -> Mapping[str, TreeEntry]:
        """List the files of a tree; of the last one asked for they are known, since a tree never changes.

        Raises:
            GitFailed: it was never recorded.
        """
        last, entries = self._listed
        if not tree or last != tree:
            entries = tree_entries(tree, self.places(), self.folder)
            self._listed = (tree, entries)
        return entries

    def _checksum(self) -> bytes:
        """Read the sum over all of the index with which it ends; empty where there is none.

        Source: gitformat-index(5).
        """
        try:
            with open(os.path.join(self.git, "index"), "rb") as file:
                file.seek(-_CHECKSUM_BYTES, os.SEEK_END)
                found = file.read()
        except OSError:
            return b""
        return found if any(found) else b""

    @contextlib.contextmanager
    def fresh_index(self, name: str) -> Iterator[str]:
        """Give the name of an index without entries; what a crash left of an earlier one goes."""
        for left in (name, f"{name}.lock"):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(os.path.join(self.git, left))
        yield name

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Hold the record for this process, made if need be, without the locks of a process that died."""
        try:
            os.makedirs(os.path.dirname(self.git), mode=0o700, exist_ok=True)
            lock = os.open(f"{self.git}.lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StorageFailed(
                f"cannot write the state folder for checkpoints: {error}", "check its permissions and the free space"
            ) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            _prepare(self.git)
            yield
        finally:
            os.close(lock)


def _prepare(git: str) -> None:
    """Make the git directory if need be, and remove the lock that a process left which died."""
    try:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(os.path.join(git, "index.lock"))
        if os.path.exists(os.path.join(git, "info", "attributes")):
            return
        for part in ("objects", "refs", "info"):
            os.makedirs(os.path.join(git, part), mode=0o700, exist_ok=True)
        # The attributes come last: they say that all the rest is there.
        for name, raw in (
            ("HEAD", b"ref: refs/heads/none\n"),
            ("config", _CONFIG),
            ("info/exclude", b""),
            ("info/attributes", _ATTRIBUTES),
        ):
            with open(os.path.join(git, name), "wb") as file:
                file.write(raw)
    except OSError as error:
        raise StorageFailed(f"cannot prepare the record of checkpoints: {error}", "check the state folder and the free space") from error
