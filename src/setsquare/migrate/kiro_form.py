"""Splits a requirements document of Kiro into parts and writes its parts as OpenSpec's, line by line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from setsquare.migrate.openspec_form import MET, STATED, Block
from setsquare.migrate.parts import Part, PartKind, ending
from setsquare.migrate.steps import Scenario, scenario_of
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.markdown import scan
from setsquare.text.paths import RelPath
from setsquare.workspace.openspec.headers import statement
from setsquare.workspace.openspec.text import unfenced
from setsquare.workspace.requirements import read_requirements
from setsquare.workspace.spec import Criterion, Requirement

_HERE = RelPath("requirements.md")
_HEADING = LazyPattern(r"#{1,6}\s", 0)
_NUMBERED = LazyPattern(r"\d+\. ", 0)
_TITLE = LazyPattern(r"#\s+(.+)", 0)
_INTRODUCTION = LazyPattern(
    r"(?i)##\s+(?:\d+\.\s*)?(?:introduction|overview|purpose|summary|project description.*|简介|介绍|引言|概述|はじめに|概要|소개|개요|introducción|introdução|введение|giới thiệu|pendahuluan)\s*",
    0,
)
_SECTION = LazyPattern(r"(?i)##\s+Requirements\s*", 0)
_HIDING = LazyPattern(r"(?i)(#{1,6})\s+(Purpose|Requirements)\s*", 0)
_MAIN = "## Requirements"
_H2 = LazyPattern(r"##\s", 0)
_DEMAND = LazyPattern(r"\b(?:SHALL|MUST)\b", 0)


def split_requirements(text: str) -> tuple[Part, ...]:
    r"""Split a requirements document: head, requirements, rest; what stands between two requirements belongs to the second.

    >>> [
    ...     (part.kind.value, part.line)
    ...     for part in split_requirements("# Requirements Document\n\n### Requirement 1: A\n\n1. THE x SHALL y\n")
    ... ]
    [('head', 1), ('requirement', 3), ('tail', 6)]
    """
    raw = text.encode()
    found = sorted(read_requirements(scan(_HERE, raw)).requirements, key=lambda one: one.span.start)
    bounds = [0]
    ends: list[int] = []
    for one in found:
        if not ends:
            bounds.append(one.span.start)
        elif one.span.start < ends[-1]:
            continue
        else:
            bounds.append(ends[-1])
        ends.append(one.span.end)
    bounds += [ends[-1] if ends else len(raw), len(raw)]
    kinds = [PartKind.HEAD, *(PartKind.REQUIREMENT for _ in ends), PartKind.TAIL]
    return tuple(
        Part(kind, raw[first:last].decode(), raw.count(b"\n", 0, first) + 1)
        for kind, first, last in zip(kinds, bounds[:-1], bounds[1:], strict=True)
    )


def as_openspec(parts: Sequence[Part], name: str, *, section: str = "## Requirements") -> tuple[str, ...]:
    r"""Write the parts of Kiro's requirements as those of a capability's spec; `section` is the header above the requirements.

    >>> as_openspec(split_requirements("# Requirements Document\n\n## Introduction\nB.\n\n## Requirements\n"), "a")[0]
    '# a Specification\n\n## Purpose\nB.\n\n## Requirements\n'
    """
    found: list[str] = []
    names: Counter[str] = Counter()
    for part in parts:
        match part.kind:
            case PartKind.HEAD:
                found.append(_head(part.text, name, section))
            case PartKind.REQUIREMENT:
                block = read_requirement(part.text)
                names[block.name] += 1
                if names[block.name] > 1:
                    block = Block(f"{block.name} ({names[block.name]})", block.statement, block.scenarios)
                found.append(block_of(block, end=part.text))
            case PartKind.TAIL:
                found.append(part.text)
    return tuple(found)


def _head(text: str, name: str, section: str) -> str:
    """Write the head: its title, its introduction as the purpose, and the header of the requirements last."""
    lines = text.split("\n")
    shown = unfenced(text).split("\n")
    last = _section_line(shown)
    titled = purposed = False
    for at, line in enumerate(shown):
        if not titled and (title := _TITLE.fullmatch(line)):
            titled = True
            lines[at] = f"# {name} Specification" if title[1].strip() == "Requirements Document" else line
        elif not purposed and _INTRODUCTION.fullmatch(line):
            purposed = True
            lines[at] = "## Purpose"
        elif _SECTION.fullmatch(line):
            lines[at] = section if at == last else "## About the Requirements"
    for at, instead in renamed_headings(text, name, section):
        lines[at] = instead
    end = len(lines)
    if not purposed:
        at = end - 1 if last is None else last
        lines[at:at] = ["## Purpose", "", f"States what {name} is required to do, as agreed by the team that owns it.", ""]
    if last is None:
        while lines and not lines[-1].strip():
            lines.pop()
        lines += ["", section, "", ""]
    return "\n".join(lines)


def _section_line(shown: Sequence[str]) -> int | None:
    """Find the header of the requirements, which is the head's last one of level 2."""
    last = next((at for at in range(len(shown) - 1, -1, -1) if _H2.match(shown[at])), None)
    return last if last is not None and _SECTION.fullmatch(shown[last]) else None


def renamed_headings(head: str, name: str, section: str = _MAIN) -> tuple[tuple[int, str], ...]:
    r"""Find the headings, by index of their line, that would hide a section of a main spec, and how they are called there.

    OpenSpec takes the first heading of any level that is called *Requirements* or *Purpose* for that section.

    >>> renamed_headings("# Requirements\n\n## Purpose\nB.\n\n## Requirements\n", "a")
    ((0, '# a Requirements'),)
    """
    if section != _MAIN:
        return ()
    shown = unfenced(head).split("\n")
    last = _section_line(shown)
    purpose = next((at for at, line in enumerate(shown) if _INTRODUCTION.fullmatch(line)), len(shown))
    found: list[tuple[int, str]] = []
    for at, line in enumerate(shown):
        heading = _HIDING.fullmatch(line)
        if heading is None or at == last or (heading[2].lower() == "purpose" and at >= purpose):
            continue
        found.append((at, f"# {name} {heading[2]}" if heading[1] == "#" else f"{heading[1]} About the {heading[2]}"))
    return tuple(found)


def read_requirement(text: str) -> Block:
    r"""Read a requirement of Kiro: its title, the lines above its criteria, its criteria as scenarios.

    >>> read_requirement("### Requirement 1: A\n\nIt is.\n\n#### Acceptance Criteria\n\n1. WHEN b THEN c\n")
    Block(name='A', statement=('', 'It is.', ''), scenarios=(Scenario(name='b', lines=('- **WHEN** b', '- **THEN** c')),))
    """
    text = text[: len(text) - len(ending(text))]
    raw = text.encode()
    read = read_requirements(scan(_HERE, raw)).requirements
    lines = text.split("\n")
    if not read:
        return Block(lines[0].strip("# ") or "Untitled", tuple(line for line in lines[1:] if not _HEADING.match(line)), ())
    one = read[0]
    start = one.line - 1
    name = one.title.strip("# ") or f"Requirement {one.number}"
    return Block(name, _statement(lines, start + 1, one), _unique(tuple(scenario_of(_item(raw, criterion)) for criterion in one.criteria)))


def _statement(lines: Sequence[str], start: int, one: Requirement) -> tuple[str, ...]:
    """Give the lines between the heading and the first criterion without the heading of the criteria."""
    end = one.criteria[0].line - 1 if one.criteria else len(lines)
    found = list(lines[start:end])
    kept = [line for line in found if not _HEADING.match(line)]
    if one.criteria and len(kept) != len(found):
        while kept and not kept[-1].strip() and found and not found[-1].strip():
            kept.pop()
            found.pop()
    elif one.criteria:
        while kept and not kept[-1].strip():
            kept.pop()
        if kept and kept[-1].strip().startswith("**") and kept[-1].strip().rstrip(":").endswith("**"):
            kept.pop()
    if not any(line.strip() for line in kept):
        return ()
    return tuple(kept)


def _item(raw: bytes, criterion: Criterion) -> tuple[str, ...]:
    """Give a criterion's lines as they stand where it is a plain numbered item, else its text on one line."""
    lines = raw[criterion.span.start : criterion.span.end].decode("utf-8", "replace").rstrip("\n").split("\n")
    if _NUMBERED.match(lines[0]) and all(not line.strip() or line.startswith("   ") for line in lines[1:]):
        return tuple(lines)
    return (f"1. {criterion.text}",)


def _unique(scenarios: Sequence[Scenario]) -> tuple[Scenario, ...]:
    seen: Counter[str] = Counter()
    found: list[Scenario] = []
    for scenario in scenarios:
        seen[scenario.name] += 1
        name = scenario.name if seen[scenario.name] == 1 else f"{scenario.name} ({seen[scenario.name]})"
        found.append(Scenario(name, scenario.lines))
    return tuple(found)


def block_of(block: Block, *, end: str = "\n") -> str:
    r"""Write a requirement of Kiro as a block of OpenSpec; `end` is a text that ends as it shall.

    >>> block_of(Block("A", (), (Scenario("b", ("- THE x SHALL y",)),)))
    '### Requirement: A\nThe system SHALL meet each scenario below.\n\n#### Scenario: b\n- THE x SHALL y\n'
    """
    lines = [f"### Requirement: {block.name}", *block.statement]
    if not _DEMAND.search(statement("\n".join(block.statement))):
        lines += [MET, ""]
    for scenario in block.scenarios or (STATED,):
        lines += [f"#### Scenario: {scenario.name}", *scenario.lines, ""]
    return "\n".join(lines).rstrip("\n") + ending(end)
