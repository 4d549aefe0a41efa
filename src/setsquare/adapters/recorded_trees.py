"""Reads many files of many recorded trees with a few git processes."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

from setsquare.adapters.git_process import blobs, stored
from setsquare.adapters.shadow_git import ShadowGit
from setsquare.errors import GitFailed
from setsquare.ports.trees import Difference, Held, Recorded
from setsquare.text.paths import RelPath

_PLAIN = ("--no-ext-diff", "--no-textconv")


class RecordedTrees:
    """The trees of the platform's own git directory."""

    __slots__ = ("_shadow",)

    def __init__(self, shadow: ShadowGit) -> None:
        """Read the trees of a git directory of our own."""
        self._shadow = shadow

    def compared(self, pairs: tuple[tuple[str, str], ...]) -> tuple[tuple[Difference, ...], ...]:
        """Compare pairs of trees with one process; the answers stand in the same order.

        Raises:
            GitFailed: one of them was never recorded.
        """
        asked = tuple(dict.fromkeys(pair for pair in pairs if pair[0] != pair[1]))
        stdin = "".join(f"{old} {new}\n" for old, new in asked).encode()
        args = ("diff-tree", "--stdin", "-r", "-z", "--raw", "--no-renames", *_PLAIN)
        fields = iter(self._shadow.run(args, stdin).output.split(b"\0")[:-1] if asked else [])
        found: dict[tuple[str, str], list[Difference]] = {pair: [] for pair in asked}
        current: list[Difference] = []
        for field in fields:
            # The head of each comparison is a line, and what follows it stands in the same field.
            head, _, raw = field.rpartition(b"\n")
            for line in head.split(b"\n") if head else ():
                old, _, new = line.decode("ascii", "replace").partition(" ")
                current = found.setdefault((old, new), [])
            if raw.startswith(b":"):
                current.append(_difference(raw, next(fields, b"")))
        missing = [pair for pair in asked if not found[pair]]
        for old, new in missing:
            # Trees of different names differ: git passes over names that it does not know.
            raise GitFailed(
                f"cannot compare the checkpoints {old[:10]} and {new[:10]}: one of them is gone", "the state folder was cleaned"
            )
        return tuple(tuple(found[pair]) if pair[0] != pair[1] else () for pair in pairs)

    def renames(self, old: str, new: str) -> Mapping[RelPath, RelPath]:
        """Say where files that are gone stand under a new name, alike in at least half of their lines.

        Raises:
            GitFailed: one of the trees was never recorded.
        """
        args = ("diff-tree", "-r", "-z", "--raw", "-M50%", "-l2000", "--diff-filter=R", *_PLAIN, "--end-of-options", old, new)
        fields = iter(self._shadow.run(args).output.split(b"\0")[:-1] if old != new else [])
        found: dict[RelPath, RelPath] = {}
        for _ in fields:
            source, target = next(fields, b""), next(fields, b"")
            found[RelPath(os.fsdecode(source))] = RelPath(os.fsdecode(target))
        return found

    def entries(self, tree: str) -> Mapping[RelPath, Recorded]:
        """List the files of a tree.

        Raises:
            GitFailed: it was never recorded.
        """
        return {RelPath(path): Recorded(entry.mode, entry.name) for path, entry in self._shadow.entries(tree).items()}

    def sizes(self, names: Iterable[str]) -> Mapping[str, int]:
        """Count bytes by git's names for them.

        Raises:
            GitFailed: one was never recorded.
        """
        wanted = tuple(dict.fromkeys(names))
        if not wanted:
            return {}
        lines = self._shadow.run(("cat-file", "--batch-check"), "".join(f"{name}\n" for name in wanted).encode()).output.splitlines()
        found: dict[str, int] = {}
        for name, line in zip(wanted, lines, strict=True):
            parts = line.split(b" ")
            if len(parts) != 3:
                raise GitFailed(f"cannot read the recorded file contents {name}: they are gone", "the state folder was cleaned")
            found[name] = int(parts[2])
        return found

    def contents(self, names: Iterable[str]) -> Mapping[str, bytes]:
        """Read bytes by git's names for them.

        Raises:
            GitFailed: one was never recorded.
        """
        return blobs(tuple(dict.fromkeys(names)), self._shadow.places(), self._shadow.folder)

    def record(self, files: Mapping[RelPath, Held]) -> str:
        """Record files that need stand nowhere as a tree of their own; give its name.

        Raises:
            GitFailed: git could not record one.
            StorageFailed: the state folder cannot be written.
        """
        with self._shadow.held(), self._shadow.fresh_index("index-made") as index:
            ordered = sorted(files.items())
            names = stored([held.raw for _, held in ordered], self._shadow.places(), self._shadow.folder)
            lines = b"".join(
                f"{held.mode} {name}\t".encode() + os.fsencode(path) + b"\0" for (path, held), name in zip(ordered, names, strict=True)
            )
            self._shadow.run(("update-index", "--replace", "-z", "--index-info"), lines, index)
            return self._shadow.run(("write-tree",), index=index).line


def _difference(raw: bytes, path: bytes) -> Difference:
    """Read one line of `--raw`: modes, names and status."""
    old_mode, new_mode, old, new, _ = raw.decode("ascii", "replace").removeprefix(":").split(" ")
    none = "000000"
    return Difference(
        path=RelPath(os.fsdecode(path)),
        old=None if old_mode == none else Recorded(old_mode, old),
        new=None if new_mode == none else Recorded(new_mode, new),
    )
