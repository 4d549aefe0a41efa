"""Tells which files have stood still since others came, with three git processes for all of them: the commits, what each of them changed, the last tree."""

from __future__ import annotations

import hashlib
import os

from msgspec import Struct

from setsquare.adapters.git_place import Repository, find_repository
from setsquare.adapters.git_process import attempt_git, run_git
from setsquare.errors import GitFailed
from setsquare.text.paths import RelPath

_MOST_BYTES = 1 << 28
_SHA1_DIGITS = 40
_BLOB = "100"
"""How the mode of a plain file begins."""


class _History(Struct, frozen=True):
    """The rank of the first and the last commit that changed a path, of folders too, and the names of the contents that the last commit has.

    Ranks rise from a commit to those that were made on it. Of two commits on different branches neither need be the older one, but the merge that
    brings them together ranks behind both, and is said to change what differs from either of its sides.
    """

    first: dict[str, int]
    last: dict[str, int]
    blobs: dict[str, str]
    is_sha1: bool


class GitFileAges:
    """The history of one folder's files below some of its folders."""

    __slots__ = ("_below", "_history", "_is_read", "_repository", "_root")

    def __init__(self, root: str, below: tuple[RelPath, ...]) -> None:
        """Take the folder, and where in it the files lie that will be asked for; nothing is read yet."""
        self._root, self._below = root, below
        self._repository: Repository | None = None
        self._history: _History | None = None
        self._is_read = False

    def has_stood_still(self, file: RelPath, raw: bytes, since: RelPath) -> bool:
        """Tell whether a file said the same in every commit from the first one on that has something at or below a path."""
        history = self._known()
        if self._repository is None:
            return True
        if history is None:
            return False
        first = history.first.get(self._repository.full(since))
        if first is None:
            return True
        full = self._repository.full(file)
        return history.last.get(full, 0) <= first and history.blobs.get(full) in _names(raw, is_sha1=history.is_sha1)

    def _known(self) -> _History | None:
        if not self._is_read:
            self._is_read = True
            self._repository = find_repository(self._root)
            if self._repository is not None:
                self._history = _read(self._repository, self._below)
        return self._history


def _names(raw: bytes, *, is_sha1: bool) -> tuple[str, ...]:
    """Name a content as git does, and as it does where a checkout has put other line ends in."""
    forms = (raw, raw.replace(b"\r\n", b"\n")) if b"\r\n" in raw else (raw,)
    # The name of a content, not a seal on it: git chose the function.
    make = hashlib.sha1 if is_sha1 else hashlib.sha256
    return tuple(make(b"blob %d\0%b" % (len(form), form)).hexdigest() for form in forms)


def _read(repository: Repository, below: tuple[RelPath, ...]) -> _History | None:
    """Read the history below some folders; `None` where git cannot, or where it is too much."""
    paths = ("--", *(repository.full(path) for path in below))
    args = ("rev-list", "--full-history", "--topo-order", "--reverse", "HEAD", *paths)
    try:
        listed = attempt_git(args, repository.places, repository.top)
        if listed.code != 0:
            # No commit yet is no history, which is the same as one that knows nothing of these files.
            is_new = attempt_git(("rev-parse", "--verify", "-q", "HEAD"), repository.places, repository.top).code != 0
            return _History({}, {}, {}, is_sha1=True) if is_new else None
        changes = ("diff-tree", "--stdin", "-r", "-m", "--root", "--no-renames", "--name-only", "-z", *paths)
        told = attempt_git(changes, repository.places, repository.top, listed.output, most_bytes=_MOST_BYTES)
        tree = run_git(("ls-tree", "-r", "-z", "--full-tree", "HEAD", *paths), repository.places, repository.top).output
    except (GitFailed, OSError):
        return None
    if told.code != 0 or len(told.output) >= _MOST_BYTES:
        return None
    return _history(os.fsdecode(told.output), frozenset(listed.line.split()), os.fsdecode(tree))


def _history(told: str, commits: frozenset[str], tree: str) -> _History:
    """Rank what `diff-tree` tells: the name of a commit, once for each side of a merge, then the paths that it changed."""
    first: dict[str, int] = {}
    last: dict[str, int] = {}
    rank, now = 0, ""
    for part in told.split("\0"):
        if part in commits:
            rank += part != now
            now = part
            continue
        last[part] = rank
        path = part
        while path and path not in first:
            first[path] = rank
            path = path.rpartition("/")[0]
    blobs: dict[str, str] = {}
    for record in tree.split("\0"):
        head, _, path = record.partition("\t")
        if head.startswith(_BLOB):
            blobs[path] = head.split(" ")[2]
    return _History(first, last, blobs, is_sha1=all(len(name) == _SHA1_DIGITS for name in commits))
