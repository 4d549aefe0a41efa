"""Reads the dependency graph that a task file may hold: waves as JSON in every seen form, or dependencies as arrows or JSON.

Source: Kiro's on-disk format, section 2.6, the waves block and its variants.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Final, TypeAlias

import msgspec

from setsquare.text import json_document
from setsquare.text.document import FENCE, HEADING, TEXT, Document, Node
from setsquare.text.json_tree import JsonArray, JsonNumber, JsonObject, JsonString, JsonValue
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.paths import RelPath
from setsquare.text.span import Span

Waves: TypeAlias = tuple[tuple[str, ...], ...]

_IS_ABOUT: Final = LazyPattern(r"depend|waves?\b|依赖|依存", re.IGNORECASE)
_ARROW: Final = LazyPattern(r"\s*(?:[-=.]{1,3}>(?:\|[^|]{0,80}\|)?|-{2,3}\s*[^->|]{1,80}\s*-{2,3}>|→|⟶)\s*")
_NODE: Final = LazyPattern(r"\s*(?P<name>[A-Za-z_]*\d+(?:[._]\d+)*|[A-Za-z]\w{0,39})\s*(?:[\[({]+\"?(?P<label>[^\])}]{0,200})[\])}]+)?\s*")
_LABEL_ID: Final = LazyPattern(r"\W*(?:Task\s*|T)?(\d+(?:\.\d+)*)", re.IGNORECASE)
_WAVE_LINE: Final = LazyPattern(r"\W*(?:wave|波次|ウェーブ)\s*\d+\W*[:：]\W*(?P<ids>\d[\d.,、\s]*)\W*\Z", re.IGNORECASE)
_IDS: Final = LazyPattern(r"\d+(?:\.\d+)*")
_LIMIT_GRAPH_BYTES: Final = 400_000
_LIMIT_LINE: Final = 2000
_SIDES: Final = LazyPattern(r"[&,]")
_NOWHERE: Final = RelPath("")


class Graph(msgspec.Struct, frozen=True, kw_only=True):
    """A dependency graph: groups of task ids in order, the dependencies (first, then) that were written, and where it stands."""

    waves: Waves = ()
    edges: tuple[tuple[str, str], ...] = ()
    span: Span | None = None


def read_waves(document: Document) -> Waves:
    r"""Read the last block that is a dependency graph; none gives no waves.

    >>> from setsquare.text.markdown import scan
    >>> from setsquare.text.paths import RelPath
    >>> read_waves(scan(RelPath("tasks.md"), b'```json\n{"waves": [{"id": 0, "tasks": ["1.1"]}, {"id": 1, "tasks": ["2"]}]}\n```\n'))
    (('1.1',), ('2',))
    """
    return read_graph(document, ()).waves


def read_graph(document: Document, ids: Sequence[str]) -> Graph:
    r"""Read the last block that is a dependency graph; `ids` are the tasks' ids, which arrows are read against.

    >>> from setsquare.text.markdown import scan
    >>> from setsquare.text.paths import RelPath
    >>> graph = read_graph(scan(RelPath("tasks.md"), b"```mermaid\ngraph TD\n  T1 --> T2\n  T1 --> T3\n```\n"), ("1", "2", "3"))
    >>> graph.waves, graph.edges
    ((('1',), ('2', '3')), (('1', '2'), ('1', '3')))
    """
    known = frozenset(ids)
    for node in reversed(document.nodes):
        if node.kind is FENCE and len(node.raw) <= _LIMIT_GRAPH_BYTES:
            graph = _block(_inner(node), known)
            if graph.waves:
                return msgspec.structs.replace(graph, span=node.span)
    return _outside(document, known)


def _inner(node: Node) -> bytes:
    """Take a fence's content without its first line and its closing line."""
    lines = node.raw.strip().splitlines()
    return b"\n".join(lines[1:-1] if len(lines) > 1 and lines[-1].strip().startswith((b"```", b"~~~")) else lines[1:])


def _block(raw: bytes, known: frozenset[str]) -> Graph:
    """Read one block as JSON, or as arrows between tasks that exist."""
    if raw.lstrip()[:1] in (b"{", b"["):
        is_likely = b"wave" in raw or b"depend" in raw or raw.lstrip()[:2] in (b"[[", b"[\n", b"[ ")
        return _json(raw) if is_likely else Graph()
    if not known or not (b"->" in raw or b"=>" in raw or "→".encode() in raw):
        return Graph()
    edges = tuple(dict.fromkeys(_arrows(raw.decode("utf-8", "replace").splitlines(), known)))
    return Graph(waves=layered(edges), edges=edges)


def _outside(document: Document, known: frozenset[str]) -> Graph:
    """Read a graph that stands in no block: JSON as text, or `Wave 1: 1.1, 2` lines below a heading about dependencies."""
    is_about = False
    text: list[Node] = []
    listed: list[tuple[Node, tuple[str, ...]]] = []
    for node in document.nodes:
        if node.kind is HEADING:
            is_about = _IS_ABOUT.search(node.text) is not None
        elif is_about and (match := _WAVE_LINE.match(node.text[:_LIMIT_LINE])):
            listed.append((node, tuple(_IDS.findall(match["ids"]))))
        elif node.kind is TEXT and (text or node.text[:1] in ("{", "[")):
            text.append(node)
    if listed:
        return Graph(waves=tuple(ids for _, ids in listed), span=Span(listed[0][0].start, listed[-1][0].span.end))
    raw = b"".join(node.raw for node in text)
    graph = _block(raw, known) if b'"wave' in raw and len(raw) <= _LIMIT_GRAPH_BYTES else Graph()
    return msgspec.structs.replace(graph, span=Span(text[0].start, text[-1].span.end)) if graph.waves else Graph()


def _json(raw: bytes) -> Graph:
    """Read JSON of any of the forms, comments and trailing commas included; one object on each line is a form too."""
    tree = json_document.read(json_document.scan(_NOWHERE, raw))
    root = tree.root
    if tree.is_sound and root is not None:
        return _value(root)
    rows = [json_document.read(json_document.scan(_NOWHERE, line.strip().rstrip(b","))) for line in raw.splitlines() if line.strip()]
    if rows and all(row.is_sound and isinstance(row.root, JsonObject) and row.root.member("tasks") for row in rows):
        return Graph(waves=tuple(_group(row.root) for row in rows if row.root is not None))
    return Graph()


def _value(root: JsonValue) -> Graph:
    """Read one JSON value: an object with `waves` or dependencies, a list of groups, or one group."""
    if isinstance(root, JsonArray):
        groups = root.items
        is_graph = bool(groups) and (all(isinstance(item, JsonArray) for item in groups) or all(_is_group(item) for item in groups))
        return Graph(waves=tuple(_group(item) for item in groups)) if is_graph else Graph()
    if not isinstance(root, JsonObject):
        return Graph()
    waves = root.member("waves")
    if waves and isinstance(waves.value, JsonArray):
        return Graph(waves=tuple(_group(item) for item in waves.value.items))
    if waves and isinstance(waves.value, JsonObject):
        return Graph(waves=tuple(_group(member.value) for member in waves.value.members))
    if root.member("wave") and root.member("tasks"):
        return Graph(waves=(_group(root),))
    edges = tuple(dict.fromkeys(_dependencies(root)))
    return Graph(waves=layered(edges), edges=edges)


def _is_group(item: JsonValue) -> bool:
    """Tell whether a value is a wave as an object."""
    return isinstance(item, JsonObject) and item.member("tasks") is not None and (item.member("wave") or item.member("id")) is not None


def _group(item: JsonValue) -> tuple[str, ...]:
    """List a wave's tasks."""
    if isinstance(item, JsonObject):
        tasks = item.member("tasks")
        return _group(tasks.value) if tasks else ()
    return tuple(_ids(item.items)) if isinstance(item, JsonArray) else ()


def _ids(items: Iterable[JsonValue]) -> Iterator[str]:
    """Write task ids as text, without a final dot; a task may be an object with an `id`."""
    for item in items:
        if isinstance(item, JsonString):
            yield item.value.strip().rstrip(".")
        elif isinstance(item, JsonNumber):
            yield item.written
        elif isinstance(item, JsonObject) and (named := item.member("id")):
            yield from _ids((named.value,))


def _dependencies(root: JsonObject) -> Iterator[tuple[str, str]]:
    """Read `{"dependencies": {"2": ["1"]}}` and `{"tasks": [{"id": "2", "depends_on": ["1"]}]}`."""
    told = root.member("dependencies")
    if told and isinstance(told.value, JsonObject):
        for member in told.value.members:
            items = member.value.items if isinstance(member.value, JsonArray) else (member.value,)
            yield from ((first, member.key) for first in _ids(items))
    tasks = root.member("tasks")
    for task in tasks.value.items if tasks and isinstance(tasks.value, JsonArray) else ():
        if not isinstance(task, JsonObject):
            continue
        after = next((found for key in ("depends_on", "dependsOn", "dependencies") if (found := task.member(key))), None)
        for then in _ids((task,)):
            yield from ((first, then) for first in _ids(after.value.items if after and isinstance(after.value, JsonArray) else ()))


def _arrows(lines: Iterable[str], known: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Read `T1 --> T2`, chains and `A & B --> C`; a node means the task that its name or its label says."""
    named: dict[str, str] = {}
    for line in lines:
        if len(line) > _LIMIT_LINE:
            continue
        chain = [[_task(part, named, known) for part in _SIDES.split(side)] for side in _ARROW.split(line)]
        for before, after in pairwise(chain):
            yield from ((first, then) for first in before for then in after if first and then and first != then)


def _task(part: str, named: dict[str, str], known: frozenset[str]) -> str:
    """Find the task that one node of a picture means; nothing when there is none. `named` collects what labels say."""
    match = _NODE.fullmatch(part.rstrip("; "))
    if match is None:
        return ""
    name = match["name"]
    said = _LABEL_ID.match(match["label"]) if match["label"] else None
    if said and said[1] in known:
        named[name] = said[1]
    if name in named or name in known:
        return named.get(name, name)
    number = name.lstrip("Ttask_").replace("_", ".")
    return number if number in known else ""


def layered(edges: Sequence[tuple[str, str]]) -> Waves:
    """Lay dependencies out as waves, each task as early as it can be; tasks in a circle come last, together.

    >>> layered((("1", "2"), ("1", "3"), ("2", "4"), ("3", "4")))
    (('1',), ('2', '3'), ('4',))
    """
    waiting: dict[str, int] = {}
    following: dict[str, list[str]] = {}
    for first, then in edges:
        waiting.setdefault(first, 0)
        waiting[then] = waiting.get(then, 0) + 1
        following.setdefault(first, []).append(then)
    waves: list[tuple[str, ...]] = []
    ready = [task for task, count in waiting.items() if not count]
    while ready:
        waves.append(tuple(ready))
        following_wave: list[str] = []
        for task in ready:
            del waiting[task]
            for then in following.get(task, ()):
                waiting[then] -= 1
                if not waiting[then]:
                    following_wave.append(then)
        ready = following_wave
    return (*waves, tuple(waiting)) if waiting else tuple(waves)
