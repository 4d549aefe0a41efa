"""Finds the headings of a requirements file that stand for a requirement.

A document is judged as a whole: bare numbers count only where requirements are and no heading says "Requirement N"; stories and plain
sections count only where nothing better exists.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from msgspec import Struct

from setsquare.text.document import HEADING, ITEM, Document, Node
from setsquare.workspace import heading_names, words
from setsquare.workspace.roles import Role, is_label, roles


class Reading(enum.Enum):
    """Which lines below a requirement heading are criteria.

    `LISTED`: the lists after a criteria label, else the lists directly below. `ANY`: every list of the section, sub-headings included.
    `DEMANDING`: only lines that demand something. `SHALL`: only lines with SHALL.
    """

    LISTED = "listed"
    ANY = "any"
    DEMANDING = "demanding"
    SHALL = "shall"


class Head(Struct, frozen=True, kw_only=True):
    """A heading that stands for a requirement: its node's index, the index after its last node, and how loosely its criteria are read."""

    index: int
    end: int
    number: str
    title: str
    reading: Reading


class _Outline(Struct, frozen=True, kw_only=True):
    """A document's headings: node indices, where each section ends, each role, and the innermost container around each."""

    nodes: Sequence[Node]
    at: tuple[int, ...]
    ends: tuple[int, ...]
    roles: tuple[Role, ...]
    parents: tuple[int | None, ...]

    def inside(self, position: int) -> Role | None:
        """Say in which part of the document a heading stands: the nearest enclosing heading's role that is not `OTHER`."""
        return next((self.roles[above] for above in self.above(position) if self.roles[above] is not Role.OTHER), None)

    def above(self, position: int) -> Iterator[int]:
        """List the enclosing headings of a heading, the nearest first."""
        above = self.parents[position]
        while above is not None:
            yield above
            above = self.parents[above]


def _outline(document: Document, known: Mapping[int, Role]) -> _Outline:
    """Read the nesting of headings."""
    nodes = document.nodes
    at = document.headings
    ends = [len(nodes)] * len(at)
    parents: list[int | None] = []
    stack: list[int] = []
    for position, index in enumerate(at):
        while stack and nodes[at[stack[-1]]].depth >= nodes[index].depth:
            ends[stack.pop()] = index
        parents.append(stack[-1] if stack else None)
        stack.append(position)
    return _Outline(nodes=nodes, at=at, ends=tuple(ends), roles=tuple(known[nodes[index].start] for index in at), parents=tuple(parents))


def requirement_heads(document: Document, known: Mapping[int, Role] | None = None) -> tuple[Head, ...]:
    r"""Find the requirement headings of a file in file order, in linear time; `known` are its headings' roles where the caller has them.

    >>> from setsquare.text.markdown import scan
    >>> from setsquare.text.paths import RelPath
    >>> raw = b"# Requirements\n## Requirement 1: Ring\n## Requirement 2: Stop"
    >>> [(head.number, head.title) for head in requirement_heads(scan(RelPath("r.md"), raw))]
    [('1', 'Ring'), ('2', 'Stop')]
    """
    outline = _outline(document, roles(document.nodes) if known is None else known)
    named = _named(outline)
    if named:
        return _bounded(outline, [*named, *_quality_parts(outline)])
    stories = _stories(outline) or _described(outline)
    if stories:
        return _bounded(outline, stories)
    parts = _parts(outline)
    return parts or _demanding(outline)


def _head(outline: _Outline, position: int, number: str, title: str, reading: Reading = Reading.LISTED) -> Head:
    """Build a head whose region is its whole section for now."""
    return Head(index=outline.at[position], end=outline.ends[position], number=number, title=title.strip(), reading=reading)


def _bounded(outline: _Outline, heads: Iterable[Head]) -> tuple[Head, ...]:
    """End each region at the next requirement heading; a criteria heading of the same level never ends one."""
    ordered = sorted(heads, key=lambda head: head.index)
    starts = [head.index for head in ordered[1:]] + [len(outline.nodes)]
    position_of = {index: position for position, index in enumerate(outline.at)}
    bounded = []
    for head, following in zip(ordered, starts, strict=True):
        end = head.end
        while end < following and end in position_of and outline.roles[position_of[end]] is Role.CRITERIA:
            end = outline.ends[position_of[end]]
        bounded.append(
            Head(index=head.index, end=min(end, following), number=head.number, title=head.title, reading=head.reading),
        )
    return tuple(bounded)


def _named(outline: _Outline) -> list[Head]:
    """Find headings with a requirement word or label, or with a bare number where requirements are."""
    found_worded, found_labelled, found_bare = [], [], []
    bare_level: dict[int | None, int] = {}
    for position, index in enumerate(outline.at):
        node = outline.nodes[index]
        text = words.plain(node.text)
        if name := heading_names.labelled(text):
            found_labelled.append(_head(outline, position, name.number, name.title))
        elif name := heading_names.worded(text):
            found_worded.append(_head(outline, position, name.number, name.title))
        elif outline.roles[position] in _OPEN_ROLES and (name := heading_names.bare(text)) and _holds(outline, position):
            container = _container(outline, position)
            level = bare_level.setdefault(container, node.depth)
            if node.depth == level or "." in name.number:
                found_bare.append(_head(outline, position, name.number, name.title))
    return found_worded + found_labelled + ([] if found_worded else found_bare)


_OPEN_ROLES: Final = (Role.OTHER, Role.TITLE)
_HOLDERS: Final = (Role.CONTAINER, Role.FUNCTIONAL, Role.NON_FUNCTIONAL)


def _holds(outline: _Outline, position: int) -> bool:
    """Tell whether a heading stands where requirements are."""
    return outline.inside(position) in _HOLDERS


def _container(outline: _Outline, position: int) -> int | None:
    """Find the nearest enclosing heading that holds requirements."""
    return next((above for above in outline.above(position) if outline.roles[above] in _HOLDERS), None)


def _quality_parts(outline: _Outline) -> list[Head]:
    """Read a non-functional part beside numbered requirements: only its SHALL sentences are criteria, numbered `NFR`."""
    return [
        _head(outline, position, "NFR", outline.nodes[index].text, Reading.SHALL)
        for position, index in enumerate(outline.at)
        if outline.roles[position] is Role.NON_FUNCTIONAL
    ]


def _stories(outline: _Outline) -> list[Head]:
    """Find user story headings; one without a number has its ordinal."""
    found: list[Head] = []
    for position, index in enumerate(outline.at):
        name = heading_names.story(words.plain(outline.nodes[index].text))
        if name and outline.roles[position] is Role.OTHER and (name.title or name.number):
            found.append(_head(outline, position, name.number or str(len(found) + 1), name.title))
    return found


def _described(outline: _Outline) -> list[Head]:
    """Find unnumbered headings whose own text has a story or a criteria label; their number is their ordinal."""
    found: list[Head] = []
    for position, index in enumerate(outline.at):
        if outline.roles[position] is Role.CRITERIA:
            above = outline.parents[position]
            if above is None:
                found.append(_head(outline, position, str(len(found) + 1), ""))
            elif not found or found[-1].index != outline.at[above]:
                found.append(_numbered(outline, above, len(found) + 1))
        elif outline.roles[position] in (Role.OTHER, Role.TITLE, *_HOLDERS):
            limit = outline.at[position + 1] if position + 1 < len(outline.at) else len(outline.nodes)
            if any(is_label(node.text, words.CRITERIA) for node in outline.nodes[index + 1 : limit]):
                found.append(_numbered(outline, position, len(found) + 1))
    return found


def _numbered(outline: _Outline, position: int, ordinal: int) -> Head:
    """Build a head with the number that its heading begins with, else with its ordinal."""
    text = outline.nodes[outline.at[position]].text
    name = heading_names.bare(words.plain(text))
    return _head(outline, position, name.number if name else str(ordinal), name.title if name else text)


def _parts(outline: _Outline) -> tuple[Head, ...]:
    """Read functional and non-functional parts with plain lists: the part's ordinal is the number. Source: the tutorial's dialect."""
    holders = [position for position in range(len(outline.at)) if outline.roles[position] in _HOLDERS]
    outer = {above for position in holders for above in outline.above(position)}
    found = [
        _head(outline, position, str(number), outline.nodes[outline.at[position]].text, Reading.ANY)
        for number, position in enumerate((position for position in holders if position not in outer and _has_items(outline, position)), 1)
    ]
    return tuple(found)


def _has_items(outline: _Outline, position: int) -> bool:
    """Tell whether a section is more than the document's title: it has a list, a statement, or is a part by its level."""
    nodes = outline.nodes[outline.at[position] + 1 : outline.ends[position]]
    is_part = outline.roles[position] in (Role.FUNCTIONAL, Role.NON_FUNCTIONAL)
    has_sections = any(node.kind is HEADING and node.depth <= 2 for node in nodes)
    return is_part or (not has_sections and any(node.kind is ITEM or words.opens_statement(node.text) for node in nodes))


def _demanding(outline: _Outline) -> tuple[Head, ...]:
    """Read any section that demands something, as a last resort; without headings the whole document is one requirement."""
    top = [
        position
        for position, index in enumerate(outline.at)
        if outline.nodes[index].depth == 2 and outline.roles[position] not in (Role.INTRODUCTION, Role.GLOSSARY, Role.ASIDE)
    ]
    found: list[Head] = []
    for position in top:
        nodes = outline.nodes[outline.at[position] + 1 : outline.ends[position]]
        if any(words.has_shall(node.text) for node in nodes):
            title = outline.nodes[outline.at[position]].text
            found.append(_head(outline, position, str(len(found) + 1), title, Reading.DEMANDING))
    if top or any(node.kind is HEADING and node.depth == 2 for node in outline.nodes):
        return tuple(found)
    if any(words.has_shall(node.text) for node in outline.nodes):
        return (Head(index=outline.at[0] if outline.at else -1, end=len(outline.nodes), number="1", title="", reading=Reading.DEMANDING),)
    return ()
