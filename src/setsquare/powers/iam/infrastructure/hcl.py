"""Reads HCL as blocks, attributes and the few expressions that hold policies; any other expression is known by its text alone.

The text is decoded byte by byte (latin-1), so that a position in it is a position in the file; strings are decoded again as UTF-8.
Depth is bounded, and each character is looked at a few times at most.

Source: HCL Native Syntax Specification; Terraform language, "Strings and templates".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeAlias

from msgspec import Struct

from setsquare.powers.iam.infrastructure.nodes import BareNode, Field, ListNode, MapNode, Node, TextNode, hole
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.span import Span

LIMIT_DEPTH = 60

_SPACE = LazyPattern(r"(?:[ \t\r\n]++|\#[^\n]*+|//[^\n]*+|/\*(?s:.*?)\*/)*+")
_BLANK = LazyPattern(r"(?:[ \t\r]++|/\*(?s:.*?)\*/)*+")
_NAME = LazyPattern(r"[^\W\d][\w-]*+")
_NUMBER = LazyPattern(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_PLAIN = LazyPattern(r'(?:[^"\\$%\r\n]++|\\[^\r\n]|\$\$\{|%%\{|\$(?!\{)|%(?!\{))*+')
_HEREDOC = LazyPattern(r"<<(?P<indented>-?)(?P<tag>[^\W\d][\w-]*+)[ \t]*+\r?\n")
_ESCAPE = LazyPattern(r'\\(?:[nrt"\\]|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})')
_TURN = LazyPattern(r'["{}\[\]()#\n,]|//|/\*|<<-?[^\W\d]')
_STEP = LazyPattern(r"\.(?:[^\W][\w-]*+|\*)|\[(?:\d+|\*|\"[\w-]*+\"|each\.\w+|count\.index)\]")
_SIMPLE = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}


class Call(Struct, frozen=True):
    """A function with its arguments."""

    span: Span
    name: str
    arguments: tuple[Expression, ...]


class Heredoc(Struct, frozen=True):
    """A text between marks; `content` is its place, `holes` are its expressions by their place in the file."""

    span: Span
    content: Span
    holes: tuple[tuple[Span, str], ...]


Expression: TypeAlias = Node | Call | Heredoc


class Attribute(Struct, frozen=True):
    """`name = value`; `span` covers both."""

    name: str
    name_span: Span
    value: Expression
    span: Span


class Block(Struct, frozen=True, kw_only=True):
    """A block with its labels; `span` runs from its first word to its closing bracket, `inside` is what lies between the brackets."""

    type: str
    labels: tuple[str, ...]
    attributes: tuple[Attribute, ...]
    blocks: tuple[Block, ...]
    span: Span
    inside: Span

    def value(self, name: str) -> Expression | None:
        """Give the value of an attribute; `None` where there is none."""
        return next((each.value for each in self.attributes if each.name == name), None)

    def each(self, type_: str) -> Iterator[Block]:
        """Give the inner blocks of a type."""
        return (block for block in self.blocks if block.type == type_)


class NotHcl(Exception):
    """What stands at a place is no HCL that can be read."""

    def __init__(self, start: int, reason: str) -> None:
        """Take the place and the reason."""
        super().__init__(reason)
        self.start = start
        self.reason = reason


def blocks_of(raw: bytes) -> tuple[Block, ...]:
    r"""Read the blocks of a file.

    Raises:
        NotHcl: the file cannot be read to its end.

    >>> block = blocks_of(b'resource "aws_iam_role" "x" {\n  name = "ecs"\n}\n')[0]
    >>> block.labels, block.value("name").value
    (('aws_iam_role', 'x'), 'ecs')
    """
    reader = _Reader(raw.decode("latin-1"))
    return reader.body(3 if raw.startswith(b"\xef\xbb\xbf") else 0, 0, is_file=True)[1]


def template_holes(raw: bytes, span: Span, *, is_quoted: bool) -> tuple[tuple[Span, str], ...]:
    r"""Find the expressions of a template: of a quoted string, whose quotes `span` covers, or of plain text.

    Raises:
        NotHcl: an expression of it is not closed.

    >>> template_holes(b'{"a": ${b}}', Span(0, 11), is_quoted=False)
    ((Span(start=6, end=10), 'b'),)
    """
    source = _Source(raw.decode("latin-1"))
    if not is_quoted:
        return tuple(source.holes(span, 0))
    found: list[tuple[Span, str]] = []
    source.string(span.start, 0, found)
    return tuple(found)


def expression_at(raw: bytes, span: Span) -> Expression:
    """Read the expression of a place, with its functions.

    Raises:
        NotHcl: it cannot be read.

    >>> expression_at(b"x = concat([], y)", Span(4, 17)).name
    'concat'
    """
    return _Reader(raw[: span.end].decode("latin-1")).expression(span.start, 0, "\n")[0]


class _Source:
    """Steps over the text: what ends where."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def string(self, start: int, depth: int, holes: list[tuple[Span, str]] | None = None) -> tuple[TextNode, int]:
        """Read a quoted template; its expressions are added to `holes`."""
        self.bounded(start, depth)
        pieces, shown, at = [""], "", start + 1
        while True:
            plain = _PLAIN.match(self.text, at)
            at = plain.end() if plain else at
            text = _unescaped(plain[0]) if plain else ""
            pieces[-1] += text
            shown += text
            mark = self.text[at : at + 2]
            if mark[:1] == '"':
                return TextNode(Span(start, at + 1), shown, tuple(pieces), is_whole=len(pieces) == 2 and not any(pieces)), at + 1
            if mark not in {"${", "%{"}:
                raise NotHcl(start, "a string is not closed on its line")
            end = self.skipped(at + 2, "}", depth)
            shown += _decoded(self.text[at : end + 1])
            pieces.append("")
            if holes is not None:
                holes.append((Span(at, end + 1), _decoded(self.text[at + 2 : end])))
            at = end + 1

    def heredoc(self, start: int, depth: int) -> tuple[Heredoc, int] | None:
        """Read a text between marks."""
        head = _HEREDOC.match(self.text, start)
        if head is None:
            return None
        close = LazyPattern(rf"(?m)^[ \t]*{head['tag']}[ \t]*\r?$").search(self.text, head.end())
        if close is None:
            raise NotHcl(start, f"the text that begins with <<{head['tag']} never ends")
        end = close.end() - close[0].endswith("\r")
        return Heredoc(Span(start, end), Span(head.end(), close.start()), tuple(self.holes(Span(head.end(), close.start()), depth))), end

    def holes(self, span: Span, depth: int) -> Iterator[tuple[Span, str]]:
        """Find the expressions in a text without quotes."""
        at = span.start
        while (mark := self.text.find("{", at, span.end)) >= 0:
            at = mark + 1
            sign = self.text[mark - 1 : mark]
            if sign and sign in "$%" and self.text[mark - 2 : mark - 1] != sign:
                end = self.skipped(at, "}", depth)
                yield Span(mark - 1, end + 1), _decoded(self.text[at:end])
                at = end + 1

    def skipped(self, at: int, ends: str, depth: int) -> int:
        """Find the character that ends an expression, outside of brackets, strings and comments."""
        open_: list[str] = []
        while True:
            turn = _TURN.search(self.text, at)
            if turn is None:
                if open_ or "\n" not in ends:
                    raise NotHcl(at, "a bracket is not closed")
                return len(self.text)
            mark, at = turn[0], turn.end()
            if mark == '"':
                at = self.string(turn.start(), depth + 1)[1]
            elif mark in {"#", "//"}:
                line = self.text.find("\n", at)
                at = len(self.text) if line < 0 else line
            elif mark == "/*":
                close = self.text.find("*/", at)
                at = len(self.text) if close < 0 else close + 2
            elif mark.startswith("<<"):
                document = self.heredoc(turn.start(), depth + 1)
                at = document[1] if document else at
            elif not open_ and mark in ends:
                return turn.start()
            elif mark in "{[(":
                open_.append({"{": "}", "[": "]", "(": ")"}[mark])
                self.bounded(at, depth + len(open_))
            elif mark in "}])" and (not open_ or open_.pop() != mark):
                raise NotHcl(turn.start(), f"{mark} closes nothing")

    def after(self, pattern: LazyPattern, at: int) -> int:
        """Step over what a pattern matches."""
        found = pattern.match(self.text, at)
        return found.end() if found else at

    @staticmethod
    def bounded(at: int, depth: int) -> None:
        """Refuse what is nested too deep."""
        if depth > LIMIT_DEPTH:
            raise NotHcl(at, f"nested deeper than {LIMIT_DEPTH} levels")


class _Reader:
    """Reads one text."""

    __slots__ = ("source", "text")

    def __init__(self, text: str) -> None:
        self.source = _Source(text)
        self.text = text

    def body(self, at: int, depth: int, *, is_file: bool = False) -> tuple[tuple[Attribute, ...], tuple[Block, ...], int]:
        """Read attributes and blocks up to a closing bracket, or the file's end; give where that is."""
        self.source.bounded(at, depth)
        attributes: list[Attribute] = []
        blocks: list[Block] = []
        while True:
            at = self.source.after(_SPACE, at)
            if at == len(self.text) if is_file else self.text.startswith("}", at):
                return tuple(attributes), tuple(blocks), at
            name = _NAME.match(self.text, at)
            if name is None:
                raise NotHcl(at, "an attribute or a block was expected")
            after = self.source.after(_BLANK, name.end())
            if self.text.startswith("=", after) and not self.text.startswith("==", after):
                value, end = self.expression(self.source.after(_BLANK, after + 1), depth + 1, "\n}")
                attributes.append(Attribute(name[0], Span(at, name.end()), value, Span(at, end)))
            else:
                block = self._block(at, name[0], after, depth)
                blocks.append(block)
                end = block.span.end
            at = end

    def _block(self, start: int, type_: str, at: int, depth: int) -> Block:
        labels: list[str] = []
        while not self.text.startswith("{", at):
            name = _NAME.match(self.text, at)
            if name is None and not self.text.startswith('"', at):
                raise NotHcl(at, "a label or { was expected")
            if name is not None:
                labels.append(name[0])
                end = name.end()
            else:
                label, end = self.source.string(at, depth)
                labels.append(label.value)
            at = self.source.after(_BLANK, end)
        attributes, blocks, close = self.body(at + 1, depth + 1)
        return Block(
            type=type_,
            labels=tuple(labels),
            attributes=attributes,
            blocks=blocks,
            span=Span(start, close + 1),
            inside=Span(at + 1, close),
        )

    def expression(self, at: int, depth: int, ends: str) -> tuple[Expression, int]:
        """Read one expression up to one of the characters that end it; what is more than one value is a hole."""
        self.source.bounded(at, depth)
        found = self._primary(at, depth)
        if found is not None:
            value, end = found
            after = self.source.after(_BLANK, end)
            stops = after == len(self.text) or self.text[after] in ends or self.text[after] in "\n#" or self.text.startswith("//", after)
            # Inside brackets a line end goes on; an operator may begin the next line.
            if stops and ("\n" in ends or self._stops_later(after, ends)):
                return value, end
        end = self.source.skipped(at, ends, depth)
        return hole(Span(at, end), _decoded(self.text[at:end])), end

    def _stops_later(self, at: int, ends: str) -> bool:
        after = self.source.after(_SPACE, at)
        return after == len(self.text) or self.text[after] in ends or "\n" in self.text[at:after]

    def _primary(self, at: int, depth: int) -> tuple[Expression, int] | None:
        """Read a string, a list, an object, a number, a function or a name; `None` for anything else."""
        letter = self.text[at : at + 1]
        if letter == '"':
            return self.source.string(at, depth)
        if letter == "[":
            return self._list(at, depth)
        if letter == "{":
            return self._object(at, depth)
        if letter == "<":
            return self.source.heredoc(at, depth)
        number = _NUMBER.match(self.text, at)
        if number:
            return BareNode(Span(at, number.end()), number[0]), number.end()
        name = _NAME.match(self.text, at)
        if name is None:
            return None
        if name[0] in {"true", "false", "null"}:
            return BareNode(Span(at, name.end()), name[0]), name.end()
        if self.text.startswith("(", name.end()):
            return self._call(at, name[0], name.end(), depth)
        end = name.end()
        while (step := _STEP.match(self.text, end)) is not None:
            end = step.end()
        return hole(Span(at, end), _decoded(self.text[at:end])), end

    def _list(self, start: int, depth: int) -> tuple[Expression, int] | None:
        items: list[Node] = []
        at = self.source.after(_SPACE, start + 1)
        if self._is_for(at):
            return None
        while not self.text.startswith("]", at):
            value, end = self.expression(at, depth + 1, ",]")
            items.append(_as_node(value))
            at = self.source.after(_SPACE, end)
            if self.text.startswith(",", at):
                at = self.source.after(_SPACE, at + 1)
            elif not self.text.startswith("]", at):
                raise NotHcl(at, "a comma or ] was expected in a list")
        return ListNode(Span(start, at + 1), tuple(items)), at + 1

    def _object(self, start: int, depth: int) -> tuple[Expression, int] | None:
        fields: list[Field] = []
        at = self.source.after(_SPACE, start + 1)
        if self._is_for(at):
            return None
        while not self.text.startswith("}", at):
            key, key_end = self._key(at, depth)
            after = self.source.after(_BLANK, key_end)
            if self.text[after : after + 1] not in {"=", ":"}:
                raise NotHcl(after, "= or : was expected in an object")
            value, end = self.expression(self.source.after(_SPACE, after + 1), depth + 1, "\n,}")
            fields.append(Field(key, Span(at, key_end), _as_node(value), Span(at, end)))
            at = self.source.after(_SPACE, end)
            if self.text.startswith(",", at):
                at = self.source.after(_SPACE, at + 1)
        return MapNode(Span(start, at + 1), tuple(fields)), at + 1

    def _key(self, at: int, depth: int) -> tuple[str, int]:
        if self.text.startswith('"', at):
            text, end = self.source.string(at, depth)
            return text.value, end
        if self.text.startswith("(", at):
            end = self.source.skipped(at + 1, ")", depth) + 1
            return f"${{{_decoded(self.text[at + 1 : end - 1])}}}", end
        name = _NAME.match(self.text, at)
        if name is None:
            raise NotHcl(at, "a key was expected in an object")
        return _decoded(name[0]), name.end()

    def _call(self, start: int, name: str, open_: int, depth: int) -> tuple[Expression, int]:
        arguments: list[Expression] = []
        at = self.source.after(_SPACE, open_ + 1)
        while not self.text.startswith(")", at):
            value, end = self.expression(at, depth + 1, ",)")
            arguments.append(value)
            at = self.source.after(_SPACE, end)
            if self.text.startswith("...", at):
                at = self.source.after(_SPACE, at + 3)
            if self.text.startswith(",", at):
                at = self.source.after(_SPACE, at + 1)
            elif not self.text.startswith(")", at):
                raise NotHcl(at, "a comma or ) was expected after an argument")
        return Call(Span(start, at + 1), name, tuple(arguments)), at + 1

    def _is_for(self, at: int) -> bool:
        return self.text.startswith("for", at) and self.text[at + 3 : at + 4] in {" ", "\t", "\n"}


def _as_node(value: Expression) -> Node:
    """Take functions and here-documents inside of values as holes."""
    if isinstance(value, Call):
        return hole(value.span, f"{value.name}(…)")
    if isinstance(value, Heredoc):
        return hole(value.span, "<<…")
    return value


def _decoded(text: str) -> str:
    return text.encode("latin-1").decode("utf-8", "replace")


def _unescaped(written: str) -> str:
    """Read the escapes of a string without its expressions."""
    text = _decoded(written)
    if "\\" in text:
        text = _ESCAPE.sub(_meant, text)
    return text.replace("$${", "${").replace("%%{", "%{")


def _meant(found: re.Match[str]) -> str:
    written = found[0]
    if written[1] in "uU":
        number = int("0x" + written[2:], 0)
        return chr(number) if number < 0x110000 and not 0xD800 <= number < 0xE000 else "\ufffd"
    return _SIMPLE[written[1]]
