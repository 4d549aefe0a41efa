"""The blocks of one folder of Terraform files, which is a module, and what a name means where it is used: locals, variables of a caller, outputs, turns of a loop.

Source: Terraform language, "Modules", "Local Values", "The for_each Meta-Argument", "The count Meta-Argument".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from setsquare.powers.iam.infrastructure.hcl import Block, Call, Expression, Heredoc
from setsquare.powers.iam.infrastructure.nodes import ListNode, MapNode, TextNode, words_of
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.paths import RelPath
from setsquare.text.span import Span

LIMIT_STEPS = 12
LIMIT_TEXT_DEPTH = 3
"""How deep the texts of names in a text are looked at; a text with many names stays as it is."""
_LIMIT_NAMES = 12
LIMIT_INSTANCES = 200
"""Instances of one module, and turns of one loop, that are looked at."""

REFERENCE = LazyPattern(r"\$\{(?P<data>data\.)?(?P<type>[a-z]\w*+)\.(?P<name>[\w-]++)(?P<index>\[[^\]]*+\])?(?:\.(?P<what>\w++))?\}\Z")
_NAMED = LazyPattern(r"\$\{(?P<kind>local|var)\.(?P<name>[\w-]++)\}\Z")
REFERENCE_TO_LOCAL = LazyPattern(r"\$\{local\.(?P<name>[\w-]++)\}\Z")
_EACH = LazyPattern(r"\$\{each\.(?P<what>key|value)(?:\.(?P<field>[\w-]++))?\}\Z")
_OUTPUT = LazyPattern(r"\$\{module\.(?P<call>[\w-]++)\.(?P<name>[\w-]++)\}\Z")
_HOLE = LazyPattern(r"\$\{[^{}]*\}")
_SINGLE = LazyPattern(r"\$\{.*\?\s*(?:1\s*:\s*0|0\s*:\s*1)\s*\}\Z|[01]\Z|\$\{length\(.*\)\s*[>=].*\?\s*1\s*:\s*0\}\Z")


class Home(Struct, frozen=True):
    """A block and the file it stands in."""

    path: RelPath
    block: Block

    @property
    def name(self) -> str:
        """Give the second label."""
        return self.block.labels[1] if len(self.block.labels) > 1 else ""

    @property
    def name_of_call(self) -> str:
        """Give the first label, by which a module is called."""
        return self.block.labels[0] if self.block.labels else ""


class Written(Struct, frozen=True):
    """An expression and the file it stands in."""

    path: RelPath
    value: Expression


class Module:
    """The blocks of a folder."""

    __slots__ = ("calls", "data", "folder", "locals", "outputs", "raws", "resources")

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.raws: dict[RelPath, bytes] = {}
        self.resources: dict[tuple[str, str], Home] = {}
        self.data: dict[tuple[str, str], Home] = {}
        self.locals: dict[str, Written] = {}
        self.outputs: dict[str, Written] = {}
        self.calls: dict[str, Home] = {}

    def take(self, path: RelPath, raw: bytes, blocks: tuple[Block, ...]) -> None:
        """Add the blocks of a file."""
        self.raws[path] = raw
        for block in blocks:
            label = block.labels[0] if block.labels else ""
            value = block.value("value")
            if block.type == "locals":
                self.locals |= {each.name: Written(path, each.value) for each in block.attributes}
            elif len(block.labels) == 2 and block.type in {"resource", "data"}:
                kind = self.resources if block.type == "resource" else self.data
                kind.setdefault((label, block.labels[1]), Home(path, block))
            elif block.type == "module" and label:
                self.calls.setdefault(label, Home(path, block))
            elif block.type == "output" and label and value is not None:
                self.outputs.setdefault(label, Written(path, value))


class Turn(Struct, frozen=True):
    """One turn of a loop."""

    key: str
    value: Expression | None


class Scope(Struct, frozen=True):
    """Where names are looked up: a module as one caller uses it, in one turn of a loop. `prefix` is what Terraform puts before its addresses.

    `is_repeated` tells of a loop, `is_blurred` of one whose turns nobody can list.
    """

    module: Module
    call: Home | None = None
    outer: Scope | None = None
    prefix: str = ""
    turn: Turn | None = None
    turn_path: RelPath = RelPath("")
    is_repeated: bool = False
    is_blurred: bool = False


def turned(scope: Scope, home: Home) -> tuple[Scope, ...]:
    """Give the scopes of a block: one for each turn of its loop where these are written there, else one that may be repeated."""
    block = home.block
    loop = block.value("for_each")
    count = block.value("count")
    if loop is None:
        is_many = count is not None and not _SINGLE.match(_shown(count))
        return (_in_turn(scope, None, home.path) if is_many else scope,)
    found, written = followed(scope, Written(home.path, loop))
    value = written.value
    if isinstance(value, Call) and value.name in {"toset", "tomap"} and len(value.arguments) == 1:
        found, written = followed(found, Written(written.path, value.arguments[0]))
        value = written.value
    turns = tuple(_turns(value))[:LIMIT_INSTANCES]
    if not turns or found.module is not scope.module:
        return (_in_turn(scope, None, home.path),)
    return tuple([_in_turn(scope, turn, written.path) for turn in turns])


def _turns(value: Expression) -> Iterator[Turn]:
    if isinstance(value, ListNode):
        if all(isinstance(item, TextNode) for item in value.items):
            yield from [Turn(item.value, item) for item in words_of(value)]
    elif isinstance(value, MapNode):
        yield from [Turn(field.key, field.value) for field in value.fields]


def _in_turn(scope: Scope, turn: Turn | None, path: RelPath) -> Scope:
    return replace(scope, turn=turn, turn_path=path, is_repeated=True, is_blurred=scope.is_blurred or turn is None)


def _shown(value: Expression) -> str:
    match value:
        case Call() | Heredoc() | ListNode() | MapNode():
            return ""
        case TextNode():
            return value.value
        case _:
            return value.written


def followed(scope: Scope, written: Written, steps: list[tuple[RelPath, Span, str]] | None = None) -> tuple[Scope, Written]:
    """Follow names to what they stand for, as far as that is written somewhere; `steps` takes the places where names stand, and the names."""
    for _ in range(LIMIT_STEPS):
        value = written.value
        if not isinstance(value, TextNode) or not value.is_whole:
            break
        found = _step(scope, value)
        if found is None:
            break
        if steps is not None:
            steps.append((written.path, value.span, value.value.removeprefix("${").removesuffix("}")))
        scope, written = found
    return scope, written


def _step(scope: Scope, value: TextNode) -> tuple[Scope, Written] | None:
    """Follow one name; `None` where it leads nowhere."""
    named = _NAMED.match(value.value)
    if named and named["kind"] == "local":
        target = scope.module.locals.get(named["name"])
        return (scope, target) if target else None
    if named and scope.call and scope.outer:
        given = scope.call.block.value(named["name"])
        return (scope.outer, Written(scope.call.path, given)) if given is not None else None
    each = _EACH.match(value.value)
    if each and scope.turn:
        inner = _of_turn(scope.turn, each["what"], each["field"])
        return (scope, Written(scope.turn_path, inner)) if inner is not None else None
    return None


def _of_turn(turn: Turn, what: str, field: str | None) -> Expression | None:
    if what == "key":
        return None if field else TextNode(Span(0, 0), turn.key, (turn.key,))
    if field:
        return turn.value.value(field) if isinstance(turn.value, MapNode) else None
    return turn.value


def text_of(scope: Scope, value: Expression | None, steps: int = 0) -> str:
    """Give a text with the names in it that are known; the others stay as `${…}`."""
    if not isinstance(value, TextNode):
        return ""
    if not value.is_open or steps > LIMIT_TEXT_DEPTH or len(value.pieces) > _LIMIT_NAMES:
        return value.value

    def known(found: re.Match[str]) -> str:
        node = TextNode(Span(0, 0), found[0], ("", ""), is_whole=True)
        where, target = followed(scope, Written(RelPath(""), node))
        if target.value is node or not isinstance(target.value, TextNode):
            return found[0]
        return text_of(where, target.value, steps + 1)

    return _HOLE.sub(known, value.value)


def output_of(scopes: Mapping[tuple[str, str], Scope], scope: Scope, value: Expression | None) -> tuple[Scope, Written] | None:
    """Follow an output of a module whose code is at hand; `scopes` are the modules' by the prefix of who calls and the call's label."""
    found = _OUTPUT.match(value.value) if isinstance(value, TextNode) else None
    inner = scopes.get((scope.prefix, found["call"])) if found else None
    target = inner.module.outputs.get(found["name"]) if found and inner else None
    return (inner, target) if inner and target else None
