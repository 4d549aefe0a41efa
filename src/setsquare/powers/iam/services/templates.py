"""Reads services and their roles from CloudFormation templates, SAM's and those that CDK writes, in JSON or YAML.

Source: AWS CloudFormation, Template Reference, the resource types named below; SAM specification, "Globals".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from setsquare.powers.iam.services.definitions import job_roles
from setsquare.powers.iam.services.model import ServiceRole
from setsquare.powers.iam.services.template_roles import Named, logical, profile_roles, roles
from setsquare.powers.iam.services.values import Tree, child, item_texts, line_of, read_tree, text_of
from setsquare.text.paths import RelPath

_MARK = b"AWS::"
_FUNCTION = "AWS::Serverless::Function"
_BATCH = "AWS::Batch::JobDefinition"
_TEMPLATE = "AWS::EC2::LaunchTemplate"
_MADE_BY_SAM = "a role that SAM makes"


class _Runner(Struct, frozen=True):
    """What runs: where its properties name the role, and which of them name it."""

    kind: str
    role: tuple[str, ...]
    name: str


_RUNNERS: Mapping[str, _Runner] = {
    "AWS::ECS::TaskDefinition": _Runner("ecs-task", ("TaskRoleArn",), "Family"),
    "AWS::Lambda::Function": _Runner("lambda", ("Role",), "FunctionName"),
    _FUNCTION: _Runner("lambda", ("Role",), "FunctionName"),
    "AWS::StepFunctions::StateMachine": _Runner("step-functions", ("RoleArn",), "StateMachineName"),
    "AWS::Serverless::StateMachine": _Runner("step-functions", ("Role",), "Name"),
    _BATCH: _Runner("batch-job", (), "JobDefinitionName"),
    "AWS::AppRunner::Service": _Runner("app-runner", ("InstanceConfiguration", "InstanceRoleArn"), "ServiceName"),
    "AWS::EKS::PodIdentityAssociation": _Runner("eks-pod-identity", ("RoleArn",), "ServiceAccount"),
    "AWS::Glue::Job": _Runner("glue-job", ("Role",), "Name"),
    "AWS::CodeBuild::Project": _Runner("codebuild", ("ServiceRole",), "Name"),
}
# Where properties name an instance profile.
_PROFILES: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "AWS::EC2::Instance": (("IamInstanceProfile",),),
    "AWS::AutoScaling::LaunchConfiguration": (("IamInstanceProfile",),),
    _TEMPLATE: (("LaunchTemplateData", "IamInstanceProfile", "Name"), ("LaunchTemplateData", "IamInstanceProfile", "Arn")),
    "AWS::AutoScaling::AutoScalingGroup": (),
}
_STARTED: tuple[tuple[str, ...], ...] = (
    ("LaunchTemplate", "LaunchTemplateId"),
    ("LaunchTemplate", "LaunchTemplateName"),
    ("LaunchConfigurationName",),
    ("MixedInstancesPolicy", "LaunchTemplate", "LaunchTemplateSpecification", "LaunchTemplateId"),
    ("MixedInstancesPolicy", "LaunchTemplate", "LaunchTemplateSpecification", "LaunchTemplateName"),
)


class _Template(Struct, frozen=True):
    """A file with its resources and what it says of all functions."""

    path: RelPath
    raw: bytes
    resources: Mapping[str, Tree]
    functions: Tree

    def properties(self, name: str) -> Tree:
        """Give the properties of a resource."""
        return child(self.resources[name], "Properties")


def roles_of_template(path: RelPath, raw: bytes) -> list[ServiceRole]:
    r"""List the services of a template; any other file has none.

    >>> raw = b"Resources:\n  Auth:\n    Type: AWS::ECS::TaskDefinition\n    Properties:\n      Family: auth\n      TaskRoleArn: !GetAtt Role.Arn\n  Role:\n    Type: AWS::IAM::Role\n    Properties: {RoleName: ecs-auth}\n"
    >>> [(found.names, found.role) for found in roles_of_template(RelPath("t.yaml"), raw)]
    [(('auth', 'Auth'), 'ecs-auth')]
    """
    if _MARK not in raw:
        return []
    tree = read_tree(path, raw)
    resources = child(tree, "Resources")
    if not isinstance(resources, dict):
        return []
    template = _Template(path, raw, resources, child(child(tree, "Globals"), "Function"))
    return [each for name, resource in resources.items() for each in _of_resource(template, name, text_of(child(resource, "Type")))]


def _of_resource(template: _Template, name: str, type_: str) -> Iterator[ServiceRole]:
    properties = template.properties(name)
    runner = _RUNNERS.get(type_)
    if runner is not None:
        names = [
            _title(properties, runner.name),
            name,
            *_users(template, name),
            *item_texts(child(properties, "ContainerDefinitions"), "Name"),
        ]
        for written in _written(template, type_, properties, runner):
            for role in roles(written, template.resources):
                yield _service(template, name, runner.kind, names, role)
    elif type_ in _PROFILES:
        names = [*_tagged(properties), _title(properties, "AutoScalingGroupName"), _title(properties, "LaunchTemplateName"), name]
        for written in _instances(template, name, type_):
            for role in profile_roles(written, template.resources):
                yield _service(template, name, "ec2-instance", names, role)


def _written(template: _Template, type_: str, properties: Tree, runner: _Runner) -> list[Tree]:
    """Give what stands where the role is named; a function of SAM without any gets one made."""
    if type_ == _BATCH:
        return job_roles(properties, "JobRoleArn")
    written = _inside(properties, runner.role)
    if written is None and type_ == _FUNCTION:
        written = child(template.functions, "Role") or {_MADE_BY_SAM: None}
    return [] if written is None else [written]


def _instances(template: _Template, name: str, type_: str) -> list[Tree]:
    """Follow what starts instances to the profiles that it names."""
    properties = template.properties(name)
    found: list[Tree] = [each for path in _PROFILES[type_] if (each := _inside(properties, path)) is not None]
    for path in _STARTED if not found else ():
        target = logical(_inside(properties, path)) or _of_name(template, text_of(_inside(properties, path)))
        inner = text_of(child(template.resources.get(target), "Type"))
        if inner in _PROFILES and target != name:
            found += [each for inside in _PROFILES[inner] if (each := _inside(template.properties(target), inside)) is not None]
    return found


def _of_name(template: _Template, title: str) -> str:
    """Find a launch template by its own name."""
    named = (name for name, each in template.resources.items() if text_of(child(each, "Type")) == _TEMPLATE)
    return next((name for name in named if title and _title(template.properties(name), "LaunchTemplateName") == title), "")


def _users(template: _Template, definition: str) -> Iterator[str]:
    """Name the services that run a task definition."""
    for name, resource in template.resources.items():
        if text_of(child(resource, "Type")) == "AWS::ECS::Service":
            properties = child(resource, "Properties")
            if logical(child(properties, "TaskDefinition")) == definition:
                yield from (_title(properties, "ServiceName"), name)


def _service(template: _Template, name: str, kind: str, names: list[str], role: Named) -> ServiceRole:
    # CDK adds a hash to the names of resources; its own path says what the code calls them.
    parts = text_of(child(child(template.resources[name], "Metadata"), "aws:cdk:path")).split("/")
    written = [part for part in parts[1:-1] if part not in {"Resource", "Default"}]
    return ServiceRole(
        names=tuple(dict.fromkeys(each for each in (*names, *written[-1:]) if each)),
        role=role.role,
        kind=kind,
        path=template.path,
        line=line_of(template.raw, name.encode("utf-8", "replace")),
        address=f"Resources.{name}",
        unresolved=role.unresolved,
    )


def _inside(tree: Tree, path: tuple[str, ...]) -> Tree:
    for key in path:
        tree = child(tree, key)
    return tree


def _title(properties: Tree, key: str) -> str:
    title = text_of(child(properties, key))
    return "" if "${" in title else title


def _tagged(properties: Tree) -> Iterator[str]:
    tags = child(properties, "Tags")
    for tag in tags if isinstance(tags, list) else ():
        if text_of(child(tag, "Key")) == "Name":
            yield _title(tag, "Value")
