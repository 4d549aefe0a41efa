"""Finds the policies of a CloudFormation template, one that the CDK or SAM wrote included.

Source: AWS CloudFormation, resource types of `AWS::IAM`; AWS SAM, `AWS::Serverless::Function`.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from setsquare.powers.iam.infrastructure.assembling import located
from setsquare.powers.iam.infrastructure.model import Form
from setsquare.powers.iam.infrastructure.nodes import (
    Dialect,
    Found,
    ListNode,
    Located,
    MapNode,
    Node,
    Place,
    TextNode,
    Unit,
    UnitKind,
    Unread,
    words_of,
)
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.paths import RelPath

REFERENCE = LazyPattern(r"\$\{(?P<id>[A-Za-z0-9]+)(?:\.\w+)?\}\Z")
_NAMES = {"AWS::IAM::Role": "RoleName", "AWS::IAM::User": "UserName", "AWS::IAM::Group": "GroupName"}
_HANGS_ON = ("Roles", "Users", "Groups")
_ALONE = {"AWS::IAM::RolePolicy": "RoleName", "AWS::IAM::UserPolicy": "UserName", "AWS::IAM::GroupPolicy": "GroupName"}


class Template(Struct, frozen=True):
    """The resources of a template by their logical ids, and how the file is written."""

    path: RelPath
    form: Form
    dialect: Dialect
    resources: dict[str, MapNode]

    def place(
        self, id_: str, owner: str, name: str = "", *, is_trust: bool = False, is_boundary: bool = False, entry: Node | None = None
    ) -> Place:
        """Say where a policy stands; `entry` is the one of a role's policies that it is."""
        address = f"Resources.{id_}"
        kind, span = (UnitKind.ENTRY, entry.span) if entry else (UnitKind.RESOURCE, self.resources[id_].span)
        return Place(
            path=self.path,
            form=self.form,
            dialect=self.dialect,
            owner=owner,
            name=name,
            address=address,
            is_trust=is_trust,
            is_boundary=is_boundary,
            unit=Unit(path=self.path, kind=kind, address=address, span=span),
        )

    def owner(self, node: Node | None) -> str:
        """Name whom a text or a reference means."""
        if not isinstance(node, TextNode):
            return ""
        found = REFERENCE.match(node.value) if node.is_whole else None
        return self.name_of(found["id"]) if found and found["id"] in self.resources else node.value

    def name_of(self, id_: str) -> str:
        """Name the role of a logical id; one without a name gets the stack's name, the id and a random end from CloudFormation."""
        resource = self.resources[id_]
        type_ = _text(resource.value("Type"))
        named = resource.value("Properties", _NAMES.get(type_, ""))
        return named.value if isinstance(named, TextNode) else f"${{AWS::StackName}}-{id_}-${{…}}"


def template_policies(path: RelPath, root: Node, *, is_yaml: bool) -> Found | None:
    """Read the policies of a template; `None` where the file is none."""
    template = template_of(path, root, is_yaml=is_yaml)
    if template is None:
        return None
    found = [each for id_, resource in template.resources.items() for each in _of_resource(template, id_, resource)]
    return Found(tuple([each for each in found if isinstance(each, Located)]), tuple([each for each in found if isinstance(each, Unread)]))


def template_of(path: RelPath, root: Node, *, is_yaml: bool) -> Template | None:
    """Read a template; `None` where the file is none."""
    resources = root.value("Resources") if isinstance(root, MapNode) else None
    if not isinstance(resources, MapNode):
        return None
    by_id = {field.key: field.value for field in resources.fields if isinstance(field.value, MapNode)}
    if not any(_text(each.value("Type")).startswith(("AWS::", "Custom::")) for each in by_id.values()):
        return None
    form, dialect = (Form.CLOUDFORMATION_YAML, Dialect.YAML) if is_yaml else (Form.CLOUDFORMATION_JSON, Dialect.JSON)
    return Template(path, form, dialect, by_id)


def _of_resource(template: Template, id_: str, resource: MapNode) -> Iterator[Located | Unread]:
    type_ = _text(resource.value("Type"))
    if type_ in _NAMES:
        owner = template.name_of(id_)
        yield from _policy(template.place(id_, owner, is_trust=True), resource.value("Properties", "AssumeRolePolicyDocument"))
        for inner in _items(resource.value("Properties", "Policies")):
            if isinstance(inner, MapNode):
                yield from _policy(template.place(id_, owner, _text(inner.value("PolicyName")), entry=inner), inner.value("PolicyDocument"))
    elif type_ in _ALONE:
        owner = template.owner(resource.value("Properties", _ALONE[type_]))
        name = _text(resource.value("Properties", "PolicyName"))
        yield from _policy(template.place(id_, owner, name), resource.value("Properties", "PolicyDocument"))
    elif type_ in {"AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"}:
        name = _text(resource.value("Properties", "PolicyName")) or _text(resource.value("Properties", "ManagedPolicyName"))
        attached, bounded = _attached(template, id_, resource)
        for owner in attached or ([] if bounded else [""]):
            yield from _policy(template.place(id_, owner, name), resource.value("Properties", "PolicyDocument"))
        for owner in bounded:
            yield from _policy(template.place(id_, owner, name, is_boundary=True), resource.value("Properties", "PolicyDocument"))
    elif type_ == "AWS::Serverless::Function":
        owner = f"${{AWS::StackName}}-{id_}Role-${{…}}"
        for inner in _items(resource.value("Properties", "Policies")):
            if isinstance(inner, MapNode) and inner.field("Statement"):
                yield from _policy(template.place(id_, owner, entry=inner), inner)


def _attached(template: Template, id_: str, resource: MapNode) -> tuple[list[str], list[str]]:
    """Say on whom a policy hangs and whom it bounds."""
    attached = [template.owner(each) for key in _HANGS_ON for each in words_of(resource.value("Properties", key))]
    bounded = []
    for other, role in template.resources.items():
        if _text(role.value("Type")) in _NAMES:
            attached += [template.name_of(other) for each in words_of(role.value("Properties", "ManagedPolicyArns")) if means(each, id_)]
            if means(role.value("Properties", "PermissionsBoundary"), id_):
                bounded.append(template.name_of(other))
    return list(dict.fromkeys(attached)), bounded


def means(node: Node | None, id_: str) -> bool:
    """Tell whether a value is a reference to a resource."""
    found = REFERENCE.match(node.value) if isinstance(node, TextNode) and node.is_whole else None
    return found is not None and found["id"] == id_


def _policy(place: Place, node: Node | None) -> Iterator[Located | Unread]:
    if isinstance(node, MapNode):
        found = located(place, node)
        yield found
        for each in found.loose if isinstance(found, Located) else ():
            yield Unread(path=each.path, start=each.start, reason=each.reason, address=place.address, owner=place.owner)
    elif node is not None:
        reason = "the policy is put together elsewhere"
        yield Unread(path=place.path, start=node.span.start, reason=reason, address=place.address, owner=place.owner)


def _items(node: Node | None) -> tuple[Node, ...]:
    return node.items if isinstance(node, ListNode) else ()


def _text(node: Node | None) -> str:
    return node.value if isinstance(node, TextNode) else ""
