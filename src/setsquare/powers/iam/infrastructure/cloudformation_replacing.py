"""Puts a policy of the role's own in the place of one of AWS's in a CloudFormation template: a resource beside the role, which the role's list names.

Source: AWS CloudFormation User Guide, "AWS::IAM::ManagedPolicy", "AWS::IAM::Role".
"""

from __future__ import annotations

import re

import msgspec

from setsquare.powers.iam.infrastructure.cloudformation import Template
from setsquare.powers.iam.infrastructure.cloudformation_detaching import is_item
from setsquare.powers.iam.infrastructure.finding import could_be
from setsquare.powers.iam.infrastructure.list_edits import indent, line_end, line_start, newline, stands_alone
from setsquare.powers.iam.infrastructure.nodes import Field, ListNode, MapNode, TextNode
from setsquare.powers.iam.infrastructure.policy_writing import Plain, plain_of, yaml_of
from setsquare.powers.iam.infrastructure.reading_json import Broken, Reading, json_node
from setsquare.powers.iam.infrastructure.statement_editing import Refusal
from setsquare.powers.iam.infrastructure.terraform_detaching import Meant
from setsquare.powers.iam.infrastructure.yaml_nodes import yaml_node
from setsquare.powers.iam.policy.document import Policy
from setsquare.text.span import Edit, Span

_NOT_WORD = re.compile(r"[^A-Za-z0-9]+")


def template_replacement(template: Template, raw: bytes, meant: Meant, name: str, policy: Policy) -> tuple[list[Edit], str]:
    """Give the edits, and the new resource's address; no edits where the template does not attach the policy to the role.

    Raises:
        Refusal: it is attached in a way that cannot be taken over.
    """
    is_yaml = not raw.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")
    root = yaml_node(raw) if is_yaml else json_node(raw, Reading(has_functions=True))
    resources = root.value("Resources") if isinstance(root, MapNode) and not isinstance(root, Broken) else None
    if not isinstance(resources, MapNode):
        return [], ""
    sites = []
    for field in resources.fields:
        role = field.value
        kind = role.value("Type") if isinstance(role, MapNode) else None
        attached = role.value("Properties", "ManagedPolicyArns") if isinstance(role, MapNode) else None
        owner = template.name_of(field.key) if isinstance(kind, TextNode) and kind.value == "AWS::IAM::Role" else ""
        if owner and isinstance(attached, ListNode) and (owner == meant.role or could_be(owner, meant.role)):
            sites += [(field, item.span) for item in attached.items if is_item(template, item, meant.arn, meant.name)]
    if not sites:
        return [], ""
    if len(sites) > 1:
        raise Refusal(sites[0][1].start, "the template attaches it in several places")
    field, item = sites[0]
    id_ = _free(resources, name)
    is_named = isinstance(field.value, MapNode) and field.value.value("Properties", "RoleName") is not None
    # A name of its own needs more consent of CloudFormation than a role without one has.
    named: dict[str, Plain] = {"ManagedPolicyName": name} if is_named else {}
    made: dict[str, Plain] = {"Type": "AWS::IAM::ManagedPolicy", "Properties": {**named, "PolicyDocument": plain_of(policy)}}
    reference = f"!Ref {id_}".encode() if is_yaml else b'{"Ref": "%s"}' % id_.encode()
    return [Edit(item, reference), _beside(raw, resources, field, id_, made)], f"Resources.{id_}"


def _free(resources: MapNode, name: str) -> str:
    """Make a logical id that no resource has."""
    made = "".join(each[:1].upper() + each[1:] for each in _NOT_WORD.split(name))[:200] or "Policy"
    made = made if made[0].isalpha() else f"P{made}"
    while resources.field(made) is not None:
        made += "X"
    return made


def _beside(raw: bytes, resources: MapNode, field: Field, id_: str, made: dict[str, Plain]) -> Edit:
    """Put a resource behind another."""
    margin, gap = indent(raw, field.span.start).decode("utf-8", "replace"), newline(raw)
    if resources.is_block:
        end = line_end(raw, field.span.end)
        text = yaml_of({id_: made}, margin).replace("\n", gap.decode()).encode()
        blank = gap if line_start(raw, field.span.start) and not raw[end : line_end(raw, end)].strip() and end < len(raw) else b""
        return Edit(Span(end, end), blank + text if raw[end - 1 : end] == b"\n" else gap + text)
    if not stands_alone(raw, field.span):
        return Edit(Span(field.span.end, field.span.end), b", " + msgspec.json.encode({id_: made})[1:-1])
    outer = len(margin) // 2 or 1
    step = margin[: max(1, len(margin) // 2)] if outer else "  "
    lines = msgspec.json.format(msgspec.json.encode(made), indent=max(1, len(step))).decode().replace("\n", gap.decode() + margin)
    return Edit(Span(field.span.end, field.span.end), b"," + gap + margin.encode() + f'"{id_}": {lines}'.encode())
