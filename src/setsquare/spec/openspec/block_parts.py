"""Cuts a requirement's block into what stands above its scenarios and each scenario, so that parts can be changed alone."""

from __future__ import annotations

from msgspec import Struct

from setsquare.workspace.openspec.blocks import read_blocks
from setsquare.workspace.openspec.headers import headed
from setsquare.workspace.openspec.model import RequirementBlock
from setsquare.workspace.openspec.text import SPACE


class Part(Struct, frozen=True):
    """One part: the text without white space at its end, and that white space. `line` is its first in the block, from 1; the head has no name."""

    name: str
    text: str
    gap: str
    line: int


def block_of(raw: str) -> RequirementBlock | None:
    r"""Read one block from its text.

    >>> block_of("### Requirement: A\nIt SHALL.\n#### Scenario: B\n- c").scenarios[0].name
    'B'
    """
    found = read_blocks(headed(raw), raw, len(raw))
    return found[0] if found else None


def parts_of(block: RequirementBlock) -> tuple[Part, tuple[Part, ...]]:
    r"""Cut a block: its head, header line included, and its scenarios.

    >>> head, scenarios = parts_of(block_of("### Requirement: A\nIt SHALL.\n\n#### Scenario: B\n- c"))
    >>> head.text, head.gap, scenarios[0].text, scenarios[0].line
    ('### Requirement: A\nIt SHALL.', '\n\n', '#### Scenario: B\n- c', 4)
    """
    lines = block.raw.split("\n")
    starts = [scenario.line - block.line for scenario in block.scenarios]
    names = [scenario.name for scenario in block.scenarios]
    first, *scenarios = (
        _part(name, lines[start:end], start + 1) for name, start, end in zip(["", *names], [0, *starts], [*starts, len(lines)], strict=True)
    )
    return first, tuple(scenarios)


def joined_parts(head: Part, scenarios: list[Part]) -> str:
    r"""Write a block of its parts; where a part that ended a block does not do so any more, it gets the space that the others have.

    >>> head, (one,) = parts_of(block_of("### Requirement: A\nIt SHALL.\n\n#### Scenario: B\n- c"))
    >>> joined_parts(head, [one, one]).count("\n\n")
    2
    """
    usual = next((part.gap for part in (*scenarios[:-1], head) if part.gap.count("\n") > 1), "\n")
    parts = [head, *scenarios]
    return "".join(part.text + (part.gap if part.gap.count("\n") > 1 else usual) for part in parts).rstrip(SPACE)


def _part(name: str, lines: list[str], line: int) -> Part:
    text = "\n".join(lines)
    kept = text.rstrip(SPACE)
    return Part(name, kept, f"{text[len(kept) :]}\n", line)
