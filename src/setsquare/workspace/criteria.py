"""Collects the acceptance criteria below one requirement heading."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct

from setsquare.text.document import BLANK, FENCE, HEADING, ITEM, TABLE, TEXT, Node
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.span import Span
from setsquare.workspace import words
from setsquare.workspace.criterion_lines import Columns, Marks, Row, columns, lettered, loose_ordinal, marks, row, width
from setsquare.workspace.headings import Reading
from setsquare.workspace.roles import Role, is_label, roles

_STORY_LINE: Final = LazyPattern(
    rf"[\W_]*+(?:{words.alternatives(words.STORY)})[*_`\s]*(?:\d+[*_`\s]*)?[:：][*_`\s]*(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)
_METADATA: Final = LazyPattern(rf"[*_`]*(?:{words.alternatives(words.METADATA)})[*_`\s]*[:：]", re.IGNORECASE)
_NOTE: Final = LazyPattern(r"[*_]{1,3}[^*_]+[:：]?[*_]{1,3}[:：]?\s*\Z|[^.。]{1,60}[:：]\s*\Z")
_GROUP: Final = LazyPattern(r"(?:\*\*|__)[^*_]{1,80}(?:\*\*|__)[:：]?\Z")
_GOES_ON: Final = LazyPattern(r"[*_]*(?:THEN|AND|OR|BUT|ALORS|ET|ENTONCES|ENTÃO|DANN|UND|ТО|И|MAKA|DAN|THÌ|VÀ)\b")
_GIVEN: Final = LazyPattern(r"[*_]*GIVEN\b")
_WHEN: Final = LazyPattern(r"[*_]*WHEN\b")
_LIST_FOLLOWS: Final = (":", "：")
_CLOSE_LEVEL: Final = 7


class Found(Struct, frozen=True, kw_only=True, gc=False):
    """One criterion as found: its written ordinal or label, its joined text, its first line, its spans, and the items of a list below it."""

    ordinal: int | None
    label: str
    text: str
    line: int
    span: Span
    text_span: Span
    children: tuple[Found, ...] = ()


class _Open:
    """A criterion that still grows."""

    __slots__ = (
        "children",
        "depth",
        "end",
        "first",
        "has_shall",
        "is_part",
        "judged",
        "label",
        "last",
        "lead",
        "ordinal",
        "own",
        "parts",
        "start",
    )

    def __init__(self, node: Node, found: Marks, cell: Row | None = None, *, is_part: bool = False) -> None:
        self.first = self.last = node
        self.ordinal, self.label = found.ordinal, found.label
        before = node.text[: cell.start if cell else len(node.text) - len(found.text)]
        self.start = node.text_start + width(before)
        self.end = self.start + width(found.text) if cell else None
        self.parts = [found.text] if found.text else []
        self.own = found.text
        self.depth = node.depth
        self.lead = 1
        self.is_part = is_part
        self.judged, self.has_shall = 0, False
        self.children: list[_Open] = []

    def demands(self) -> bool:
        """Tell whether the text so far has a SHALL."""
        if not self.has_shall:
            self.has_shall = any(words.has_shall(part) for part in self.parts[self.judged :])
            self.judged = len(self.parts)
        return self.has_shall

    def goes_on(self, node: Node) -> bool:
        """Tell whether a bullet of the same depth is the next clause of this sentence: THEN or AND after a condition, WHEN after GIVEN."""
        opening = self.parts[0] if self.parts else ""
        is_given = _GIVEN.match(opening) is not None
        if _GOES_ON.match(node.text):
            return is_given or words.opens_condition(opening)
        return is_given and _WHEN.match(node.text) is not None and not self.demands()

    def starts_anew(self, node: Node, *, is_indented: bool) -> bool:
        """Tell whether a line below does not belong here although no blank line stands between: a new sentence or a group's name."""
        if not is_indented and _GROUP.match(node.text):
            return True
        if self.first.kind is not TEXT or not words.opens_statement(node.text) or not self.demands():
            return False
        return words.has_shall(node.text) or words.opens_condition(node.text)

    def grow(self, node: Node) -> None:
        """Take a further line, without its marker; below a clause that ends in a colon, a list item is a part of its own."""
        self.last = node
        if not node.text:
            return
        self.parts.append(node.text)
        if self.children and node.depth > self.children[0].depth + 1:
            self.children[-1].grow(node)
        elif found := self._sub_item(node):
            self.lead = self.lead if self.children else len(self.parts) - 1
            self.children.append(_Open(node, found, is_part=True))
        elif self.children:
            self.children[-1].grow(node)
        elif node.kind is TEXT:
            self.own = node.text

    def _sub_item(self, node: Node) -> Marks | None:
        """Read an item of the list that the criterion's text announces."""
        if self.is_part or not self.own.endswith(_LIST_FOLLOWS):
            return None
        letter = lettered(node.text)
        if letter is not None:
            return Marks(node.text[letter[1] :], None, letter[0])
        return marks(node) if node.kind is ITEM else None

    def found(self) -> Found:
        """Close it."""
        last = self.last
        end = self.end
        if end is None:
            end = last.text_start + width(last.text) if last.text else last.start + len(last.raw.rstrip())
        has_parts = bool(self.children) and words.is_obligation(" ".join(self.parts[: self.lead]))
        return Found(
            ordinal=self.ordinal,
            label=self.label,
            text=" ".join(self.parts),
            line=self.first.line,
            span=Span(self.first.start, last.span.end),
            text_span=Span(self.start, max(end, self.start)),
            children=tuple(child.found() for child in self.children) if has_parts else (),
        )


def read_criteria(nodes: Sequence[Node], reading: Reading, known: Mapping[int, Role] | None = None) -> tuple[str, tuple[Found, ...]]:
    r"""Read the story and the criteria of one requirement's nodes, its heading left out; `known` are the headings' roles.

    >>> from setsquare.text.markdown import scan
    >>> from setsquare.text.paths import RelPath
    >>> nodes = scan(RelPath("r.md"), b"1. THE Bell SHALL ring\n2. THE Bell SHALL stop").nodes
    >>> [(found.ordinal, found.text) for found in read_criteria(nodes, Reading.LISTED)[1]]
    [(1, 'THE Bell SHALL ring'), (2, 'THE Bell SHALL stop')]
    """
    roles_here = roles(nodes) if known is None else known
    is_labelled = reading is Reading.LISTED and any(_announces(node, roles_here) for node in nodes)
    collector = _Collector(reading, roles_here, is_labelled=is_labelled)
    for node in nodes:
        collector.take(node)
    return " ".join(collector.story), tuple(item.found() for item in collector.items)


def _announces(node: Node, known: Mapping[int, Role]) -> bool:
    """Tell whether a node is a criteria label: a heading or a line of its own."""
    if node.kind is HEADING:
        return known[node.start] is Role.CRITERIA
    return node.kind in (TEXT, ITEM) and is_label(node.text, words.CRITERIA)


class _Collector:
    """Walks a requirement's nodes once.

    `is_on`: a list here is one of criteria. `is_strict`: something came between, so a line must itself look like a criterion.
    """

    def __init__(self, reading: Reading, known: Mapping[int, Role], *, is_labelled: bool) -> None:
        self.reading = reading
        self.known = known
        self.is_labelled = is_labelled
        self.is_on = not is_labelled
        self.is_strict = reading in (Reading.DEMANDING, Reading.SHALL)
        self.label_level = _CLOSE_LEVEL
        self.base: int | None = None
        self.is_numbered = False
        self.current: _Open | None = None
        self.was_blank = True
        self.in_story = False
        self.head: Columns | None = None
        self.story: list[str] = []
        self.items: list[_Open] = []

    def take(self, node: Node) -> None:
        """Read one node."""
        kind = node.kind
        if kind is BLANK:
            self.was_blank, self.in_story = True, False
            return
        if kind is TABLE:
            self._table(node)
            return
        self.head = None
        if kind is HEADING:
            self._heading(node)
        elif kind is ITEM:
            self._item(node)
        elif kind is TEXT:
            self._text(node)
        elif kind is FENCE and self.current and node.raw[:1] in b" \t" and self.is_on:
            self.current.grow(node)
        self.was_blank = False

    def _heading(self, node: Node) -> None:
        """Switch by a heading: a criteria label opens, another one closes or makes strict."""
        self._close()
        if _announces(node, self.known):
            self._open_list(node.depth)
        elif self.reading is Reading.LISTED:
            self.is_on = self.is_on and self.is_labelled and node.depth > self.label_level
            self.is_strict = True
        elif self.reading is Reading.ANY:
            self.is_on = self.known[node.start] is not Role.ASIDE

    def _open_list(self, level: int) -> None:
        self.is_on, self.is_strict, self.base, self.label_level = True, False, None, level

    def _close(self) -> None:
        self.current, self.in_story = None, False

    def _table(self, node: Node) -> None:
        """Read a table: its head says where statements stand, each row is a criterion."""
        self._close()
        self.was_blank = False
        if self.head is None:
            self.head = columns(node.text)
            return
        found = row(node.text, self.head) if self.is_on else None
        if found is None:
            return
        is_told = self.is_labelled and not self.is_strict and self.head.statement is not None
        if is_told or (self.head.statement is not None and words.is_obligation(found.marks.text)):
            self.items.append(_Open(node, found.marks, found))

    def _item(self, node: Node) -> None:
        """Read a list item: a label, part of the story, a criterion, or a line of the current criterion."""
        if self.current and self.base is not None and self._is_below(node, self.current):
            if not (node.depth <= self.base and _METADATA.match(node.text)):
                self.current.grow(node)
            return
        if is_label(node.text, words.CRITERIA):
            self._close()
            self._open_list(_CLOSE_LEVEL)
            return
        if self._is_story(node):
            return
        if not self.is_on or (not self.is_labelled and _METADATA.match(node.text)):
            return
        found = marks(node)
        if self.is_strict and not _is_criterion(found, self.reading, self.items):
            self.current = None
            return
        self._add(node, found)

    def _is_below(self, node: Node, current: _Open) -> bool:
        """Tell whether an item belongs to the current criterion: deeper, a bullet below a numbered one, or a clause that goes on."""
        if node.depth > (self.base or 0) + 1:
            return True
        if node.marker[0].isdigit():
            return False
        return not words.opens_statement(node.text) if self.is_numbered else current.goes_on(node)

    def _add(self, node: Node, found: Marks) -> None:
        if self.base is None or node.depth < self.base:
            self.base = node.depth
        self.is_numbered = found.ordinal is not None
        self.current = _Open(node, found)
        self.items.append(self.current)

    def _text(self, node: Node) -> None:
        """Read a line without a marker: a label, a story, a continuation, a clause, or something that ends the list."""
        if is_label(node.text, words.CRITERIA):
            self._close()
            self._open_list(_CLOSE_LEVEL)
            return
        if self._is_story(node):
            return
        is_indented = self.base is not None and node.depth > self.base
        found = marks(node)
        if self.is_on and not is_indented and (loose := loose_ordinal(node.text, (self.items[-1].ordinal or 0) + 1 if self.items else 1)):
            self._add(node, loose)
            return
        is_own = bool(found.label) and found.label[0].isdigit()
        if (
            self.current
            and (is_indented or not self.was_blank)
            and not is_own
            and not self.current.starts_anew(node, is_indented=is_indented)
        ):
            self.current.grow(node)
            return
        if self.is_on and _is_paragraph(found, needs_sign=self.is_strict and self.is_labelled):
            self._add(node, found)
            return
        self.current = None
        if self.items and self.is_on and self.reading is not Reading.ANY:
            self.is_strict = True

    def _is_story(self, node: Node) -> bool:
        """Take a line of the user story."""
        if match := _STORY_LINE.match(node.text):
            self.in_story = True
            if not self.story and match["rest"]:
                self.story.append(match["rest"])
            return True
        if self.in_story and node.kind is ITEM:
            self.in_story = False
            return False
        if self.in_story or not self.items:
            plain = words.plain(node.text)
            if self.in_story or (plain.casefold().startswith(words.STORY_OPENING) and not words.has_shall(plain)):
                self.in_story = True
                self.story.append(plain)
        return self.in_story


def _is_criterion(found: Marks, reading: Reading, items: Sequence[_Open]) -> bool:
    """Judge an item that stands where lists are not announced, after those that were found."""
    text = found.text
    if reading is Reading.SHALL:
        return words.has_shall(text)
    if reading is Reading.DEMANDING:
        return words.is_obligation(text)
    last = items[-1].ordinal if items else None
    follows = found.ordinal is not None and last is not None and found.ordinal == last + 1
    return follows or words.has_shall(text) or words.opens_condition(text)


def _is_paragraph(found: Marks, *, needs_sign: bool) -> bool:
    """Tell whether a line without a list marker is a criterion of its own; `needs_sign`: only a written label makes it one."""
    text, label = found.text, found.label
    if _NOTE.match(text) or _METADATA.match(text):
        return False
    if label:
        return bool(text) and (label[0].isdigit() or words.is_obligation(text) or words.opens_condition(text))
    if needs_sign:
        return False
    return words.opens_condition(text) or (words.has_shall(text) and words.opens_statement(text))
