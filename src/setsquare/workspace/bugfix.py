"""Reads bugfix specs: what a defect does, what must happen instead, what must not change.

Source: Kiro's on-disk format, section 2.4: three sections whose clauses are numbered `S.N`, one paragraph each.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from typing import Final

from setsquare.text.document import Document, Node, NodeKind, encode
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.span import Span
from setsquare.workspace import words
from setsquare.workspace.spec import Criterion, Requirement

_CLAUSE: Final = LazyPattern(r"[*_`]*(?P<section>\d+)\.(?P<ordinal>\d+)[.)]?[*_`]*[:：]?\s+")


def read_bugfix(document: Document) -> tuple[Requirement, ...]:
    r"""Read the sections of a bugfix file as requirements; clauses of the current behaviour demand nothing.

    >>> from setsquare.text.markdown import scan
    >>> from setsquare.text.paths import RelPath
    >>> raw = (
    ...     b"### Current Behavior (Defect)\n1.1 WHEN a THEN the system fails\n### Expected Behavior\n2.1 WHEN a THEN the system SHALL b\n"
    ... )
    >>> [(c.id, c.demands) for r in read_bugfix(scan(RelPath("bugfix.md"), raw)) for c in r.criteria]
    [('1.1', False), ('2.1', True)]
    """
    found: list[Requirement] = []
    seen: Counter[str] = Counter()
    nodes = document.nodes
    starts = [index for index, node in enumerate(nodes) if node.kind is NodeKind.HEADING]
    for start, end in pairwise([*starts, len(nodes)]):
        name = words.label(nodes[start].text)
        is_current = name.startswith(words.BUGFIX_CURRENT)
        if is_current or name.startswith(words.BUGFIX_WANTED):
            ordinal = str(len(found) + 1)
            number, criteria = _clauses(document, nodes[start + 1 : end], ordinal, seen, demands=not is_current)
            found.append(
                Requirement(
                    number=number,
                    title=nodes[start].text,
                    path=document.path,
                    line=nodes[start].line,
                    span=Span(nodes[start].start, nodes[end - 1].span.end),
                    criteria=criteria,
                )
            )
    return tuple(found)


def _clauses(
    document: Document, nodes: tuple[Node, ...], ordinal: str, seen: Counter[str], *, demands: bool
) -> tuple[str, tuple[Criterion, ...]]:
    """Read one section's clauses; the section's number is the one that its first clause has."""
    groups: list[tuple[re.Match[str] | None, list[Node]]] = []
    is_open = False
    for node in nodes:
        match = _CLAUSE.match(node.text) if node.kind in (NodeKind.TEXT, NodeKind.ITEM) else None
        if match or (node.kind in (NodeKind.TEXT, NodeKind.ITEM) and not is_open and words.opens_condition(node.text)):
            groups.append((match, [node]))
            is_open = True
        elif is_open and node.kind in (NodeKind.TEXT, NodeKind.ITEM):
            groups[-1][1].append(node)
        else:
            is_open = False
    number = next((match["section"] for match, _ in groups if match), ordinal)
    criteria = []
    for count, (match, lines) in enumerate(groups, 1):
        name = f"{match['section']}.{match['ordinal']}" if match else f"{number}.{count}"
        seen[name] += 1
        first, last = lines[0], lines[-1]
        skipped = len(encode(first.text[: match.end()])) if match else 0
        criteria.append(
            Criterion(
                id=name if seen[name] == 1 else f"{name}#{seen[name]}",
                text=" ".join([first.text[match.end() if match else 0 :], *(line.text for line in lines[1:])]),
                path=document.path,
                line=first.line,
                span=Span(first.start, last.span.end),
                text_span=Span(first.text_start + skipped, last.text_start + len(encode(last.text))),
                demands=demands,
            )
        )
    return number, tuple(criteria)
