"""Splits a main spec of OpenSpec into parts and writes its parts as Kiro's, line by line.

Source: the on-disk format of OpenSpec 1.13.2.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from setsquare.migrate.parts import Part, PartKind, ending
from setsquare.migrate.steps import Scenario, criterion_of, rewritten
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.workspace.openspec.headers import requirement_name, scenario_name
from setsquare.workspace.openspec.text import unfenced

_SECTION = LazyPattern(r"(?i)##\s+(?:added\s+)?requirements\s*", 0)
_KEEPS = LazyPattern(r"(?i)##\s+(?:added|modified) requirements\s*", 0)
_H2 = LazyPattern(r"##\s", 0)
_H3 = LazyPattern(r"###(?!#)", 0)
_H4 = LazyPattern(r"####\s", 0)
_TITLE = LazyPattern(r"#\s+(.+)", 0)
_PURPOSE = LazyPattern(r"(?i)##\s+purpose\s*", 0)
MET = "The system SHALL meet each scenario below."
"""Stands where OpenSpec asks for a demand and the other form has demands in its criteria alone."""

STATED = Scenario("As written", ("- What the text above says holds.",))
"""Stands where OpenSpec asks for a scenario and the other form has a requirement without criteria."""


class Block(Struct, frozen=True):
    """A requirement: its name, the lines of its statement as written, its scenarios."""

    name: str
    statement: tuple[str, ...]
    scenarios: tuple[Scenario, ...]


def split_spec(text: str) -> tuple[Part, ...]:
    r"""Split a main spec, or a delta that only adds: head, requirements, rest.

    >>> [(part.kind.value, part.line) for part in split_spec("## Requirements\n### Requirement: A\n### Requirement: B\n## Notes\n")]
    [('head', 1), ('requirement', 2), ('requirement', 3), ('tail', 4)]
    """
    lines = text.split("\n")
    shown = unfenced(text).split("\n")
    section = next((at for at, line in enumerate(shown) if _SECTION.fullmatch(line)), None)
    if section is None:
        return _joined(lines, [], len(lines))
    end = next((at for at in range(section + 1, len(shown)) if _H2.match(shown[at])), len(shown))
    starts = [at for at in range(section + 1, end) if _H3.match(shown[at]) and requirement_name(shown[at][3:]) is not None]
    return _joined(lines, starts, end)


def _joined(lines: Sequence[str], starts: Sequence[int], end: int) -> tuple[Part, ...]:
    """Make parts of the lines; a part has the line end that parts it from the next."""
    bounds = [0, *starts, end if starts else len(lines), len(lines)]
    kinds = [PartKind.HEAD, *(PartKind.REQUIREMENT for _ in starts), PartKind.TAIL]
    whole = [f"{line}\n" for line in lines[:-1]] + [lines[-1]]
    return tuple(
        Part(kind, "".join(whole[first:last]), first + 1) for kind, first, last in zip(kinds, bounds[:-1], bounds[1:], strict=True)
    )


def split_delta(text: str) -> tuple[Part, ...]:
    r"""Split a delta: what it adds or modifies, and before, between and after it what stands there.

    >>> [(part.kind.value, part.line) for part in split_delta("## ADDED Requirements\n### Requirement: A\nx\n## REMOVED Requirements\n")]
    [('head', 1), ('requirement', 2), ('tail', 4)]
    """
    lines = text.split("\n")
    shown = unfenced(text).split("\n")
    starts: list[tuple[int, PartKind]] = [(0, PartKind.HEAD)]
    is_inside = False
    for at, line in enumerate(shown):
        if _H2.match(line):
            if starts[-1][1] is PartKind.REQUIREMENT:
                starts.append((at, PartKind.TAIL))
            is_inside = _KEEPS.fullmatch(line) is not None
        elif is_inside and _H3.match(line) and requirement_name(line[3:]) is not None:
            starts.append((at, PartKind.REQUIREMENT))
    whole = [f"{line}\n" for line in lines[:-1]] + [lines[-1]]
    ends = [*(at for at, _ in starts), len(lines)][1:]
    return tuple(Part(kind, "".join(whole[at:end]), at + 1) for (at, kind), end in zip(starts, ends, strict=True))


def read_block(text: str) -> Block:
    r"""Read a requirement.

    >>> read_block("### Requirement: A\nIt SHALL.\n\n#### Scenario: B\n- **WHEN** c\n").scenarios
    (Scenario(name='B', lines=('- **WHEN** c',)),)
    """
    text = text[: len(text) - len(ending(text))]
    lines, shown = text.split("\n"), unfenced(text).split("\n")
    heads = [at for at, line in enumerate(shown) if at and _H4.match(line)]
    first = heads[0] if heads else len(lines)
    scenarios = tuple(
        Scenario(scenario_name(lines[at][4:]), _trimmed(lines[at + 1 : end]))
        for at, end in zip(heads, [*heads, len(lines)][1:], strict=True)
    )
    return Block(requirement_name(lines[0].removeprefix("###")) or "", tuple(lines[1:first]), scenarios)


def _trimmed(lines: Sequence[str]) -> tuple[str, ...]:
    first, last = 0, len(lines)
    while first < last and not lines[first].strip():
        first += 1
    while last > first and not lines[last - 1].strip():
        last -= 1
    return tuple(lines[first:last])


def as_kiro(parts: Sequence[Part], name: str, *, rewrites: bool = False) -> tuple[str, ...]:
    r"""Write the parts of a capability's spec as those of Kiro's requirements.

    >>> as_kiro(split_spec("# a Specification\n## Purpose\nB.\n## Requirements\n"), "a")[0]
    '# Requirements Document\n## Introduction\nB.\n## Requirements\n'
    """
    found: list[str] = []
    for part in parts:
        match part.kind:
            case PartKind.HEAD:
                found.append(_head(part.text, name))
            case PartKind.REQUIREMENT:
                found.append(requirement_of(read_block(part.text), len(found), rewrites=rewrites, end=part.text))
            case PartKind.TAIL:
                found.append(part.text)
    return tuple(found)


def _head(text: str, name: str) -> str:
    lines = text.split("\n")
    titled = False
    for at, line in enumerate(unfenced(text).split("\n")):
        if not titled and (title := _TITLE.fullmatch(line)):
            titled = True
            lines[at] = "# Requirements Document" if title[1].strip() == f"{name} Specification" else line
        elif _PURPOSE.fullmatch(line):
            lines[at] = "## Introduction"
        elif _SECTION.fullmatch(line):
            lines[at] = "## Requirements"
    written = "\n".join(lines)
    return written if titled or not written.strip() else f"# Requirements Document\n\n{written}"


def requirement_of(block: Block, number: int, *, rewrites: bool = False, end: str = "\n", notes: Sequence[str] = ()) -> str:
    """Write a requirement of OpenSpec as one of Kiro; `notes` are lines for its reader, `end` a text that ends as it shall."""
    statement = list(block.statement)
    if MET in statement:
        at = statement.index(MET)
        del statement[at : at + 2]
    lines = [f"### Requirement {number}" if block.name == f"Requirement {number}" else f"### Requirement {number}: {block.name}"]
    lines += [*notes, *(statement or [""])]
    if block.scenarios and block.scenarios != (STATED,):
        lines += ["#### Acceptance Criteria", ""]
        for ordinal, scenario in enumerate(block.scenarios, 1):
            steps = rewritten(scenario.lines) if rewrites else scenario.lines
            lines += criterion_of(Scenario(scenario.name, steps), ordinal)
    return "\n".join(lines).rstrip("\n") + ending(end)
