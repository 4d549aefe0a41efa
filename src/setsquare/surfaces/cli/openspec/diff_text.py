"""Writes for people how a change's deltas differ from the main specs."""

from __future__ import annotations

from setsquare.spec.openspec.diffing import BlockDiff, DeltaDiff
from setsquare.spec.openspec.showing import removed_blocks


def diffs_text(change: str, diffs: tuple[DeltaDiff, ...]) -> str:
    """Write all deltas: added, removed, renamed and then modified requirements of each capability."""
    told = [f"{diff.delta.capability}\n\n" + "\n\n".join(parts) + "\n" for diff in diffs if (parts := _parts(diff))]
    if not told:
        return f'No delta specs to diff for change "{change}".'
    return "Specifications Changed (diffs)\n\n" + "\n\n".join(told)


def _parts(diff: DeltaDiff) -> list[str]:
    """Write one capability's entries."""
    delta = diff.delta
    parts = [_entry(f"ADDED: {block.name}", block.raw) for block in delta.added]
    parts += [_entry(f"REMOVED: {name}", raw) for name, raw in removed_blocks(delta)]
    parts += [f"  RENAMED: {rename.source.name} → {rename.target.name}" for rename in delta.renamed if rename.source and rename.target]
    parts += [_modified(block.name, block.raw, found) for block, found in zip(delta.modified, diff.modified, strict=True)]
    return parts


def _modified(name: str, raw: str, found: BlockDiff) -> str:
    """Write a modified requirement: its diff, or all of it where there is nothing to compare with."""
    warning = f"⚠ {found.warning}\n" if found.warning else ""
    if found.text is None:
        return _entry(f"MODIFIED: {name}", warning + raw)
    return _entry(f"MODIFIED: {name}", warning + (found.text or "(no textual changes)"))


def _entry(title: str, body: str) -> str:
    return "\n".join([f"  {title}", *(f"    {line}" for line in body.split("\n"))])
