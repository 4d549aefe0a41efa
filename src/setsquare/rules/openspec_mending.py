"""Finds the edit that mends what OpenSpec words a hint for: a name as the main spec spells it, a header by its new name, a keyword in capitals."""

from __future__ import annotations

import re

from msgspec import Struct

from setsquare.rules.finding import Fix
from setsquare.spec.openspec.issue import Issue
from setsquare.spec.openspec.merging import folded
from setsquare.text.document import Document
from setsquare.text.span import Edit, Span
from setsquare.workspace.openspec.model import Delta, MainSpec, RequirementBlock

_NEAR = re.compile(
    r'(?:REMOVED|RENAMED) failed for header "### Requirement: (.+)" - (?:source )?not found, but "### Requirement: (.+)" exists'
)
_MISSING = re.compile(r'MODIFIED failed for header "### Requirement: (.+)" - not found')
_OLD_NAME = re.compile(r'MODIFIED references old name from RENAMED\. Use new header for "(.+)"')
_SMALL = re.compile(rb"(?i)\b(?:shall|must)\b")
_LEVEL = re.compile(rb"[ ]{0,3}(#{1,3}|#{5,6})[ \t]+Scenario:[ \t]*\S")
_FOUR = b"####"


class Mend(Struct, frozen=True):
    """A fix, and the place that it mends."""

    span: Span
    fix: Fix


def mend(code: str, issue: Issue, document: Document, *, delta: Delta | None = None, main: MainSpec | None = None) -> Mend | None:
    """Give the fix of an issue in a main spec or a delta; `None` where only its writer knows what was meant."""
    match code:
        case "OSP002":
            return _scenario_level(issue, document, delta, main)
        case "OSP006":
            return _keyword(issue, document, delta, main)
        case "OSP011" if delta is not None:
            return _new_name(issue, document, delta)
        case "OSP013" if delta is not None:
            return _exact_name(issue, document, delta, main)
        case _:
            return None


def line_span(document: Document, line: int) -> Span:
    r"""Address a line, counted from 1, without its end and the white space around it; an empty place where there is none.

    >>> from setsquare.text.markdown import scan
    >>> from setsquare.text.paths import RelPath
    >>> line_span(scan(RelPath("a.md"), b"# A\n\n  b \n"), 3)
    Span(start=7, end=8)
    """
    raw = document.render()
    at = 0
    for _ in range(max(line, 1) - 1):
        after = raw.find(b"\n", at)
        if after < 0:
            return Span(len(raw), len(raw))
        at = after + 1
    end = raw.find(b"\n", at)
    text = raw[at : len(raw) if end < 0 else end]
    start = at + len(text) - len(text.lstrip())
    return Span(start, max(start, at + len(text.rstrip())))


def _exact_name(issue: Issue, document: Document, delta: Delta, main: MainSpec | None) -> Mend | None:
    """Spell a name as the main spec does where the two differ only in case or spacing."""
    near = _NEAR.search(issue.message)
    if near is not None:
        return _renamed(document, _line_of(delta, near[1]), near[1], near[2])
    missing = _MISSING.search(issue.message)
    known = [block.name for block in main.requirements] if main is not None else []
    meant = [name for name in known if missing is not None and folded(name) == folded(missing[1])]
    block = next((block for block in delta.modified if missing is not None and block.name == missing[1]), None)
    return _renamed(document, block.line, block.name, meant[0]) if block is not None and len(meant) == 1 else None


def _new_name(issue: Issue, document: Document, delta: Delta) -> Mend | None:
    """Call a modified requirement by the name that the change gives it."""
    said = _OLD_NAME.search(issue.message)
    old = next((one.source.name for one in delta.renamed if said and one.source and one.target and one.target.name == said[1]), None)
    block = next((block for block in delta.modified if block.name == old), None)
    return _renamed(document, block.line, block.name, said[1]) if said is not None and block is not None else None


def _line_of(delta: Delta, name: str) -> int:
    named = (*delta.removed, *(one.source for one in delta.renamed if one.source is not None))
    return next((one.line for one in named if one.name == name), 0)


def _renamed(document: Document, line: int, old: str, new: str) -> Mend | None:
    """Put a name in the place of another one in a line."""
    span = line_span(document, line)
    at = document.render()[span.start : span.end].rfind(old.encode())
    if not line or at < 0:
        return None
    place = Span(span.start + at, span.start + at + len(old.encode()))
    return Mend(span, Fix(title=f'write "{new}"', edits=(Edit(place, new.encode()),), is_safe=True))


def _keyword(issue: Issue, document: Document, delta: Delta | None, main: MainSpec | None) -> Mend | None:
    """Write the keyword in capitals where the requirement says it once in small letters."""
    block = _block(issue, delta, main)
    if block is None:
        return None
    span = _lines(document, block.line, block.raw.count("\n") + 1)
    text = document.render()[span.start : span.end]
    head = text.find(b"\n") + 1
    end = next((found.start() for found in re.finditer(rb"(?m)^[ ]{0,3}#{1,6}[ \t]", text[head:])), len(text) - head)
    found = list(_SMALL.finditer(text, head, head + end)) if head else []
    if len(found) != 1 or b"```" in text[head : head + end] or b"~~~" in text[head : head + end]:
        return None
    place = Span(span.start + found[0].start(), span.start + found[0].end())
    word = found[0][0].upper()
    return Mend(place, Fix(title=f"write {word.decode()}", edits=(Edit(place, word),), is_safe=True))


def _scenario_level(issue: Issue, document: Document, delta: Delta | None, main: MainSpec | None) -> Mend | None:
    """Give the headings of scenarios level 4; not safe, for what was text until then becomes a scenario."""
    block = _block(issue, delta, main)
    if block is None:
        return None
    edits: list[Edit] = []
    for line in range(block.line + 1, block.line + block.raw.count("\n") + 1):
        span = line_span(document, line)
        found = _LEVEL.match(document.render()[span.start : span.end])
        if found is not None:
            edits.append(Edit(Span(span.start + found.start(1), span.start + found.end(1)), _FOUR))
    if not edits:
        return None
    whole = Span(edits[0].span.start, line_span(document, _line_at(document, edits[-1].span.start)).end)
    return Mend(whole, Fix(title="give the scenario's heading level 4", edits=tuple(edits), is_safe=False))


def _block(issue: Issue, delta: Delta | None, main: MainSpec | None) -> RequirementBlock | None:
    """Find the requirement that an issue means: by the name that it gives, else by its place among the requirements."""
    blocks = (*delta.added, *delta.modified) if delta is not None else main.requirements if main is not None else ()
    named = re.search(r'(?:Requirement|ADDED|MODIFIED) "([^"\n]+)"', issue.message)
    if named is not None:
        found = [block for block in blocks if block.name == named[1]]
        return found[0] if len(found) == 1 else None
    index = re.match(r"requirements[.\[](\d+)", issue.path)
    return blocks[int(index[1])] if index is not None and delta is None and int(index[1]) < len(blocks) else None


def _lines(document: Document, line: int, count: int) -> Span:
    return Span(line_span(document, line).start, line_span(document, line + count - 1).end)


def _line_at(document: Document, position: int) -> int:
    return document.render().count(b"\n", 0, position) + 1
