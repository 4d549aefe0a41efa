"""What following an expression of Terraform to a policy gives, and what it takes: the files at hand, the places that were passed, and a limit of steps."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from setsquare.powers.iam.infrastructure.assembling import Layer
from setsquare.powers.iam.infrastructure.hcl import Call, Expression, Heredoc, NotHcl, expression_at
from setsquare.powers.iam.infrastructure.model import Form
from setsquare.powers.iam.infrastructure.nodes import ListNode, MapNode, TextNode
from setsquare.powers.iam.infrastructure.terraform_module import Scope
from setsquare.text.paths import RelPath
from setsquare.text.span import Span

LIMIT_FOLLOWED = 2_000
"""Expressions that one policy may be put together of."""


class Sheet(Struct, frozen=True, kw_only=True):
    """A policy's document: what joins its statements, and where they stand. `span` is the document's place in `path`."""

    path: RelPath
    form: Form
    head: MapNode
    span: Span
    layers: tuple[Layer, ...]
    is_blurred: bool = False


class Cannot(Struct, frozen=True):
    """Why an expression cannot be followed, and where."""

    path: RelPath
    start: int
    reason: str


class Walk(Struct, frozen=True):
    """What following needs: the files that code may name, and the modules by who calls them. `steps` takes every place that was followed, by path and byte."""

    others: Mapping[RelPath, bytes]
    steps: set[tuple[RelPath, int]]
    scopes: Mapping[tuple[str, str], Scope] = {}
    spent: list[int] = field(default_factory=lambda: [0])

    def is_spent(self) -> bool:
        """Count one step; tell whether they are too many."""
        self.spent[0] += 1
        return self.spent[0] > LIMIT_FOLLOWED

    def again(self, scope: Scope, path: RelPath, value: Expression) -> Expression:
        """Read an expression again, with the functions in it; `"${…}"` is the expression in it."""
        raw, span = scope_raw(scope, path, self.others), value.span
        if raw[span.start : span.start + 3] == b'"${' and raw[span.end - 2 : span.end] == b'}"':
            span = Span(span.start + 3, span.end - 2)
        try:
            return expression_at(raw, span) if len(span) else value
        except NotHcl:
            return value


def scope_raw(scope: Scope, path: RelPath, others: Mapping[RelPath, bytes]) -> bytes:
    """Give the text of a file of a module, of one that called it, or of a file beside them."""
    at: Scope | None = scope
    while at is not None:
        if path in at.module.raws:
            return at.module.raws[path]
        at = at.outer
    return others.get(path, b"")


def shown(value: Expression) -> str:
    """Show an expression in a few words."""
    match value:
        case TextNode():
            return value.value.removeprefix("${").removesuffix("}") if value.is_whole else value.value
        case Call():
            return f"{value.name}(…)"
        case Heredoc() | ListNode() | MapNode():
            return "a text"
        case _:
            return value.written
