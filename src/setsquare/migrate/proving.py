"""Converts there and back in memory and compares: the proof that nothing was lost on the way."""

from __future__ import annotations

import enum

from msgspec import Struct

from setsquare.migrate.converted import Converted, Form, Source
from setsquare.migrate.kiro_form import read_requirement, split_requirements
from setsquare.migrate.kiro_to_openspec import kiro_to_openspec
from setsquare.migrate.openspec_form import read_block, split_delta
from setsquare.migrate.openspec_to_kiro import REQUIREMENTS, openspec_to_kiro
from setsquare.migrate.parts import PartKind
from setsquare.text.line_diff import unified
from setsquare.workspace.openspec.text import normalised


class Verdict(enum.Enum):
    """How two versions of a file compare: the same bytes, the same requirements and criteria in other marks or spacing, or different."""

    IDENTICAL = "identical"
    EQUAL = "equal"
    DIFFERENT = "different"


class Compared(Struct, frozen=True, kw_only=True):
    """One file there and back: with what was carried over, and how it would be from the new form alone."""

    file: str
    verdict: Verdict
    alone: Verdict
    diff: str = ""


# req: openspec-interop/4.2
def proof(converted: Converted) -> tuple[Compared, ...]:
    """Convert back and compare every file of the source."""
    back = converted_back(converted.as_source(converted.source.name))
    found = []
    for name, raw in sorted(converted.source.files.items()):
        other = back.files.get(name)
        verdict = _compared(name, raw, other)
        alone = converted.alone.get(name)
        diff = "" if verdict is Verdict.IDENTICAL else unified(normalised(raw), normalised(other or b""))
        found.append(
            Compared(file=name, verdict=verdict, alone=verdict if alone is None else _compared(name, raw, alone.encode()), diff=diff)
        )
    found += [
        Compared(file=name, verdict=Verdict.DIFFERENT, alone=Verdict.DIFFERENT, diff=unified("", normalised(back.files[name])))
        for name in sorted(set(back.files) - set(converted.source.files))
    ]
    return tuple(found)


def converted_back(source: Source) -> Converted:
    """Convert a result to the form that it came from."""
    folder = source.folder
    return kiro_to_openspec(source, folder) if source.form is Form.KIRO else openspec_to_kiro(source, folder)


def _compared(name: str, raw: bytes, other: bytes | None) -> Verdict:
    if other is None:
        return Verdict.DIFFERENT
    if raw == other:
        return Verdict.IDENTICAL
    return Verdict.EQUAL if _meaning(name, normalised(raw)) == _meaning(name, normalised(other)) else Verdict.DIFFERENT


def _meaning(name: str, text: str) -> object:
    """Give the requirements of a document by their words."""
    if name == REQUIREMENTS:
        blocks = [read_requirement(part.text) for part in split_requirements(text) if part.kind is PartKind.REQUIREMENT]
        return [(block.name, [" ".join(" ".join(one.lines).split()) for one in block.scenarios]) for block in blocks]
    found = [
        read_block(part.text)
        for part in split_delta(text.replace("## Requirements", "## ADDED Requirements"))
        if part.kind is PartKind.REQUIREMENT
    ]
    return [
        (
            block.name,
            " ".join(" ".join(block.statement).split()),
            [(one.name, " ".join(" ".join(one.lines).split())) for one in block.scenarios],
        )
        for block in found
    ]
