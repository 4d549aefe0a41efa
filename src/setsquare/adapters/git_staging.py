"""Reads the index of the user's repository with git's plumbing."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

from setsquare.adapters.git_place import Repository, find_repository
from setsquare.adapters.git_process import attempt_git, blobs, run_git
from setsquare.errors import GitFailed
from setsquare.ports.git import TreeChange
from setsquare.text.paths import RelPath

_EMPTY = {40: "4b825dc642cb6eb9a060e54bf8d69288fbee4904", 64: "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321"}
_WORDS = {"A": "added", "D": "deleted"}
_FILES = frozenset({"100644", "100755"})


class GitStaging:
    """The index of the repository that holds a workspace; `index` is another file than the usual one, as git names it to hooks."""

    __slots__ = ("_folder", "_index")

    def __init__(self, folder: str, index: str = "") -> None:
        """Use the repository that holds `folder`."""
        self._folder = os.path.realpath(folder)
        self._index = os.path.realpath(index) if index else ""

    def changed(self) -> tuple[TreeChange, ...]:
        """Compare the index with HEAD.

        Raises:
            GitFailed: there is no repository.
        """
        repository = self._repository()
        places = self._places(repository)
        head = attempt_git(("rev-parse", "-q", "--verify", "HEAD^{commit}"), places, repository.top)
        if head.code != 0:
            algorithm = attempt_git(("rev-parse", "--show-object-format"), places, repository.top).line
            base = _EMPTY[64 if algorithm == "sha256" else 40]
        else:
            base = head.line
        args = ("diff-index", "--cached", "--raw", "-z", "--no-renames", "--no-ext-diff", "--no-textconv", base)
        fields = iter(run_git(args, places, repository.top).output.split(b"\0")[:-1])
        found = []
        for field in fields:
            path = _own(repository, os.fsdecode(next(fields, b"")))
            if path:
                found.append(TreeChange(RelPath(path), _WORDS.get(field.decode("ascii", "replace").split(" ")[-1][:1], "modified")))
        return tuple(sorted(found))

    def files(self, below: tuple[str, ...]) -> Mapping[RelPath, bytes]:
        """Read files as they stand in the index; one in conflict is left out.

        Raises:
            GitFailed: there is no repository.
        """
        if not below:
            return {}
        repository = self._repository()
        names = dict(self._listed(repository, below))
        contents = blobs(tuple(dict.fromkeys(names.values())), self._places(repository), repository.top)
        return {path: contents[names[path]] for path in sorted(names)}

    def _listed(self, repository: Repository, below: tuple[str, ...]) -> Iterator[tuple[RelPath, str]]:
        args = ("ls-files", "-s", "-z", "--full-name", "--", *(repository.full(path) for path in below))
        for record in run_git(args, self._places(repository), repository.top).output.split(b"\0")[:-1]:
            head, _, full = record.partition(b"\t")
            mode, name, stage = head.decode("ascii").split(" ")
            path = _own(repository, os.fsdecode(full))
            if path and mode in _FILES and stage == "0":
                yield RelPath(path), name

    def _places(self, repository: Repository) -> dict[str, str]:
        return {**repository.places, "GIT_INDEX_FILE": self._index} if self._index else repository.places

    def _repository(self) -> Repository:
        repository = find_repository(self._folder)
        if repository is None:
            raise GitFailed(
                "cannot read the index: the workspace lies in no repository whose `.git` can be trusted", "run `git init` there"
            )
        return repository


def _own(repository: Repository, full: str) -> str:
    """Name a path in the workspace; empty where it lies outside of it or is no plain one."""
    prefix = repository.full("")
    path = full.removeprefix(prefix) if full.startswith(prefix) else ""
    return "" if any(part in ("", ".", "..") or part.lower() == ".git" for part in path.split("/")) else path
