"""Reads Terraform's `aws_iam_policy_document` as the policy that it gives.

Source: Terraform AWS provider, data source `aws_iam_policy_document`: `&{…}` is a variable of the policy, the effect is Allow where none is written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from setsquare.powers.iam.infrastructure.hcl import Block, Call, Expression, Heredoc
from setsquare.powers.iam.infrastructure.nodes import (
    BareNode,
    Dialect,
    Field,
    ListNode,
    Loose,
    MapNode,
    Node,
    Part,
    TextNode,
    hole,
    words_of,
)
from setsquare.powers.iam.policy.document import CURRENT_VERSION
from setsquare.text.paths import RelPath
from setsquare.text.span import Span

KEYS = {
    "sid": "Sid", "effect": "Effect", "actions": "Action", "not_actions": "NotAction", "resources": "Resource", "not_resources": "NotResource",
}  # fmt: skip
"""Words of the data source, and the policy's elements."""
_NOWHERE = Span(0, 0)


def document_head(block: Block) -> MapNode:
    """Read a data source without its statements."""
    fields = [_made("Version", _text_or(block.value("version"), CURRENT_VERSION))]
    if block.value("policy_id") is not None:
        fields.append(_made("Id", _text_or(block.value("policy_id"), "")))
    return MapNode(block.span, tuple(fields), is_block=True)


def own_layers(path: RelPath, raw: bytes, block: Block) -> Iterator[Part | Loose]:
    """Read the statements of a data source: those that stand there, those that are there or not, and those that only the engine can make."""
    statements: list[Node] = []
    optional: set[int] = set()
    loose: list[Loose] = []
    for inner in block.blocks:
        if inner.type == "statement":
            looped = next(inner.each("dynamic"), None)
            node = MapNode(inner.span, tuple(_fields(inner)), is_block=True)
            if looped is None:
                statements.append(node)
            else:
                part = looped.labels[0] if looped.labels else "part"
                reason = f"a part of a statement ({part[:40]}) is made in a loop"
                loose.append(Loose(path=path, start=inner.span.start, reason=reason, like=node, is_one=True))
        elif inner.type == "dynamic" and inner.labels == ("statement",):
            content = next(inner.each("content"), None)
            fields = () if content is None else tuple(_fields(content))
            node = MapNode(inner.span, fields, is_block=True)
            is_whole = {"Action", "NotAction"} & {each.key for each in fields}
            if content is None or not is_whole or next(content.each("dynamic"), None) is not None or _is_iterated(raw, inner, content):
                loose.append(
                    Loose(path=path, start=inner.span.start, reason="statements are made in a loop", like=node if content else None)
                )
            else:
                optional.add(len(statements))
                statements.append(node)
    listed = ListNode(block.inside, tuple(statements), is_block=True)
    root = MapNode(block.span, (*document_head(block).fields, _made("Statement", listed)), is_block=True)
    yield Part(path=path, root=root, dialect=Dialect.BLOCKS, optional=frozenset(optional))
    yield from loose


def _is_iterated(raw: bytes, dynamic: Block, content: Block) -> bool:
    """Tell whether what a loop makes differs from turn to turn."""
    name = _text_or(dynamic.value("iterator"), "${statement}").value.removeprefix("${").removesuffix("}")
    return re.search(rb"(?<![\w.-])" + re.escape(name.encode()) + rb"\.", raw[content.span.start : content.span.end]) is not None


def _fields(block: Block) -> Iterator[Field]:
    """Give the elements of a statement."""
    for attribute in block.attributes:
        if attribute.name in KEYS and not (isinstance(attribute.value, ListNode) and not attribute.value.items):
            yield Field(KEYS[attribute.name], attribute.name_span, _value(attribute.value), attribute.span)
    if block.value("effect") is None:
        yield _made("Effect", TextNode(_NOWHERE, "Allow", ("Allow",)))
    for name, element in (("principals", "Principal"), ("not_principals", "NotPrincipal")):
        kinds: dict[str, list[Node]] = {}
        for inner in block.each(name):
            kind = _text_or(inner.value("type"), "")
            kinds.setdefault(kind.value, []).extend(_items(inner.value("identifiers")))
        if kinds:
            yield _made(element, _principals(kinds))
    conditions: dict[str, list[Field]] = {}
    for inner in block.each("condition"):
        key = _text_or(inner.value("variable"), "").value
        values = ListNode(inner.span, tuple(_items(inner.value("values"))))
        conditions.setdefault(_text_or(inner.value("test"), "").value, []).append(_made(key, values))
    if conditions:
        yield _made(
            "Condition", MapNode(_NOWHERE, tuple([_made(test, MapNode(_NOWHERE, tuple(keys))) for test, keys in conditions.items()]))
        )


def _principals(kinds: dict[str, list[Node]]) -> Node:
    if kinds.keys() == {"*"}:
        return TextNode(_NOWHERE, "*", ("*",))
    return MapNode(_NOWHERE, tuple([_made(kind, ListNode(_NOWHERE, tuple(items))) for kind, items in kinds.items()]))


def _items(value: Expression | None) -> tuple[Node, ...]:
    if isinstance(value, ListNode):
        return tuple([_value(item) for item in value.items])
    return () if value is None else (_value(value),)


def _value(value: Expression) -> Node:
    """Read a value as the data source writes it out: its own mark for the policy's variables becomes that of policies."""
    match value:
        case TextNode():
            pieces = tuple([piece.replace("&{", "${") for piece in value.pieces])
            return TextNode(value.span, value.value.replace("&{", "${"), pieces, value.is_whole)
        case ListNode():
            return ListNode(value.span, tuple([_value(item) for item in value.items]))
        case BareNode():
            return TextNode(value.span, value.written, (value.written,))
        case Call() | Heredoc():
            return hole(value.span, value.name if isinstance(value, Call) else "<<…")
        case MapNode():
            return hole(value.span, "{…}")


def _text_or(value: Expression | None, otherwise: str) -> TextNode:
    found = words_of(value) if not isinstance(value, (Call, Heredoc)) else ()
    return found[0] if found else TextNode(_NOWHERE, otherwise, (otherwise,))


def _made(key: str, value: Node) -> Field:
    return Field(key, value.span, value, value.span)
