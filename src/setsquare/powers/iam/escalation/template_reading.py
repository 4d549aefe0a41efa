"""Reads the policies of CloudFormation templates with what stands in them resolved, and names what a template leaves to others: macros, files elsewhere, parameters.

Source: AWS CloudFormation, resource types of `AWS::IAM` and `AWS::SSO`, "Transform macros"; AWS SAM, "Policies".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from setsquare.powers.iam.escalation.document_search import documents_in
from setsquare.powers.iam.escalation.sam_templates import SAM_TEMPLATES
from setsquare.powers.iam.escalation.template_resolving import resolved
from setsquare.powers.iam.escalation.template_values import value_of_node
from setsquare.powers.iam.escalation.valued_policies import anything_open, valued_policy
from setsquare.powers.iam.expressions.values import Encoded
from setsquare.powers.iam.infrastructure.cloudformation import template_policies
from setsquare.powers.iam.infrastructure.model import Form, SourcePolicy
from setsquare.powers.iam.infrastructure.nodes import Found, ListNode, MapNode, Node, TextNode, Unread, walked
from setsquare.powers.iam.infrastructure.reading_json import Broken, Reading, json_node
from setsquare.powers.iam.infrastructure.yaml_nodes import yaml_node
from setsquare.powers.iam.policy.document import CURRENT_VERSION, Effect, Policy, Statement
from setsquare.text.paths import RelPath, parent, path_from

_IDENTITIES = frozenset({"AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group"})
_READ = _IDENTITIES | {
    *("AWS::IAM::RolePolicy", "AWS::IAM::UserPolicy", "AWS::IAM::GroupPolicy", "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"),
    "AWS::Serverless::Function",
}
_STACKS = {
    "AWS::CloudFormation::Stack": "TemplateURL",
    "AWS::CloudFormation::StackSet": "TemplateURL",
    "AWS::Serverless::Application": "Location",
}
_HARMLESS = ("AWS::Serverless-", "AWS::LanguageExtensions", "AWS::SecretsManager-", "AWS::CodeDeployBlueGreen", "AWS::ServiceCatalog")
_ELSEWHERE = ("http://", "https://", "s3://")


TEMPLATES = (".json", ".yaml", ".yml", ".template", ".cfn")
"""How the names of templates end."""
_NESTING = (b"AWS::CloudFormation::Stack", b"AWS::Serverless::Application")
Given = Mapping[str, tuple[Node, ...]]
_NONE: Given = {}


class TemplatePolicies(Struct, frozen=True):
    """The policies of a template, and what of it could not be read."""

    policies: tuple[SourcePolicy, ...] = ()
    unread: tuple[Unread, ...] = ()


def template_root(raw: bytes, given: Given = _NONE) -> Node | None:
    """Read a template with its functions resolved; `None` where the file is none. `given` are values that stacks around it hand to its parameters.

    >>> template_root(b'{"Resources": {"X": {"Type": "AWS::IAM::Role"}}}').value("Resources", "X", "Type").value
    'AWS::IAM::Role'
    """
    if b"Resources" not in raw or not any(word in raw for word in (b"AWS::", b"Custom::")):
        return None
    seems_json = raw.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")
    node = json_node(raw, Reading()) if seems_json else yaml_node(raw, keeps_functions=True)
    if isinstance(node, Broken) or not isinstance(node, MapNode) or not isinstance(node.value("Resources"), MapNode):
        return None
    return _listed(resolved(node, given))


def _listed(root: Node) -> Node:
    """Make a list of the policies of SAM that are written as one."""
    resources = root.value("Resources") if isinstance(root, MapNode) else None
    if not isinstance(root, MapNode) or not isinstance(resources, MapNode):
        return root
    fields = [replace(field, value=_with_list(field.value)) for field in resources.fields]
    made = replace(resources, fields=tuple(fields))
    return replace(root, fields=tuple([replace(each, value=made) if each.key == "Resources" else each for each in root.fields]))


def _with_list(resource: Node) -> Node:
    properties = resource.value("Properties") if isinstance(resource, MapNode) else None
    policies = properties.value("Policies") if isinstance(properties, MapNode) else None
    if not isinstance(resource, MapNode) or not isinstance(properties, MapNode) or not isinstance(policies, MapNode):
        return resource
    listed = ListNode(policies.span, (policies,))
    fields = [replace(each, value=listed) if each.key == "Policies" else each for each in properties.fields]
    made = replace(properties, fields=tuple(fields))
    return replace(resource, fields=tuple([replace(each, value=made) if each.key == "Properties" else each for each in resource.fields]))


def given_in(files: Mapping[RelPath, bytes], limit: int) -> dict[RelPath, dict[str, tuple[Node, ...]]]:
    """Give the values that stacks hand to the parameters of templates that they name, by the templates.

    >>> given_in({}, 100)
    {}
    """
    found: dict[RelPath, dict[str, tuple[Node, ...]]] = {}
    for path, raw in files.items():
        if len(raw) > limit or not any(word in raw for word in _NESTING) or not path.endswith(TEMPLATES):
            continue
        root = template_root(raw)
        resources = root.value("Resources") if isinstance(root, MapNode) else None
        for field in resources.fields if isinstance(resources, MapNode) else ():
            kind = field.value.value("Type") if isinstance(field.value, MapNode) else None
            if not isinstance(field.value, MapNode) or not isinstance(kind, TextNode) or kind.value not in _STACKS:
                continue
            target = field.value.value("Properties", _STACKS[kind.value])
            inner = path_from(parent(path), target.value) if isinstance(target, TextNode) else None
            given = field.value.value("Properties", "Parameters")
            for parameter in given.fields if isinstance(given, MapNode) and inner else ():
                known = found.setdefault(RelPath(str(inner)), {})
                known[parameter.key] = (*known.get(parameter.key, ()), parameter.value)
    return found


def policies_of_template(path: RelPath, raw: bytes, given: Given = _NONE) -> TemplatePolicies | None:
    """Read a file; `None` where it is no template."""
    root = template_root(raw, given)
    is_json = raw.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")
    if not isinstance(root, MapNode):
        return None
    found = template_policies(path, root, is_yaml=not is_json) or (Found() if _is_template(root) else None)
    if found is None:
        return None
    resources = root.value("Resources")
    unread: list[Unread] = [*found.unread, *_macros(path, root)]
    policies = [*_own(found, unread)]
    for field in resources.fields if isinstance(resources, MapNode) else ():
        address = f"Resources.{field.key}"
        if not isinstance(field.value, MapNode):
            unread.append(
                Unread(path=path, start=field.span.start, reason="what stands here is known to the engine alone", address=address)
            )
            continue
        type_ = field.value.value("Type")
        kind = type_.value if isinstance(type_, TextNode) else ""
        unread += _left_open(path, address, kind, field.value)
        if kind.startswith("AWS::Serverless::"):
            policies += _templated(path, field.key, field.value, is_json=is_json)
        if kind not in _READ:
            for each in _within(path, address, field.value, is_json=is_json):
                if isinstance(each, SourcePolicy):
                    policies.append(each)
                else:
                    unread.append(each)
    return TemplatePolicies(tuple(policies), tuple(dict.fromkeys(unread)))


def _is_template(root: MapNode) -> bool:
    """Tell whether the resources are those of a template, though none is of AWS: modules, loops and macros."""
    resources = root.value("Resources")
    for field in resources.fields if isinstance(resources, MapNode) else ():
        kind = field.value.value("Type") if isinstance(field.value, MapNode) else field.value
        if isinstance(kind, TextNode) and ("::" in kind.value):
            return True
    return False


def _own(found: Found, unread: list[Unread]) -> Iterator[SourcePolicy]:
    """Give the policies that were read, and name the actions in them that are open."""
    for each in found.located:
        source = each.source
        valued = valued_policy((Encoded(value_of_node(each.root)),)) if source.unresolved else None
        reasons = tuple(anything_open(source.policy)) if valued is None else valued.unknown
        place = Unread(path=source.path, start=source.span.start, reason="", address=source.address, owner=source.owner)
        unread += [replace(place, reason=reason) for reason in reasons]
        yield source if valued is None or valued.policy is None else replace(source, policy=_placed(valued.policy, source.policy))


def _placed(policy: Policy, like: Policy) -> Policy:
    """Give the statements the places that they have, where all of them are still there."""
    if len(policy.statements) != len(like.statements):
        return policy
    pairs = zip(policy.statements, like.statements, strict=True)
    return replace(policy, statements=tuple([replace(each, span=other.span) for each, other in pairs]))


def _macros(path: RelPath, root: MapNode) -> Iterator[Unread]:
    """Name the macros: they write what they like."""
    named = root.value("Transform")
    for item in named.items if isinstance(named, ListNode) else (named,):
        word = item.value("Name") if isinstance(item, MapNode) else item
        if isinstance(word, TextNode) and not word.value.startswith(_HARMLESS):
            yield Unread(
                path=path, start=word.span.start, reason=f"what the macro {word.value[:80]} writes is not in the code", address="Transform"
            )
    for node in walked(root):
        if isinstance(node, TextNode) and node.value == "${Fn::Transform}":
            yield Unread(path=path, start=node.span.start, reason="what Fn::Transform writes is not in the code", address="Fn::Transform")


def _left_open(path: RelPath, address: str, kind: str, resource: MapNode) -> Iterator[Unread]:
    """Name the places of a resource where policies are meant that only the engine knows."""
    properties = resource.value("Properties")
    if kind in _STACKS:
        target = resource.value("Properties", _STACKS[kind])
        is_named = isinstance(target, TextNode) and not target.is_open and not target.value.startswith(_ELSEWHERE)
        body = resource.value("Properties", "TemplateBody")
        if not is_named and (body is None or (isinstance(body, TextNode) and body.is_whole)):
            yield Unread(path=path, start=resource.span.start, reason="the template that it names is not in the code", address=address)
    inline = resource.value("Properties", "InlinePolicy")
    if kind == "AWS::SSO::PermissionSet" and isinstance(inline, TextNode) and inline.is_whole:
        reason = f"what {inline.value[:120]} stands for in InlinePolicy is known to the engine alone"
        yield Unread(path=path, start=inline.span.start, reason=reason, address=address)
    if kind.endswith("::MODULE"):
        yield Unread(path=path, start=resource.span.start, reason=f"what the module {kind[:80]} makes is not in the code", address=address)
    if not kind.startswith(("AWS::IAM::", "AWS::SSO::", "AWS::Serverless::")):
        return
    if isinstance(properties, TextNode):
        yield Unread(path=path, start=properties.span.start, reason="its properties are known to the engine alone", address=address)
    policies = resource.value("Properties", "Policies")
    items = policies.items if isinstance(policies, ListNode) else () if policies is None else (policies,)
    for item in items:
        is_named = kind.startswith("AWS::Serverless::") and isinstance(item, TextNode)
        if not isinstance(item, MapNode) and not is_named:
            shown = item.value if isinstance(item, TextNode) else "what stands here"
            yield Unread(
                path=path,
                start=item.span.start,
                reason=f"what {shown[:120]} stands for in Policies is known to the engine alone",
                address=address,
            )
        elif isinstance(item, MapNode) and kind.startswith("AWS::Serverless::"):
            for field in () if item.field("Statement") else item.fields:
                if field.key not in SAM_TEMPLATES:
                    reason = f"what the policy template {field.key[:80]} grants is not known"
                    yield Unread(path=path, start=item.span.start, reason=reason, address=address)
        elif isinstance(item, MapNode) and kind in _IDENTITIES and item.field("PolicyDocument") is None:
            yield Unread(path=path, start=item.span.start, reason="a policy in Policies has no document here", address=address)


def _templated(path: RelPath, id_: str, resource: MapNode, *, is_json: bool) -> Iterator[SourcePolicy]:
    """Give the policies of SAM's policy templates that grant what ways to more rights need."""
    policies = resource.value("Properties", "Policies")
    for item in policies.items if isinstance(policies, ListNode) else (policies,):
        for field in item.fields if isinstance(item, MapNode) else ():
            actions = SAM_TEMPLATES.get(field.key, ())
            if actions:
                statement = Statement(effect=Effect.ALLOW, actions=actions, resources=("*",))
                yield SourcePolicy(
                    path=path,
                    form=Form.CLOUDFORMATION_JSON if is_json else Form.CLOUDFORMATION_YAML,
                    policy=Policy(statements=(statement,), version=CURRENT_VERSION),
                    span=field.span,
                    owner=_role_of(id_),
                    name=field.key,
                    address=f"Resources.{id_}",
                )


def _role_of(id_: str) -> str:
    """Name the role that SAM makes, as the reading of policies does."""
    return f"${{AWS::StackName}}-{id_}Role-${{…}}"


def _within(path: RelPath, address: str, resource: MapNode, *, is_json: bool) -> Iterator[SourcePolicy | Unread]:
    """Find documents in the properties of a resource that has no policies of its own kind."""
    properties = resource.value("Properties")
    value = value_of_node(properties) if properties is not None else ()
    for document in dict.fromkeys(documents_in(value)):
        valued = valued_policy((document,))
        if valued.policy is not None and valued.policy.statements:
            form = Form.CLOUDFORMATION_JSON if is_json else Form.CLOUDFORMATION_YAML
            kind, id_ = resource.value("Type"), address.removeprefix("Resources.")
            owner = _role_of(id_) if isinstance(kind, TextNode) and kind.value == "AWS::Serverless::StateMachine" else ""
            yield SourcePolicy(
                path=path, form=form, policy=valued.policy, span=resource.span, owner=owner, name="" if owner else address, address=address
            )
        for reason in valued.unknown:
            yield Unread(path=path, start=resource.span.start, reason=reason, address=address)


def templates_in(files: Mapping[RelPath, bytes], limit: int) -> dict[RelPath, TemplatePolicies]:
    """Read those of some files that are templates.

    >>> templates_in({RelPath("a.json"): b"{}"}, 100)
    {}
    """
    found: dict[RelPath, TemplatePolicies] = {}
    given = given_in(files, limit)
    for path, raw in files.items():
        if len(raw) <= limit and path.endswith(TEMPLATES):
            read = policies_of_template(path, raw, given.get(path, _NONE))
            if read is not None:
                found[path] = read
    return found
