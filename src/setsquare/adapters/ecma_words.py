"""Says JavaScript and TypeScript as words that do not change when a formatter lays the code out anew.

Quotation marks, semicolons, brackets that only group, the mark before the first of several types, and the white space that JSX drops say nothing.
The words keep the tree, so that what these marks would tell apart stays apart.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node

_GROUPS = frozenset({"parenthesized_expression", "parenthesized_type"})
_SEPARATORS = frozenset({",", ";"})
# `[, a]` has a hole where nothing stands: the commas of these say something, but for one at the end.
_WITH_HOLES = frozenset({"array", "array_pattern"})
_UNIONS = frozenset({"union_type", "intersection_type"})
# Brackets round the beginning of a chain end what `?.` skips.
_CHAINED = frozenset({"object", "function"})
_CHAINS = frozenset({"member_expression", "subscript_expression", "call_expression", "non_null_expression"})
_NAME = re.compile(rb"[A-Za-z_$][\w$]*")
_END = b"\1"


def ecma_words(node: Node) -> list[bytes]:
    """List the words of a definition or a file; comments are none."""
    words: list[bytes] = []
    stack: list[tuple[Node | None, str]] = [(node, "")]
    while stack:
        current, field = stack.pop()
        if current is None:
            words.append(_END)
        elif current.is_named:
            stack.extend(reversed(_named(current, field, words)))
        else:
            words.append(current.text or b"")
    return [word for word in words if word]


def _named(node: Node, field: str, words: list[bytes]) -> list[tuple[Node | None, str]]:
    """Write what a named node begins with, and give what is left to say of it."""
    kind = node.type
    if "comment" in kind or (kind == "empty_statement" and not field):
        return []
    if _is_grouping(node, field):
        return [(child, field) for child in node.named_children]
    mark = f"\2{field}:".encode()
    if kind == "string":
        text = _plain(node)
        words.append(mark + text if field == "key" and _NAME.fullmatch(text) else b"'" + text)
    elif kind == "jsx_text":
        words.append(_shown(node.text or b""))
    elif kind == "number":
        words.append(mark + (node.text or b"").lower())
    elif not node.child_count or kind == "template_string":
        words.append(mark + (node.text or b""))
    else:
        words.append(mark + kind.encode())
        return [*_children(node), (None, "")]
    return []


def _is_grouping(node: Node, field: str) -> bool:
    """Tell whether a node only groups: the tree says that already. `(a?.b).c` and `a?.b.c` have one tree and two meanings."""
    if node.type in _UNIONS:
        return node.named_child_count == 1
    return node.type in _GROUPS and not (field in _CHAINED and any(child.type in _CHAINS for child in node.named_children))


def _children(node: Node) -> list[tuple[Node | None, str]]:
    """List the children that say something, with their fields."""
    listed = _fields(node)
    if node.type in _WITH_HOLES:
        is_trailing = len(listed) > 2 and listed[-2][0].type == ","
        return [*(listed[:-2] if is_trailing else listed[:-1])]
    if node.type in _UNIONS and not listed[0][0].is_named:
        listed = listed[1:]
    if node.type == "arrow_function":
        listed = [_without_brackets(child, field) for child, field in listed]
    return [(child, field) for child, field in listed if child.is_named or child.type not in _SEPARATORS]


def _fields(node: Node) -> list[tuple[Node, str]]:
    """List the children that are no comments; a cursor knows their fields without counting anew for each."""
    found: list[tuple[Node, str]] = []
    cursor = node.walk()
    is_there = cursor.goto_first_child()
    while is_there:
        if cursor.node is not None and "comment" not in cursor.node.type:
            found.append((cursor.node, cursor.field_name or ""))
        is_there = cursor.goto_next_sibling()
    return found


def _without_brackets(node: Node, field: str) -> tuple[Node, str]:
    """Give the one name that an arrow function takes: it may stand in brackets or without."""
    if field != "parameters" or node.named_child_count != 1:
        return node, field
    only = node.named_children[0]
    if only.type == "required_parameter" and only.child_count == 1:
        only = only.children[0]
    return (only, "parameter") if only.type == "identifier" else (node, field)


def _plain(node: Node) -> bytes:
    """Give a string's text without its marks, which may be of either kind."""
    text = (node.text or b"")[1:-1]
    return text.replace(rb"\'", b"'").replace(rb"\"", b'"')


def _shown(text: bytes) -> bytes:
    """Give the text between two JSX tags as it is shown: lines without the white space around them."""
    if b"\n" not in text:
        return text
    first, *middle, last = text.split(b"\n")
    rows = (first.rstrip(), *(row.strip() for row in middle), last.lstrip())
    return b" ".join(row for row in rows if row.strip())
