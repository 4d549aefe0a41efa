"""Reads Terraform's JSON as the blocks that it stands for, with the places of its expressions.

Source: Terraform language, "JSON Configuration Syntax".
"""

from __future__ import annotations

from collections.abc import Iterator

from setsquare.powers.iam.infrastructure.hcl import Attribute, Block, Expression, NotHcl, expression_at
from setsquare.powers.iam.infrastructure.nodes import hole
from setsquare.text.json_document import read, scan
from setsquare.text.json_tree import JsonArray, JsonMember, JsonObject, JsonValue
from setsquare.text.paths import RelPath
from setsquare.text.span import Span

_LABELS = {"resource": 2, "data": 2, "module": 1, "variable": 1, "output": 1, "provider": 1, "ephemeral": 2}
_INNER = frozenset({"statement", "condition", "principals", "not_principals", "inline_policy", "content"})


def json_blocks(raw: bytes) -> tuple[Block, ...]:
    """Read the blocks of a file.

    Raises:
        NotHcl: it is no JSON object.

    >>> json_blocks(b'{"resource": {"aws_iam_role": {"x": {"name": "ci"}}}}')[0].labels
    ('aws_iam_role', 'x')
    """
    tree = read(scan(RelPath("x.json"), raw))
    wrong = next((each for each in tree.problems if not each.is_warning), None)
    if wrong is not None or not isinstance(tree.root, JsonObject):
        raise NotHcl(wrong.span.start if wrong else 0, wrong.reason if wrong else "it is no object")
    return tuple([block for member in tree.root.members for block in _top(raw, member)])


def _top(raw: bytes, member: JsonMember) -> Iterator[Block]:
    yield from _labelled(raw, member.key, (), member.value, _LABELS.get(member.key, 0))


def _labelled(raw: bytes, type_: str, labels: tuple[str, ...], value: JsonValue, left: int) -> Iterator[Block]:
    """Step through the labels; a list holds several blocks."""
    for each in value.items if isinstance(value, JsonArray) else (value,):
        if not isinstance(each, JsonObject):
            continue
        if not left:
            yield _block(raw, type_, labels, each)
            continue
        for member in each.members:
            yield from _labelled(raw, type_, (*labels, member.key), member.value, left - 1)


def _block(raw: bytes, type_: str, labels: tuple[str, ...], value: JsonObject) -> Block:
    attributes: list[Attribute] = []
    blocks: list[Block] = []
    for member in value.members:
        if member.key in _INNER:
            blocks += _labelled(raw, member.key, (), member.value, 0)
        elif member.key == "dynamic":
            blocks += _labelled(raw, "dynamic", (), member.value, 1)
        span = Span(member.key_span.start, member.value.span.end)
        attributes.append(Attribute(member.key, member.key_span, _expression(raw, member.value.span), span))
    return Block(type=type_, labels=labels, attributes=tuple(attributes), blocks=tuple(blocks), span=value.span, inside=value.span)


def _expression(raw: bytes, span: Span) -> Expression:
    """JSON is written as HCL writes its values, and texts are templates in both."""
    try:
        return expression_at(raw, span)
    except NotHcl:
        return hole(span, "what JSON says here")
