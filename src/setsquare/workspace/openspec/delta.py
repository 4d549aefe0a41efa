"""Reads a delta spec: what a change does to one capability.

Source: the delta reader of OpenSpec 1.13.2, observed from outside.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.paths import RelPath
from setsquare.workspace.openspec.blocks import read_blocks
from setsquare.workspace.openspec.headers import Headed, headed, requirement_name, section_text
from setsquare.workspace.openspec.model import Delta, NamedLine, Operation, Rename, RequirementBlock
from setsquare.workspace.openspec.text import INLINE_SPACE, SPACE, unfenced, without_closing_run

_SECTION_LEVEL = 2
_REQUIREMENT_LEVEL = 3
_OPERATIONS = {f"{operation.value.lower()} requirements": operation for operation in Operation}
_WS = f"[{INLINE_SPACE}]"
# Possessive, so that a line of a million blanks is read once.
_REMOVED = LazyPattern(rf"(?m)^{_WS}*+[-*+]{_WS}*+`?###{_WS}*+Requirement:{_WS}*+([^\n]+)$")
_RENAME = LazyPattern(rf"(?m)^{_WS}*+(?:[-*+]{_WS}*+)?(FROM|TO):{_WS}*+`?###{_WS}*+Requirement:{_WS}*+([^\n]+)$")


class _Section(Struct, frozen=True):
    """One `##` section of a delta: its title as written, its headers without its own, and where its text is; `line` is the header's."""

    title: str
    headers: Sequence[Headed]
    start: int
    end: int
    line: int
    operation: Operation | None


def read_delta(capability: str, path: RelPath, text: str) -> Delta:
    r"""Read a delta; what stands in no delta section is an orphan.

    >>> delta = read_delta(
    ...     "a", RelPath("x"), "## ADDED Requirements\n### Requirement: B\nIt SHALL.\n## REMOVED Requirements\n- `### Requirement: C`\n"
    ... )
    >>> [block.name for block in delta.added], delta.removed
    (['B'], (NamedLine(name='C', line=5, under=''),))
    """
    headers = headed(text)
    shown = unfenced(text)
    above, sections = _sections(headers, text)
    blocks: dict[Operation, list[RequirementBlock]] = {Operation.ADDED: [], Operation.MODIFIED: []}
    removed: list[NamedLine] = []
    renamed: list[Rename] = []
    skipped: list[NamedLine] = []
    orphans = _orphans(above, "")
    for section in sections:
        match section.operation:
            case None:
                orphans += _orphans(section.headers, section.title)
            case Operation.ADDED | Operation.MODIFIED:
                blocks[section.operation] += read_blocks(section.headers, text, section.end)
                skipped += _skipped(section)
            case Operation.REMOVED:
                removed += _removed(section, shown)
            case Operation.RENAMED:
                renamed += _renamed(section, shown)
    purpose = next(
        (at for at, header in enumerate(headers) if header.level == _SECTION_LEVEL and header.rest.strip(SPACE).lower() == "purpose"), None
    )
    return Delta(
        capability=capability,
        path=path,
        text=text,
        purpose=None if purpose is None else section_text(headers, purpose),
        sections=tuple(dict.fromkeys(section.operation for section in sections if section.operation is not None)),
        added=tuple(blocks[Operation.ADDED]),
        modified=tuple(blocks[Operation.MODIFIED]),
        removed=tuple(removed),
        renamed=tuple(renamed),
        orphans=tuple(orphans),
        skipped=tuple(skipped),
    )


def _sections(headers: Sequence[Headed], text: str) -> tuple[Sequence[Headed], list[_Section]]:
    """Cut the headers at those of level 2: what is above the first, and the sections."""
    begins = [at for at, header in enumerate(headers) if header.level == _SECTION_LEVEL and len(header.rest) > 1]
    if not begins:
        return headers, []
    found: list[_Section] = []
    titles: dict[Operation, str] = {}
    for begin, stop in zip(begins, [*begins[1:], len(headers)], strict=True):
        header = headers[begin]
        title = header.rest.strip(SPACE)
        operation = _OPERATIONS.get(title.lower())
        # A section that is repeated counts as one with the first of its name, title included.
        title = title if operation is None else titles.setdefault(operation, title)
        end = headers[stop].start if stop < len(headers) else len(text)
        found.append(_Section(title, headers[begin + 1 : stop], header.start, end, header.line, operation))
    return headers[: begins[0]], found


def _orphans(headers: Sequence[Headed], title: str) -> list[NamedLine]:
    return [
        NamedLine(name, header.line, title)
        for header in headers
        if header.level == _REQUIREMENT_LEVEL and (name := requirement_name(header.rest)) is not None
    ]


def _skipped(section: _Section) -> list[NamedLine]:
    return [
        NamedLine(header.rest.strip(SPACE), header.line, section.title)
        for header in section.headers
        if header.level == _REQUIREMENT_LEVEL and len(header.rest) > 1 and requirement_name(header.rest) is None
    ]


def _removed(section: _Section, shown: str) -> list[NamedLine]:
    """List the names of a REMOVED section: headers and bullets, in the order of the file."""
    found = _orphans(section.headers, "")
    bullets = [NamedLine(_quoted_name(said[0]), line) for line, said in _lines(_REMOVED, section, shown)]
    return sorted((*found, *bullets), key=lambda named: named.line) if bullets else found


def _renamed(section: _Section, shown: str) -> list[Rename]:
    """Pair each FROM with the TO that follows it; what has no other half stays alone."""
    found: list[Rename] = []
    source: NamedLine | None = None
    for line, (half, said) in _lines(_RENAME, section, shown):
        named = NamedLine(_quoted_name(said), line)
        if half == "TO":
            found.append(Rename(source, named))
            source = None
        else:
            if source is not None:
                found.append(Rename(source, None))
            source = named
    if source is not None:
        found.append(Rename(source, None))
    return found


def _lines(pattern: LazyPattern, section: _Section, shown: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Find the lines of a section that match, each with its number."""
    line, seen = section.line, section.start
    for one in pattern.finditer(shown, section.start, section.end):
        line += shown.count("\n", seen, one.start())
        seen = one.start()
        yield line, one.groups()


def _quoted_name(said: str) -> str:
    """Cut the backtick that closes a quoted header, and a closing run."""
    said = said.rstrip(SPACE)
    return without_closing_run(said[:-1] if said.endswith("`") and len(said) > 1 else said)
