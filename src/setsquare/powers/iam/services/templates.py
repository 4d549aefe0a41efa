"""Reads services and their roles from ECS task definitions and CloudFormation templates, in JSON or YAML."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from setsquare.powers.iam.services.model import ServiceRole, role_in
from setsquare.powers.iam.services.values import Tree, child, item_texts, read_tree, text_of
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.paths import RelPath

_MARKS = (b"taskRoleArn", b"TaskRoleArn", b"AWS::Lambda::Function", b"AWS::Serverless::Function")
_VARIABLE = LazyPattern(r"\A\$\{(?P<name>\w++)(?:\.Arn)?\}\Z")
_RUNNERS = {
    "AWS::ECS::TaskDefinition": ("ecs-task", "TaskRoleArn", "Family"),
    "AWS::Lambda::Function": ("lambda", "Role", "FunctionName"),
    "AWS::Serverless::Function": ("lambda", "Role", "FunctionName"),
}


def roles_of_template(path: RelPath, raw: bytes) -> list[ServiceRole]:
    r"""List the services of a file; a file that is neither a task definition nor a template has none.

    >>> raw = b"Resources:\n  Auth:\n    Type: AWS::ECS::TaskDefinition\n    Properties:\n      Family: auth\n      TaskRoleArn: !GetAtt Role.Arn\n  Role:\n    Type: AWS::IAM::Role\n    Properties: {RoleName: ecs-auth}\n"
    >>> [(found.names, found.role) for found in roles_of_template(RelPath("t.yaml"), raw)]
    [(('auth', 'Auth'), 'ecs-auth')]
    """
    if not any(mark in raw for mark in _MARKS):
        return []
    tree = read_tree(path, raw)
    resources = child(tree, "Resources")
    if isinstance(resources, dict):
        return list(_of_resources(path, raw, resources))
    definition = child(tree, "taskDefinition") if isinstance(child(tree, "taskDefinition"), dict) else tree
    role = text_of(child(definition, "taskRoleArn"))
    names = (text_of(child(definition, "family")), *item_texts(child(definition, "containerDefinitions"), "name"))
    if not role or not any(names):
        return []
    found = role_in(role)
    return [
        ServiceRole(
            names=tuple(dict.fromkeys(name for name in names if name)),
            role=found,
            kind="ecs-task",
            path=path,
            line=_line(raw, b"taskRoleArn"),
            unresolved="" if found else role[:200],
        )
    ]


def _of_resources(path: RelPath, raw: bytes, resources: Mapping[str, Tree]) -> Iterator[ServiceRole]:
    services: dict[str, list[str]] = {}
    for name, resource in resources.items():
        if text_of(child(resource, "Type")) == "AWS::ECS::Service":
            properties = child(resource, "Properties")
            target = _logical(child(properties, "TaskDefinition"))
            services.setdefault(target, []).extend((text_of(child(properties, "ServiceName")), name))
    for name, resource in resources.items():
        runner = _RUNNERS.get(text_of(child(resource, "Type")))
        if runner is None:
            continue
        kind, role_key, name_key = runner
        properties = child(resource, "Properties")
        written = child(properties, role_key)
        if written is None:
            continue
        role = _role(written, resources)
        containers = item_texts(child(properties, "ContainerDefinitions"), "Name")
        names = (text_of(child(properties, name_key)), name, *services.get(name, ()), *containers)
        yield ServiceRole(
            names=tuple(dict.fromkeys(each for each in names if each)),
            role=role,
            kind=kind,
            path=path,
            line=_line(raw, name.encode()),
            address=f"Resources.{name}",
            unresolved="" if role else _shown(written),
        )


def _role(written: Tree, resources: Mapping[str, Tree]) -> str:
    """Follow a property to the role's name."""
    target = resources.get(_logical(written))
    if target is not None:
        return role_in(text_of(child(child(target, "Properties"), "RoleName")))
    literal = text_of(written) or text_of(child(written, "Fn::Sub")) or text_of(child(written, "!Sub"))
    return role_in(literal) if literal else ""


def _logical(written: Tree) -> str:
    """Name the resource that a reference means; empty where it is none."""
    for key in ("Ref", "!Ref", "Fn::GetAtt", "!GetAtt", "Fn::Sub", "!Sub"):
        found = child(written, key)
        if isinstance(found, list):
            found = found[0] if found else None
        if text := text_of(found):
            match = _VARIABLE.match(text) if key.endswith("Sub") else None
            return (match["name"] if match else "") if key.endswith("Sub") else text.partition(".")[0]
    return ""


def _shown(written: Tree) -> str:
    return msgspec.json.encode(written).decode("utf-8", "replace")[:200]


def _line(raw: bytes, word: bytes) -> int:
    at = raw.find(word)
    return raw.count(b"\n", 0, at) + 1 if at >= 0 else 1
