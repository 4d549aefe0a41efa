"""Compares a delta with the main spec that it changes, requirement by requirement.

Source: `openspec show --diff` 1.13.2, observed from outside.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from setsquare.text.line_diff import unified
from setsquare.text.paths import RelPath
from setsquare.workspace.openspec.main_spec import read_main_spec
from setsquare.workspace.openspec.model import Delta, RequirementBlock


class BlockDiff(Struct, frozen=True):
    """How a modified requirement differs: `text` is the diff, `None` where there is nothing to compare with; `warning` may be empty."""

    text: str | None
    warning: str = ""


class DeltaDiff(Struct, frozen=True):
    """A delta and the diffs of its modified requirements, in their order."""

    delta: Delta
    modified: tuple[BlockDiff, ...]


def diffs_of(delta: Delta, main_text: str | None) -> DeltaDiff:
    """Compare a delta with its main spec, `None` where there is none."""
    if main_text is None:
        where = f"No main spec at openspec/specs/{delta.capability}/spec.md"
        told = (BlockDiff(None, f'{where}, so MODIFIED requirement "{block.name}" has nothing to diff against') for block in delta.modified)
        return DeltaDiff(delta, tuple(told))
    main = read_main_spec(delta.capability, RelPath(f"openspec/specs/{delta.capability}/spec.md"), main_text)
    blocks = {block.name: block for block in main.requirements}
    before = {rename.target.name: rename.source.name for rename in delta.renamed if rename.source and rename.target}
    return DeltaDiff(delta, tuple(_block_diff(block, blocks, before, delta.capability) for block in delta.modified))


def folded(name: str) -> str:
    """Write a name without what a near miss differs in: case and white space.

    >>> folded("Log  In")
    'log in'
    """
    return " ".join(name.split()).lower()


def _block_diff(block: RequirementBlock, blocks: Mapping[str, RequirementBlock], before: Mapping[str, str], capability: str) -> BlockDiff:
    """Compare one requirement with what it was, under its old name where the delta renames it."""
    old = blocks.get(block.name) or blocks.get(before.get(block.name, ""))
    if old is not None:
        return BlockDiff(unified(old.raw, block.raw).rstrip())
    near = next((other for name, other in blocks.items() if folded(name) == folded(block.name)), None)
    if near is None:
        return BlockDiff(None, f'No matching main requirement found for "{block.name}" in {capability}')
    told = (
        f'Header differs from the main spec\'s "{near.name}" only in case or spacing; archive matches names exactly, '
        "so reconcile them before archiving"
    )
    return BlockDiff(unified(near.raw, block.raw).rstrip(), told)
