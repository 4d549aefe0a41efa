"""What infrastructure code writes where a policy is meant, in whichever language, with the bytes that each part stands in."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from typing import TypeAlias

import msgspec
from msgspec import Struct

from setsquare.powers.iam.infrastructure.model import Form, SourcePolicy
from setsquare.text.paths import RelPath
from setsquare.text.span import Span


class Dialect(enum.Enum):
    """How lists and words are written: this decides how they are edited. `HEREDOC` is JSON in a template of Terraform, between marks or in quotes."""

    JSON = "json"
    HEREDOC = "heredoc"
    HCL = "hcl"
    BLOCKS = "blocks"
    YAML = "yaml"


class TextNode(Struct, frozen=True):
    """A string. `pieces` are its literal parts; between two of them stands something that only the language's engine knows.

    `value` shows these as they are written, `${var.bucket}`. `is_whole` tells that the engine may put a list or an object here.
    """

    span: Span
    value: str
    pieces: tuple[str, ...]
    is_whole: bool = False

    @property
    def is_open(self) -> bool:
        """Tell whether the engine decides on a part of it."""
        return len(self.pieces) > 1


class BareNode(Struct, frozen=True):
    """A number, `true`, `false` or `null`, as JSON writes it."""

    span: Span
    written: str


class ListNode(Struct, frozen=True):
    """A list; `is_block` tells that it is written in YAML's lines with dashes, or in HCL's blocks."""

    span: Span
    items: tuple[Node, ...]
    is_block: bool = False


class Field(Struct, frozen=True):
    """A key with its value; `span` covers both."""

    key: str
    key_span: Span
    value: Node
    span: Span


class MapNode(Struct, frozen=True):
    """An object; `is_block` as above. `is_optional` tells that the engine may leave it out; its span covers what decides on that too."""

    span: Span
    fields: tuple[Field, ...]
    is_block: bool = False
    is_optional: bool = False

    def field(self, key: str) -> Field | None:
        """Find the first field of a key."""
        return next((field for field in self.fields if field.key == key), None)

    def value(self, *keys: str) -> Node | None:
        """Follow keys through objects; `None` where one is missing."""
        node: Node | None = self
        for key in keys:
            field = node.field(key) if isinstance(node, MapNode) else None
            node = field.value if field else None
        return node


Node: TypeAlias = TextNode | BareNode | ListNode | MapNode


class Inscribed(Struct, frozen=True):
    """JSON inside of a quoted string, without the string's escapes; `places` give for each of its bytes, and for its end, the byte of the file."""

    text: bytes
    places: tuple[int, ...]

    def span(self, inner: Span) -> Span:
        """Give the bytes of the file that a part of the text stands in."""
        return Span(self.places[inner.start], self.places[inner.end])


class Part(Struct, frozen=True, kw_only=True):
    """Statements that stand together in one place of a file: a policy has one such part or, where it is joined of documents, several.

    `root` holds them as its `Statement`; its spans are those of the file, or of the text that is `inscribed` there. `optional` are the statements that the engine may
    leave out, `elsewhere` those that are names of statements in other parts. `names` are those by which code of a folder takes it in, folder and name; `also` is a place
    that takes it in and cannot be followed.
    """

    path: RelPath
    root: MapNode
    dialect: Dialect
    inscribed: Inscribed | None = None
    optional: frozenset[int] = frozenset()
    elsewhere: frozenset[int] = frozenset()
    names: tuple[tuple[str, str], ...] = ()
    also: str = ""

    @property
    def statements(self) -> tuple[Node, ...]:
        """Give the statements' nodes, in the order of the text."""
        return statement_nodes(self.root)

    @property
    def span(self) -> Span:
        """Give the bytes of the file that it covers."""
        return self.inscribed.span(self.root.span) if self.inscribed else self.root.span

    def text_of(self, raw: bytes) -> bytes:
        """Give the text that the spans are of."""
        return self.inscribed.text if self.inscribed else raw


class Loose(Struct, frozen=True, kw_only=True):
    """Statements that the engine alone can make, and why; `like` is what each of them is like as far as it is written. `is_one`: there is one at most."""

    path: RelPath
    start: int
    reason: str
    like: MapNode | None = None
    is_one: bool = False


class UnitKind(enum.Enum):
    """What declares a policy: `ENTRY` is one of the policies that stand inside of a role."""

    RESOURCE = "resource"
    ENTRY = "entry"


class Unit(Struct, frozen=True, kw_only=True):
    """The declaration of a policy, `address` in its language and `span` in its file.

    `is_repeated` tells that the engine makes several of it, `is_blurred` that nobody can say how many and for whom.
    """

    path: RelPath
    kind: UnitKind
    address: str
    span: Span
    is_repeated: bool = False
    is_blurred: bool = False


class Origin(Struct, frozen=True):
    """The expression of Terraform that hands a policy over: its place in a file, the prefix of its module's addresses, and the turn of the loop that it is in."""

    path: RelPath
    span: Span
    prefix: str = ""
    turn: str = ""


class Located(Struct, frozen=True, kw_only=True):
    """A policy with what it was read from. `homes` say of each statement which part it stands in and where among the part's statements."""

    source: SourcePolicy
    root: MapNode
    parts: tuple[Part, ...]
    homes: tuple[tuple[int, int], ...]
    loose: tuple[Loose, ...] = ()
    unit: Unit | None = None
    origin: Origin | None = None

    @property
    def statements(self) -> tuple[Node, ...]:
        """Give the statements' nodes, in the policy's order."""
        return statement_nodes(self.root)

    @property
    def optional(self) -> frozenset[int]:
        """Give the statements that the engine may leave out."""
        return frozenset(index for index, (part, at) in enumerate(self.homes) if at in self.parts[part].optional)


class Unread(Struct, frozen=True, kw_only=True):
    """A place where a policy is meant that could not be read, and why; `owner` is the role as far as the source says.

    `place` is what is known of the policy itself, where that is known.
    """

    path: RelPath
    start: int
    reason: str
    address: str = ""
    owner: str = ""
    origin: Origin | None = None
    place: Place | None = None


class Found(Struct, frozen=True):
    """All policies of some files, and what could not be read."""

    located: tuple[Located, ...] = ()
    unread: tuple[Unread, ...] = ()


class Place(Struct, frozen=True, kw_only=True):
    """What is known of a policy besides its words."""

    path: RelPath
    form: Form
    dialect: Dialect = Dialect.JSON
    owner: str = ""
    name: str = ""
    address: str = ""
    is_trust: bool = False
    is_boundary: bool = False
    unit: Unit | None = None


def hole(span: Span, written: str) -> TextNode:
    """Make a node of something that only the engine knows.

    >>> hole(Span(0, 5), "var.x").value
    '${var.x}'
    """
    return TextNode(span, f"${{{written}}}", ("", ""), is_whole=True)


def words_of(node: Node | None) -> tuple[TextNode, ...]:
    """Give the strings of a string or a list of them."""
    items = node.items if isinstance(node, ListNode) else (node,)
    return tuple([item for item in items if isinstance(item, TextNode)])


def statement_nodes(root: MapNode) -> tuple[Node, ...]:
    """Give the statements of a policy as nodes."""
    value = root.value("Statement")
    return value.items if isinstance(value, ListNode) else () if value is None else (value,)


def rendered(node: Node) -> str:
    """Write a node as JSON.

    >>> rendered(ListNode(Span(0, 0), (TextNode(Span(0, 0), "a", ("a",)), BareNode(Span(0, 0), "1"))))
    '["a",1]'
    """
    parts: list[str] = []
    _render(node, parts)
    return "".join(parts)


def _render(node: Node, parts: list[str]) -> None:
    match node:
        case TextNode():
            parts.append(_quoted(node.value))
        case BareNode():
            parts.append(node.written)
        case ListNode():
            parts.append("[")
            for index, item in enumerate(node.items):
                parts.append("," if index else "")
                _render(item, parts)
            parts.append("]")
        case MapNode():
            parts.append("{")
            for index, field in enumerate(node.fields):
                parts += ["," if index else "", _quoted(field.key), ":"]
                _render(field.value, parts)
            parts.append("}")


def _quoted(text: str) -> str:
    return msgspec.json.encode(text.encode("utf-8", "replace").decode()).decode()


def walked(node: Node) -> Iterator[Node]:
    """Give a node and all below it, in the file's order."""
    waiting: list[Node] = [node]
    while waiting:
        top = waiting.pop()
        yield top
        if isinstance(top, ListNode):
            waiting += reversed(top.items)
        elif isinstance(top, MapNode):
            waiting += [field.value for field in reversed(top.fields)]
