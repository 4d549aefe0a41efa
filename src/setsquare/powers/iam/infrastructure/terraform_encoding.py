"""Follows what `jsonencode` is given to the places that a policy's statements stand in.

Source: Terraform language, functions `jsonencode`, `merge`, `concat`, `flatten`.
"""

from __future__ import annotations

from collections.abc import Iterator

from setsquare.powers.iam.infrastructure.assembling import Layer
from setsquare.powers.iam.infrastructure.hcl import Call
from setsquare.powers.iam.infrastructure.model import Form
from setsquare.powers.iam.infrastructure.nodes import Dialect, Field, ListNode, Loose, MapNode, Part, TextNode
from setsquare.powers.iam.infrastructure.terraform_module import Scope, Written, followed
from setsquare.powers.iam.infrastructure.terraform_sheet import Cannot, Sheet, Walk, shown
from setsquare.text.paths import RelPath, parent
from setsquare.text.span import Span

_LIMIT_DEPTH = 8


def encoded_sheet(walk: Walk, scope: Scope, written: Written, depth: int) -> Sheet | Cannot:
    """Read an object that is a policy, or several that are merged."""
    passed: list[tuple[RelPath, Span, str]] = []
    scope, written = followed(scope, written, passed)
    walk.steps.update((path, span.start) for path, span, _ in passed)
    names = tuple([(parent(path), name) for path, _, name in passed])
    value, path = written.value, written.path
    if isinstance(value, MapNode):
        return _encoded(walk, scope, path, value, names)
    if isinstance(value, Call) and value.name == "merge" and depth < _LIMIT_DEPTH and not walk.is_spent():
        return _merged(walk, scope, path, value, depth)
    made_by = f"{value.name}()" if isinstance(value, Call) else "what cannot be followed"
    return Cannot(path, value.span.start, f"the policy is put together by {made_by}")


def _merged(walk: Walk, scope: Scope, path: RelPath, call: Call, depth: int) -> Sheet | Cannot:
    """Read `merge(…)`: the last object that has statements gives them, and what comes after it must be known."""
    for argument in reversed(call.arguments):
        found = encoded_sheet(walk, scope, Written(path, argument), depth + 1)
        if isinstance(found, Cannot):
            return found
        if found.head.field("Statement") is not None:
            return found
    return Cannot(path, call.span.start, "the policy is put together by merge() without statements")


def _encoded(walk: Walk, scope: Scope, path: RelPath, root: MapNode, names: tuple[tuple[str, str], ...]) -> Sheet:
    field = root.field("Statement")
    layers: list[Layer] = []
    if field is not None:
        value = field.value
        if isinstance(value, (ListNode, MapNode)):
            layers = [*_listed(walk, scope, path, value, root, names)]
        else:
            layers = [*_statements(walk, scope, Written(path, walk.again(scope, path, value)), names, 0)]
    return Sheet(path=path, form=Form.TERRAFORM_JSONENCODE, head=root, span=root.span, layers=tuple(layers))


def _statements(walk: Walk, scope: Scope, written: Written, names: tuple[tuple[str, str], ...], depth: int) -> Iterator[Layer]:
    """Follow an expression that is a list of statements, or one."""
    passed: list[tuple[RelPath, Span, str]] = []
    scope, written = followed(scope, written, passed)
    walk.steps.update((path, span.start) for path, span, _ in passed)
    names = (*names, *[(parent(path), name) for path, _, name in passed])
    value, path = written.value, written.path
    if isinstance(value, (ListNode, MapNode)):
        yield from _listed(walk, scope, path, value, None, names)
        return
    if isinstance(value, TextNode):
        value = walk.again(scope, path, value)
    is_known = isinstance(value, Call) and value.name in {"concat", "flatten", "tolist", "distinct"}
    if isinstance(value, Call) and is_known and depth < _LIMIT_DEPTH and not walk.is_spent():
        arguments = value.arguments
        if value.name == "flatten" and len(arguments) == 1 and isinstance(arguments[0], ListNode):
            arguments = arguments[0].items
        for argument in arguments:
            yield from _statements(walk, scope, Written(path, argument), names, depth + 1)
        return
    yield Loose(path=path, start=value.span.start, reason=f"what {shown(value)[:80]} gives is known to the engine alone")


def _listed(
    walk: Walk, scope: Scope, path: RelPath, value: ListNode | MapNode, root: MapNode | None, names: tuple[tuple[str, str], ...]
) -> Iterator[Layer]:
    """Give the statements of a list, and those that its names stand for."""
    held = root or MapNode(value.span, (Field("Statement", value.span, value, value.span),))
    elsewhere: dict[int, tuple[Layer, ...]] = {}
    for index, item in enumerate(value.items if isinstance(value, ListNode) else ()):
        if not isinstance(item, TextNode) or not item.is_whole:
            continue
        passed: list[tuple[RelPath, Span, str]] = []
        where, target = followed(scope, Written(path, item), passed)
        if isinstance(target.value, MapNode):
            walk.steps.update((each, span.start) for each, span, _ in passed)
            more = tuple([(parent(each), name) for each, _, name in passed])
            elsewhere[index] = tuple(_listed(walk, where, target.path, target.value, None, (*names, *more)))
    if not isinstance(value, ListNode) or value.items:
        yield Part(path=path, root=held, dialect=Dialect.HCL, elsewhere=frozenset(elsewhere), names=names)
    for layers in elsewhere.values():
        yield from layers
