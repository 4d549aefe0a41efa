"""The code of one folder of Terraform files, to find in it the block and the argument that a place stands in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from setsquare.powers.iam.infrastructure.hcl import Attribute, Block, NotHcl, blocks_of
from setsquare.powers.iam.infrastructure.statement_editing import Refusal
from setsquare.text.paths import RelPath, parent


class Standing(Struct, frozen=True):
    """A place where a name stands: the block that holds it, at the top of a file, and the argument of that block."""

    path: RelPath
    at: int
    block: Block
    attribute: Attribute | None

    @property
    def kind(self) -> str:
        """Give the type of a resource; empty for another block."""
        return self.block.labels[0] if self.block.type == "resource" and self.block.labels else ""


class FolderCode(Struct, frozen=True):
    """The files of a folder with their blocks."""

    raws: Mapping[RelPath, bytes]
    blocks: Mapping[RelPath, tuple[Block, ...]]

    def each(self) -> Iterator[tuple[RelPath, Block]]:
        """Give every block with its file."""
        for path, blocks in self.blocks.items():
            for block in blocks:
                yield path, block

    def standing(self, path: RelPath, at: int) -> Standing:
        """Find what a place stands in.

        Raises:
            Refusal: it stands outside of every block.
        """
        block = next((each for each in self.blocks[path] if each.span.start <= at < each.span.end), None)
        if block is None:
            raise Refusal(at, f"{path}:{self.line(path, at)} names it outside of a block")
        return Standing(path, at, block, next((each for each in block.attributes if each.span.start <= at < each.span.end), None))

    def line(self, path: RelPath, at: int) -> int:
        """Give the line of a place, from 1."""
        return self.raws[path].count(b"\n", 0, at) + 1

    def refused(self, place: Standing) -> Refusal:
        """Say that a place names what would go."""
        labels = ".".join(place.block.labels)
        name = labels if place.kind else f"{place.block.type}.{labels}".rstrip(".")
        return Refusal(place.at, f"{place.path}:{self.line(place.path, place.at)} ({name}) names it too")


def code_of(files: Mapping[RelPath, bytes], folder: str) -> FolderCode:
    """Read the code of a folder.

    Raises:
        Refusal: a file of it cannot be read, so that nobody knows what it names.
    """
    raws = {path: raw for path, raw in sorted(files.items()) if path.endswith(".tf") and parent(path) == folder}
    blocks: dict[RelPath, tuple[Block, ...]] = {}
    for path, raw in raws.items():
        try:
            blocks[path] = blocks_of(raw)
        except NotHcl as error:
            raise Refusal(error.start, f"{path} cannot be read ({error.reason}), and it may name the policy") from None
    return FolderCode(raws, blocks)
