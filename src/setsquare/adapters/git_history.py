"""Reads the history of the user's repository with git's plumbing."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta, timezone

from msgspec import Struct

from setsquare.adapters.git_place import Repository, find_repository
from setsquare.adapters.git_process import TreeEntry, attempt_git, blobs, run_git, tree_entries
from setsquare.adapters.tree_files import Found, found_file
from setsquare.errors import GitFailed, Usage
from setsquare.ports.git import TreeChange
from setsquare.ports.history import Commit
from setsquare.text.paths import RelPath, base_name
from setsquare.workspace.layout import packages, selects

_NAME = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_DAY = re.compile(r"\d{4}-\d\d-\d\d(?:[T ][0-9:.+Z-]+)?")
_PERSON = re.compile(rb"(.*) (\d{1,12}) ([+-])(\d\d)(\d\d)")
_TRAILER = re.compile(r"([A-Za-z0-9][A-Za-z0-9-]*)[ \t]*:[ \t]*(.*)")
_SIGNS = ("Signed-off-by: ", "(cherry picked from commit ")
_MOST_REFS = 2000
_FILES = frozenset({"100644", "100755"})
_UNREADABLE = Found("", b"")


class GitHistory:
    """The history of the repository that holds a workspace, through the git command; bytes are given as they were committed, without filters."""

    __slots__ = ("_folder",)

    def __init__(self, folder: str) -> None:
        """Use the repository that holds `folder`, looked for at each call."""
        self._folder = os.path.realpath(folder)

    def resolve(self, ref: str) -> str:
        """Name the commit that `ref` leads to.

        Raises:
            GitFailed: it names none, or there is no repository; the message says which.
        """
        return _commit_of(self._repository(), ref)

    def base(self, ref: str) -> str:
        """Name the last common commit of `ref` and HEAD.

        Raises:
            Usage: `ref` names no commit.
            GitFailed: there is no repository or no commit, or they have nothing in common.
        """
        repository = self._repository()
        head = _commit_of(repository, "HEAD")
        other = _commit_at(repository, ref)
        if not other:
            raise Usage(f"cannot compare with {ref[:200]!r}: it names no commit", _meant(repository, ref))
        done = attempt_git(("merge-base", head, other), repository.places, repository.top)
        if done.code != 0 or not _NAME.fullmatch(done.line):
            raise GitFailed(
                f"cannot compare with {ref!r}: it has no commit in common with the current branch",
                "name a branch that this one came from; a shallow clone may lack the commits: `git fetch --unshallow`",
            )
        return done.line

    def tree(self, ref: str, below: tuple[str, ...] = ()) -> Mapping[RelPath, bytes]:
        """Read regular files as they stand in a commit: those that a workspace consists of, or everything at and below the given paths.

        Links and files of submodules are left out, as when files are read from the disk.

        Raises:
            GitFailed: as for `resolve`, or an object is missing.
        """
        repository = self._repository()
        entries = {path: entry for path, entry in _entries(repository, _commit_of(repository, ref)).items() if entry.mode in _FILES}
        if below:
            wanted = tuple("/".join(part for part in path.split("/") if part not in ("", ".")) for path in below)
            chosen = [path for path in entries if any(_is_at(path, at) for at in wanted)]
        else:
            beside = packages(entries)
            chosen = [path for path in entries if selects(path, beside)]
        contents = blobs(tuple(dict.fromkeys(entries[path].name for path in chosen)), repository.places, repository.top)
        return {path: contents[entries[path].name] for path in sorted(chosen)}

    def changed(self, ref: str) -> tuple[TreeChange, ...]:
        """Compare a commit with the files on disk, untracked ones that are not ignored included, sorted by path.

        The index is asked for names alone: comparing with it may start a filter that the repository names.

        Raises:
            GitFailed: as for `resolve`.
        """
        repository = self._repository()
        entries = _entries(repository, _commit_of(repository, ref))
        changes = []
        for path in sorted({*entries, *_standing(repository)}):
            entry, found = entries.get(path), _found(self._folder, path)
            if found is None and entry is not None and entry.mode != "160000":
                changes.append(TreeChange(path, "deleted"))
            elif found is not None and (entry is None or not _is_same(entry, found)):
                changes.append(TreeChange(path, "modified" if entry else "added"))
        return tuple(changes)

    def commits(self, paths: tuple[RelPath, ...] = (), since: str = "", limit: int = 1000) -> tuple[Commit, ...]:
        """List commits of the current branch, newest first; none outside a repository and before the first commit.

        `since` is a commit, which is not listed itself, nor what led to it; or a day such as `2026-01-31`.

        Raises:
            GitFailed: `since` is neither.
        """
        repository = find_repository(self._folder)
        if repository is None or (since and not _has_commit(repository)):
            return ()
        names = _names(repository, tuple(repository.full(path) for path in paths), since, limit)
        touched = _touched(repository, names)
        return tuple(_commit(name, raw, touched.get(name, ())) for name, raw in _raw_commits(repository, names))

    def _repository(self) -> Repository:
        repository = find_repository(self._folder)
        if repository is None:
            raise GitFailed(
                "cannot read the history: the workspace lies in no repository whose `.git` can be trusted", "run `git init` there"
            )
        return repository


class _Person(Struct, frozen=True):
    """Who made a commit, and when."""

    name: str = ""
    at: str = ""


def _commit_of(repository: Repository, ref: str) -> str:
    found = _commit_at(repository, ref)
    if found:
        return found
    why = "there is no commit yet" if ref == "HEAD" else "it names no commit"
    raise GitFailed(f"cannot read {ref!r} from the history: {why}", "name a branch, a tag or a commit; `git log` lists them")


def _commit_at(repository: Repository, ref: str) -> str:
    """Name the commit that a name leads to; empty when there is none."""
    if not ref or ref.startswith("-") or "\0" in ref:
        return ""
    plain = repository.head() if ref == "HEAD" else ""
    if plain:
        return plain
    done = attempt_git(("rev-parse", "--verify", "-q", f"{ref}^{{commit}}"), repository.places, repository.top)
    return done.line if done.code == 0 and _NAME.fullmatch(done.line) else ""


def _meant(repository: Repository, ref: str) -> str:
    """Say which branch or tag was meant by a name that leads nowhere."""
    listed = attempt_git(("for-each-ref", f"--count={_MOST_REFS}", "--format=%(refname:short)"), repository.places, repository.top)
    from difflib import get_close_matches  # noqa: PLC0415  (costs every start, and is needed for a mistake alone)

    near = get_close_matches(ref[:200], listed.line.splitlines(), n=1) if listed.code == 0 else []
    said = f"did you mean {near[0]!r}? " if near else ""
    return f"{said}name a branch, a tag or a commit; `git branch -a` and `git tag` list them, and `git fetch` gets those of others"


def _entries(repository: Repository, commit: str) -> dict[RelPath, TreeEntry]:
    """List what a commit holds of the workspace, by path in it."""
    prefix = repository.full("")
    return {
        RelPath(path): entry
        for full, entry in tree_entries(commit, repository.places, repository.top).items()
        if full.startswith(prefix) and _is_plain(path := full.removeprefix(prefix))
    }


def _standing(repository: Repository) -> Iterator[RelPath]:
    """List the files that git knows or would add, by path in the workspace."""
    listed = run_git(("ls-files", "-z", "-c", "-o", "--exclude-standard", "--full-name"), repository.places, repository.top).output
    prefix = repository.full("")
    for raw in listed.split(b"\0")[:-1]:
        full = os.fsdecode(raw)
        if full.startswith(prefix) and _is_plain(path := full.removeprefix(prefix)):
            yield RelPath(path)


def _is_plain(path: str) -> bool:
    """Tell whether a path that a repository gives stays inside of the workspace and out of `.git`."""
    return not any(part in ("", ".", "..") or part.lower() == ".git" for part in path.split("/")) and base_name(path) != ""


def _is_at(path: str, at: str) -> bool:
    return not at or path == at or path.startswith(f"{at}/")


def _found(folder: str, path: str) -> Found | None:
    """Read a file of the workspace; one that cannot be read differs from every recorded one."""
    try:
        return found_file(folder, path)
    except OSError:
        return _UNREADABLE


def _is_same(entry: TreeEntry, found: Found) -> bool:
    """Compare a file with what is recorded, by git's own name for its bytes."""
    if entry.mode != found.mode:
        return False
    digest = hashlib.sha1(usedforsecurity=False) if len(entry.name) == 40 else hashlib.sha256()
    digest.update(f"blob {len(found.raw)}\0".encode())
    digest.update(found.raw)
    return digest.hexdigest() == entry.name


def _has_commit(repository: Repository) -> bool:
    return attempt_git(("rev-parse", "-q", "--verify", "HEAD"), repository.places, repository.top).code == 0


def _names(repository: Repository, paths: tuple[str, ...], since: str, limit: int) -> tuple[str, ...]:
    """Name the commits of the current branch, newest first."""
    limits: tuple[str, ...] = ()
    if _DAY.fullmatch(since):
        limits = (f"--since={since}",)
    elif since:
        limits = (f"^{_commit_of(repository, since)}",)
    args = ("rev-list", f"--max-count={max(0, limit)}", *limits, "HEAD", "--", *paths)
    done = attempt_git(args, repository.places, repository.top)
    if done.code != 0 and _has_commit(repository):
        # What went wrong is not that there is no commit yet.
        done = run_git(args, repository.places, repository.top)
    return tuple(done.line.split()) if done.code == 0 else ()


def _touched(repository: Repository, names: Iterable[str]) -> dict[str, tuple[RelPath, ...]]:
    """List what each commit changed in the workspace against its first parent's tree; a merge is listed without paths."""
    stdin = "".join(f"{name}\n" for name in names).encode()
    args = ("diff-tree", "--stdin", "-r", "-z", "--root", "--raw", "--no-renames", "--no-ext-diff", "--no-textconv")
    output = run_git(args, repository.places, repository.top, stdin).output if stdin else b""
    prefix = repository.full("")
    found: dict[str, list[RelPath]] = {}
    paths: list[RelPath] = []
    fields = iter(output.split(b"\0")[:-1])
    for field in fields:
        if not field.startswith(b":"):
            paths = found.setdefault(field.decode("ascii", "replace").strip(), [])
            continue
        full = os.fsdecode(next(fields, b""))
        if full.startswith(prefix) and _is_plain(path := full.removeprefix(prefix)):
            paths.append(RelPath(path))
    return {name: tuple(sorted(set(paths))) for name, paths in found.items()}


def _raw_commits(repository: Repository, names: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    """Read commits as they are stored, with one git process."""
    if not names:
        return
    raw = run_git(("cat-file", "--batch"), repository.places, repository.top, "".join(f"{name}\n" for name in names).encode()).output
    position = 0
    for name in names:
        end = raw.index(b"\n", position)
        head = raw[position:end].split(b" ")
        if len(head) != 3 or head[1] != b"commit":
            raise GitFailed(f"cannot read the commit {name}: git says {raw[position:end]!r}", "see `git fsck`")
        size = int(head[2])
        yield name, raw[end + 1 : end + 1 + size]
        position = end + 2 + size


def _commit(name: str, raw: bytes, paths: tuple[RelPath, ...]) -> Commit:
    """Read a stored commit."""
    head, _, body = raw.partition(b"\n\n")
    fields: dict[bytes, bytes] = {}
    for line in head.split(b"\n"):
        key, _, value = line.partition(b" ")
        fields.setdefault(key, value)
    message = _text(body, fields.get(b"encoding", b"utf-8"))
    author, committer = (_person(fields.get(key, b"")) for key in (b"author", b"committer"))
    subject = " ".join(message.strip().partition("\n\n")[0].split())
    return Commit(name=name, at=committer.at, author=author.name, subject=subject, paths=paths, trailers=_trailers(message))


def _person(raw: bytes) -> _Person:
    """Read who and when; a date that none can be is left out."""
    found = _PERSON.fullmatch(raw)
    if found is None:
        return _Person(_text(raw))
    who, seconds, sign, hours, minutes = found.groups()
    offset = timedelta(hours=int(hours), minutes=int(minutes)) * (-1 if sign == b"-" else 1)
    try:
        at = datetime.fromtimestamp(int(seconds), UTC).astimezone(timezone(offset)).isoformat()
    except (ValueError, OverflowError, OSError):
        at = ""
    return _Person(_text(who), at)


def _text(raw: bytes, encoding: bytes = b"utf-8") -> str:
    try:
        return raw.decode(encoding.decode("ascii", "replace"), "replace")
    except (LookupError, ValueError):
        return raw.decode("utf-8", "replace")


def _trailers(message: str) -> tuple[tuple[str, str], ...]:
    """Read the trailers of a message: its last paragraph, when that is not the subject and holds nothing else.

    Source: git-interpret-trailers(1). The repository's settings for trailers, which can name programs, are not read.
    """
    paragraphs = re.split(r"\n[ \t]*\n", message.replace("\r\n", "\n").strip())
    if len(paragraphs) < 2:
        return ()
    lines = paragraphs[-1].split("\n")
    is_signed = any(line.startswith(_SIGNS) for line in lines)
    trailers: list[tuple[str, str]] = []
    for line in lines:
        found = _TRAILER.fullmatch(line.rstrip())
        if found:
            trailers.append((found[1], found[2].strip()))
        elif line[:1].isspace() and trailers:
            key, value = trailers.pop()
            trailers.append((key, f"{value} {line.strip()}".strip()))
        elif not is_signed and not line.startswith("#"):
            return ()
    return tuple(trailers)
