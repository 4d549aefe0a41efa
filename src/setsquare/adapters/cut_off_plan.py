"""Ends a plan that was cut off: completes it, takes it back, or says why neither can be done.

A file is touched only while it holds the very bytes from before the plan or those of the plan. What a person has changed meanwhile stays, and then
nothing else is touched either, unless all the rest is at one end already.
"""

from __future__ import annotations

import contextlib
import enum
import os
from collections.abc import Iterable, Iterator

from msgspec import Struct

from setsquare.adapters.folders import open_below, parts_of, read_regular
from setsquare.adapters.intent_record import Intent, IntentFile
from setsquare.adapters.swaps import LIMIT_BYTES, current, links, move
from setsquare.errors import StalePlan, StorageFailed
from setsquare.text.counted import counted
from setsquare.text.paths import RelPath, joined, parent
from setsquare.text.plan import digest

_MOST_NAMED = 3


class _Stands(enum.Enum):
    """How a file stands against the plan; one that the plan leaves as it is stands after it."""

    BEFORE = "before"
    AFTER = "after"
    EDITED = "edited"


class _Seen(Struct, frozen=True, kw_only=True):
    """A file as it is now, and whether the bytes of each end are there to be put in its place."""

    file: IntentFile
    stands: _Stands
    can_go_on: bool
    can_go_back: bool


class Ending(Struct, frozen=True, kw_only=True):
    """How it ended, in a line for a person; `is_over` is false where the person has to do something first."""

    line: str
    is_over: bool


def end_plan(root: int, intent: Intent, record: str) -> Ending:
    """End a plan below its open and locked folder; `record` is where the intent lies, for the person who must decide."""
    seen = tuple(_seen(root, file) for file in intent.files)
    ends = {one.stands for one in seen}
    begin = f"{_shown(intent.title)} had been cut off"
    try:
        if _Stands.EDITED in ends:
            if ends >= {_Stands.BEFORE, _Stands.AFTER}:
                return Ending(line=f"{begin} {_half(seen)}, and {_edited(seen)}. {_advice(seen, record)}", is_over=False)
            told = f", and {_edited(seen)}. {_left_as_it_is(root, intent, seen)}"
        elif all(one.can_go_on for one in seen if one.stands is _Stands.BEFORE):
            told = ". " + _completed(root, intent, seen)
        elif all(one.can_go_back for one in seen if one.stands is _Stands.AFTER):
            told = ". " + _taken_back(root, intent, seen)
        else:
            lost = "the bytes beside its files are gone, so it can neither be completed nor taken back"
            return Ending(line=f"{begin} {_half(seen)}, and {lost}. {_advice(seen, record)}", is_over=False)
    except (OSError, StorageFailed, StalePlan) as error:
        reason = (error.strerror or str(error)) if isinstance(error, OSError) else error.args[0]
        return Ending(line=f"{begin} {_half(seen)} and cannot be ended yet: {reason}. The next command tries again.", is_over=False)
    return Ending(line=begin + told, is_over=True)


def _seen(root: int, file: IntentFile) -> _Seen:
    """Look at one file."""
    try:
        now = current(root, file.path)
        name = None if now is None else digest(now)
        stands = _Stands.AFTER if name == file.after else _Stands.BEFORE if name == file.before else _Stands.EDITED
    except StorageFailed:
        stands = _Stands.EDITED
    return _Seen(
        file=file,
        stands=stands,
        can_go_on=file.after is None or _beside(root, file, file.fresh) == file.after,
        can_go_back=file.before in (None, file.after) or _beside(root, file, file.kept) == file.before,
    )


def _beside(root: int, file: IntentFile, name: str) -> str | None:
    """Name the bytes that stand beside a file under a temporary name."""
    if not name:
        return None
    try:
        with _folder_of(root, file.path) as folder:
            return digest(read_regular(folder, name, LIMIT_BYTES))
    except (OSError, StorageFailed):
        return None


def _completed(root: int, intent: Intent, seen: Iterable[_Seen]) -> str:
    """Put the new bytes in the places that still hold the old ones."""
    for one in seen:
        if one.stands is _Stands.BEFORE:
            with _folder_of(root, one.file.path) as folder:
                _go_on(folder, one.file)
    _clear(root, intent)
    for path in (file.path for file in intent.files if file.after is None):
        _remove_emptied(root, parent(path))
    return f"It is completed: {_named([file.path for file in intent.files])} as it was planned."


def _go_on(folder: int, file: IntentFile) -> None:
    name = parts_of(file.path)[-1]
    if file.after is None:
        os.unlink(name, dir_fd=folder)
    else:
        # The process may have died before it had synced what it wrote.
        descriptor = os.open(file.fresh, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if file.before is not None or not links(folder, file.fresh, name, file.path):
            move(folder, file.fresh, name)
    os.fsync(folder)


def _taken_back(root: int, intent: Intent, seen: tuple[_Seen, ...]) -> str:
    """Put the old bytes back in the places that hold the new ones already."""
    for one in reversed(seen):
        if one.stands is _Stands.AFTER and one.file.before != one.file.after:
            with _folder_of(root, one.file.path) as folder:
                _go_back(folder, one.file)
    _clear(root, intent)
    _unmake(root, intent)
    return f"It is taken back: {_named([file.path for file in intent.files])} as it was before. Run the command again."


def _go_back(folder: int, file: IntentFile) -> None:
    name = parts_of(file.path)[-1]
    if file.before is None:
        os.unlink(name, dir_fd=folder)
    elif file.after is not None or not links(folder, file.kept, name, file.path):
        move(folder, file.kept, name)
    os.fsync(folder)


def _left_as_it_is(root: int, intent: Intent, seen: tuple[_Seen, ...]) -> str:
    """Clear up where only the edited files are not at one and the same end; their old bytes stay where nothing of the plan is there."""
    is_done = any(one.stands is _Stands.AFTER for one in seen)
    edited = [one for one in seen if one.stands is _Stands.EDITED]
    kept = [] if is_done else [one.file for one in edited if one.file.kept and one.can_go_back]
    _clear(root, intent, frozenset(file.kept for file in kept))
    if not is_done:
        _unmake(root, intent)
    also = "".join(f"; {file.path} as it was before is in {joined(parent(file.path), file.kept)}" for file in kept)
    rest = "Every other file" if len(edited) < len(seen) else "It"
    return f"{rest} is as it was {'planned' if is_done else 'before'}{also}."


def _clear(root: int, intent: Intent, but: frozenset[str] = frozenset()) -> None:
    """Remove what the plan left beside its files."""
    for file in intent.files:
        for name in filter(None, (file.fresh, file.kept)):
            with contextlib.suppress(FileNotFoundError, NotADirectoryError, StorageFailed):
                if name not in but:
                    with _folder_of(root, file.path) as folder:
                        os.unlink(name, dir_fd=folder)


def _unmake(root: int, intent: Intent) -> None:
    """Remove the folders that the plan had made, where they are empty."""
    for path in reversed(intent.made):
        with contextlib.suppress(OSError, StorageFailed), _folder_of(root, path) as folder:
            os.rmdir(parts_of(path)[-1], dir_fd=folder)


def _remove_emptied(root: int, path: RelPath) -> None:
    """Remove a folder that lost its last file, and those above it that hold nothing else; some may be gone already."""
    with contextlib.suppress(OSError, StorageFailed):
        while path:
            with contextlib.suppress(FileNotFoundError), _folder_of(root, path) as folder:
                os.rmdir(parts_of(path)[-1], dir_fd=folder)
            path = parent(path)


@contextlib.contextmanager
def _folder_of(root: int, path: RelPath) -> Iterator[int]:
    """Open the folder that holds a file."""
    descriptor = open_below(root, parts_of(path)[:-1], path)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _half(seen: Iterable[_Seen]) -> str:
    stands = [one.stands for one in seen]
    return f"after {stands.count(_Stands.AFTER)} of {counted(len(stands), 'file')}"


def _edited(seen: Iterable[_Seen]) -> str:
    names = [one.file.path for one in seen if one.stands is _Stands.EDITED]
    return f"{_shown(', '.join(names[:_MOST_NAMED]))}{_more(names)} {'was' if len(names) == 1 else 'were'} changed since, so nothing is overwritten"


def _advice(seen: Iterable[_Seen], record: str) -> str:
    """Say what a person can do."""
    names = [one.file.path for one in seen if one.stands is _Stands.EDITED] or [
        one.file.path for one in seen if one.stands is _Stands.AFTER
    ]
    return (
        f"Put {_shown(', '.join(names[:_MOST_NAMED]))}{_more(names)} back as before (git; what was not there before: delete), and the next command "
        f"ends the rest; or run again what was cut off; or, to leave every file as it stands, delete {_shown(record)}."
    )


def _named(paths: list[RelPath]) -> str:
    """Name files as the subject of a sentence."""
    return f"{_shown(', '.join(paths[:_MOST_NAMED]))}{_more(paths)} {'is' if len(paths) == 1 else 'are each'}"


def _more(names: list[RelPath]) -> str:
    return f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""


def _shown(text: str) -> str:
    """Write what files and titles are called so that no terminal obeys it."""
    return "".join(letter if letter.isprintable() else "�" for letter in text)
