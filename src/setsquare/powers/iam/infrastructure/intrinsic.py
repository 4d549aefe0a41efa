"""Reads CloudFormation's functions as far as text can be read without the engine.

Source: AWS CloudFormation User Guide, "Intrinsic function reference".
"""

from __future__ import annotations

from collections.abc import Sequence

from setsquare.powers.iam.infrastructure.nodes import ListNode, MapNode, Node, TextNode, hole
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.span import Span

FUNCTIONS = frozenset(
    {
        *("Ref", "Condition", "Fn::Sub", "Fn::GetAtt", "Fn::Join", "Fn::If", "Fn::Select", "Fn::Split", "Fn::ImportValue", "Fn::FindInMap"),
        *("Fn::GetAZs", "Fn::Base64", "Fn::Cidr", "Fn::Transform", "Fn::ToJsonString", "Fn::Length", "Fn::ForEach"),
    }
)
"""Keys of objects that the engine replaces. `Condition` is one only where it stands alone with a text."""

_VARIABLE = LazyPattern(r"\$\{(?P<name>[^}!]*)\}")
_LITERAL = "${!"


def no_function(span: Span, text: str) -> TextNode:
    """Make a node of a text without holes.

    >>> no_function(Span(0, 3), "a").pieces
    ('a',)
    """
    return TextNode(span, text, (text,))


def called_function(name: str, argument: Node, span: Span) -> Node:
    """Read one call; what stays open is a hole.

    >>> called_function("Ref", no_function(Span(0, 0), "Bucket"), Span(0, 0)).value
    '${Bucket}'
    >>> called_function("Fn::Sub", no_function(Span(0, 0), "arn:aws:s3:::${Bucket}/${!aws:username}"), Span(0, 0)).pieces
    ('arn:aws:s3:::', '/${aws:username}')
    """
    if name == "Ref" and isinstance(argument, TextNode):
        return hole(span, argument.value)
    if name == "Fn::GetAtt":
        items = argument.items if isinstance(argument, ListNode) else (argument,)
        return hole(span, ".".join(item.value for item in items if isinstance(item, TextNode)))
    if name == "Fn::Sub":
        first = argument.items[0] if isinstance(argument, ListNode) and argument.items else argument
        if isinstance(first, TextNode) and not first.is_open:
            return _substituted(span, first.value)
    if name == "Fn::If" and isinstance(argument, ListNode):
        only = _only_statement(argument.items[1:])
        if only is not None:
            return MapNode(span, only.fields, only.is_block, is_optional=True)
    if name == "Fn::Join" and isinstance(argument, ListNode) and len(argument.items) == 2:
        joined = _joined(span, argument.items[0], argument.items[1])
        if joined is not None:
            return joined
    return hole(span, name)


def _only_statement(branches: Sequence[Node]) -> MapNode | None:
    """Give the statement that is there or not; `None` where the branches are anything else."""
    statements = [each for each in branches if isinstance(each, MapNode) and each.field("Effect") is not None]
    nothing = [each for each in branches if isinstance(each, TextNode) and each.value == "${AWS::NoValue}"]
    return statements[0] if len(statements) == len(nothing) == 1 and len(branches) == 2 else None


def _substituted(span: Span, text: str) -> TextNode:
    pieces, names, position = [], [], 0
    for found in _VARIABLE.finditer(text):
        pieces.append(text[position : found.start()].replace(_LITERAL, "${"))
        names.append(found["name"])
        position = found.end()
    pieces.append(text[position:].replace(_LITERAL, "${"))
    shown = pieces[0] + "".join(f"${{{name}}}{piece}" for name, piece in zip(names, pieces[1:], strict=True))
    return TextNode(span, shown, tuple(pieces))


def _joined(span: Span, between: Node, parts: Node) -> TextNode | None:
    """Join texts, holes among them; `None` where the parts are not known."""
    if not isinstance(between, TextNode) or between.is_open or not isinstance(parts, ListNode):
        return None
    shown, pieces = "", [""]
    for index, part in enumerate(parts.items):
        if not isinstance(part, TextNode):
            return None
        glue = between.value if index else ""
        shown += glue + part.value
        pieces[-1] += glue + part.pieces[0]
        pieces += part.pieces[1:]
    return TextNode(span, shown, tuple(pieces))
