"""Collects the acceptance criteria below one requirement heading."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from setsquare.text.document import Node, NodeKind, encode
from setsquare.text.span import Span
from setsquare.workspace import words
from setsquare.workspace.headings import Reading, Role, is_label, role

_BOX: Final = re.compile(r"\[[ xX~-]?\]\*?\s+")
_CODE: Final = re.compile(
    r"(?P<open>[*_`\[(]*)(?P<label>(?:[A-Z]{1,8}[-_])*[A-Z]{1,8}[-_]?\d+(?:\.\d+)*[a-z]?|\d+(?:\.\d+)+)(?P<close>[*_`\])]*)"
    r"(?P<colon>[:：.)]?[*_`]*|\s+[-–—])(?=\s)\s+"
)
_ORDINAL: Final = re.compile(r"\d+")
_STORY_LINE: Final = re.compile(
    rf"[\W_]*(?:{words.alternatives(words.STORY)})[*_`\s]*(?:\d+[*_`\s]*)?[:：][*_`\s]*(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)
_METADATA: Final = re.compile(rf"[*_`]*(?:{words.alternatives(words.METADATA)})[*_`\s]*[:：]", re.IGNORECASE)
_NOTE: Final = re.compile(r"[*_]{1,3}[^*_]+[:：]?[*_]{1,3}[:：]?\s*\Z|[^.。]{1,60}[:：]\s*\Z")
_CLOSE_LEVEL: Final = 7


class Found(Struct, frozen=True, kw_only=True):
    """One criterion as found: its written ordinal or label, its joined text, its first line and its spans."""

    ordinal: int | None
    label: str
    text: str
    line: int
    span: Span
    text_span: Span


class _Open:
    """A criterion that still grows."""

    def __init__(self, node: Node, text: str, ordinal: int | None, label: str) -> None:
        self.first = node
        self.last = node
        self.ordinal = ordinal
        self.label = label
        self.start = node.text_start + len(encode(node.text)) - len(encode(text))
        self.parts = [text] if text else []
        self.demands = words.has_shall(text)

    def grow(self, node: Node) -> None:
        """Take a further line, without its marker."""
        self.last = node
        if node.text:
            self.parts.append(node.text)
            self.demands = self.demands or words.has_shall(node.text)

    def found(self) -> Found:
        """Close it."""
        end = self.last.text_start + len(encode(self.last.text)) if self.last.text else self.last.start + len(self.last.raw.rstrip())
        return Found(
            ordinal=self.ordinal,
            label=self.label,
            text=" ".join(self.parts),
            line=self.first.line,
            span=Span(self.first.start, self.last.span.end),
            text_span=Span(self.start, max(end, self.start)),
        )


def read_criteria(nodes: Sequence[Node], reading: Reading) -> tuple[str, tuple[Found, ...]]:
    r"""Read the story and the criteria of one requirement's nodes, its heading left out.

    >>> from setsquare.text.markdown import scan
    >>> from setsquare.text.paths import RelPath
    >>> nodes = scan(RelPath("r.md"), b"1. THE Bell SHALL ring\n2. THE Bell SHALL stop").nodes
    >>> [(found.ordinal, found.text) for found in read_criteria(nodes, Reading.LISTED)[1]]
    [(1, 'THE Bell SHALL ring'), (2, 'THE Bell SHALL stop')]
    """
    is_labelled = reading is Reading.LISTED and any(_announces(node) for node in nodes)
    collector = _Collector(reading, is_labelled=is_labelled)
    for node in nodes:
        collector.take(node)
    return " ".join(collector.story), tuple(item.found() for item in collector.items)


def _announces(node: Node) -> bool:
    """Tell whether a node is a criteria label: a heading or a line of its own."""
    if node.kind is NodeKind.HEADING:
        return words.label(node.text).startswith(words.CRITERIA)
    return node.kind in (NodeKind.TEXT, NodeKind.ITEM) and is_label(node.text, words.CRITERIA)


class _Collector:
    """Walks a requirement's nodes once.

    `is_on`: a list here is one of criteria. `is_strict`: something came between, so a line must itself look like a criterion.
    """

    def __init__(self, reading: Reading, *, is_labelled: bool) -> None:
        self.reading = reading
        self.is_labelled = is_labelled
        self.is_on = not is_labelled
        self.is_strict = reading in (Reading.DEMANDING, Reading.SHALL)
        self.label_level = _CLOSE_LEVEL
        self.base: int | None = None
        self.is_numbered = False
        self.current: _Open | None = None
        self.was_blank = True
        self.in_story = False
        self.story: list[str] = []
        self.items: list[_Open] = []

    def take(self, node: Node) -> None:
        """Read one node."""
        kind = node.kind
        if kind is NodeKind.BLANK:
            self.was_blank, self.in_story = True, False
            return
        if kind is NodeKind.HEADING:
            self._heading(node)
        elif kind is NodeKind.ITEM:
            self._item(node)
        elif kind is NodeKind.TEXT:
            self._text(node)
        elif kind is NodeKind.FENCE and self.current and node.raw[:1] in b" \t" and self.is_on:
            self.current.grow(node)
        self.was_blank = False

    def _heading(self, node: Node) -> None:
        """Switch by a heading: a criteria label opens, another one closes or makes strict."""
        self._close()
        if _announces(node):
            self._open_list(node.depth)
        elif self.reading is Reading.LISTED:
            self.is_on = self.is_on and self.is_labelled and node.depth > self.label_level
            self.is_strict = True
        elif self.reading is Reading.ANY:
            self.is_on = role(node) is not Role.ASIDE

    def _open_list(self, level: int) -> None:
        self.is_on, self.is_strict, self.base, self.label_level = True, False, None, level

    def _close(self) -> None:
        self.current, self.in_story = None, False

    def _item(self, node: Node) -> None:
        """Read a list item: a label, part of the story, a criterion, or a line of the current criterion."""
        if self.current and self.base is not None and self._is_below(node):
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
        text, ordinal, label = _marked(node)
        if self.is_strict and not self._is_criterion(text, ordinal):
            self.current = None
            return
        self._add(node, text, ordinal, label)

    def _is_below(self, node: Node) -> bool:
        """Tell whether an item belongs to the current criterion: deeper, or a bullet below a numbered one."""
        if node.depth > (self.base or 0) + 1:
            return True
        return self.is_numbered and not node.marker[0].isdigit() and not words.opens_statement(node.text)

    def _is_criterion(self, text: str, ordinal: int | None) -> bool:
        """Judge an item that stands where lists are not announced."""
        if self.reading is Reading.SHALL:
            return words.has_shall(text)
        if self.reading is Reading.DEMANDING:
            return words.is_obligation(text)
        last = self.items[-1].ordinal if self.items else None
        follows = ordinal is not None and last is not None and ordinal == last + 1
        return follows or words.has_shall(text) or words.opens_condition(text)

    def _add(self, node: Node, text: str, ordinal: int | None, label: str) -> None:
        if self.base is None or node.depth < self.base:
            self.base = node.depth
        self.is_numbered = node.kind is NodeKind.ITEM and node.marker[0].isdigit()
        self.current = _Open(node, text, ordinal, label)
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
        text, ordinal, label = _marked(node)
        if (
            self.current
            and (is_indented or not self.was_blank)
            and not (label and label[0].isdigit())
            and not _is_clause(self.current, node)
        ):
            self.current.grow(node)
            return
        if self.is_on and _is_paragraph(text, label, needs_sign=self.is_strict and self.is_labelled):
            self._add(node, text, ordinal, label)
            return
        self.current = None
        if self.items and self.is_on and self.reading is not Reading.ANY:
            self.is_strict = True

    def _is_story(self, node: Node) -> bool:
        """Take a line of the user story."""
        match = _STORY_LINE.match(node.text)
        plain = words.plain(node.text)
        if match:
            self.in_story = True
            if not self.story and match["rest"]:
                self.story.append(match["rest"])
        elif self.in_story or (not self.items and plain.casefold().startswith(words.STORY_OPENING) and not words.has_shall(plain)):
            if self.in_story and node.kind is NodeKind.ITEM:
                self.in_story = False
                return False
            self.in_story = True
            self.story.append(plain)
        return self.in_story


def _is_clause(current: _Open, node: Node) -> bool:
    """Tell whether a line begins a new sentence although no blank line stands before it."""
    if current.first.kind is not NodeKind.TEXT or not current.demands or not words.opens_statement(node.text):
        return False
    return words.has_shall(node.text) or words.opens_condition(node.text)


def _is_paragraph(text: str, label: str, *, needs_sign: bool) -> bool:
    """Tell whether a line without a list marker is a criterion of its own; `needs_sign`: only a written label makes it one."""
    if _NOTE.match(text) or _METADATA.match(text):
        return False
    if label:
        return bool(text) and (label[0].isdigit() or words.is_obligation(text) or words.opens_condition(text))
    if needs_sign:
        return False
    return words.opens_condition(text) or (words.has_shall(text) and words.opens_statement(text))


def _marked(node: Node) -> tuple[str, int | None, str]:
    """Split a line into statement, written ordinal and written label."""
    text = _BOX.sub("", node.text, count=1) if _BOX.match(node.text) else node.text
    ordinal = int(found[0]) if node.kind is NodeKind.ITEM and (found := _ORDINAL.match(node.marker)) else None
    code = _CODE.match(text)
    if code and _is_code(code):
        return text[code.end() :], ordinal, code["label"]
    return text, ordinal, ""


def _is_code(code: re.Match[str]) -> bool:
    """Tell a label from words that look like one (`HTTP2 is`, `3.5 seconds`): it is set off by a sign, or is all number."""
    if code["label"][0].isdigit():
        return True
    return bool(code["colon"] or code["close"] or code["open"])
