"""Puts copies of a policy beside it in a CloudFormation template, attached as it is.

Source: AWS CloudFormation User Guide, "AWS::IAM::ManagedPolicy", "AWS::IAM::Role".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from setsquare.powers.iam.infrastructure.cloudformation import means
from setsquare.powers.iam.infrastructure.list_edits import indent, line_end, line_start, newline, stands_alone
from setsquare.powers.iam.infrastructure.nodes import Field, ListNode, MapNode, Node, TextNode, Unit, UnitKind
from setsquare.powers.iam.infrastructure.reading_json import Broken, Reading, json_node
from setsquare.powers.iam.infrastructure.statement_editing import Refusal
from setsquare.powers.iam.infrastructure.yaml_nodes import yaml_node
from setsquare.text.span import Edit, Span, apply_edits

_NAMES = ("PolicyName", "ManagedPolicyName")


def template_copies(raw: bytes, unit: Unit, number: int, *, is_yaml: bool) -> tuple[list[Edit], tuple[str, ...]]:
    """Put `number` - 1 copies of a policy beside it; give the edits, and the copies' addresses.

    Raises:
        Refusal: it is written in a way that cannot be copied.
    """
    root = yaml_node(raw) if is_yaml else json_node(raw, Reading(has_functions=True))
    resources = root.value("Resources") if isinstance(root, MapNode) else None
    if isinstance(root, Broken) or not isinstance(resources, MapNode):
        raise Refusal(unit.span.start, "the template cannot be read again")
    id_ = unit.address.partition(".")[2]
    field = resources.field(id_)
    if field is None or not isinstance(field.value, MapNode):
        raise Refusal(unit.span.start, f"{unit.address} does not stand there any more")
    if unit.kind is UnitKind.ENTRY:
        return list(_entries(raw, field.value, unit, number)), (unit.address,) * (number - 1)
    ids = [_free(resources, id_, index) for index in range(2, number + 1)]
    edits = [_beside(raw, resources, field, ids)]
    for other in resources.fields:
        attached = other.value.value("Properties", "ManagedPolicyArns") if isinstance(other.value, MapNode) else None
        if isinstance(attached, ListNode):
            edits += [_more(raw, attached, item, id_, ids) for item in attached.items if means(item, id_)]
    return edits, tuple([f"Resources.{each}" for each in ids])


def _free(resources: MapNode, id_: str, index: int) -> str:
    """Make a logical id that no resource has."""
    made = f"{id_}{index}"
    while resources.field(made) is not None:
        made += "X"
    return made


def _beside(raw: bytes, resources: MapNode, field: Field, ids: list[str]) -> Edit:
    """Put copies of a resource behind it."""
    span = field.span
    texts = []
    properties = field.value.value("Properties") if isinstance(field.value, MapNode) else None
    for index, id_ in enumerate(ids, 2):
        quote = raw[field.key_span.start : field.key_span.start + 1]
        key = quote + id_.encode() + quote if quote in (b'"', b"'") else id_.encode()
        texts.append(_moved(raw, span, [Edit(field.key_span, key), *_named(raw, properties, index)]))
    if resources.is_block:
        end = line_end(raw, span.end)
        lead = indent(raw, span.start)
        gap = newline(raw) if not raw[end : line_end(raw, end)].strip() and end < len(raw) else b""
        text = b"".join(gap + lead + each + newline(raw) for each in texts)
        return Edit(Span(end, end), text if raw[end - 1 : end] == b"\n" else newline(raw) + text.removesuffix(newline(raw)))
    glue = b"," + newline(raw) + indent(raw, span.start) if stands_alone(raw, span) else b", "
    return Edit(Span(span.end, span.end), b"".join(glue + each for each in texts))


def _entries(raw: bytes, resource: MapNode, unit: Unit, number: int) -> Iterator[Edit]:
    """Put copies of one of a role's policies behind it."""
    policies = resource.value("Properties", "Policies")
    item = next((each for each in policies.items if each.span == unit.span), None) if isinstance(policies, ListNode) else None
    if not isinstance(policies, ListNode) or item is None:
        raise Refusal(unit.span.start, "the role's policies are no list")
    texts = [_moved(raw, item.span, list(_named(raw, item, index))) for index in range(2, number + 1)]
    yield _behind(raw, policies, item, texts)


def _more(raw: bytes, items: ListNode, item: Node, id_: str, ids: list[str]) -> Edit:
    """Put the copies into a list that attaches the policy."""
    text = raw[item.span.start : item.span.end]
    pattern = rb"(?<![A-Za-z0-9])" + re.escape(id_.encode()) + rb"(?![A-Za-z0-9])"
    return _behind(raw, items, item, [re.sub(pattern, each.encode(), text) for each in ids])


def _behind(raw: bytes, items: ListNode, item: Node, texts: list[bytes]) -> Edit:
    span = item.span
    if items.is_block:
        start = line_start(raw, span.start)
        lead = raw[start : span.start]
        if lead.strip() != b"-":
            raise Refusal(span.start, "the list that it stands in is written in a way that cannot be followed")
        end = line_end(raw, span.end)
        text = b"".join(lead + each + newline(raw) for each in texts)
        return Edit(Span(end, end), text if raw[end - 1 : end] == b"\n" else newline(raw) + text.removesuffix(newline(raw)))
    glue = b"," + newline(raw) + indent(raw, span.start) if stands_alone(raw, span) else b", "
    return Edit(Span(span.end, span.end), b"".join(glue + each for each in texts))


def _moved(raw: bytes, span: Span, edits: list[Edit]) -> bytes:
    return apply_edits(
        raw[span.start : span.end], [Edit(Span(each.span.start - span.start, each.span.end - span.start), each.new) for each in edits]
    )


def _named(raw: bytes, holder: Node | None, index: int) -> Iterator[Edit]:
    """Give the copy a name of its own, if the policy has one."""
    for field in holder.fields if isinstance(holder, MapNode) else ():
        if field.key not in _NAMES:
            continue
        span = field.value.span
        written = raw[span.start : span.end]
        is_plain = isinstance(field.value, TextNode) and (
            not field.value.is_open or written.startswith((b"!Sub ", b'{"Fn::Sub"', b'{ "Fn::Sub"'))
        )
        if not is_plain or b"\n" in written:
            raise Refusal(span.start, "its name is put together by a function")
        end = span.end
        if written.startswith(b"{") or written[-1:] in (b'"', b"'"):
            end = span.start + max(written.rfind(b'"'), written.rfind(b"'"))
        yield Edit(Span(end, end), f"-{index}".encode())
