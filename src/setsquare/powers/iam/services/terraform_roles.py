"""Follows an expression of Terraform to the names of the roles that it may mean."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from msgspec import Struct

from setsquare.powers.iam.infrastructure.hcl import Block, Call, Expression, Heredoc
from setsquare.powers.iam.infrastructure.nodes import ListNode, MapNode, TextNode
from setsquare.powers.iam.infrastructure.terraform_attachments import owner_of
from setsquare.powers.iam.infrastructure.terraform_module import REFERENCE, Home, Scope, Written, followed, output_of, text_of
from setsquare.powers.iam.services.model import role_in
from setsquare.powers.iam.services.values import Tree, child, read_tree
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.paths import RelPath
from setsquare.text.span import Span

_CHOICE = LazyPattern(r"\$\{[^?{}\"]*+\?\s*(?P<one>[\w.\[\]*-]++)\s*:\s*(?P<other>[\w.\[\]*-]++)\s*\}\Z")
_WHOLE = LazyPattern(r"\$\{[^{}]*+\}\Z")
_LIMIT_SHOWN = 200
_JSON = RelPath("inside.json")
_PROFILE = "aws_iam_instance_profile"


class Code(Struct, frozen=True):
    """The modules by the prefix of who calls them and the call's label."""

    scopes: Mapping[tuple[str, str], Scope]


class Named(Struct, frozen=True):
    """A role by its name, or what the file says in its place."""

    role: str
    unresolved: str = ""


def at(raw: bytes, node: Block | Expression, path: tuple[str, ...]) -> Iterator[Expression]:
    r"""Give the values at a path of names: through blocks, objects, lists, `jsonencode(…)` and JSON in a text.

    >>> from setsquare.powers.iam.infrastructure.hcl import blocks_of
    >>> raw = b'resource "a" "b" {\n x = jsonencode([{ role = "r" }])\n y = "{\\"role\\": \\"s\\"}"\n}'
    >>> [value.value for name in ("x", "y") for value in at(raw, blocks_of(raw)[0], (name, "role"))]
    ['r', 's']
    """
    if not path:
        if not isinstance(node, Block):
            yield node
        return
    match node:
        case Block():
            for inner in node.each(path[0]):
                yield from at(raw, inner, path[1:])
            value = node.value(path[0])
            if value is not None:
                yield from at(raw, value, path[1:])
        case MapNode():
            inside = node.value(path[0])
            if inside is not None:
                yield from at(raw, inside, path[1:])
        case ListNode():
            for item in node.items:
                yield from at(raw, item, path)
        case Call():
            if node.name in {"jsonencode", "tomap", "merge"}:
                for argument in node.arguments:
                    yield from at(raw, argument, path)
        case Heredoc():
            yield from _in_json(raw[node.content.start : node.content.end].decode("utf-8", "replace"), path)
        case TextNode():
            yield from _in_json(node.value, path)
        case _:
            return


def _in_json(text: str, path: tuple[str, ...]) -> Iterator[Expression]:
    """Find the texts at a path in JSON; where expressions keep it from being read, an ARN is found by its key alone."""
    tree = read_tree(_JSON, text.encode("utf-8", "replace"))
    if tree is not None:
        yield from (_text(value) for value in _inside(tree, path))
    elif path[-1].endswith("Arn"):
        for found in re.finditer(rf'"{re.escape(path[-1])}"\s*:\s*"(?P<value>[^"]*)"', text):
            yield _text(found["value"])


def _inside(tree: Tree, path: tuple[str, ...]) -> Iterator[str]:
    if isinstance(tree, list):
        for item in tree:
            yield from _inside(item, path)
    elif path:
        yield from _inside(child(tree, path[0]), path[1:]) if isinstance(tree, dict) else ()
    elif isinstance(tree, str):
        yield tree


def _text(value: str) -> TextNode:
    is_whole = _WHOLE.match(value) is not None
    return TextNode(Span(0, 0), value, ("", "") if "${" in value else (value,), is_whole=is_whole)


def roles(code: Code, scope: Scope, written: Expression) -> tuple[Named, ...]:
    """Give the roles that an expression may mean: two for a choice between two; none where their names are not written anywhere."""
    _where, target = followed(scope, Written(RelPath(""), written))
    choice = _CHOICE.match(target.value.value) if isinstance(target.value, TextNode) else None
    options = [_text(f"${{{choice[which]}}}") for which in ("one", "other")] if choice else [written]
    names = [role_in(owner_of(code.scopes, scope, option)) for option in options]
    return tuple([Named(name) for name in dict.fromkeys(names)]) if all(names) else ()


def profile_roles(code: Code, scope: Scope, home: Home, value: Expression) -> tuple[Named, ...]:
    """Give the roles of an instance profile."""
    found = reference(scope, value, code)
    if found is None and isinstance(value, TextNode):
        name = text_of(scope, value).rpartition("/")[2]
        profiles = [each for (type_, _label), each in scope.module.resources.items() if type_ == _PROFILE]
        found = next(((scope, each) for each in profiles if text_of(scope, each.block.value("name")) == name), None)
    role = found[1].block.value("role") if found and found[1].block.labels[0] == _PROFILE else None
    if found is None or role is None:
        return (Named("", f"instance profile {meant(scope, home, value)}"),)
    return roles(code, found[0], role) or (Named("", meant(found[0], found[1], role)),)


def reference(scope: Scope, value: Expression, code: Code | None = None) -> tuple[Scope, Home] | None:
    """Follow a reference to the block that it names; `None` where there is none."""
    where, written = followed(scope, Written(RelPath(""), value))
    given = output_of(code.scopes, where, written.value) if code else None
    if given is not None:
        return reference(given[0], given[1].value)
    found = REFERENCE.match(written.value.value) if isinstance(written.value, TextNode) and written.value.is_whole else None
    if found is None:
        return None
    kind = where.module.data if found["data"] else where.module.resources
    target = kind.get((found["type"], found["name"]))
    return (where, target) if target else None


def meant(scope: Scope, home: Home, value: Expression) -> str:
    """Show what the file says in place of a name."""
    if isinstance(value, TextNode):
        return (
            text_of(scope, value)[:_LIMIT_SHOWN].removeprefix("${").removesuffix("}")
            if value.is_whole
            else text_of(scope, value)[:_LIMIT_SHOWN]
        )
    raw = scope.module.raws.get(home.path, b"")
    return raw[value.span.start : value.span.end].decode("utf-8", "replace")[:_LIMIT_SHOWN]
