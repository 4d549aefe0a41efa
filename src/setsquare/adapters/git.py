"""Reads and extends the user's repository with git's plumbing."""

# Names go to the kernel as they are; a path object would normalise them.
# ruff: noqa: PTH105, PTH108, PTH110, PTH112, PTH118, PTH123

from __future__ import annotations

import contextlib
import hashlib
import os
import pwd
import tempfile
from collections.abc import Iterator, Mapping

from setsquare.adapters.git_person import ConfiguredPerson
from setsquare.adapters.git_place import Repository, find_repository
from setsquare.adapters.git_process import Done, TreeEntry, attempt_git, blobs, run_git, stored, tree_entries
from setsquare.adapters.tree_files import Found, found_file
from setsquare.errors import GitFailed
from setsquare.ports.git import CommitRequest
from setsquare.text.paths import RelPath

_LOCK_MARK = b"setsquare "


def _login() -> str:
    """Name the account that this process runs under."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"user {os.getuid()}"


class GitCommand:
    """The repository that holds a workspace, through the git command.

    Bytes are committed as they are: filters, line-end conversion and attributes of the repository are never applied, since they may
    name programs. Nothing is fetched.
    """

    def __init__(self, folder: str) -> None:
        """Use the repository that holds `folder`, looked for at each call."""
        self._folder = os.path.realpath(folder)
        self._person = ConfiguredPerson(self._folder)
        self._last: tuple[str, str, Mapping[str, TreeEntry]] = ("", "", {})

    def is_repository(self) -> bool:
        """Tell whether the workspace lies in a git repository."""
        return find_repository(self._folder) is not None

    def head(self) -> str:
        """Name the current commit, or the empty string before the first one or outside a repository."""
        repository = find_repository(self._folder)
        return "" if repository is None else _commit_of(repository, "HEAD")

    def dirty(self, paths: tuple[RelPath, ...]) -> tuple[RelPath, ...]:
        """List those of `paths` whose bytes, kind or right to execute differ from HEAD."""
        repository = find_repository(self._folder)
        head = "" if repository is None else _commit_of(repository, "HEAD")
        entries = self._entries(repository, head) if repository else {}
        return tuple(
            path
            for path in paths
            if not _is_same(entries.get(repository.full(path) if repository else path), found_file(self._folder, path))
        )

    def uncommitted(self, recorded: Mapping[RelPath, str]) -> tuple[RelPath, ...]:
        """List the files that differ from HEAD, given git's names for the bytes of those that are not ignored.

        The index is not asked: comparing with it may start a filter that the repository names, and it may have been told not to look.

        Raises:
            GitFailed: git said no.
        """
        repository = find_repository(self._folder)
        if repository is None:
            return ()
        head = _commit_of(repository, "HEAD")
        entries = self._entries(repository, head)
        known = {path: entries[full].name for path in recorded if (full := repository.full(path)) in entries}
        unknown = [path for path in recorded if path not in known]
        # Names of another length come from a repository with another hash; then the bytes are read.
        proposed = [path for path, name in known.items() if name != recorded[path]]
        prefix = repository.full("")
        proposed += [
            path
            for full, entry in entries.items()
            if full.startswith(prefix) and entry.mode != "160000" and (path := RelPath(full.removeprefix(prefix))) not in recorded
        ]
        return tuple(sorted({*unknown, *self.dirty(tuple(proposed))}))

    def commit(self, request: CommitRequest) -> str:
        """Make a commit on the current branch that changes exactly these paths; give its name.

        Raises:
            GitFailed: no repository, an operation in progress, a locked index, nothing to commit, or git said no.
        """
        repository = self._repository()
        if repository.in_progress():
            raise GitFailed(
                f"cannot commit: {repository.in_progress()} shows an operation in progress", "finish or abort it with git first"
            )
        _refuse_links(repository, "HEAD")
        with _locked_index(repository) as index:
            head, before = _head_and_tree(repository)
            records = _records(repository, self._folder, request, head)
            tree = _tree_with(repository, head, records)
            if tree == before:
                raise GitFailed("cannot commit: the files are as in the last commit", "change them first")
            made = self._written(repository, head, tree, request.message)
            _on_index(repository, index, ("update-index", "--replace", "-z", "--index-info"), records)
            subject = request.message.strip().partition("\n")[0]
            none = "0" * len(made)
            run_git(("update-ref", "-m", f"commit: {subject}", "HEAD", made, head or none), repository.places, repository.top)
        return made

    def tag(self, name: str, message: str) -> None:
        """Make an annotated tag on HEAD.

        Raises:
            GitFailed: the tag exists, there is no commit, or git said no.
        """
        repository = self._repository()
        _refuse_links(repository, f"refs/tags/{name}")
        places = {**repository.places, **self._person.variables(repository)}
        run_git(("tag", "-a", "--no-sign", "-F", "-", "--end-of-options", name, "HEAD"), places, repository.top, os.fsencode(message))

    def show(self, ref: str, path: RelPath) -> bytes | None:
        """Read a file as it stands in a commit; `None` when it is not there.

        Raises:
            GitFailed: `ref` names no commit.
        """
        repository = self._repository()
        commit = _commit_of(repository, ref)
        if not commit:
            raise GitFailed(f"cannot read {path} from {ref!r}: that names no commit", "name a commit, a branch or a tag")
        entry = self._entries(repository, commit).get(repository.full(path))
        if entry is None or entry.mode == "160000":
            return None
        return blobs((entry.name,), repository.places, repository.top)[entry.name]

    def user(self) -> str:
        """Give `Name <mail>` as configured; without that, or without git, the name under which the person is logged in on this machine."""
        try:
            name, mail = self._person.named(find_repository(self._folder))
        except GitFailed:
            name, mail = "", ""
        return f"{name} <{mail}>" if name and mail else _login()

    def _repository(self) -> Repository:
        repository = find_repository(self._folder)
        if repository is None:
            raise GitFailed("cannot use git: the workspace lies in no repository whose `.git` can be trusted", "run `git init` there")
        return repository

    def _entries(self, repository: Repository, commit: str) -> Mapping[str, TreeEntry]:
        """List the files of a commit; of the last one asked for it is known, since a commit never changes."""
        git, last, entries = self._last
        if not commit or (git, last) == (repository.git, commit):
            return entries if commit else {}
        entries = tree_entries(commit, repository.places, repository.top)
        self._last = (repository.git, commit, entries)
        return entries

    def _written(self, repository: Repository, head: str, tree: str, message: str) -> str:
        places = {**repository.places, **self._person.variables(repository)}
        parents = ("-p", head) if head else ()
        return run_git(("commit-tree", tree, *parents), places, repository.top, os.fsencode(message)).line


def _records(repository: Repository, folder: str, request: CommitRequest, head: str) -> bytes:
    """Store the files and describe them as `update-index --index-info` reads it: what is deleted first, so that a file can take a folder's place."""
    files: dict[RelPath, Found] = {}
    deleted: list[RelPath] = []
    for path in request.paths:
        try:
            found = _given(request, path) if path in request.held else found_file(folder, path)
        except OSError as error:
            raise GitFailed(f"cannot commit {path}: {error}", "check its permissions") from error
        if found is None:
            deleted.append(path)
        else:
            files[path] = found
    names = stored([found.raw for found in files.values()], repository.places, repository.top)
    none = "0" * len(head or next(iter(names), "") or _empty_tree(repository))
    records = [("0", none, path) for path in deleted]
    records += [(found.mode, name, path) for (path, found), name in zip(files.items(), names, strict=True)]
    return b"".join(f"{mode} {name}\t".encode() + os.fsencode(repository.full(path)) + b"\0" for mode, name, path in records)


def _given(request: CommitRequest, path: RelPath) -> Found | None:
    """Take a file as the request has it."""
    held = request.held[path]
    return None if held is None else Found(held.mode, held.raw)


def _refuse_links(repository: Repository, ref: str) -> None:
    link = repository.linked_part(ref)
    if link:
        raise GitFailed(f"cannot write to the repository: {link} is a symbolic link, which could lead anywhere", "put the real file there")


def _is_same(entry: TreeEntry | None, found: Found | None) -> bool:
    """Compare a file with what is recorded, by git's own name for its bytes."""
    if entry is None or found is None:
        return entry is None and found is None
    head = f"blob {len(found.raw)}\0".encode()
    # Git's object names, not a defence.
    name = (hashlib.sha1 if len(entry.name) == 40 else hashlib.sha256)(head + found.raw).hexdigest()
    return entry.mode == found.mode and entry.name == name


def _commit_of(repository: Repository, ref: str) -> str:
    """Name the commit that a reference leads to, or the empty string."""
    if ref.startswith("-"):
        return ""
    plain = repository.head() if ref == "HEAD" else ""
    if plain:
        return plain
    done = attempt_git(("rev-parse", "--verify", "-q", f"{ref}^{{commit}}"), repository.places, repository.top)
    return done.line if done.code == 0 else ""


def _head_and_tree(repository: Repository) -> tuple[str, str]:
    """Name the current commit and its tree; both are empty before the first commit."""
    # Without the dashes, a file of that name would count before the first commit.
    done = attempt_git(("rev-parse", "HEAD^{commit}", "HEAD^{tree}", "--"), repository.places, repository.top)
    head, tree = done.line.split("\n")[:2] if done.code == 0 else ("", "")
    return head, tree


def _empty_tree(repository: Repository) -> str:
    """Name the tree of no files, which tells how long the repository's names are."""
    return run_git(("hash-object", "-t", "tree", "--stdin"), repository.places, repository.top).line


def _tree_with(repository: Repository, head: str, records: bytes) -> str:
    """Write the tree of HEAD with the recorded changes, through an index of its own."""
    with tempfile.TemporaryDirectory(prefix="setsquare-") as private:
        index = os.path.join(private, "index")
        if head:
            _on_index(repository, index, ("read-tree", head))
        _on_index(repository, index, ("update-index", "--replace", "-z", "--index-info"), records)
        return _on_index(repository, index, ("write-tree",)).line


def _on_index(repository: Repository, index: str, args: tuple[str, ...], stdin: bytes = b"") -> Done:
    """Run a command on an index with none of the workspace's files in sight.

    Before git writes an index, it compares every file that changed in the same moment as the index, and runs the file's filter for that.
    """
    with tempfile.TemporaryDirectory(prefix="setsquare-") as nowhere:
        places = {**repository.places, "GIT_INDEX_FILE": index, "GIT_WORK_TREE": nowhere}
        return run_git(args, places, repository.top, stdin, standing=nowhere)


@contextlib.contextmanager
def _locked_index(repository: Repository) -> Iterator[str]:
    """Lock the user's index as git does, give a copy to change, and put the copy in its place if all went well."""
    index = os.path.join(repository.git, "index")
    copy = f"{index}.setsquare-{os.getpid()}"
    _remove_stale_lock(index)
    try:
        _write_fresh(f"{index}.lock", _LOCK_MARK + str(os.getpid()).encode())
    except FileExistsError as error:
        raise GitFailed("cannot commit: another git process holds the index", f"wait for it; if none runs, remove {index}.lock") from error
    except OSError as error:
        why = error.strerror or str(error)
        raise GitFailed(
            f"cannot commit: the index cannot be locked: {why}", "check the permissions of `.git` and the free space"
        ) from error
    try:
        with contextlib.suppress(FileNotFoundError), open(index, "rb") as file:
            _write_fresh(copy, file.read())
        yield copy
        os.replace(copy, index)
    except OSError as error:
        raise GitFailed(f"cannot commit: the index cannot be written: {error}", "check the free space") from error
    finally:
        for left in (copy, f"{copy}.lock", f"{index}.lock"):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(left)


def _remove_stale_lock(index: str) -> None:
    """Remove the lock that a Setsquare which died left behind; git's own locks are never touched."""
    try:
        with open(os.open(f"{index}.lock", os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb") as file:
            mark, pid = file.read(64).split(b" ")
        if mark + b" " == _LOCK_MARK and not os.path.exists(f"/proc/{int(pid)}") and os.path.isdir("/proc/self"):
            for left in (f"{index}.setsquare-{int(pid)}", f"{index}.lock"):
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(left)
    except (OSError, ValueError):
        return


def _write_fresh(path: str, raw: bytes) -> None:
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW, 0o644)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(raw)
    except OSError:
        # A lock that a full disk left empty would stop git itself.
        os.unlink(path)
        raise
