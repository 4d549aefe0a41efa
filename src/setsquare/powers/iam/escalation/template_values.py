"""Gives what YAML and templates write as the values of expressions."""

from __future__ import annotations

from setsquare.powers.iam.expressions.values import NOTHING, Fields, Open, Value
from setsquare.powers.iam.infrastructure.nodes import BareNode, ListNode, MapNode, Node, TextNode
from setsquare.powers.iam.infrastructure.reading_json import Broken
from setsquare.powers.iam.infrastructure.yaml_nodes import yaml_node
from setsquare.text.lazy_pattern import LazyPattern

_BREAK = LazyPattern(r"(?m)^---(?:[ \t].*)?$")


def value_of(text: str) -> Value | None:
    r"""Read one document; `None` where it cannot be read.

    >>> value_of("a: [b]\n")
    Fields(fields=(('a', ('b',)),))
    """
    node = yaml_node(text.encode())
    return None if isinstance(node, Broken) else value_of_node(node)


def values_in(raw: bytes) -> tuple[Value, ...] | None:
    r"""Read all documents of a file; `None` where one cannot be read.

    >>> values_in(b"a\n---\nb\n")
    ('a', 'b')
    """
    found: list[Value] = []
    for part in _BREAK.split(raw.decode("utf-8", "replace")):
        if not part.strip():
            continue
        node = yaml_node(part.encode(), keeps_functions=True)
        if isinstance(node, Broken):
            return None
        found.append(value_of_node(node))
    return tuple(found)


def value_of_node(node: Node) -> Value:
    """Give the value that a node writes.

    >>> from setsquare.text.span import Span
    >>> value_of_node(TextNode(Span(0, 0), "a", ("a",)))
    'a'
    """
    match node:
        case TextNode():
            return Open(node.value, node.is_whole) if node.is_open else node.value
        case BareNode():
            return node.written == "true" if node.written in {"true", "false"} else NOTHING if node.written == "null" else node.written
        case ListNode():
            return tuple([value_of_node(item) for item in node.items])
        case MapNode():
            return Fields(tuple([(field.key, value_of_node(field.value)) for field in node.fields]))
