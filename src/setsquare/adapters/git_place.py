"""Finds the git repository that holds a workspace, without letting the workspace choose another one."""

# Names go to the kernel as they are; a path object would normalise them.
# ruff: noqa: PTH112, PTH114, PTH118, PTH120, PTH123, PTH208

from __future__ import annotations

import os
import re
import zlib

from msgspec import Struct

_BRANCH = re.compile(r"ref: (refs/heads/[A-Za-z0-9_-]+(?:/[A-Za-z0-9_-]+)*)")
_NAME = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_COMMIT = b"commit "
_MOST_OF_REFERENCE = 1 << 20
_IN_PROGRESS = ("MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "rebase-merge", "rebase-apply")


class Repository(Struct, frozen=True, kw_only=True):
    """A repository: `top` is its work tree, `git` its git directory, `prefix` the workspace in it.

    Of a worktree, `git` is its own and `common` that of the repository; otherwise they are the same.
    """

    top: str
    git: str
    common: str
    prefix: str

    @property
    def places(self) -> dict[str, str]:
        """Give the variables that tell git all of this."""
        return {"GIT_DIR": self.git, "GIT_WORK_TREE": self.top}

    def full(self, path: str) -> str:
        """Name a path of the workspace from the top of the work tree."""
        return f"{self.prefix}/{path}" if self.prefix else path

    def linked_part(self, ref: str) -> str:
        """Name a symbolic link that git would write through to change `ref`, or the empty string.

        A git directory made by a stranger may lead a reflog, in which a commit's subject stands, into a file of the user.
        """
        logged = [name for each in self._changed_with(ref) for name in (each, f"logs/{each}")]
        for base in (self.git, self.common):
            for name in ("HEAD", "packed-refs", "logs/HEAD", *logged):
                parts = name.split("/")
                for count in range(1, len(parts) + 1):
                    place = os.path.join(base, *parts[:count])
                    if os.path.islink(place):
                        return place
        with os.scandir(os.path.join(self.common, "objects")) as entries:
            return next((entry.path for entry in entries if entry.is_symlink()), "")

    def _changed_with(self, ref: str) -> list[str]:
        """Name what git writes to when it changes a reference: that, and each that a symbolic one leads to."""
        found = [ref]
        for name in found:
            bases = dict.fromkeys((self.git, self.common))
            said = (_line(os.path.join(base, name), _MOST_OF_REFERENCE) for base in bases)
            targets = (line.removeprefix("ref:").strip() for line in said if line.startswith("ref:"))
            found += [target for target in targets if target.startswith("refs/") and "\0" not in target and target not in found]
        return found

    def head(self) -> str:
        """Name the commit that HEAD stands for, as plain files say it; empty where only git can tell, or where there is none.

        Source: gitrepository-layout(5): a reference's own file counts before `packed-refs`.
        """
        line = _plain_line(self.git, "HEAD")
        branch = _BRANCH.fullmatch(line)
        name = _plain_line(self.common, branch[1]) if branch else line
        return name if _NAME.fullmatch(name) and _is_commit(os.path.join(self.common, "objects", name[:2], name[2:])) else ""

    def in_progress(self) -> str:
        """Name the operation that waits for its end, or the empty string."""
        return next((name for name in _IN_PROGRESS if os.path.lexists(os.path.join(self.git, name))), "")


def find_repository(folder: str) -> Repository | None:
    """Find the repository that holds a folder; `None` when there is none.

    A `.git` that is a link, or a file that names a git directory which does not name it back, is not followed: it could lead into
    another repository of the user. Worktrees and submodules pass.
    """
    folder = os.path.realpath(folder)
    top = folder
    while True:
        if os.path.lexists(os.path.join(top, ".git")):
            git = _git_directory(top)
            if git is not None:
                return Repository(top=top, git=git, common=_common(git), prefix="" if top == folder else os.path.relpath(folder, top))
            if not os.path.isdir(os.path.join(top, ".git")) or os.listdir(os.path.join(top, ".git")):
                return None
        above = os.path.dirname(top)
        if above == top:
            return None
        top = above


def _common(git: str) -> str:
    told = _line(os.path.join(git, "commondir"))
    return os.path.realpath(os.path.join(git, told)) if told else git


def _git_directory(top: str) -> str | None:
    git = os.path.join(top, ".git")
    if os.path.islink(git):
        return None
    if os.path.isdir(git):
        return git if _is_sound(git) and not os.path.lexists(os.path.join(git, "commondir")) else None
    told = _line(git)
    if not told.startswith("gitdir: "):
        return None
    named = os.path.realpath(os.path.join(top, told.removeprefix("gitdir: ")))
    if _line(os.path.join(named, "gitdir")) and _is_same(os.path.join(named, _line(os.path.join(named, "gitdir"))), git):
        common = os.path.realpath(os.path.join(named, _line(os.path.join(named, "commondir"))))
        return named if os.path.dirname(named) == os.path.join(common, "worktrees") and _is_sound(common) else None
    return named if _is_module(top, named) and _is_sound(named) else None


def _is_sound(git: str) -> bool:
    """Tell whether a git directory has its parts inside of itself."""
    inside = all(os.path.realpath(os.path.join(git, part)) == os.path.join(os.path.realpath(git), part) for part in ("objects", "refs"))
    return inside and os.path.isdir(os.path.join(git, "objects")) and os.path.lexists(os.path.join(git, "HEAD"))


def _is_module(top: str, named: str) -> bool:
    """Tell whether a git directory is that of a submodule: in the `modules` of a repository around it."""
    above = os.path.dirname(top)
    while True:
        if named.startswith(os.path.join(os.path.realpath(above), ".git", "modules") + os.sep):
            return True
        if os.path.dirname(above) == above:
            return False
        above = os.path.dirname(above)


def _is_same(one: str, other: str) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)


def _plain_line(base: str, name: str) -> str:
    """Read a line below a git directory; nothing where a link stands on the way."""
    parts = name.split("/")
    is_linked = any(os.path.islink(os.path.join(base, *parts[:count])) for count in range(1, len(parts) + 1))
    return "" if is_linked else _line(os.path.join(base, name))


def _line(path: str, most: int = 4096) -> str:
    try:
        with open(path, "rb") as file:
            return os.fsdecode(file.read(most)).strip("\r\n")
    except OSError:
        return ""


def _is_commit(path: str) -> bool:
    """Tell whether a file holds a commit as git stores a single object: packed, its kind first."""
    try:
        with open(path, "rb") as file:
            return zlib.decompressobj().decompress(file.read(64), len(_COMMIT)) == _COMMIT
    except (OSError, zlib.error):
        return False
