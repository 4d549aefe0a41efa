"""Lists files as git would see them: without `.git` and without what `.gitignore` files name."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeAlias

from setsquare.adapters.folders import child, open_below, read_regular
from setsquare.adapters.tree import is_temporary
from setsquare.errors import StorageFailed
from setsquare.text.paths import RelPath, base_name

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

_LIMIT_BYTES = 1 << 20

_HELD_OPEN = 48
"""How many folders are held open at once; a process may have 256 open files in all on some systems."""

_Layers: TypeAlias = tuple[tuple[RelPath, "GitIgnoreSpec"], ...]
_NO_LAYERS: _Layers = ()


class IgnoreRules:
    """The ignore files of one open folder, read as the walk comes by; the nearest file that names a path decides."""

    __slots__ = ("_root",)

    def __init__(self, root: int) -> None:
        """Take the open folder; it must stay open while files are listed."""
        self._root = root

    def files(self, below: RelPath) -> Iterator[RelPath]:
        """List regular files below a folder, sorted by path; an ignored folder is not entered, not even as the start."""
        descriptor = os.dup(self._root)
        folder, layers = RelPath(""), _NO_LAYERS
        try:
            for part in below.split("/") if below else ():
                layers = _with_file_of(descriptor, folder, layers)
                folder = child(folder, part)
                if part in {".git", ".."} or is_ignored(f"{folder}/", layers):
                    return
                inner = open_below(descriptor, (part,), folder)
                os.close(descriptor)
                descriptor = inner
        except (OSError, StorageFailed):
            return
        else:
            # The walk has the descriptor now, and closes it.
            walk, descriptor = _Walk(self._root, folder, descriptor, layers), -1
        finally:
            if descriptor >= 0:
                os.close(descriptor)
        try:
            yield from walk.files()
        finally:
            walk.close()


class _Level:
    """A folder on the way down: its entries still to come, the next one last, and its descriptor while it is held open (else -1)."""

    __slots__ = ("descriptor", "entries", "layers", "path")

    def __init__(self, path: RelPath, descriptor: int, layers: _Layers) -> None:
        self.path = path
        self.descriptor = descriptor
        self.layers = _with_file_of(descriptor, path, layers)
        self.entries = sorted(_entries(descriptor), key=lambda entry: entry[0] + "/" * entry[1], reverse=True)

    def close(self) -> None:
        """Let go of the descriptor."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1


class _Walk:
    """Goes down from folder to folder by their descriptors, without recursion; of a deep tree only the lowest folders are held open."""

    def __init__(self, root: int, start: RelPath, descriptor: int, layers: _Layers) -> None:
        self.root = root
        self.levels = [_Level(start, descriptor, layers)]

    def files(self) -> Iterator[RelPath]:
        """Give the files in the order of their paths."""
        while self.levels:
            level = self.levels[-1]
            if not level.entries:
                self.levels.pop().close()
                continue
            name, is_folder = level.entries.pop()
            path = child(level.path, name)
            if is_ignored(path + "/" * is_folder, level.layers):
                continue
            if is_folder:
                self.enter(level, name, path)
            else:
                yield path

    def enter(self, level: _Level, name: str, path: RelPath) -> None:
        """Go into a folder; one that cannot be opened, or that became a link meanwhile, is empty."""
        try:
            if level.descriptor < 0:
                self.open_again()
            descriptor = open_below(level.descriptor, (name,), path)
        except (OSError, StorageFailed):
            return
        if not any(is_folder for _, is_folder in level.entries):
            level.close()
        self.levels.append(_Level(path, descriptor, level.layers))
        if len(self.levels) > _HELD_OPEN:
            self.levels[-_HELD_OPEN - 1].close()

    def open_again(self) -> None:
        """Open the lowest folders anew, all that are held at once, so that the way down from the root is gone seldom.

        Raises:
            StorageFailed: a symbolic link stands on the way.
            OSError: the system refuses.
        """
        lowest = self.levels[-_HELD_OPEN:]
        for above, level in zip((None, *lowest), lowest, strict=False):
            level.close()
            from_here = (
                (self.root, level.path.split("/") if level.path else ()) if above is None else (above.descriptor, (base_name(level.path),))
            )
            level.descriptor = open_below(from_here[0], tuple(from_here[1]), level.path)

    def close(self) -> None:
        """Let go of every folder."""
        for level in self.levels:
            level.close()


def _entries(descriptor: int) -> list[tuple[str, bool]]:
    """List an open folder's regular files and folders as name and whether it is a folder; an unreadable folder is empty."""
    try:
        with os.scandir(descriptor) as entries:
            return [
                (entry.name, entry.is_dir(follow_symlinks=False))
                for entry in entries
                if entry.name != ".git" and not is_temporary(entry.name) and _is_plain(entry)
            ]
    except OSError:
        return []


def _with_file_of(descriptor: int, folder: RelPath, layers: _Layers) -> _Layers:
    """Add an open folder's own `.gitignore`, if it has one."""
    try:
        raw = read_regular(descriptor, ".gitignore", _LIMIT_BYTES)
    except OSError:
        return layers
    return (*layers, (folder, _rules(raw)))


def is_ignored(path: str, layers: _Layers) -> bool:
    """Tell whether the nearest ignore file that names a path excludes it; a folder's path ends in `/`."""
    for folder, rules in reversed(layers):
        verdict = rules.check_file(path[len(folder) + 1 :] if folder else path).include
        if verdict is not None:
            return verdict
    return False


def _rules(raw: bytes) -> GitIgnoreSpec:
    """Read an ignore file; a line that is no pattern is left out, as git does."""
    from pathspec import GitIgnoreSpec  # noqa: PLC0415  (start-up: only listings need it)

    lines = raw.decode("utf-8", "surrogateescape").removeprefix("\ufeff").splitlines()
    try:
        return GitIgnoreSpec.from_lines(lines)
    except ValueError:
        return GitIgnoreSpec.from_lines([line for line in lines if _is_pattern(line)])


def _is_pattern(line: str) -> bool:
    """Tell whether one line can be read as a pattern."""
    from pathspec import GitIgnoreSpec  # noqa: PLC0415  (start-up: only listings need it)

    try:
        GitIgnoreSpec.from_lines([line])
    except ValueError:
        return False
    return True


def _is_plain(entry: os.DirEntry[str]) -> bool:
    """Tell whether an entry is a regular file or a folder, links excluded."""
    return entry.is_dir(follow_symlinks=False) or entry.is_file(follow_symlinks=False)
