"""Takes the placeholders of a process that was killed out of the workspace.

Which ones stand is noted in the state folder before they are made, in a file that is locked as long as their process lives.
"""

# Names go to the kernel as they are; a path object would normalise them.
# ruff: noqa: PTH103, PTH104, PTH108, PTH118, PTH208

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator

from setsquare.adapters.folders import open_below, opened_folder, parts_of
from setsquare.adapters.state import made_state_folder, state_folder
from setsquare.errors import StorageFailed, Unreadable, Usage

MARK_NS = 1_000_000_000_000_000_000
"""The time stamp of a placeholder, so that it is never taken for a folder of somebody else."""

_NOTE = ".standing"
_PLACEHOLDER, _ABOVE = b"=", b"^"
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


@contextlib.contextmanager
def noted(folder: str, placeholders: tuple[str, ...], above: tuple[str, ...]) -> Iterator[None]:
    """Note which placeholders are about to stand in a workspace, and which folders above them do not exist yet; forget them at the end.

    Where the note cannot be written, what a killed process leaves stays until the next confined command.
    """
    if not placeholders:
        yield
        return
    descriptor, place = -1, ""
    with contextlib.suppress(OSError, StorageFailed, Usage):
        notes = os.path.join(made_state_folder(folder, os.environ), "placeholders")
        os.makedirs(notes, mode=0o700, exist_ok=True)
        place = os.path.join(notes, os.urandom(8).hex())
        descriptor = os.open(place, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        lines = (*(_PLACEHOLDER + os.fsencode(path) for path in placeholders), *(_ABOVE + os.fsencode(path) for path in above))
        os.write(descriptor, b"\0".join(lines))
        # Only a note that is whole and locked has a name that is looked for.
        os.rename(place, place + _NOTE)
        place += _NOTE
    try:
        yield
    finally:
        if descriptor >= 0:
            with contextlib.suppress(OSError):
                os.unlink(place)
            os.close(descriptor)


def clear_leftovers(folder: str) -> None:
    """Remove the noted placeholders of processes that are dead: empty, with our time stamp, and relied on by no command that runs.

    The folders above them that did not exist before go too when they are empty. It never fails: what stays is in nobody's way.
    """
    try:
        notes = os.path.join(state_folder(folder, os.environ), "placeholders")
        names = [name for name in os.listdir(notes) if name.endswith(_NOTE)]
    except (OSError, Usage):
        return
    for name in names:
        with contextlib.suppress(OSError, Unreadable):
            _clear(folder, os.path.join(notes, name))


def _clear(folder: str, note: str) -> None:
    """Clear up after one process if it is dead; its note stays as long as one of its placeholders does."""
    descriptor = os.open(note, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        lines = os.pread(descriptor, os.fstat(descriptor).st_size, 0).split(b"\0")
        with opened_folder(folder) as root:
            gone = [_removed(root, os.fsdecode(line[1:]), is_marked=True) for line in lines if line.startswith(_PLACEHOLDER)]
            for path in sorted((os.fsdecode(line[1:]) for line in lines if line.startswith(_ABOVE)), reverse=True):
                _removed(root, path, is_marked=False)
        if all(gone):
            os.unlink(note)
    finally:
        os.close(descriptor)


def _removed(root: int, path: str, *, is_marked: bool) -> bool:
    """Remove an empty folder, no link followed; tell whether nothing of ours stands there any more."""
    above = -1
    try:
        *folders, name = parts_of(path)
        above = open_below(root, tuple(folders), path)
        place = os.open(name, _FOLDER, dir_fd=above)
    except (OSError, StorageFailed):
        return True
    else:
        return _is_gone(above, name, place, is_marked=is_marked)
    finally:
        if above >= 0:
            os.close(above)


def _is_gone(above: int, name: str, place: int, *, is_marked: bool) -> bool:
    """Remove an open folder of ours unless a command relies on it, and close it."""
    try:
        if os.listdir(place) or (is_marked and os.fstat(place).st_mtime_ns != MARK_NS):
            return True
        fcntl.flock(place, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.rmdir(name, dir_fd=above)
    except OSError:
        return False
    else:
        return True
    finally:
        os.close(place)
