"""Takes a policy out of a CloudFormation template: its entry or its resource, and what only refers to it. What else names it is a reason to leave it.

Source: AWS CloudFormation User Guide, "AWS::IAM::Role", "AWS::IAM::ManagedPolicy", "DependsOn attribute".
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from setsquare.powers.iam.infrastructure.cloudformation import means
from setsquare.powers.iam.infrastructure.list_edits import bracketed_cuts, cuts, line_cuts, line_end, line_start
from setsquare.powers.iam.infrastructure.nodes import Field, ListNode, MapNode, TextNode, Unit, UnitKind
from setsquare.powers.iam.infrastructure.reading_json import Broken, Reading, json_node
from setsquare.powers.iam.infrastructure.statement_editing import Refusal
from setsquare.powers.iam.infrastructure.yaml_nodes import yaml_node
from setsquare.text.span import Edit, Span


def template_removal(raw: bytes, unit: Unit, *, is_yaml: bool) -> list[Edit]:
    """Give the edits of a template that take a policy away.

    Raises:
        Refusal: something else names the policy, or nothing would be left.
    """
    root = yaml_node(raw) if is_yaml else json_node(raw, Reading(has_functions=True))
    resources = root.value("Resources") if isinstance(root, MapNode) else None
    if isinstance(root, Broken) or not isinstance(resources, MapNode):
        raise Refusal(unit.span.start, "the template cannot be read again")
    id_ = unit.address.partition(".")[2]
    resource = resources.value(id_)
    if not isinstance(resource, MapNode):
        raise Refusal(unit.span.start, f"{unit.address} does not stand there any more")
    if unit.kind is UnitKind.ENTRY:
        return cuts(_entry(raw, resource, unit))
    if len(resources.fields) == 1:
        raise Refusal(unit.span.start, "it is the template's only resource, and a template needs one: delete the stack instead")
    spans = [*_field(raw, resources, id_)]
    for other in resources.fields:
        if other.key != id_ and isinstance(other.value, MapNode):
            spans += _references(raw, other.value, id_)
    gone = cuts(spans)
    for at in _named(raw, id_, is_yaml=is_yaml):
        if not any(edit.span.start <= at < edit.span.end for edit in gone):
            line = raw.count(b"\n", 0, at) + 1
            raise Refusal(at, f"line {line} of {unit.path} names it too")
    return gone


def _entry(raw: bytes, resource: MapNode, unit: Unit) -> Iterator[Span]:
    """Take one of the policies of a role; the whole list with the only one."""
    properties = resource.value("Properties")
    policies = properties.value("Policies") if isinstance(properties, MapNode) else None
    if not isinstance(properties, MapNode) or not isinstance(policies, ListNode):
        raise Refusal(unit.span.start, "the role's policies are no list")
    index = next((at for at, item in enumerate(policies.items) if item.span == unit.span), None)
    if index is None:
        raise Refusal(unit.span.start, "it does not stand there any more")
    yield from taken_item(raw, properties, "Policies", {index})


def _references(raw: bytes, resource: MapNode, id_: str) -> Iterator[Span]:
    """Take the policy out of the lists that hang it on roles, and out of what waits for it."""
    depends = resource.value("DependsOn")
    if isinstance(depends, TextNode) and depends.value == id_:
        yield from _field(raw, resource, "DependsOn")
    elif isinstance(depends, ListNode):
        named = {at for at, item in enumerate(depends.items) if isinstance(item, TextNode) and item.value == id_}
        yield from taken_item(raw, resource, "DependsOn", named)
    properties = resource.value("Properties")
    attached = properties.value("ManagedPolicyArns") if isinstance(properties, MapNode) else None
    if isinstance(properties, MapNode) and isinstance(attached, ListNode):
        yield from taken_item(raw, properties, "ManagedPolicyArns", {at for at, item in enumerate(attached.items) if means(item, id_)})


def taken_item(raw: bytes, holder: MapNode, key: str, gone: Collection[int]) -> Iterator[Span]:
    """Take items of a list, and the list with its key where none is left."""
    items = holder.value(key)
    if not gone or not isinstance(items, ListNode):
        return
    spans = [item.span for item in items.items]
    if len(gone) == len(spans):
        yield from _field(raw, holder, key)
    else:
        yield from (line_cuts if items.is_block else bracketed_cuts)(raw, spans, gone)


def _field(raw: bytes, holder: MapNode, key: str) -> Iterator[Span]:
    """Take a key with its value out of an object."""
    fields: Sequence[Field] = holder.fields
    index = next(at for at, field in enumerate(fields) if field.key == key)
    if len(fields) == 1:
        raise Refusal(holder.span.start, f"{key} is all that stands there")
    if not holder.is_block:
        yield from bracketed_cuts(raw, [field.span for field in fields], {index})
        return
    start, end = line_start(raw, fields[index].span.start), line_end(raw, fields[index].span.end)
    if raw[start : fields[index].span.start].strip():
        raise Refusal(fields[index].span.start, f"{key} does not stand on a line of its own")
    # A resource goes with the blank line after it.
    if index + 1 < len(fields) and not raw[end : line_end(raw, end)].strip():
        end = line_end(raw, end)
    yield Span(start, end)


def _named(raw: bytes, id_: str, *, is_yaml: bool) -> Iterator[int]:
    """Give the places where a logical id stands, other than as a key or in a remark."""
    word = re.escape(id_.encode())
    pattern = (
        rb"(?<![A-Za-z0-9_./:@-])" + word + rb"(?![A-Za-z0-9_/-])(?!\s*:(?:\s|$))"
        if is_yaml
        else rb'(?:"|\$\{)' + word + rb'(?=["}.])(?!"\s*:)'
    )
    for found in re.finditer(pattern, raw):
        line = raw[line_start(raw, found.start()) : found.start()]
        if not (is_yaml and line.lstrip().startswith(b"#")):
            yield found.start()
