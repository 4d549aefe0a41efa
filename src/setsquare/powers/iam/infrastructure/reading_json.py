"""Reads JSON as nodes: policy files, JSON inside other languages, and CloudFormation's functions in JSON.

Source: AWS CloudFormation User Guide, "Intrinsic function reference"; Terraform language, "Strings and templates".
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from setsquare.powers.iam.infrastructure.assembling import located
from setsquare.powers.iam.infrastructure.intrinsic import FUNCTIONS, called_function, no_function
from setsquare.powers.iam.infrastructure.model import Form
from setsquare.powers.iam.infrastructure.nodes import (
    BareNode,
    Dialect,
    Field,
    Found,
    ListNode,
    MapNode,
    Node,
    Place,
    TextNode,
    Unread,
    hole,
)
from setsquare.text.json_document import read, scan
from setsquare.text.json_tree import JsonArray, JsonBoolean, JsonNull, JsonNumber, JsonObject, JsonString, JsonValue
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.paths import RelPath, base_name
from setsquare.text.span import Span

_GAP = LazyPattern(r"(?<!\$)\$\{_*\}")


class Broken(Struct, frozen=True):
    """Why bytes are not what they should be, and where."""

    start: int
    reason: str


class Reading(Struct, frozen=True, kw_only=True):
    """How JSON is read: `offset` is where it begins in its file, `holes` are the template's expressions by their place there, `has_functions` CloudFormation's.

    A string that begins where an expression does is that expression, written without quotes.
    """

    offset: int = 0
    holes: Mapping[int, str] = {}
    is_template: bool = False
    has_functions: bool = False

    def node(self, value: JsonValue) -> Node:
        """Make nodes of a value; the depth of JSON is bounded where it is scanned."""
        span = Span(value.span.start + self.offset, value.span.end + self.offset)
        match value:
            case JsonString():
                return self._text(value, span)
            case JsonNumber():
                return BareNode(span, value.written)
            case JsonBoolean():
                return BareNode(span, "true" if value.value else "false")
            case JsonNull():
                return BareNode(span, "null")
            case JsonArray():
                return ListNode(span, tuple([self.node(item) for item in value.items]))
            case JsonObject():
                return self._object(value, span)

    def _object(self, value: JsonObject, span: Span) -> Node:
        fields = []
        for member in value.members:
            key_span = Span(member.key_span.start + self.offset, member.key_span.end + self.offset)
            inner = self.node(member.value)
            fields.append(Field(member.key, key_span, inner, Span(key_span.start, inner.span.end)))
        if self.has_functions and len(fields) == 1 and fields[0].key in FUNCTIONS:
            return called_function(fields[0].key, fields[0].value, span)
        return MapNode(span, tuple(fields))

    def _text(self, value: JsonString, span: Span) -> TextNode:
        if not self.is_template:
            return no_function(span, value.value)
        if span.start in self.holes:
            return hole(span, self.holes[span.start])
        pieces = tuple(piece.replace("$${", "${").replace("%%{", "%{") for piece in _GAP.split(value.value))
        names = [self.holes[start] for start in sorted(self.holes) if span.start <= start < span.end]
        shown = pieces[0] + "".join(f"${{{name}}}{piece}" for name, piece in zip(names, pieces[1:], strict=False))
        return TextNode(span, shown, pieces, is_whole=len(pieces) == 2 and not any(pieces))


def json_node(raw: bytes, reading: Reading) -> Node | Broken:
    """Read one JSON value; a problem of its form is why it cannot be read.

    >>> json_node(b'{"a": [1', Reading())
    Broken(start=8, reason='the file ends inside an object or array')
    """
    tree = read(scan(RelPath("x.json"), raw))
    wrong = next((each for each in tree.problems if not each.is_warning), None)
    if tree.root is None or wrong is not None:
        at = wrong.span.start if wrong else 0
        return Broken(at + reading.offset, wrong.reason if wrong else "it is empty")
    return reading.node(tree.root)


def policy_files(path: RelPath, raw: bytes) -> Found:
    """Read a JSON file that is a policy, or that hands one to AWS's command line; of another JSON file nothing is said.

    >>> raw = b'{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}'
    >>> [each.source.name for each in policy_files(RelPath("roles/ecs.json"), raw).located]
    ['ecs']
    """
    root = json_node(raw, Reading())
    if isinstance(root, Broken):
        seems = b'"Statement"' in raw and b'"Effect"' in raw
        return Found((), (Unread(path=path, start=root.start, reason=f"it is no JSON: {root.reason}"),)) if seems else Found()
    if not isinstance(root, MapNode):
        return Found()
    inner = root.value("PolicyDocument")
    trust = root.value("AssumeRolePolicyDocument")
    for node, is_trust in ((inner, False), (trust, True), (root, False)):
        if isinstance(node, MapNode) and is_policy(node):
            place = Place(
                path=path,
                form=Form.JSON,
                dialect=Dialect.JSON,
                owner=_text_at(root, "RoleName"),
                name=_text_at(root, "PolicyName") or base_name(path).rpartition(".")[0],
                is_trust=is_trust or _is_trust(node),
            )
            found = located(place, node)
            return Found((), (found,)) if isinstance(found, Unread) else Found((found,))
    return Found()


def is_policy(node: MapNode) -> bool:
    """Tell whether an object is meant as a policy: it has statements, and one of them has an effect."""
    value = node.value("Statement")
    items = value.items if isinstance(value, ListNode) else (value,)
    return any(isinstance(item, MapNode) and item.field("Effect") is not None for item in items)


def _is_trust(node: MapNode) -> bool:
    value = node.value("Statement")
    items = value.items if isinstance(value, ListNode) else (value,)
    return any(isinstance(item, MapNode) and (item.field("Principal") or item.field("NotPrincipal")) is not None for item in items)


def _text_at(root: MapNode, key: str) -> str:
    value = root.value(key)
    return value.value if isinstance(value, TextNode) else ""
