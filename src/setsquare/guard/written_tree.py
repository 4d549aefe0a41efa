"""Reads YAML or JSON as plain text values with their lines: no types are guessed, nothing is built, no key stands twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct

from setsquare.text import json_document
from setsquare.text.json_tree import JsonArray, JsonBoolean, JsonNull, JsonNumber, JsonObject, JsonString, JsonValue
from setsquare.text.paths import RelPath

if TYPE_CHECKING:
    import yaml

LIMIT_BYTES = 262_144
"""The longest file that is read."""

_DEEPEST = 8
_MOST_VALUES = 20_000
_PLAIN_TAGS = ("tag:yaml.org,2002:str", "tag:yaml.org,2002:seq", "tag:yaml.org,2002:map")


class Scalar(Struct, frozen=True):
    """One value as its text; `line` from 1."""

    line: int
    text: str


class Listing(Struct, frozen=True):
    """A list."""

    line: int
    items: tuple[Written, ...]


class Mapped(Struct, frozen=True):
    """Keys with their lines and values, in file order."""

    line: int
    members: tuple[tuple[str, int, Written], ...]

    def member(self, key: str) -> Written | None:
        """Find a key's value; `None` when it is absent."""
        return next((value for name, _, value in self.members if name == key), None)


Written: TypeAlias = Scalar | Listing | Mapped


class Unread(Struct, frozen=True):
    """A file that is not read: the line, 0 for all of it, and why."""

    line: int
    reason: str


class _NotRead(Exception):
    """Something in the file that this reader does not take."""

    def __init__(self, line: int, reason: str) -> None:
        """Take the line, from 1, and the reason."""
        super().__init__(reason)
        self.unread = Unread(line, reason)


def read_written(raw: bytes, *, is_json: bool = False) -> Written | Unread:
    r"""Read a file; an empty one is an empty text.

    >>> top = read_written(b"rules:\n- {effect: no, effect: yes}\n")
    >>> top.line, top.reason
    (2, 'the key `effect` stands twice')
    >>> read_written(b'{"a": [1, true]}', is_json=True).member("a").items[1].text
    'true'
    """
    if len(raw) > LIMIT_BYTES:
        return Unread(0, f"the file is longer than {LIMIT_BYTES} bytes")
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return Unread(0, "the file is not UTF-8 text")
    try:
        return _json(raw) if is_json else _yaml(raw.removeprefix(b"\xef\xbb\xbf"))
    except _NotRead as problem:
        return problem.unread
    except RecursionError:
        return Unread(0, "the values nest too deeply")


def _yaml(raw: bytes) -> Written:
    """Read YAML into its nodes only: no value is built, an alias costs what its target costs."""
    import yaml  # noqa: PLC0415  (start-up: most commands read no permission file)

    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    try:
        node = yaml.compose(raw, Loader=loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise _NotRead(mark.line + 1 if mark else 0, f"it is not valid YAML: {error.problem or error.context}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise _NotRead(0, f"it is not valid YAML: {error}") from error
    return Scalar(1, "") if node is None else _Nodes().read(node, 0)


class _Nodes:
    """Turns YAML nodes into values, as many as are allowed."""

    def __init__(self) -> None:
        """Start with none."""
        self.left = _MOST_VALUES

    def read(self, node: yaml.Node, depth: int) -> Written:
        """Turn one node into a value."""
        import yaml  # noqa: PLC0415  (imported already)

        line = node.start_mark.line + 1
        self.left -= 1
        if depth > _DEEPEST or self.left < 0:
            raise _NotRead(line, "the values nest too deeply or are too many")
        if node.tag not in _PLAIN_TAGS:
            raise _NotRead(line, f"a value has the tag {node.tag[:60]}, which is not read")
        if isinstance(node, yaml.ScalarNode):
            return Scalar(line, node.value)
        if isinstance(node, yaml.SequenceNode):
            return Listing(line, tuple(self.read(item, depth + 1) for item in node.value))
        members: list[tuple[str, int, Written]] = []
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise _NotRead(line, "a key is no text")
            members.append((key.value, key.start_mark.line + 1, self.read(value, depth + 1)))
        return Mapped(line, _unrepeated(members))


def _unrepeated(members: list[tuple[str, int, Written]]) -> tuple[tuple[str, int, Written], ...]:
    """Refuse a key that stands twice: two readers must never see two different policies."""
    seen: set[str] = set()
    for key, line, _ in members:
        if key in seen:
            raise _NotRead(line, f"the key `{key[:60]}` stands twice")
        seen.add(key)
    return tuple(members)


def _json(raw: bytes) -> Written:
    """Read JSON with comments, as all settings are read."""
    tree = json_document.read(json_document.scan(RelPath("permissions.json"), raw), expects_object=True)
    if not tree.is_sound or tree.root is None:
        problem = next((each for each in tree.problems if not each.is_warning), None)
        raise _NotRead(_line(raw, problem.span.start) if problem else 0, problem.reason if problem else "it is not valid JSON")
    return _json_value(raw, tree.root)


def _json_value(raw: bytes, value: JsonValue) -> Written:
    """Turn a JSON value into plain text values."""
    line = _line(raw, value.span.start)
    match value:
        case JsonString(value=text):
            return Scalar(line, text)
        case JsonNumber(written=written):
            return Scalar(line, written)
        case JsonBoolean(value=is_true):
            return Scalar(line, "true" if is_true else "false")
        case JsonNull():
            return Scalar(line, "")
        case JsonArray(items=items):
            return Listing(line, tuple(_json_value(raw, item) for item in items))
        case JsonObject(members=members):
            found = [(each.key, _line(raw, each.key_span.start), _json_value(raw, each.value)) for each in members]
            return Mapped(line, _unrepeated(found))


def _line(raw: bytes, offset: int) -> int:
    """Count lines up to an offset, from 1."""
    return raw.count(b"\n", 0, offset) + 1
