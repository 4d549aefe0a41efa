"""Reads from a CloudFormation template who the principals are and which managed policies are attached to them; templates of the CDK and SAM included.

Source: AWS CloudFormation, resource types of `AWS::IAM` and `AWS::SSO`; AWS SAM, `AWS::Serverless::Function`, "Policies".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from setsquare.powers.iam.escalation.code import Attachment, Code, Owner, named_in, scope_of
from setsquare.powers.iam.escalation.template_reading import Given, template_root
from setsquare.powers.iam.infrastructure.nodes import ListNode, MapNode, Node, TextNode
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.paths import RelPath

_NAMES: Mapping[str, tuple[str, str]] = {
    "AWS::IAM::Role": ("RoleName", "role"),
    "AWS::IAM::User": ("UserName", "user"),
    "AWS::IAM::Group": ("GroupName", "group"),
}
_NONE: Given = {}
_SAM = frozenset({"AWS::Serverless::Function", "AWS::Serverless::StateMachine"})
_SET = "AWS::SSO::PermissionSet"
_WORDS = (b"policy/", b"ManagedPolicyArns", b"PermissionsBoundary", b"AWS::IAM::", b"AWS::Serverless::")
_WHOLE = LazyPattern(r"\$\{(?P<id>[\w:]+)(?:\.\w+)?\}\Z")
_OWN_ARN = LazyPattern(r":iam::(?:\d{12}|\$\{[^}]{0,200}\}):policy/[\w+=,.@/-]+\Z")


class _Template(Struct, frozen=True):
    path: RelPath
    text: str
    root: MapNode
    resources: Mapping[str, MapNode]


def template_code(path: RelPath, raw: bytes, given: Given = _NONE) -> Code:
    r"""Read a file; nothing of one that is no template.

    >>> text = b'{"Resources": {"X": {"Type": "AWS::IAM::Role", "Properties": {"ManagedPolicyArns": ["arn:aws:iam::aws:policy/IAMFullAccess"]}}}}'
    >>> [each.word for each in template_code(RelPath("a.json"), text).attachments]
    ['arn:aws:iam::aws:policy/IAMFullAccess']
    """
    root = _root(raw, given)
    resources = root.value("Resources") if root else None
    if root is None or not isinstance(resources, MapNode):
        return Code()
    by_id = {field.key: field.value for field in resources.fields if isinstance(field.value, MapNode)}
    template = _Template(path, raw.decode("latin-1"), root, by_id)
    owners: list[Owner] = []
    attachments: list[Attachment] = []
    spans: list[tuple[int, int]] = []
    for id_, resource in by_id.items():
        owner = _owner(template, id_, resource)
        if owner is None:
            continue
        owners += [owner] if owner.kind in {"role", "user", "group"} else []
        for key in ("ManagedPolicyArns", "ManagedPolicies", "Policies", "PermissionsBoundary"):
            node = resource.value("Properties", key)
            if node is None or (key == "Policies" and owner.kind != "function"):
                continue
            if key != "Policies":
                spans += [(each.span.start, each.span.end) for each in (node, *_items(node))]
            attachments += _attached(template, owner, f"Resources.{id_}", key, node)
    members = tuple(_members(template))
    return Code(owners=tuple(owners), attachments=tuple(attachments), members=members, spans={path: tuple(spans)} if spans else {})


def _root(raw: bytes, given: Given) -> MapNode | None:
    if not any(word in raw for word in _WORDS):
        return None
    node = template_root(raw, given)
    return node if isinstance(node, MapNode) else None


def _owner(template: _Template, id_: str, resource: MapNode) -> Owner | None:
    """Describe who a resource is."""
    type_ = _text(resource.value("Type"))
    if type_ in _SAM:
        # SAM makes a role of the function's own, named as the reading of policies names it.
        name = f"${{AWS::StackName}}-{id_}Role-${{…}}"
        return Owner(name=name, scope=template.path, kind="function", given=name, arn_words=(f"{id_}Role.Arn",), name_words=(f"{id_}Role",))
    if type_ == _SET:
        return Owner(name=f"permission set {id_}", scope=template.path, kind="permission-set")
    if type_ not in _NAMES:
        return None
    key, kind = _NAMES[type_]
    given = _text(resource.value("Properties", key)) or f"${{AWS::StackName}}-{id_}-${{…}}"
    return Owner(
        name=given,
        scope=scope_of(given, template.path),
        kind=kind,
        home=template.path,
        path=_text(resource.value("Properties", "Path")) or "/",
        given=given,
        arn_words=(f"{id_}.Arn",),
        name_words=(id_,),
    )


def _members(template: _Template) -> Iterator[tuple[tuple[str, str], tuple[str, str]]]:
    """Say which users are in which groups."""
    for id_, resource in template.resources.items():
        match _text(resource.value("Type")):
            case "AWS::IAM::User":
                users, groups = [_key(template, id_)], _keys(template, resource.value("Properties", "Groups"))
            case "AWS::IAM::UserToGroupAddition":
                users = _keys(template, resource.value("Properties", "Users"))
                groups = _keys(template, resource.value("Properties", "GroupName"))
            case _:
                continue
        yield from ((user, group) for user in users for group in groups)


def _keys(template: _Template, node: Node | None) -> list[tuple[str, str]]:
    """Name the principals of a property, by reference or by name."""
    found: list[tuple[str, str]] = []
    for item in _items(node) if node is not None else ():
        if isinstance(item, TextNode) and item.value:
            reference = _WHOLE.match(item.value)
            is_own = reference is not None and reference["id"] in template.resources
            found.append(_key(template, reference["id"]) if reference and is_own else (scope_of(item.value, template.path), item.value))
    return found


def _key(template: _Template, id_: str) -> tuple[str, str]:
    owner = _owner(template, id_, template.resources[id_])
    return owner.key if owner else ("", id_)


def _attached(template: _Template, owner: Owner, place: str, key: str, node: Node) -> Iterator[Attachment]:
    """Give the policies that a property names, and whatever of it cannot be followed."""
    for item in _items(node):
        for word, is_name, is_open in dict.fromkeys(_words(template, item, is_sam=key == "Policies")):
            yield Attachment(
                path=template.path,
                start=item.span.start if node.span.start <= item.span.start < node.span.end else node.span.start,
                scope=owner.scope,
                owner=owner.name,
                word=word,
                is_name=is_name,
                is_open=is_open,
                is_boundary=key == "PermissionsBoundary",
                place=place,
            )


def _items(node: Node) -> tuple[Node, ...]:
    return node.items if isinstance(node, ListNode) else (node,)


def _words(template: _Template, item: Node, *, is_sam: bool) -> Iterator[tuple[str, bool, bool]]:
    """Give word, whether it is a name, and whether nobody could follow it. What a function chooses from may all be attached."""
    if not isinstance(item, TextNode):
        return
    named = [name for name, _ in named_in(item.value, 0, len(item.value))]
    yield from ((f"arn:aws:iam::aws:policy/{name}", False, False) for name in named)
    if named:
        return
    found = _WHOLE.match(item.value)
    if found and found["id"] in template.resources and _text(template.resources[found["id"]].value("Type")) == "AWS::IAM::ManagedPolicy":
        return
    if found is None and ":" not in item.value and not item.is_open and (is_sam or "," not in item.value):
        yield item.value, True, False
    elif found is None and "," in item.value and not item.is_open:
        yield from ((word, is_sam and ":" not in word, False) for part in item.value.split(",") if (word := part.strip()))
    elif item.value and item.value != "${AWS::NoValue}":
        yield item.value, False, _OWN_ARN.search(item.value) is None


def _text(node: Node | None) -> str:
    return node.value if isinstance(node, TextNode) else ""
