"""Reads JSON and YAML as plain values; CloudFormation's short tags become objects of one key, `{"!Ref": ...}`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

import msgspec

from setsquare.text.paths import RelPath

Tree: TypeAlias = "str | int | float | bool | list[Tree] | dict[str, Tree] | None"


def read_tree(path: RelPath, raw: bytes) -> Tree:
    """Read a file; `None` where it is neither.

    >>> read_tree(RelPath("a.yaml"), b"Role: !GetAtt X.Arn"), read_tree(RelPath("a.json"), b"{"), read_tree(RelPath("a.json"), b"[1]")
    ({'Role': {'!GetAtt': 'X.Arn'}}, None, [1])
    """
    try:
        decoded: Tree = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None if path.endswith(".json") else _yaml(raw)
    return decoded


def read_trees(path: RelPath, raw: bytes) -> list[Tree]:
    r"""Read the documents of a file, of which YAML can hold several; those behind a broken one are left out.

    >>> read_trees(RelPath("a.yaml"), b"a: 1\n---\nb: 2\n---\n{")
    [{'a': '1'}, {'b': '2'}]
    """
    try:
        return [msgspec.json.decode(raw)]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return [] if path.endswith(".json") else list(_documents(raw))


def line_of(raw: bytes, word: bytes) -> int:
    r"""Give the line of a word's first place, from 1; 1 where it has none.

    >>> line_of(b"a\nb", b"b"), line_of(b"a", b"b")
    (2, 1)
    """
    place = raw.find(word)
    return raw.count(b"\n", 0, place) + 1 if place >= 0 else 1


def child(tree: Tree, key: str) -> Tree:
    """Give the value of a key; `None` where there is none.

    >>> child({"a": 1}, "a"), child([1], "a")
    (1, None)
    """
    return tree.get(key) if isinstance(tree, dict) else None


def text_of(tree: Tree) -> str:
    """Give a text; empty for anything else.

    >>> text_of("a"), text_of({"a": 1})
    ('a', '')
    """
    return tree if isinstance(tree, str) else ""


def item_texts(tree: Tree, key: str) -> tuple[str, ...]:
    """Give the texts under a key of the objects of a list.

    >>> item_texts([{"name": "a"}, 1], "name")
    ('a',)
    """
    return tuple(text for item in tree if (text := text_of(child(item, key)))) if isinstance(tree, list) else ()


def _yaml(raw: bytes) -> Tree:
    import yaml  # noqa: PLC0415  (start-up: only YAML needs it)

    try:
        node = yaml.compose(raw.decode("utf-8", "replace"), Loader=yaml.CSafeLoader if hasattr(yaml, "CSafeLoader") else yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError):
        return None
    return _Values().value(node, 0) if node is not None else None


def _documents(raw: bytes) -> Iterator[Tree]:
    import yaml  # noqa: PLC0415  (start-up: only YAML needs it)

    loader = yaml.CSafeLoader if hasattr(yaml, "CSafeLoader") else yaml.SafeLoader
    values = _Values()
    try:
        for node in yaml.compose_all(raw.decode("utf-8", "replace"), Loader=loader):
            if node is not None:
                yield values.value(node, 0)
    except (yaml.YAMLError, RecursionError):
        return


class _Values:
    """Turns YAML's nodes into values; aliases count, so that a few lines cannot become millions."""

    __slots__ = ("left",)

    def __init__(self) -> None:
        self.left = 200_000

    def value(self, node: object, depth: int) -> Tree:
        """Give a node's value, `None` below a depth that no template has."""
        import yaml  # noqa: PLC0415  (imported already)

        self.left -= 1
        if depth > 60 or self.left < 0:
            return None
        inner: Tree
        if isinstance(node, yaml.MappingNode):
            inner = {str(key.value): self.value(value, depth + 1) for key, value in node.value if isinstance(key, yaml.ScalarNode)}
        elif isinstance(node, yaml.SequenceNode):
            inner = [self.value(item, depth + 1) for item in node.value]
        elif isinstance(node, yaml.ScalarNode):
            inner = str(node.value)
        else:
            return None
        tag = str(node.tag)
        return {tag: inner} if tag.startswith("!") else inner
