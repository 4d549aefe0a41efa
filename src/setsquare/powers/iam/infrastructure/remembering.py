"""Remembers what was read of files, so that of code that is read again after an edit only the edited files are read anew."""

from __future__ import annotations

from collections.abc import Callable

from setsquare.powers.iam.infrastructure.hcl import Block, blocks_of
from setsquare.powers.iam.infrastructure.nodes import Found
from setsquare.text.paths import RelPath


class Known:
    """What was read of files by their bytes, for one undertaking."""

    __slots__ = ("_blocks", "_files")

    def __init__(self) -> None:
        """Know nothing yet."""
        self._blocks: dict[RelPath, tuple[bytes, tuple[Block, ...]]] = {}
        self._files: dict[RelPath, tuple[bytes, Found]] = {}

    def blocks(self, path: RelPath, raw: bytes) -> tuple[Block, ...]:
        """Give the blocks of a file of Terraform.

        Raises:
            NotHcl: the file cannot be read to its end.
        """
        there = self._blocks.get(path)
        if there is None or there[0] != raw:
            there = self._blocks[path] = (raw, blocks_of(raw))
        return there[1]

    def file(self, path: RelPath, raw: bytes, read: Callable[[RelPath, bytes], Found]) -> Found:
        """Give what another file says by itself."""
        there = self._files.get(path)
        if there is None or there[0] != raw:
            there = self._files[path] = (raw, read(path, raw))
        return there[1]
