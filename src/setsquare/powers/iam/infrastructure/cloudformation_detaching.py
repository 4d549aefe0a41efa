"""Takes a managed policy off one role in a CloudFormation template; the policy itself stays.

Source: AWS CloudFormation User Guide, "AWS::IAM::Role", "AWS::IAM::ManagedPolicy".
"""

from __future__ import annotations

from collections.abc import Iterator

from setsquare.powers.iam.infrastructure.cloudformation import REFERENCE, Template, template_of
from setsquare.powers.iam.infrastructure.cloudformation_removing import taken_item
from setsquare.powers.iam.infrastructure.comparing import fits
from setsquare.powers.iam.infrastructure.finding import could_be
from setsquare.powers.iam.infrastructure.list_edits import cuts
from setsquare.powers.iam.infrastructure.nodes import ListNode, MapNode, Node, TextNode
from setsquare.powers.iam.infrastructure.reading_json import Broken, Reading, json_node
from setsquare.powers.iam.infrastructure.yaml_nodes import yaml_node
from setsquare.text.paths import RelPath
from setsquare.text.span import Edit, Span


def template_detachment(path: RelPath, raw: bytes, role: str, arn: str, name: str) -> list[Edit]:
    """Give the edits that take a policy out of a role's `ManagedPolicyArns`; none where the template has no such role."""
    template = read_template(path, raw)
    return [] if template is None else cuts(_spans(template, raw, role, arn, name))


def read_template(path: RelPath, raw: bytes) -> Template | None:
    """Read a template; `None` where the file is none."""
    root = read_root(raw)
    return None if root is None else template_of(path, root, is_yaml=is_in_yaml(raw))


def read_root(raw: bytes) -> Node | None:
    """Read a file as JSON or YAML, with CloudFormation's functions; `None` where it is neither."""
    root = yaml_node(raw) if is_in_yaml(raw) else json_node(raw, Reading(has_functions=True))
    return None if isinstance(root, Broken) else root


def is_in_yaml(raw: bytes) -> bool:
    """Tell whether a template is written in YAML."""
    return not raw.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")


def _spans(template: Template, raw: bytes, role: str, arn: str, name: str) -> Iterator[Span]:
    for id_, resource in template.resources.items():
        kind = resource.value("Type")
        properties = resource.value("Properties")
        if not isinstance(kind, TextNode) or kind.value != "AWS::IAM::Role" or not isinstance(properties, MapNode):
            continue
        owner = template.name_of(id_)
        attached = properties.value("ManagedPolicyArns")
        if isinstance(attached, ListNode) and (owner == role or could_be(owner, role)):
            gone = {index for index, item in enumerate(attached.items) if is_item(template, item, arn, name)}
            yield from taken_item(raw, properties, "ManagedPolicyArns", gone)


def is_item(template: Template, item: Node, arn: str, name: str) -> bool:
    """Tell whether an item is the policy's ARN, or a reference to it."""
    if not isinstance(item, TextNode):
        return False
    found = REFERENCE.match(item.value) if item.is_whole else None
    if found:
        target = template.resources.get(found["id"])
        named = target.value("Properties", "ManagedPolicyName") if target else None
        return isinstance(named, TextNode) and (named.value == name or could_be(named.value, name))
    return fits(item.pieces, arn) and item.pieces[-1].endswith(f"/{name}")
