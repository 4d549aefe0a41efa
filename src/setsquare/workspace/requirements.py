"""Reads requirements files of every known dialect."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from setsquare.text.document import HEADING, ITEM, TEXT, Document, Node
from setsquare.text.paths import base_name
from setsquare.text.span import Span
from setsquare.workspace import words
from setsquare.workspace.bugfix import read_bugfix
from setsquare.workspace.criteria import Found, read_criteria
from setsquare.workspace.glossary import read_glossary
from setsquare.workspace.headings import Head, Reading, requirement_heads
from setsquare.workspace.numerals import plain_number
from setsquare.workspace.outlining import outlined
from setsquare.workspace.roles import Role, roles
from setsquare.workspace.sections import title
from setsquare.workspace.spec import Criterion, Dialect, Requirement, Requirements

_DOTTED: Final = re.compile(r"\d+(?:\.\d+)+\Z")
_CC_SDD: Final = re.compile(r"[*_]*(?:Objective|目的)[*_]*\s*[:：]", re.IGNORECASE)
_OBJECTIVE: Final = frozenset("*_Oo目")
_PROJECT: Final = re.compile("project description", re.IGNORECASE)


def read_requirements(document: Document) -> Requirements:
    r"""Read a requirements or bugfix file; what is not recognised is left out, nothing is ever renumbered.

    >>> from setsquare.text.markdown import scan
    >>> from setsquare.text.paths import RelPath
    >>> raw = b"## Requirements\n### Requirement 2: Log in\n#### Acceptance Criteria\n1. WHEN a, THE S SHALL b\n2. THE S SHALL c\n"
    >>> [(c.id, c.text) for c in read_requirements(scan(RelPath("requirements.md"), raw)).criteria]
    [('2.1', 'WHEN a, THE S SHALL b'), ('2.2', 'THE S SHALL c')]
    """
    name = title(document)
    if base_name(document.path) == "bugfix.md" or words.label(name).startswith("bugfix requirements"):
        return Requirements(
            path=document.path,
            dialect=Dialect.BUGFIX,
            title=name,
            introduction=_introduction(document.nodes, roles(document.nodes)),
            glossary=read_glossary(document),
            requirements=read_bugfix(document),
        )
    seen = outlined(document)
    known = roles(seen.nodes)
    heads = requirement_heads(seen, known)
    first = heads[0].index if heads else len(seen.nodes)
    return Requirements(
        path=document.path,
        dialect=_dialect(seen, heads, name),
        title=name,
        introduction=_introduction(seen.nodes[: max(first, 0)], known),
        glossary=read_glossary(seen, known),
        requirements=_requirements(seen, heads, known),
    )


def _dialect(document: Document, heads: Sequence[Head], name: str) -> Dialect:
    """Tell the dialect by its marks: cc-sdd's objective, the tutorial's title or plain lists, else Kiro."""
    for node in document.nodes:
        if node.kind in (TEXT, ITEM):
            if node.text[:1] in _OBJECTIVE and _CC_SDD.match(node.text):
                return Dialect.CC_SDD
        elif node.kind is HEADING and _PROJECT.search(node.text) and words.label(node.text).startswith("project description"):
            return Dialect.CC_SDD
    if any(head.reading is Reading.ANY for head in heads) or (not heads and name.casefold().startswith("requirements:")):
        return Dialect.TUTORIAL
    return Dialect.KIRO


def _introduction(nodes: Sequence[Node], known: Mapping[int, Role]) -> str:
    """Join the prose before the first requirement, the glossary left out; one line a line."""
    lines: list[str] = []
    skipped_depth = 0
    for node in nodes:
        if node.kind is HEADING:
            if skipped_depth and node.depth > skipped_depth:
                continue
            skipped_depth = node.depth if known[node.start] is Role.GLOSSARY else 0
        elif not skipped_depth and node.kind in (TEXT, ITEM):
            lines.append(node.text)
    return "\n".join(lines)


def _requirements(document: Document, heads: Iterable[Head], known: Mapping[int, Role]) -> tuple[Requirement, ...]:
    """Build the requirements; a number or criterion id that was used before carries its occurrence."""
    seen_numbers: Counter[str] = Counter()
    seen_ids: Counter[str] = Counter()
    built = []
    for head in heads:
        nodes = document.nodes[head.index + 1 : head.end]
        story, found = read_criteria(nodes, head.reading, known)
        if head.reading is Reading.SHALL and not found:
            continue
        heading = document.nodes[head.index] if head.index >= 0 else document.nodes[0]
        built.append(
            Requirement(
                number=repeated(head.number, seen_numbers),
                title=head.title,
                path=document.path,
                line=heading.line,
                span=Span(heading.start, (nodes[-1] if nodes else heading).span.end),
                story=story,
                criteria=_criteria(document, head.number, found, seen_ids),
            )
        )
    return tuple(built)


def repeated(name: str, seen: Counter[str]) -> str:
    """Give a name its occurrence from the second on.

    >>> seen = Counter()
    >>> repeated("6", seen), repeated("6", seen)
    ('6', '6#2')
    """
    times = seen[name] = seen.get(name, 0) + 1
    return name if times == 1 else f"{name}#{times}"


def _criteria(document: Document, number: str, found: Sequence[Found], seen: Counter[str]) -> tuple[Criterion, ...]:
    """Name the criteria of one requirement."""
    built = []
    for item, ordinal in zip(found, _ordinals(found), strict=True):
        label = plain_number(item.label) if item.label else ""
        is_own = bool(label) and _DOTTED.match(label) is not None and label.rpartition(".")[0] == number
        name = repeated(label if is_own else f"{number}.{ordinal}", seen)
        built.append(
            Criterion(
                id=name,
                text=item.text,
                path=document.path,
                line=item.line,
                span=item.span,
                text_span=item.text_span,
                label="" if is_own else item.label,
                children=_children(document, name, item.children) if item.children else (),
            )
        )
    return tuple(built)


def _children(document: Document, name: str, found: Sequence[Found]) -> tuple[Criterion, ...]:
    """Name the items of a list below a criterion by letters: as written where every item has its own, else `a`, `b`, … in order."""
    written = [item.label for item in found]
    is_lettered = all(label.isalpha() and label.islower() for label in written) and len(set(written)) == len(written)
    return tuple(
        Criterion(
            id=f"{name}.{item.label if is_lettered else letters(ordinal)}",
            text=item.text,
            path=document.path,
            line=item.line,
            span=item.span,
            text_span=item.text_span,
            label="" if is_lettered else item.label,
            parent=name,
        )
        for ordinal, item in enumerate(found)
    )


def letters(ordinal: int) -> str:
    """Write an ordinal from 0 in letters.

    >>> letters(0), letters(25), letters(26)
    ('a', 'z', 'aa')
    """
    rest, last = divmod(ordinal, 26)
    return (letters(rest - 1) if rest else "") + chr(ord("a") + last)


def _ordinals(found: Sequence[Found]) -> list[int]:
    """Number criteria as a reader does: by the written numbers, unless these do not count at all (`1.` on every line) or are missing."""
    written = [item.ordinal for item in found]
    if any(ordinal is None for ordinal in written):
        return list(range(1, len(found) + 1))
    numbers = [ordinal for ordinal in written if ordinal is not None]
    return list(range(1, len(found) + 1)) if len(set(numbers)) == 1 else numbers
