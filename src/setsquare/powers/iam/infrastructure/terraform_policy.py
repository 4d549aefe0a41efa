"""Follows an expression of Terraform to the places that a policy's statements stand in.

Source: Terraform language, functions `jsonencode`, `file`, `templatefile`, `merge`, `concat`; Terraform AWS provider, data source `aws_iam_policy_document`.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from setsquare.powers.iam.infrastructure.assembling import Layer
from setsquare.powers.iam.infrastructure.document_blocks import document_head, own_layers
from setsquare.powers.iam.infrastructure.hcl import Call, Heredoc
from setsquare.powers.iam.infrastructure.model import Form
from setsquare.powers.iam.infrastructure.nodes import Dialect, ListNode, Loose, MapNode, Part, TextNode
from setsquare.powers.iam.infrastructure.reading_json import Broken, Reading, json_node
from setsquare.powers.iam.infrastructure.templates import file_part, heredoc_part, quoted_part
from setsquare.powers.iam.infrastructure.terraform_encoding import encoded_sheet
from setsquare.powers.iam.infrastructure.terraform_module import (
    REFERENCE,
    Home,
    Scope,
    Written,
    followed,
    output_of,
    text_of,
    turned,
)
from setsquare.powers.iam.infrastructure.terraform_sheet import Cannot, Sheet, Walk, scope_raw, shown
from setsquare.text.paths import RelPath, parent, path_from
from setsquare.text.span import Span

LIMIT_DEPTH = 8
_SOURCES = ("source_json", "source_policy_documents")
_OVERRIDES = ("override_json", "override_policy_documents")
_NO_STATEMENTS = frozenset({"null", ""})


class Following(Struct, frozen=True):
    """Follows expressions that are policies as text."""

    walk: Walk

    def sheet(self, scope: Scope, written: Written, depth: int = 0) -> Sheet | Cannot:
        """Follow an expression that is a policy as text."""
        if depth == 0:
            self.walk.spent[:] = [0]
        passed: list[tuple[RelPath, Span, str]] = []
        scope, written = followed(scope, written, passed)
        found = self._read(scope, written, depth, passed)
        if isinstance(found, Cannot):
            return found
        self.walk.steps.update((path, span.start) for path, span, _ in passed)
        names = tuple([(parent(path), name) for path, _, name in passed])
        return replace(
            found, layers=tuple([replace(each, names=(*names, *each.names)) if isinstance(each, Part) else each for each in found.layers])
        )

    def _read(self, scope: Scope, written: Written, depth: int, passed: list[tuple[RelPath, Span, str]]) -> Sheet | Cannot:
        value, path = written.value, written.path
        if depth > LIMIT_DEPTH or self.walk.is_spent():
            return Cannot(path, value.span.start, "its documents take in each other too deep, or too many")
        if isinstance(value, Call):
            return self._called(scope, written, value, depth)
        if isinstance(value, Heredoc):
            part = heredoc_part(path, scope_raw(scope, path, self.walk.others), value.content, value.holes)
            return _sheet(part, path, Form.TERRAFORM_HEREDOC)
        if isinstance(value, TextNode):
            found = REFERENCE.match(value.value) if value.is_whole else None
            home = scope.module.data.get((found["type"], found["name"])) if found and found["data"] else None
            if found and home and found["type"] == "aws_iam_policy_document" and found["what"] in {"json", "minified_json"}:
                passed.append((path, value.span, f"data.{found['type']}.{found['name']}"))
                return self._document(scope, home, depth)
            given = output_of(self.walk.scopes, scope, value)
            if given is not None:
                passed.append((path, value.span, value.value.removeprefix("${").removesuffix("}")))
                return self.sheet(given[0], given[1], depth + 1)
            if not value.is_whole and value.span.end > value.span.start:
                return _sheet(quoted_part(path, scope_raw(scope, path, self.walk.others), value.span), path, Form.TERRAFORM_HEREDOC)
            again = self.walk.again(scope, path, value)
            if isinstance(again, Call):
                return self._called(scope, written, again, depth)
        return Cannot(path, value.span.start, "the policy is put together elsewhere")

    def _called(self, scope: Scope, written: Written, call: Call, depth: int) -> Sheet | Cannot:
        path = written.path
        first = call.arguments[0] if call.arguments else None
        if call.name == "jsonencode" and first is not None and len(call.arguments) == 1:
            return encoded_sheet(self.walk, scope, Written(path, first), depth)
        if call.name in {"file", "templatefile"} and isinstance(first, TextNode):
            return self._file(scope, path, first, is_template=call.name == "templatefile")
        return Cannot(path, call.span.start, f"the policy is put together by {call.name}()")

    def _file(self, scope: Scope, path: RelPath, named: TextNode, *, is_template: bool) -> Sheet | Cannot:
        text = text_of(scope, named)
        inside = text.removeprefix("${path.module}/").removeprefix("${path.root}/" if scope.outer is None else "${path.module}/")
        target = path_from(scope_folder(path), inside)
        raw = self.walk.others.get(target) if target is not None else None
        if target is None or raw is None or "${" in inside:
            return Cannot(path, named.span.start, f"the file {inside[:120]} is not at hand")
        self.walk.steps.add((path, named.span.start))
        if is_template:
            return _sheet(file_part(target, raw), target, Form.TERRAFORM_HEREDOC)
        node = json_node(raw, Reading())
        if isinstance(node, Broken) or not isinstance(node, MapNode):
            return Cannot(target, 0, "it holds no JSON object")
        return _sheet(Part(path=target, root=node, dialect=Dialect.JSON), target, Form.JSON)

    def _document(self, scope: Scope, home: Home, depth: int) -> Sheet | Cannot:
        """Read a data source with the documents that it takes in."""
        scopes = turned(scope, home)
        block, raw = home.block, scope_raw(scope, home.path, self.walk.others)
        layers: list[Layer] = []
        for name in _SOURCES:
            layers += self._taken_in(scopes[0], home, name, depth)
        layers += own_layers(home.path, raw, block)
        for name in _OVERRIDES:
            layers += self._taken_in(scopes[0], home, name, depth)
        is_blurred = scopes[0].is_repeated and not scope.is_repeated
        return Sheet(
            path=home.path,
            form=Form.TERRAFORM_DOCUMENT,
            head=document_head(block),
            span=block.span,
            layers=tuple(layers),
            is_blurred=is_blurred,
        )

    def _taken_in(self, scope: Scope, home: Home, name: str, depth: int) -> Iterator[Layer]:
        value = home.block.value(name)
        if value is None:
            return
        yield from self._documents(scope, Written(home.path, value), name, depth + 1)

    def _documents(self, scope: Scope, written: Written, name: str, depth: int) -> Iterator[Layer]:
        """Follow an expression that is a document, or a list of them."""
        passed: list[tuple[RelPath, Span, str]] = []
        where, target = followed(scope, written, passed)
        value = target.value
        if isinstance(value, Call) and value.name in {"compact", "concat", "flatten", "distinct"} and depth < LIMIT_DEPTH:
            for argument in value.arguments:
                yield from self._documents(where, Written(target.path, argument), name, depth + 1)
        elif isinstance(value, ListNode) and depth < LIMIT_DEPTH and not self.walk.is_spent():
            self.walk.steps.update((path, span.start) for path, span, _ in passed)
            for item in value.items:
                yield from self._documents(where, Written(target.path, self.walk.again(where, target.path, item)), name, depth + 1)
        else:
            found = self.sheet(scope, written, depth)
            if isinstance(found, Cannot):
                name = shown(value)
                if name not in _NO_STATEMENTS:
                    yield Loose(path=written.path, start=value.span.start, reason=f"{name} takes in {name[:80]}: {found.reason}")
            elif found.is_blurred:
                yield Loose(path=found.path, start=found.span.start, reason=f"{name} takes in a document that is made in a loop")
            else:
                yield from found.layers


def scope_folder(path: RelPath) -> str:
    """Give the folder of a file of code."""
    return path.rpartition("/")[0]


def _sheet(part: Part | Broken, path: RelPath, form: Form) -> Sheet | Cannot:
    if isinstance(part, Broken):
        return Cannot(path, part.start, part.reason)
    return Sheet(path=path, form=form, head=part.root, span=part.span, layers=(part,))
