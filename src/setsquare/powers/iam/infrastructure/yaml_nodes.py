"""Reads YAML as nodes with their bytes; CloudFormation's short tags are its functions.

Source: YAML 1.1 as CloudFormation reads it; AWS CloudFormation User Guide, "Intrinsic function reference".
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import TYPE_CHECKING

from setsquare.powers.iam.infrastructure.intrinsic import FUNCTIONS, called_function, no_function
from setsquare.powers.iam.infrastructure.nodes import BareNode, Field, ListNode, MapNode, Node, hole
from setsquare.powers.iam.infrastructure.reading_json import Broken
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.span import Span

if TYPE_CHECKING:
    import yaml

LIMIT_DEPTH = 80
LIMIT_NODES = 300_000
"""Nodes that a file may come to, those that aliases repeat included: a few lines must not become millions."""

_NUMBER = LazyPattern(r"-?(?:0|[1-9]\d*)(?:\.\d+)?\Z")


def yaml_node(raw: bytes, *, keeps_functions: bool = False) -> Node | Broken:
    r"""Read one YAML document; with `keeps_functions` calls stay objects of their name, and merged keys are merged.

    >>> yaml_node(b"Role: !GetAtt X.Arn\n").fields[0].value.value
    '${X.Arn}'
    """
    import yaml  # noqa: PLC0415  (start-up: only YAML needs it)

    skipped = 3 if raw.startswith(b"\xef\xbb\xbf") else 0
    try:
        text = raw[skipped:].decode()
        root = yaml.compose(text, Loader=yaml.CSafeLoader if hasattr(yaml, "CSafeLoader") else yaml.SafeLoader)
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        return Broken(
            0 if mark is None else min(mark.index, len(raw)), f"it is no YAML: {getattr(error, 'problem', None) or 'its text is not UTF-8'}"
        )
    if root is None:
        return Broken(0, "it is empty")
    places = None if text.isascii() else list(accumulate((len(letter.encode()) for letter in text), initial=0))
    reader = _Nodes(raw, skipped, places, keeps_functions=keeps_functions)
    found = reader.node(root, 0)
    return Broken(0, "it is nested too deep, or its aliases repeat too much") if reader.left < 0 else found


class _Nodes:
    """Turns YAML's nodes into ours."""

    __slots__ = ("keeps_functions", "left", "places", "raw", "skipped")

    def __init__(self, raw: bytes, skipped: int, places: list[int] | None, *, keeps_functions: bool) -> None:
        self.keeps_functions = keeps_functions
        self.raw = raw
        self.skipped = skipped
        self.places = places
        self.left = LIMIT_NODES

    def node(self, node: yaml.Node, depth: int) -> Node:
        """Read one node and what is below it."""
        import yaml  # noqa: PLC0415  (imported already)

        span = self._span(node)
        self.left -= 1
        if depth > LIMIT_DEPTH:
            self.left = -1
        if self.left < 0:
            return hole(span, "…")
        tag = str(node.tag)
        if tag.startswith("!") and not tag.startswith("!!"):
            return self._function(tag.removeprefix("!"), node, span, depth)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, span, depth)
        if isinstance(node, yaml.SequenceNode):
            items = tuple([self.node(item, depth + 1) for item in node.value])
            return ListNode(_up_to(span, items, node.flow_style), items, is_block=not node.flow_style)
        return _scalar(str(node.value), tag, span)

    def _function(self, name: str, node: yaml.Node, span: Span, depth: int) -> Node:
        import yaml  # noqa: PLC0415  (imported already)

        full = name if name in {"Ref", "Condition"} else f"Fn::{name}"
        argument: Node
        if isinstance(node, yaml.SequenceNode):
            items = tuple([self.node(item, depth + 1) for item in node.value])
            span = _up_to(span, items, node.flow_style)
            argument = ListNode(span, items)
        elif isinstance(node, yaml.MappingNode):
            if self.keeps_functions:
                return _kept(full, self._mapping(node, span, depth), span)
            return hole(span, full)
        else:
            argument = no_function(span, str(node.value))
        if self.keeps_functions:
            return _kept(full, argument, span)
        return called_function(full, argument, span) if full in FUNCTIONS else hole(span, full)

    def _mapping(self, node: yaml.MappingNode, span: Span, depth: int) -> Node:
        import yaml  # noqa: PLC0415  (imported already)

        fields: list[Field] = []
        merged: list[Field] = []
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode) and key.tag == "tag:yaml.org,2002:merge" and self.keeps_functions:
                merged += self._merged(value, depth)
                continue
            if not isinstance(key, yaml.ScalarNode) or key.tag == "tag:yaml.org,2002:merge":
                return hole(span, "<<")
            key_span = self._span(key)
            inner = self.node(value, depth + 1)
            fields.append(Field(str(key.value), key_span, inner, Span(key_span.start, max(key_span.end, inner.span.end))))
        if len(fields) == 1 and fields[0].key in FUNCTIONS and not self.keeps_functions:
            return called_function(fields[0].key, fields[0].value, span)
        known = {each.key for each in fields}
        fields = [*[each for each in merged if each.key not in known], *fields]
        return MapNode(_up_to(span, fields, node.flow_style), tuple(fields), is_block=not node.flow_style)

    def _merged(self, node: yaml.Node, depth: int) -> list[Field]:
        """Give the fields of `<<: *x`, or of a list of such; the first one counts."""
        found = self.node(node, depth + 1)
        parts = found.items if isinstance(found, ListNode) else (found,)
        fields: dict[str, Field] = {}
        for part in parts:
            for each in part.fields if isinstance(part, MapNode) else ():
                fields.setdefault(each.key, each)
        return list(fields.values())

    def _span(self, node: yaml.Node) -> Span:
        """Give the bytes of a node, without the blank lines that YAML counts to a block."""
        start, end = node.start_mark.index, node.end_mark.index
        if self.places is not None:
            start, end = self.places[start], self.places[end]
        start, end = start + self.skipped, end + self.skipped
        while end > start and self.raw[end - 1] in b" \t\r\n":
            end -= 1
        return Span(start, end)


def _kept(name: str, argument: Node, span: Span) -> MapNode:
    """Make an object of a call."""
    return MapNode(span, (Field(name, span, argument, span),))


def _up_to(span: Span, parts: Sequence[Node | Field], flow: bool | None) -> Span:
    """End a block with its last part: YAML counts the comments after it to it."""
    return span if flow or not parts else Span(span.start, parts[-1].span.end)


def _scalar(text: str, tag: str, span: Span) -> Node:
    kind = tag.rpartition(":")[2]
    if kind == "bool":
        return BareNode(span, "true" if text.lower() in {"true", "yes", "on", "y"} else "false")
    if kind == "null":
        return BareNode(span, "null")
    if kind in {"int", "float"} and _NUMBER.match(text):
        return BareNode(span, text)
    # CloudFormation takes 2012-10-17 for a text, and so do we.
    return no_function(span, text)
