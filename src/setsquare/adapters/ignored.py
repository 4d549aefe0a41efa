"""Lists files as git would see them: without `.git` and without what `.gitignore` files name."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeAlias

from setsquare.adapters.folders import child, open_below, read_regular
from setsquare.adapters.tree import is_temporary
from setsquare.errors import StorageFailed
from setsquare.text.paths import RelPath

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

_LIMIT_BYTES = 1 << 20

_Layers: TypeAlias = tuple[tuple[RelPath, "GitIgnoreSpec"], ...]


class IgnoreRules:
    """The ignore files of one open folder, read as the walk comes by; the nearest file that names a path decides."""

    __slots__ = ("_root",)

    def __init__(self, root: int) -> None:
        """Take the open folder; it must stay open while files are listed."""
        self._root = root

    def files(self, below: RelPath) -> Iterator[RelPath]:
        """List regular files below a folder, sorted by path; an ignored folder is not entered, not even as the start."""
        layers: _Layers = ()
        folder = RelPath("")
        for part in below.split("/") if below else ():
            layers = self._with_file_of(folder, layers)
            folder = child(folder, part)
            if part in {".git", ".."} or is_ignored(f"{folder}/", layers):
                return
        yield from self._walk(folder, layers)

    def _walk(self, start: RelPath, layers: _Layers) -> Iterator[RelPath]:
        """Walk without recursion; entries are stacked in reverse so that paths come out in order."""
        pending: list[tuple[RelPath, bool, _Layers]] = [(start, True, layers)]
        while pending:
            path, is_folder, above = pending.pop()
            if not is_folder:
                yield path
                continue
            here = self._with_file_of(path, above)
            entries = sorted(self._entries(path), key=lambda entry: entry[0] + "/" * entry[1], reverse=True)
            for name, is_inner in entries:
                inner = child(path, name)
                if not is_ignored(inner + "/" * is_inner, here):
                    pending.append((inner, is_inner, here))

    def _entries(self, folder: RelPath) -> list[tuple[str, bool]]:
        """List a folder's regular files and folders as name and whether it is a folder; an unreadable folder is empty."""
        try:
            descriptor = open_below(self._root, tuple(folder.split("/")) if folder else (), folder)
        except (OSError, StorageFailed):
            return []
        try:
            with os.scandir(descriptor) as entries:
                return [
                    (entry.name, entry.is_dir(follow_symlinks=False))
                    for entry in entries
                    if entry.name != ".git" and not is_temporary(entry.name) and _is_plain(entry)
                ]
        except OSError:
            return []
        finally:
            os.close(descriptor)

    def _with_file_of(self, folder: RelPath, layers: _Layers) -> _Layers:
        """Add a folder's own `.gitignore`, if it has one."""
        try:
            descriptor = open_below(self._root, tuple(folder.split("/")) if folder else (), folder)
        except (OSError, StorageFailed):
            return layers
        try:
            raw = read_regular(descriptor, ".gitignore", _LIMIT_BYTES)
        except OSError:
            return layers
        finally:
            os.close(descriptor)
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
