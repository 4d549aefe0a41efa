"""What of the workspace a confined command may see and change, worked out on the disk as it is now.

A protected name inside a writable folder needs care when it does not exist yet, because a command could create it, and when a folder
above it could be moved away. `Layout` names both cases; a backend says how it closes them.
"""

# Names go to the kernel as they are; a path object would normalise them.
# ruff: noqa: PTH102, PTH103, PTH106, PTH108, PTH112, PTH113, PTH114, PTH115, PTH120, PTH122, PTH208, PTH211

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import shutil
import stat
from collections.abc import Iterator

from msgspec import Struct

from setsquare.adapters.leftovers import MARK_NS, noted
from setsquare.adapters.whole_tree import second_names
from setsquare.errors import SandboxFailed
from setsquare.ports.sandbox import Confinement

_ATTEMPTS = 10
"""How often a placeholder is made again when another process removes it before it is locked."""


class Layout(Struct, frozen=True, kw_only=True):
    """A confinement's paths, all relative, sorted, existing and free of links, except where a field says otherwise.

    `missing` are protected names inside a writable folder where nothing stands. `linked` are protected names that are symbolic links,
    with what they say. `pinned` are writable folders above a protected name: they must not be moved.
    """

    folder: str
    writable: tuple[str, ...]
    read_only: tuple[str, ...]
    hidden: tuple[str, ...]
    missing: tuple[str, ...]
    linked: tuple[tuple[str, str], ...]
    pinned: tuple[str, ...]

    def absolute(self, path: str) -> str:
        """Name a path of the workspace in the system."""
        return f"{self.folder}/{path}" if path else self.folder

    def is_protected(self, path: str) -> bool:
        """Tell whether a path is, or lies below, a protected name."""
        return any(is_within(path, name) for name in (*self.read_only, *self.hidden, *self.missing))

    def holds_protected(self, path: str) -> bool:
        """Tell whether a protected name lies below a folder."""
        names = (*self.read_only, *self.hidden, *self.missing, *(name for name, _ in self.linked))
        return any(name != path and is_within(name, path) for name in names)


def is_within(path: str, folder: str) -> bool:
    """Tell whether `path` is `folder` or lies below it.

    >>> is_within("src/a", "src"), is_within("srcs", "src"), is_within("a", "")
    (True, False, True)
    """
    return not folder or path == folder or path.startswith(folder + "/")


def _cleaned(path: str) -> str:
    clean = os.path.normpath(path) if path else ""
    if clean == ".":
        return ""
    if clean.startswith(("/", "../")) or clean == ".." or "\0" in clean:
        raise SandboxFailed(
            f"cannot confine a command to {path!r}: it is not a path inside the workspace", "name it relative to the workspace"
        )
    return clean


def _ancestors(path: str) -> Iterator[str]:
    parts = path.split("/")
    for count in range(1, len(parts)):
        yield "/".join(parts[:count])


def _is_real(folder: str, path: str) -> bool:
    """Tell whether no link stands on the way to `path` or at it."""
    return os.path.realpath(f"{folder}/{path}") == os.path.normpath(f"{folder}/{path}")


def layout(folder: str, confinement: Confinement) -> Layout:
    """Work out what a confinement means for the files as they are.

    Raises:
        SandboxFailed: a path leaves the workspace.
    """
    folder = os.path.realpath(folder)
    writable = sorted(
        {path for path in map(_cleaned, confinement.writable) if _is_real(folder, path) and os.path.lexists(f"{folder}/{path}")}
    )

    def is_writable(path: str) -> bool:
        return any(is_within(path, base) for base in writable)

    kept: dict[str, set[str]] = {"read_only": set(), "hidden": set()}
    missing: set[str] = set()
    linked: dict[str, str] = {}
    for kind, paths in (("read_only", confinement.read_only), ("hidden", confinement.hidden)):
        for path in map(_cleaned, paths):
            _place(folder, path, kept[kind], (missing, linked))
        kept[kind] |= second_names(folder, kept[kind])
    missing = {
        path for path in missing if is_writable(path) and not any(is_within(path, name) for name in kept["hidden"] | kept["read_only"])
    }
    protected = (*kept["read_only"], *kept["hidden"], *missing, *linked)
    pinned = {above for path in protected for above in _ancestors(path) if is_writable(above) and above not in protected}
    return Layout(
        folder=folder,
        writable=tuple(writable),
        read_only=tuple(sorted(kept["read_only"])),
        hidden=tuple(sorted(kept["hidden"])),
        missing=tuple(sorted(missing)),
        linked=tuple(sorted((path, target) for path, target in linked.items() if is_writable(path))),
        pinned=tuple(sorted(pinned)),
    )


def _place(folder: str, path: str, kept: set[str], absent: tuple[set[str], dict[str, str]]) -> None:
    """Sort one protected name into kept, missing or linked; the target of a link inside the workspace is protected too."""
    missing, linked = absent
    for part in (*_ancestors(path), path):
        place = f"{folder}/{part}"
        try:
            is_link = stat.S_ISLNK(os.lstat(place).st_mode)
        except OSError:
            missing.add(path)
            return
        if is_link:
            linked[part] = os.readlink(place)
            target = os.path.realpath(f"{folder}/{path}")
            if target.startswith(folder + "/"):
                (kept if os.path.lexists(target) else missing).add(os.path.relpath(target, folder))
            return
    kept.add(path)


@contextlib.contextmanager
def opened_places(folder: str, confinement: Confinement) -> Iterator[tuple[str, ...]]:
    """Make the writable places that do not exist yet, name them, and take back those that were not used.

    A name with a suffix (`report.json`) is made as an empty file, any other (`build`, `.cache`) as a folder.
    """
    folder = os.path.realpath(folder)
    made: list[str] = []
    try:
        try:
            for path in map(_cleaned, confinement.writable):
                if not os.path.lexists(f"{folder}/{path}") and _has_real_parent(folder, path):
                    _make_place(folder, path, made)
        except OSError as error:
            raise SandboxFailed(f"cannot make a writable place for a command: {error}", "check the permissions of the workspace") from error
        yield tuple(os.path.relpath(place, folder) for place in made)
    finally:
        for place in reversed(made):
            _remove_if_empty(place)


def _make_place(folder: str, path: str, made: list[str]) -> None:
    _make_folders(folder, path, made)
    place = f"{folder}/{path}"
    if os.path.splitext(path)[1]:
        os.close(os.open(place, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW, 0o644))
    else:
        os.mkdir(place)
    made.append(place)


def _has_real_parent(folder: str, path: str) -> bool:
    return not any(os.path.islink(f"{folder}/{above}") or os.path.isfile(f"{folder}/{above}") for above in _ancestors(path))


def _make_folders(folder: str, path: str, made: list[str]) -> None:
    for above in _ancestors(path):
        if not os.path.isdir(f"{folder}/{above}"):
            os.mkdir(f"{folder}/{above}")
            made.append(f"{folder}/{above}")


def _remove_if_empty(place: str) -> None:
    with contextlib.suppress(OSError):
        if os.path.isdir(place) and not os.path.islink(place):
            os.rmdir(place)
        elif os.lstat(place).st_size == 0:
            os.unlink(place)


@contextlib.contextmanager
def placeholders(view: Layout) -> Iterator[None]:
    """Stand an empty folder at every missing protected name for a while, so that a backend has something to lock.

    An empty folder is the quietest thing to stand there: git records none and programs that look for a file take it as absent. Folders
    with our time stamp are removed at the end, those that a crash left behind too; runs that overlap hold a shared lock on them.
    """
    stale = tuple(path for path in (*view.read_only, *view.hidden) if _is_placeholder(view.absolute(path)))
    above = {part for path in view.missing for part in _ancestors(path) if not os.path.lexists(view.absolute(part))}
    with noted(view.folder, (*view.missing, *stale), tuple(above)):
        yield from _standing(view)


class _Stood(Struct, frozen=True):
    """A placeholder that stands and is locked by `descriptor`; `inode` tells it from what somebody may put in its place."""

    place: str
    descriptor: int
    inode: int


def _standing(view: Layout) -> Iterator[None]:
    """Stand placeholders as long as the caller waits."""
    made: list[str] = []
    held: list[_Stood] = []
    try:
        try:
            _stand(view, made, held)
        except OSError as error:
            raise SandboxFailed(f"cannot guard a protected name: {error}", "check the permissions of the workspace") from error
        yield
    finally:
        # One that another command had made stands for this one too: whichever ends last removes it.
        marked = {each.place for each in held if _let_go(each)}
        for place in map(view.absolute, (*view.missing, *view.read_only, *view.hidden)):
            if place not in marked and _is_placeholder(place):
                marked.add(place)
                _remove_unlocked(place)
        for place in reversed(made):
            if place not in marked:
                _remove_if_empty(place)


def _let_go(stood: _Stood) -> bool:
    """Give up a placeholder, and remove it unless another run still relies on it; `False` when what stands there is no longer ours."""
    try:
        status = os.lstat(stood.place)
        if status.st_mtime_ns != MARK_NS or status.st_ino != stood.inode:
            return False
        with contextlib.suppress(OSError):
            fcntl.flock(stood.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.rmdir(stood.place)
    except OSError:
        return False
    else:
        return True
    finally:
        os.close(stood.descriptor)


def _stand(view: Layout, made: list[str], held: list[_Stood]) -> None:
    for path in view.missing:
        place = view.absolute(path)
        if _has_real_parent(view.folder, path):
            _make_folders(view.folder, path, made)
            if not any(_is_held(place, made, held) for _ in range(_ATTEMPTS)):
                raise FileNotFoundError(errno.ENOENT, "another process keeps removing the folder that guards it", path)
    for place in map(view.absolute, (*view.read_only, *view.hidden)):
        if _is_placeholder(place):
            descriptor = _shared_lock(place)
            held.append(_Stood(place, descriptor, os.fstat(descriptor).st_ino))


def _is_held(place: str, made: list[str], held: list[_Stood]) -> bool:
    """Stand one placeholder and lock it; not held when another process removed it in between."""
    with contextlib.suppress(FileExistsError):  # another command's, which stands as long as it is locked
        os.mkdir(place, 0o555)
        os.utime(place, ns=(MARK_NS, MARK_NS))
        made.append(place)
    try:
        descriptor = _shared_lock(place)
    except FileNotFoundError:
        return False
    status = os.fstat(descriptor)
    held.append(_Stood(place, descriptor, status.st_ino))
    return status.st_nlink > 0


def _shared_lock(place: str) -> int:
    descriptor = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    return descriptor


def _is_placeholder(place: str) -> bool:
    try:
        return os.lstat(place).st_mtime_ns == MARK_NS and os.path.isdir(place) and not os.listdir(place)
    except OSError:
        return False


def _remove_unlocked(place: str) -> None:
    """Remove a placeholder unless another run still relies on it; that run removes it then."""
    with contextlib.suppress(OSError):
        descriptor = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.rmdir(place)
        finally:
            os.close(descriptor)


def mend_links(view: Layout) -> None:
    """Put protected symbolic links back that a command replaced; what it put there is removed.

    Raises:
        SandboxFailed: a link could not be put back.
    """
    for path, target in view.linked:
        place = view.absolute(path)
        try:
            if os.path.islink(place) and os.readlink(place) == target:
                continue
            if os.path.isdir(place) and not os.path.islink(place):
                shutil.rmtree(place)
            elif os.path.lexists(place):
                os.unlink(place)
            os.makedirs(os.path.dirname(place), exist_ok=True)
            os.symlink(target, place)
        except OSError as error:
            raise SandboxFailed(f"cannot put the protected link {path} back: {error}", "restore it by hand before going on") from error
