"""Finds and writes the scripts that git starts in the user's repository."""

# Names go to the kernel as they are; a path object would normalise them.
# ruff: noqa: PTH101, PTH103, PTH105, PTH108, PTH116, PTH118, PTH120, PTH123

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import subprocess
import tempfile

from setsquare.adapters.git_place import Repository, find_repository
from setsquare.adapters.system_view import trusted_path
from setsquare.errors import GitFailed, StorageFailed
from setsquare.ports.git_hooks import HookPlace, HookScript

_LIMIT_S = 20.0
_LIMIT_BYTES = 4_000_000


class HookFiles:
    """The folder of hooks of the repository that holds a workspace; scripts are read and written where it was when it was last looked for."""

    __slots__ = ("_folder", "_found")

    def __init__(self, folder: str) -> None:
        """Use the repository that holds `folder`."""
        self._folder = os.path.realpath(folder)
        self._found: HookPlace | None = None

    def place(self) -> HookPlace | None:
        """Find the folder as git does: `core.hooksPath` of any of git's own files, else `hooks` in the repository's git directory.

        Source: git-config(1): a relative path is taken from the folder where hooks run, the top of the work tree.

        Raises:
            GitFailed: git is missing.
        """
        self._found = None
        repository = find_repository(self._folder)
        if repository is None:
            return None
        setting = _setting(repository)
        folder = os.path.join(repository.top, setting) if setting else os.path.join(repository.common, "hooks")
        real = os.path.realpath(folder)
        inside = (os.path.realpath(repository.top), os.path.realpath(repository.common))
        self._found = HookPlace(folder=folder, is_inside=any(_is_below(real, top) for top in inside), setting=setting)
        return self._found

    def read(self, name: str) -> HookScript | None:
        """Read a script; the bytes behind a link are not looked at.

        Raises:
            StorageFailed: it cannot be read, is no file, or is larger than 4 MB.
        """
        path = self._path(name)
        try:
            found = os.lstat(path)
            if stat.S_ISLNK(found.st_mode):
                return HookScript(raw=b"", is_executable=os.access(path, os.X_OK), is_link=True)
            if not stat.S_ISREG(found.st_mode) or found.st_size > _LIMIT_BYTES:
                raise StorageFailed(f"The hook {path} is no script.", "Move it away, then again.")
            with open(path, "rb") as file:
                return HookScript(raw=file.read(), is_executable=bool(found.st_mode & 0o111))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise _failed("read", path, error) from error

    def write(self, name: str, raw: bytes) -> None:
        """Replace a script atomically.

        Raises:
            StorageFailed: it cannot be written, or is a link.
        """
        path = self._path(name)
        old = self.read(name)
        if old is not None and old.is_link:
            raise StorageFailed(f"The hook {path} is a link; nothing was written.", "Put a file there.")
        temporary = ""
        try:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            mode = stat.S_IMODE(os.stat(path).st_mode) if old else 0o755
            handle, temporary = tempfile.mkstemp(prefix=".setsquare-", dir=os.path.dirname(path))
            with os.fdopen(handle, "wb") as file:
                file.write(raw)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(temporary, mode)
            os.replace(temporary, path)
        except OSError as error:
            if temporary:
                with contextlib.suppress(OSError):
                    os.unlink(temporary)
            raise _failed("write", path, error) from error

    def rename(self, old: str, new: str) -> None:
        """Give a script another name; a script of that name is replaced in the same step.

        Raises:
            StorageFailed: it cannot be renamed.
        """
        try:
            os.replace(self._path(old), self._path(new))
        except OSError as error:
            raise _failed("rename", self._path(old), error) from error

    def remove(self, name: str) -> None:
        """Take a script away.

        Raises:
            StorageFailed: it cannot be removed.
        """
        try:
            os.unlink(self._path(name))
        except OSError as error:
            raise _failed("remove", self._path(name), error) from error

    def _path(self, name: str) -> str:
        place = self._found or self.place()
        if place is None:
            raise GitFailed(
                "cannot find the hooks: the workspace lies in no repository whose `.git` can be trusted", "run `git init` there"
            )
        return os.path.join(place.folder, name)


def _setting(repository: Repository) -> str:
    """Read `core.hooksPath` where git does; reading a setting starts no program.

    Raises:
        GitFailed: git is missing, or does not end.
    """
    path = trusted_path(repository.top)
    program = shutil.which("git", path=path)
    if program is None:
        raise GitFailed("cannot run git: it is not on the PATH outside of the workspace", "install git")
    kept = {name: os.environ[name] for name in ("HOME", "XDG_CONFIG_HOME", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM") if name in os.environ}
    try:
        done = subprocess.run(
            [program, "--no-pager", "config", "--type=path", "-z", "--get", "core.hooksPath"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            cwd=repository.top,
            env={**kept, "PATH": path, "LC_ALL": "C", "GIT_DIR": repository.git, "GIT_TERMINAL_PROMPT": "0"},
            timeout=_LIMIT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise GitFailed(f"cannot ask git where hooks are: {error}", "see whether git works in this folder") from error
    return os.fsdecode(done.stdout.partition(b"\0")[0]) if done.returncode == 0 else ""


def _is_below(path: str, top: str) -> bool:
    return path == top or path.startswith(top.rstrip(os.sep) + os.sep)


def _failed(what: str, path: str, error: OSError) -> StorageFailed:
    return StorageFailed(f"Cannot {what} the hook {path}: {error.strerror or error}.", "See who owns it, and whether the disk has room.")
