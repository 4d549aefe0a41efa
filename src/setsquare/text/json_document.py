"""Splits JSON with comments into nodes that tile the file, and reads the nodes as a tree of values.

Accepted beyond JSON: a BOM, `//` and `/* */` comments, and a trailing comma with a warning. The scanner never fails: what is no
token is a `BYTES` node. The reader never raises and keeps no state on Python's stack, so that depth cannot crash it.
"""

from __future__ import annotations

import enum
import re

import msgspec

from setsquare.text.document import Document, Node, NodeKind, decode
from setsquare.text.json_tree import (
    JsonArray,
    JsonBoolean,
    JsonMember,
    JsonNull,
    JsonNumber,
    JsonObject,
    JsonProblem,
    JsonString,
    JsonTree,
    JsonValue,
)
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.paths import RelPath
from setsquare.text.span import Span

LIMIT_DEPTH = 200
"""Objects and arrays inside one another that the reader accepts."""

_BOM = b"\xef\xbb\xbf"
# Every quantifier is possessive or lazy, and every opening without its end takes the rest of the line or file: the scan is linear in any
# input. No possessive group has an alternative inside: Python before 3.11.5 matches those wrongly.
_TOKEN = re.compile(
    rb"""(?P<space>[ \t\r\n]++)
    |(?P<punctuation>[{}\[\],:])
    |(?P<string>"[^"\\\r\n]*+(?:\\[^\r\n][^"\\\r\n]*+)*+")
    |(?P<literal>[-+.\w$]++)
    |(?P<comment>//[^\r\n]*+|/\*(?s:.*?)\*/)
    |(?P<open_comment>/\*(?s:.*+))
    |(?P<open_string>"[^\r\n]*+)
    |(?P<garbage>[^\ \t\r\n{}\[\],:"/\w$.+-]++|/)""",
    re.VERBOSE,
)
_KINDS = {
    "space": NodeKind.SPACE,
    "punctuation": NodeKind.PUNCTUATION,
    "string": NodeKind.STRING,
    "literal": NodeKind.LITERAL,
    "comment": NodeKind.COMMENT,
}
_SILENT = frozenset({NodeKind.BOM, NodeKind.SPACE, NodeKind.COMMENT})
_NUMBER = LazyPattern(r"-?(?:0|[1-9]\d*+)(?:\.\d++)?(?:[eE][-+]?\d++)?\Z")


def scan(path: RelPath, raw: bytes) -> Document:
    r"""Read bytes as a document of JSON tokens.

    >>> [node.kind.value for node in scan(RelPath("a.json"), b'{"a": 1} // x').nodes]
    ['punctuation', 'string', 'punctuation', 'space', 'literal', 'punctuation', 'space', 'comment']
    >>> [node.kind.value for node in scan(RelPath("a.json"), b"'\xff").nodes]
    ['bytes']
    """
    nodes: list[Node] = []
    position, line = 0, 1
    if raw.startswith(_BOM):
        nodes.append(Node(kind=NodeKind.BOM, raw=_BOM, start=0, line=1))
        position = len(_BOM)
    for match in _TOKEN.finditer(raw, position):
        kind = _KINDS.get(match.lastgroup or "", NodeKind.BYTES)
        token, start = match[0], match.start()
        quote = 1 if kind is NodeKind.STRING else 0
        text = "" if kind is NodeKind.SPACE else decode(token[1:-1] if quote else token)
        nodes.append(Node(kind=kind, raw=token, start=start, line=line, text=text, text_start=start + quote))
        line += token.count(b"\n")
    return Document(path=path, nodes=tuple(nodes))


def read(document: Document, *, expects_object: bool = False) -> JsonTree:
    r"""Read a scanned document as values; problems stand in the tree with their spans.

    >>> tree = read(scan(RelPath("a.json"), b'{"a": [1, "x"], "a": 2,}'))
    >>> [(problem.reason, problem.is_warning) for problem in tree.problems]
    [('duplicate key "a"', False), ('trailing comma', True)]
    >>> [member.key for member in tree.members]
    ['a', 'a']
    """
    reader = _Reader()
    end = 0
    for node in document.nodes:
        end = node.start + len(node.raw)
        if node.kind not in _SILENT and not reader.take(node):
            break
    return reader.tree(Span(end, end), expects_object=expects_object)


class _Expect(enum.Enum):
    """What the grammar allows next."""

    VALUE = enum.auto()
    VALUE_OR_END = enum.auto()
    KEY = enum.auto()
    KEY_OR_END = enum.auto()
    COLON = enum.auto()
    NEXT = enum.auto()
    NOTHING = enum.auto()


class _Open:
    """An object or array whose closing bracket is still to come."""

    __slots__ = ("items", "key", "members", "seen", "start")

    def __init__(self, start: int, *, is_object: bool) -> None:
        self.start = start
        self.members: list[JsonMember] | None = [] if is_object else None
        self.items: list[JsonValue] = []
        self.seen: set[str] = set()
        self.key: JsonString | None = None

    def add(self, value: JsonValue) -> None:
        """Take a finished value."""
        if self.members is None:
            self.items.append(value)
        elif self.key is not None:
            self.members.append(JsonMember(self.key.value, self.key.span, value))
            self.key = None

    def closed(self, end: int) -> JsonValue:
        """Give the finished value."""
        span = Span(self.start, end)
        return JsonArray(span, tuple(self.items)) if self.members is None else JsonObject(span, tuple(self.members))


class _Reader:
    """Takes tokens one by one; the open objects and arrays are a list, never recursion."""

    def __init__(self) -> None:
        self.open: list[_Open] = []
        self.root: JsonValue | None = None
        self.expect = _Expect.VALUE
        self.comma = Span(0, 0)
        self.problems: list[JsonProblem] = []
        self.has_stopped = False

    def take(self, node: Node) -> bool:
        """Take one token; false when reading cannot go on after it."""
        mark = node.raw if node.kind is NodeKind.PUNCTUATION else b""
        match self.expect:
            case _Expect.VALUE | _Expect.VALUE_OR_END:
                return self._end(node) if mark == b"]" and self._may_end(b"]") else self._value(node, mark)
            case _Expect.KEY | _Expect.KEY_OR_END:
                return self._end(node) if mark == b"}" and self._may_end(b"}") else self._key(node)
            case _Expect.COLON:
                self.expect = _Expect.VALUE
                return mark == b":" or self._stop(node, 'expected ":" after the key')
            case _Expect.NEXT:
                return self._next(node, mark)
            case _Expect.NOTHING:
                return self._stop(node, "unexpected text after the end of the JSON value")

    def _may_end(self, bracket: bytes) -> bool:
        """Tell whether a bracket may close what is open, warning about a comma before it."""
        if not self.open or (self.open[-1].members is None) is (bracket == b"}"):
            return False
        inside = self.open[-1]
        if inside.items or inside.members:
            self.problems.append(JsonProblem(self.comma, "trailing comma", is_warning=True))
        return True

    def _value(self, node: Node, mark: bytes) -> bool:
        if mark in (b"{", b"["):
            if len(self.open) >= LIMIT_DEPTH:
                return self._stop(node, f"nested deeper than {LIMIT_DEPTH} levels")
            self.open.append(_Open(node.start, is_object=mark == b"{"))
            self.expect = _Expect.KEY_OR_END if mark == b"{" else _Expect.VALUE_OR_END
            return True
        value = self._scalar(node)
        return value is not None and self._finish(value)

    def _scalar(self, node: Node) -> JsonValue | None:
        if node.kind is NodeKind.STRING:
            return self._string(node)
        written = node.text if node.kind is NodeKind.LITERAL else ""
        if written in ("true", "false"):
            return JsonBoolean(node.span, written == "true")
        if written == "null":
            return JsonNull(node.span)
        if _NUMBER.match(written):
            return JsonNumber(node.span, written)
        self._stop(node, f"expected a value, found {_shown(node)}")
        return None

    def _string(self, node: Node) -> JsonString:
        try:
            return JsonString(node.span, msgspec.json.decode(node.raw, type=str))
        except (msgspec.MsgspecError, UnicodeDecodeError):
            self.problems.append(
                JsonProblem(node.span, "the string holds an invalid escape, a raw control character or bytes that are not UTF-8")
            )
            return JsonString(node.span, node.raw[1:-1].decode("utf-8", "replace"))

    def _key(self, node: Node) -> bool:
        if node.kind is not NodeKind.STRING:
            return self._stop(node, f"expected a key in double quotes, found {_shown(node)}")
        key, inside = self._string(node), self.open[-1]
        if key.value in inside.seen:
            self.problems.append(JsonProblem(node.span, f'duplicate key "{key.value}"'))
        inside.seen.add(key.value)
        inside.key = key
        self.expect = _Expect.COLON
        return True

    def _next(self, node: Node, mark: bytes) -> bool:
        is_array = self.open[-1].members is None
        if mark == b",":
            self.comma = node.span
            self.expect = _Expect.VALUE_OR_END if is_array else _Expect.KEY_OR_END
            return True
        if mark == (b"]" if is_array else b"}"):
            return self._end(node)
        return self._stop(node, f'expected "," or "{"]" if is_array else "}"}", found {_shown(node)}')

    def _end(self, node: Node) -> bool:
        return self._finish(self.open.pop().closed(node.start + len(node.raw)))

    def _finish(self, value: JsonValue) -> bool:
        """Put a finished value where it belongs."""
        if self.open:
            self.open[-1].add(value)
            self.expect = _Expect.NEXT
        else:
            self.root = value
            self.expect = _Expect.NOTHING
        return True

    def _stop(self, node: Node, reason: str) -> bool:
        self.problems.append(JsonProblem(node.span, reason))
        self.has_stopped = True
        return False

    def tree(self, end: Span, *, expects_object: bool) -> JsonTree:
        """Give the tree; what is still open is closed where reading stopped."""
        if not self.has_stopped and self.expect is not _Expect.NOTHING:
            reason = "the file ends inside an object or array" if self.open else "the file holds no JSON value"
            self.problems.append(JsonProblem(end, reason))
        while self.open:
            self._finish(self.open.pop().closed(end.end))
        if expects_object and self.root is not None and not isinstance(self.root, JsonObject):
            self.problems.append(JsonProblem(self.root.span, "expected an object at the top level"))
        return JsonTree(self.root, tuple(self.problems))


def _shown(node: Node) -> str:
    """Show a token in a message, short and printable."""
    text = ascii(node.raw[:20].decode("utf-8", "replace"))[1:-1].replace("\\\\", "\\")
    return f"`{text}`" if len(node.raw) <= 20 else f"`{text}…`"
