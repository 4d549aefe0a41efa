"""Reads from git what files of certain names held once, wherever a program that reads `.git` would find it.

Source: git-rev-list(1), git-diff-tree(1), git-cat-file(1), gitglossary(7) on reachable objects.
"""

# Names go to the kernel as they are; a path object would normalise them.
# ruff: noqa: PTH113, PTH118

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator

from msgspec import Struct

from setsquare.adapters.git_place import Repository, find_repository
from setsquare.adapters.git_process import Done, attempt_git
from setsquare.errors import GitFailed
from setsquare.ports.past import Past, PastFile

_MOST_COMMITS = 50_000
_MOST_FILES = 2_000
_MOST_REPOSITORIES = 32
_MOST_LISTED = 256_000_000
_MOST_LISTED_AT_ONCE = 64_000_000
_AT_ONCE = 2_000
_MOST_BYTES = 200_000
_MOST_BYTES_IN_ALL = 16_000_000
_FILES = (b"100644", b"100755", b"100664")
_PLACES = {"GIT_GRAFT_FILE": os.devnull}
"""A file in `.git` that hides parents of commits counts for nothing."""
_REACHABLE = ("--all", "--reflog")


class Bounds(Struct, frozen=True, kw_only=True):
    """How much of the past is looked at: the newest `commits` of each repository, and of the wanted files so many, so long and so much.

    `listed_bytes` bounds what git lists to name all files that came in: a small history can take them in again and again.
    """

    commits: int = _MOST_COMMITS
    files: int = _MOST_FILES
    file_bytes: int = _MOST_BYTES
    all_bytes: int = _MOST_BYTES_IN_ALL
    repositories: int = _MOST_REPOSITORIES
    listed_bytes: int = _MOST_LISTED


class GitPast:
    """The past of the repositories in a workspace, through git's plumbing. What was looked at once is remembered while this object lives."""

    __slots__ = ("_bounds", "_folder", "_looked")

    def __init__(self, folder: str, bounds: Bounds = Bounds()) -> None:  # noqa: B008  (a frozen value)
        """Look at repositories at, above and below `folder`."""
        self._folder = os.path.realpath(folder)
        self._bounds = bounds
        self._looked: dict[str, _Looked] = {}

    def named(self, is_wanted: Callable[[str], bool], folders: tuple[str, ...]) -> Past:
        """Read all that was ever committed, staged or stashed under a wanted name, in the repositories that hold the `folders`."""
        found: dict[str, PastFile] = {}
        missed: list[str] = []
        standing = (at for folder in folders if (at := find_repository(os.path.join(self._folder, folder))))
        repositories = {each.git: each for at in standing for each in (at, *_modules(at))}
        if len(repositories) > self._bounds.repositories:
            missed.append(f"only {self._bounds.repositories} of {len(repositories)} repositories were looked at")
        for git, repository in tuple(repositories.items())[: self._bounds.repositories]:
            looked = self._looked.setdefault(git, _Looked(repository, self._bounds))
            looked.look(is_wanted)
            found |= looked.files
            missed += looked.missed
        return Past(files=tuple(found.values()), missed=tuple(dict.fromkeys(missed)))


def _modules(at: Repository) -> Iterator[Repository]:
    """Name the repositories of submodules that a repository keeps, those that no work tree shows any more among them."""
    pending = [os.path.join(at.common, "modules")]
    while pending:
        place = pending.pop()
        try:
            with os.scandir(place) as entries:
                inner = {entry.name for entry in entries if entry.is_dir(follow_symlinks=False)}
        except OSError:
            continue
        is_repository = {"objects", "refs"} <= inner and os.path.isfile(os.path.join(place, "HEAD"))
        if is_repository:
            yield Repository(top=at.top, git=place, common=place, prefix="")
        pending += [os.path.join(place, name) for name in sorted(inner & {"modules"} if is_repository else inner)]


class _Looked:
    """One repository as far as it was looked at: the commits, the wanted contents by their names, what was missed."""

    def __init__(self, repository: Repository, bounds: Bounds) -> None:
        self._at = repository
        self._bounds = bounds
        self._commits: set[str] = set()
        self._is_known: dict[str, bool] = {}
        self._size = self._left_out = 0
        self.files: dict[str, PastFile] = {}
        self.missed: list[str] = []

    def look(self, is_wanted: Callable[[str], bool]) -> None:
        """Look at what has come since the last time."""
        self.missed = []
        wanted: dict[str, str] = {}
        try:
            for name, path in (*self._staged(), *self._committed()):
                if name not in self.files and self._is(path, is_wanted):
                    wanted.setdefault(name, path)
            self._read(wanted)
        except GitFailed as failure:
            self.missed.append(f"the history of {self._at.top} could not be read: {failure.message}")

    def _is(self, path: str, is_wanted: Callable[[str], bool]) -> bool:
        """Ask once for each path."""
        known = self._is_known.get(path)
        if known is None:
            known = self._is_known[path] = is_wanted(path)
        return known

    def _staged(self) -> Iterator[tuple[str, str]]:
        """Give contents and paths of the index; no file is compared with it, so no filter starts."""
        for record in self._git(("ls-files", "-s", "-z")).output.split(b"\0")[:-1]:
            head, _, path = record.partition(b"\t")
            mode, name, _ = head.split(b" ")
            if mode in _FILES:
                yield name.decode("ascii"), os.fsdecode(path)

    def _committed(self) -> Iterator[tuple[str, str]]:
        """Give contents and paths that commits brought in, the newest first: branches, tags, stashes and what only the reflogs still name."""
        limit = self._bounds.commits
        listed = self._git(("rev-list", *_REACHABLE, f"--max-count={limit + 1}")).line.split()
        if len(listed) > limit:
            self.missed.append(f"only the newest {limit:,} commits of {self._at.top} were looked at")
        every = dict.fromkeys((*listed, *self._stray()))
        new = [name for name in tuple(every)[:limit] if name not in self._commits]
        if not new:
            return
        # A merge is compared with all of its parents: what it took over from one of them came in with another commit.
        args = (
            "diff-tree",
            "--stdin",
            "-r",
            "-z",
            "--root",
            "-c",
            "--raw",
            "--no-renames",
            "--no-commit-id",
            "--no-abbrev",
            "--no-ext-diff",
        )
        left = self._bounds.listed_bytes
        for first in range(0, len(new), _AT_ONCE):
            some = new[first : first + _AT_ONCE]
            done = self._git(args, _lines(some), min(left, _MOST_LISTED_AT_ONCE))
            yield from _introduced(done.output)
            self._commits.update(some if done.code == 0 else ())
            left -= len(done.output)
            if left <= 0:
                return

    def _stray(self) -> Iterator[str]:
        """Name all commits, since one that nothing leads to, or only a file such as `FETCH_HEAD`, can be read by its name as well."""
        args = ("cat-file", "--batch-all-objects", "--unordered", "--batch-check=%(objecttype) %(objectname)")
        lines = self._git(args, most_bytes=_MOST_LISTED_AT_ONCE).output.split(b"\n")
        return (line[7:].decode("ascii") for line in lines[:-1] if line.startswith(b"commit "))

    def _read(self, wanted: dict[str, str]) -> None:
        """Read contents as far as the bounds allow."""
        chosen = tuple(wanted)[: max(0, self._bounds.files - len(self.files))]
        self._left_out += len(wanted) - len(chosen)
        fitting: list[str] = []
        for name, size in self._sizes(chosen):
            if size > self._bounds.file_bytes or self._size + size > self._bounds.all_bytes:
                self._left_out += 1
                continue
            self._size += size
            fitting.append(name)
        for name, raw in self._contents(fitting):
            self.files[name] = PastFile(wanted[name], raw)
        if self._left_out:
            self.missed.append(f"{self._left_out} contents of secret files in the history of {self._at.top} are too many or too large")

    def _sizes(self, names: tuple[str, ...]) -> Iterator[tuple[str, int]]:
        """Give the sizes of contents; one that a partial clone does not have, git cannot show either."""
        for line in self._git(("cat-file", "--batch-check"), _lines(names)).line.splitlines() if names else ():
            parts = line.split(" ")
            if len(parts) == 3 and parts[1] == "blob":
                yield parts[0], int(parts[2])

    def _contents(self, names: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Read contents, with one git process."""
        raw = self._git(("cat-file", "--batch"), _lines(names)).output if names else b""
        position = 0
        while position < len(raw):
            end = raw.index(b"\n", position)
            name, _, size = raw[position:end].decode("ascii").split(" ")
            yield name, raw[end + 1 : end + 1 + int(size)]
            position = end + 2 + int(size)

    def _git(self, args: tuple[str, ...], stdin: bytes = b"", most_bytes: int | None = None) -> Done:
        """Run a command; of one that fails midway, what it gave before counts."""
        done = attempt_git(args, {**self._at.places, **_PLACES}, self._at.top, stdin, most_bytes=most_bytes)
        if done.code != 0:
            self.missed.append(f"git {args[0]} could not read all of {self._at.top}: {done.complaint[:200]}")
        return done


def _lines(names: Iterable[str]) -> bytes:
    return "".join(f"{name}\n" for name in names).encode()


def _introduced(output: bytes) -> Iterator[tuple[str, str]]:
    """Read the raw format of differences: contents that came in, by path; of a merge, `::` begins the record and the last name is its own."""
    fields = iter(output.split(b"\0"))
    for head in fields:
        if not head.startswith(b":"):
            continue
        path = next(fields, b"")
        parents = len(head) - len(head.lstrip(b":"))
        parts = head[parents:].split(b" ")
        if len(parts) == 2 * parents + 3 and parts[parents] in _FILES:
            yield parts[2 * parents + 1].decode("ascii"), os.fsdecode(path)
