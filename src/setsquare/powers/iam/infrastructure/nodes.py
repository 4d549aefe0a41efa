"""What infrastructure code writes where a policy is meant, in whichever language, with the bytes that each part stands in."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from typing import TypeAlias

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from setsquare.powers.iam.infrastructure.model import Form, SourcePolicy
from setsquare.powers.iam.policy.document import Policy
from setsquare.powers.iam.policy.reading import read_policy
from setsquare.text.json_document import scan
from setsquare.text.paths import RelPath
from setsquare.text.span import Span


class Dialect(enum.Enum):
    """How lists and words are written: this decides how they are edited. `SEALED` may be read and never edited."""

    JSON = "json"
    HEREDOC = "heredoc"
    HCL = "hcl"
    BLOCKS = "blocks"
    YAML = "yaml"
    SEALED = "sealed"


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
    """An object; `is_block` as above."""

    span: Span
    fields: tuple[Field, ...]
    is_block: bool = False

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


class Located(Struct, frozen=True, kw_only=True):
    """A policy with what it was read from."""

    source: SourcePolicy
    root: MapNode
    dialect: Dialect

    @property
    def statements(self) -> tuple[Node, ...]:
        """Give the statements' nodes, in the policy's order."""
        return statement_nodes(self.root)


class Unread(Struct, frozen=True, kw_only=True):
    """A place where a policy is meant that could not be read, and why; `owner` is the role as far as the source says."""

    path: RelPath
    start: int
    reason: str
    address: str = ""
    owner: str = ""


class Found(Struct, frozen=True):
    """All policies of some files, and what could not be read."""

    located: tuple[Located, ...] = ()
    unread: tuple[Unread, ...] = ()


class Place(Struct, frozen=True, kw_only=True):
    """What is known of a policy besides its words."""

    path: RelPath
    form: Form
    dialect: Dialect
    owner: str = ""
    name: str = ""
    address: str = ""
    is_trust: bool = False
    is_boundary: bool = False


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


def located(place: Place, root: MapNode) -> Located | Unread:
    """Read a policy from its node: what its words mean is decided by the one reading of policies, whatever the language."""
    unsure = next((node for node in _walk(root) if isinstance(node, TextNode) and node.is_whole and _stands_for_much(root, node)), None)
    if unsure is not None:
        return _unread(place, unsure.span, f"what {unsure.value[:80]} stands for is known to the engine alone")
    policy, problems = read_policy(scan(RelPath("policy.json"), rendered(root).encode()))
    if policy is None:
        return _unread(place, root.span, problems[0].reason if problems else "it is no policy")
    source = SourcePolicy(
        path=place.path,
        form=place.form,
        policy=_placed(policy, root),
        span=root.span,
        owner=place.owner,
        name=place.name,
        address=place.address,
        is_trust=place.is_trust,
        is_boundary=place.is_boundary,
        unresolved=tuple(dict.fromkeys(node.value for node in _walk(root) if isinstance(node, TextNode) and node.is_open)),
    )
    return Located(source=source, root=root, dialect=place.dialect)


def _unread(place: Place, span: Span, reason: str) -> Unread:
    return Unread(path=place.path, start=span.start, reason=reason, address=place.address, owner=place.owner)


def _placed(policy: Policy, root: MapNode) -> Policy:
    """Give the statements their places in the file."""
    nodes = statement_nodes(root)
    statements = [replace(each, span=node.span) for each, node in zip(policy.statements, nodes, strict=True)]
    return replace(policy, statements=tuple(statements))


def _stands_for_much(root: MapNode, node: TextNode) -> bool:
    """Tell whether a hole takes the place of statements, of an effect or of a whole block, so that nothing can be said about the policy."""
    value = root.value("Statement")
    if node is value or (isinstance(value, ListNode) and any(node is item for item in value.items)):
        return True
    firm = ("Effect", "Condition", "Principal", "NotPrincipal")
    return any(
        node is field.value for item in statement_nodes(root) if isinstance(item, MapNode) for field in item.fields if field.key in firm
    )


def _walk(node: Node) -> Iterator[Node]:
    """Give a node and all below it, in the file's order."""
    waiting: list[Node] = [node]
    while waiting:
        top = waiting.pop()
        yield top
        if isinstance(top, ListNode):
            waiting += reversed(top.items)
        elif isinstance(top, MapNode):
            waiting += [field.value for field in reversed(top.fields)]
