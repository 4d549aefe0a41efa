"""Records the workspace's files in a git directory of our own."""

# Names go to the kernel as they are; a path object would normalise them.
# ruff: noqa: PTH100, PTH103, PTH108, PTH110, PTH112, PTH114, PTH118, PTH120, PTH123

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator

from setsquare.adapters.git_process import Done, blobs, run_git, tree_entries
from setsquare.adapters.tree_files import Found, put_file, remove_file
from setsquare.errors import StorageFailed
from setsquare.ports.git import TreeChange
from setsquare.text.paths import RelPath

_CONFIG = b"[core]\n\trepositoryformatversion = 0\n\tbare = false\n\tautocrlf = false\n\tsymlinks = true\n\tfilemode = true\n\tignorecase = false\n"
_ATTRIBUTES = b"* -text !eol -crlf -ident -filter !working-tree-encoding -export-subst -diff -merge\n"
_STATUS = {"A": "added", "D": "deleted"}


# req: guarded-run/4.4
class ShadowCheckpoints:
    """Records and restores files through a bare git directory in the state folder, with its own index, objects and configuration.

    Recorded: the bytes, the right to execute and the links of every file that the workspace's `.gitignore` files do not ignore, whatever
    git knows of it, with files of repositories inside the workspace. Not recorded: ignored files (a folder that ignores itself, too),
    empty folders, other permission bits, owners, time stamps, pipes and devices. No attribute or filter of the workspace changes a byte, and
    nothing is read from or written to a `.git` of the workspace.
    """

    def __init__(self, folder: str, state_folder: str) -> None:
        """Record `folder` below `state_folder`, which must lie outside of it."""
        self._folder = os.path.realpath(folder)
        self._git = os.path.join(os.path.abspath(state_folder), "checkpoints.git")

    def take(self, only: tuple[RelPath, ...] = ()) -> str:
        """Record all files, or `only` these in an index that is used once; give the tree's name.

        Raises:
            GitFailed: git could not record a file.
            StorageFailed: the state folder cannot be written.
        """
        with self._held():
            if only:
                return _alone(tuple(path for path in only if not _is_folder(self._folder, path)), self._places(self._folder), self._folder)
            changed = self._changed(self._folder, "")
            self._update("--force-remove", [path for path in changed if _is_folder(self._folder, path)])
            self._update("--replace", [path for path in changed if not _is_folder(self._folder, path)])
            return self._run(("write-tree",)).line

    def include(self, path: RelPath) -> None:
        """Record one file from now on although it is ignored: what the index holds is compared whatever the ignore files say.

        Raises:
            GitFailed: git could not record it.
            StorageFailed: the state folder cannot be written.
        """
        with self._held():
            self._update("--replace", [path])

    def changes(self, old: str, new: str) -> tuple[TreeChange, ...]:
        """Compare two recorded trees.

        Raises:
            GitFailed: one of them was never recorded.
        """
        if old == new:
            return ()
        args = ("diff-tree", "-r", "-z", "--no-renames", "--name-status", "--no-ext-diff", "--no-textconv", "--end-of-options", old, new)
        parts = self._run(args).output.split(b"\0")[:-1]
        pairs = zip(parts[::2], parts[1::2], strict=True)
        return tuple(sorted(TreeChange(RelPath(os.fsdecode(path)), _STATUS.get(status.decode(), "modified")) for status, path in pairs))

    def read(self, tree: str, path: RelPath) -> bytes | None:
        """Read a file from a recorded tree; of a link, where it leads.

        Raises:
            GitFailed: the tree was never recorded.
        """
        entry = tree_entries(tree, self._places(self._folder), self._folder).get(path)
        if entry is None:
            return None
        return blobs((entry.name,), self._places(self._folder), self._folder)[entry.name]

    def files(self, tree: str) -> dict[RelPath, str]:
        """Name the bytes of every file of a recorded tree as git does.

        Raises:
            GitFailed: the tree was never recorded.
        """
        return {RelPath(path): entry.name for path, entry in tree_entries(tree, self._places(self._folder), self._folder).items()}

    def restore(self, tree: str, paths: tuple[RelPath, ...]) -> None:
        """Give paths back their bytes, links and right to execute; remove those that the tree does not have.

        A path in a `.git` is passed over.

        Raises:
            GitFailed: the tree was never recorded.
            StorageFailed: a file could not be written or removed.
        """
        entries = tree_entries(tree, self._places(self._folder), self._folder)
        mine = {path for path in paths if ".git" not in path.lower().split("/")}
        wanted = {path: entries[path] for path in mine if path in entries}
        contents = blobs(tuple(dict.fromkeys(entry.name for entry in wanted.values())), self._places(self._folder), self._folder)
        for path in sorted(mine - set(wanted), reverse=True):
            with _explained("remove", path):
                remove_file(self._folder, path)
        for path, entry in sorted(wanted.items()):
            with _explained("restore", path):
                put_file(self._folder, path, Found(entry.mode, contents[entry.name]))

    def _changed(self, top: str, below: str) -> list[str]:
        """List the files below `top` that differ from the index; a repository inside the workspace is looked into as a folder."""
        places = self._places(top)
        if below:
            places["GIT_INDEX_FILE"] = os.path.join(self._git, "no-index")
        kinds = ("-o",) if below else ("-o", "-m", "-d")
        listed = run_git(("-C", top, "ls-files", "-z", *kinds, "--exclude-standard"), places, self._folder).output.split(b"\0")[:-1]
        found: dict[str, None] = {}
        for raw in listed:
            path = os.fsdecode(raw)
            if path.endswith("/"):
                found.update(dict.fromkeys(self._changed(os.path.join(top, path), below + path)))
            else:
                found[below + path] = None
        return list(found)

    def _update(self, how: str, paths: list[str]) -> None:
        if paths:
            stdin = b"".join(os.fsencode(path) + b"\0" for path in paths)
            self._run(("update-index", "--add", "--remove", how, "-z", "--stdin"), stdin)

    def _places(self, top: str) -> dict[str, str]:
        return {"GIT_DIR": self._git, "GIT_WORK_TREE": top, "GIT_INDEX_FILE": os.path.join(self._git, "index")}

    def _run(self, args: tuple[str, ...], stdin: bytes = b"") -> Done:
        return run_git(args, self._places(self._folder), self._folder, stdin)

    @contextlib.contextmanager
    def _held(self) -> Iterator[None]:
        """Hold the record for this process, made if need be, without the locks of a process that died."""
        try:
            os.makedirs(os.path.dirname(self._git), mode=0o700, exist_ok=True)
            lock = os.open(f"{self._git}.lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StorageFailed(
                f"cannot write the state folder for checkpoints: {error}", "check its permissions and the free space"
            ) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            _prepare(self._git)
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


def _alone(paths: tuple[RelPath, ...], places: dict[str, str], folder: str) -> str:
    """Record some files alone; give the tree's name."""
    index = places["GIT_INDEX_FILE"] + "-alone"
    places = {**places, "GIT_INDEX_FILE": index}
    for left in (index, f"{index}.lock"):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(left)
    stdin = b"".join(os.fsencode(path) + b"\0" for path in paths)
    run_git(("update-index", "--add", "--remove", "--replace", "-z", "--stdin"), places, folder, stdin)
    return run_git(("write-tree",), places, folder).line


def _is_folder(folder: str, path: str) -> bool:
    """Tell whether a folder took a file's place."""
    place = os.path.join(folder, path)
    return os.path.isdir(place) and not os.path.islink(place)


@contextlib.contextmanager
def _explained(what: str, path: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageFailed(f"cannot {what} {path}: {error}", "check its permissions, then restore again") from error
