"""Finds where a template hands a policy's reference on: to a nested stack, to a resource that is not understood, or by an export that another template imports.

Source: AWS CloudFormation User Guide, "Ref", "Fn::GetAtt", "Fn::Sub", "Fn::ImportValue", "Outputs".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from setsquare.powers.iam.infrastructure.cloudformation import means
from setsquare.powers.iam.infrastructure.cloudformation_detaching import read_root
from setsquare.powers.iam.infrastructure.nodes import MapNode, TextNode, Unit, walked
from setsquare.text.paths import RelPath
from setsquare.text.span import Span

_PRINCIPALS = frozenset({"AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group"})
_LISTS = ("ManagedPolicyArns", "PermissionsBoundary")

Place = tuple[RelPath, int]


def handed_on_by(files: Mapping[RelPath, bytes], unit: Unit) -> Iterator[Place]:
    """Give the places, by path and byte; lists of roles, users and groups of the same template that name the policy plainly are none."""
    id_ = unit.address.removeprefix("Resources.")
    root = read_root(files[unit.path]) if unit.path in files and id_ != unit.address else None
    resources = root.value("Resources") if isinstance(root, MapNode) else None
    if not isinstance(root, MapNode) or not isinstance(resources, MapNode):
        return
    known = [*_understood(resources, id_)]
    outputs = root.field("Outputs")
    known += [outputs.span] if outputs else []
    for at in _references(files[unit.path], id_):
        if not any(span.start <= at < span.end for span in known):
            yield unit.path, at
    for name in _exports(outputs.value if outputs else None, id_):
        for path, raw in files.items():
            at = raw.find(name) if b"ImportValue" in raw and path != unit.path else -1
            if at >= 0:
                yield path, at


def _understood(resources: MapNode, id_: str) -> Iterator[Span]:
    """Give the bytes of places whose meaning is known: the policy itself, what waits for it, and lists that name it plainly."""
    for field in resources.fields:
        resource = field.value
        if not isinstance(resource, MapNode):
            continue
        depends = resource.field("DependsOn")
        if depends is not None:
            yield depends.span
        if field.key == id_:
            yield field.span
        kind = resource.value("Type")
        if isinstance(kind, TextNode) and kind.value in _PRINCIPALS:
            for key in _LISTS:
                value = resource.value("Properties", key)
                yield from [each.span for each in walked(value) if means(each, id_)] if value is not None else []


def _references(raw: bytes, id_: str) -> Iterator[int]:
    """Give the places where a function names a logical id, other than in a remark that fills its line."""
    word = re.escape(id_.encode())
    pattern = re.compile(
        rb"!Ref[ \t]+[\"']?" + word + rb"\b|[\"']?(?:Fn::)?GetAtt[\"']?[ \t:\[\n\r-]+[\"']?" + word + rb"\b"
        rb"|\bRef[\"']?[ \t]*:[ \t\r\n]*[\"']?" + word + rb"\b|\$\{" + word + rb"[.}]"
    )
    for found in pattern.finditer(raw):
        if not raw[raw.rfind(b"\n", 0, found.start()) + 1 : found.start()].lstrip().startswith(b"#"):
            yield found.start()


def _exports(outputs: object, id_: str) -> Sequence[bytes]:
    """Give the names, as far as they are written, under which the policy is exported."""
    names: list[bytes] = []
    for field in outputs.fields if isinstance(outputs, MapNode) else ():
        value, name = (
            (field.value.value(*keys) for keys in (("Value",), ("Export", "Name"))) if isinstance(field.value, MapNode) else (None, None)
        )
        if means(value, id_) and isinstance(name, TextNode):
            longest = max(name.pieces, key=len)
            names.append((longest or id_).encode("utf-8", "surrogatepass"))
    return names
