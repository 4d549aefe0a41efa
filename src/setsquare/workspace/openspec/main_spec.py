"""Reads a main spec: what a capability is now.

Source: the block reader of OpenSpec 1.13.2, observed from outside: requirements are the `### Requirement:` headers below `## Requirements`.
"""

from __future__ import annotations

from collections.abc import Sequence

from setsquare.text.paths import RelPath
from setsquare.workspace.openspec.blocks import read_blocks
from setsquare.workspace.openspec.headers import Headed, headed, is_delta_header, requirement_name, section_text
from setsquare.workspace.openspec.model import MainSpec
from setsquare.workspace.openspec.text import SPACE

_SECTION_LEVEL = 2
_REQUIREMENT_LEVEL = 3


def read_main_spec(id: str, path: RelPath, text: str) -> MainSpec:  # noqa: A002  (the model's name)
    r"""Read a main spec; a text without the sections gives a spec without requirements.

    >>> spec = read_main_spec("a", RelPath("openspec/specs/a/spec.md"), "## Requirements\n### Requirement: B\nIt SHALL.\n#### C\n- d\n")
    >>> [(block.name, block.line, block.statement, [scenario.name for scenario in block.scenarios]) for block in spec.requirements]
    [('B', 2, 'It SHALL.', ['C'])]
    """
    headers = headed(text)
    purpose_at = _first(headers, "purpose")
    begin = _first(headers, "requirements")
    title = next((header.rest.strip(SPACE) for header in headers if header.level == 1), "")
    purpose = None if purpose_at is None else section_text(headers, purpose_at)
    purpose_line = 0 if purpose_at is None else headers[purpose_at].line
    if begin is None:
        misplaced = _has_misplaced(headers)
        return MainSpec(
            id=id, path=path, text=text, title=title, purpose=purpose, purpose_line=purpose_line, has_misplaced=misplaced, before=text
        )
    stop = next((at for at in range(begin + 1, len(headers)) if headers[at].level == _SECTION_LEVEL), len(headers))
    end = headers[stop].start if stop < len(headers) else len(text)
    header = headers[begin]
    body_start = header.start + header.level + len(header.rest)
    blocks = read_blocks(headers[begin + 1 : stop], text, end)
    first = next((each.start for each in headers[begin + 1 : stop] if blocks and each.line == blocks[0].line), end)
    return MainSpec(
        id=id,
        path=path,
        text=text,
        title=title,
        purpose=purpose,
        purpose_line=purpose_line,
        has_requirements=True,
        has_misplaced=_has_misplaced([*headers[:begin], *headers[stop:]]),
        before=text[:body_start],
        preamble=text[body_start:first].strip("\n"),
        requirements=tuple(blocks),
        after=text[end:],
    )


def _first(headers: Sequence[Headed], title: str) -> int | None:
    return next(
        (at for at, header in enumerate(headers) if header.level == _SECTION_LEVEL and header.rest.strip(SPACE).lower() == title), None
    )


def _has_misplaced(headers: Sequence[Headed]) -> bool:
    """Look among the headers outside of the section for requirements and delta headers."""
    return any(
        (header.level == _REQUIREMENT_LEVEL and requirement_name(header.rest) is not None)
        or (header.level == _SECTION_LEVEL and is_delta_header(header.rest))
        for header in headers
    )
