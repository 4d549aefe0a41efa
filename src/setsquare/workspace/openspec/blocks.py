"""Reads requirement blocks: a `### Requirement:` header with everything up to the next one.

Source: the block reader of OpenSpec 1.13.2, observed from outside.
"""

from __future__ import annotations

from collections.abc import Sequence

from setsquare.workspace.openspec.headers import Headed, requirement_name, scenario_name, section_text, statement
from setsquare.workspace.openspec.model import RequirementBlock, Scenario
from setsquare.workspace.openspec.text import SPACE

_SECTION_LEVEL = 2
_REQUIREMENT_LEVEL = 3
_SCENARIO_LEVEL = 4


def read_blocks(headers: Sequence[Headed], text: str, end: int) -> list[RequirementBlock]:
    r"""Read the blocks among the headers of one section of a text; the last one ends at position `end`.

    >>> from setsquare.workspace.openspec.headers import headed
    >>> text = "### Requirement: A\nIt SHALL.\n#### Scenario: B\n- c\n\n"
    >>> [(block.name, block.raw) for block in read_blocks(headed(text), text, len(text))]
    [('A', '### Requirement: A\nIt SHALL.\n#### Scenario: B\n- c')]
    """
    # A line of two signs and a blank is no section, and ends a block all the same.
    edges = [
        (at, requirement_name(header.rest) if header.level == _REQUIREMENT_LEVEL else None)
        for at, header in enumerate(headers)
        if header.level == _SECTION_LEVEL or (header.level == _REQUIREMENT_LEVEL and requirement_name(header.rest) is not None)
    ]
    blocks: list[RequirementBlock] = []
    for number, (at, name) in enumerate(edges):
        if name is not None:
            stop = edges[number + 1][0] if number + 1 < len(edges) else len(headers)
            blocks.append(_block(headers[at:stop], name, text, headers[stop].start if stop < len(headers) else end))
    return blocks


def _block(headers: Sequence[Headed], name: str, text: str, end: int) -> RequirementBlock:
    if len(headers) > 1 and not (headers[-1].rest + headers[-1].body).strip(SPACE):
        headers = _without_bare_end(headers)
    head = headers[0]
    return RequirementBlock(
        name=name,
        line=head.line,
        raw=text[head.start : end].rstrip(SPACE),
        statement=statement(head.body),
        scenarios=tuple(
            Scenario(scenario_name(header.rest), header.line, section_text(headers, at))
            for at, header in enumerate(headers)
            if header.level == _SCENARIO_LEVEL
        ),
    )


def _without_bare_end(headers: Sequence[Headed]) -> Sequence[Headed]:
    """Count a header without a title at the very end as text: with the block's white space its blank is cut, and it is no header any more."""
    before, bare = headers[-2], headers[-1]
    merged = Headed(before.level, before.rest, f"{before.body}\n{'#' * bare.level}", before.line, before.start)
    return (*headers[:-2], merged)
