"""Finds services and their roles in Terraform code, through the locals, variables, outputs and modules whose code is at hand.

What only a run of Terraform decides, such as a variable without a caller, stays unresolved.

Source: Terraform AWS provider and Kubernetes provider, the resources named below.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from setsquare.powers.iam.infrastructure.hcl import Block, Expression
from setsquare.powers.iam.infrastructure.nodes import TextNode
from setsquare.powers.iam.infrastructure.terraform import modules_of, scopes_of
from setsquare.powers.iam.infrastructure.terraform_attachments import attachments_of
from setsquare.powers.iam.infrastructure.terraform_module import Home, Scope, text_of, turned
from setsquare.powers.iam.services.model import ServiceRole
from setsquare.powers.iam.services.terraform_roles import Code, Named, at, meant, profile_roles, reference, roles
from setsquare.text.paths import RelPath

IRSA = "eks.amazonaws.com/role-arn"
"""The annotation of a service account that names its role."""


class _Runner(Struct, frozen=True):
    """What runs: where its block names the role, and where it names itself."""

    kind: str
    role: tuple[str, ...]
    names: tuple[tuple[str, ...], ...]


_ANNOTATED = ("metadata", "annotations", IRSA)
_RUNNERS: Mapping[str, tuple[_Runner, ...]] = {
    "aws_ecs_task_definition": (_Runner("ecs-task", ("task_role_arn",), (("family",), ("container_definitions", "name"))),),
    "aws_lambda_function": (_Runner("lambda", ("role",), (("function_name",),)),),
    "aws_sfn_state_machine": (_Runner("step-functions", ("role_arn",), (("name",),)),),
    "aws_batch_job_definition": (
        _Runner("batch-job", ("container_properties", "jobRoleArn"), (("name",),)),
        _Runner("batch-job", ("ecs_properties", "taskProperties", "taskRoleArn"), (("name",),)),
        _Runner("batch-job", ("node_properties", "nodeRangeProperties", "container", "jobRoleArn"), (("name",),)),
    ),
    "aws_apprunner_service": (_Runner("app-runner", ("instance_configuration", "instance_role_arn"), (("service_name",),)),),
    "aws_eks_pod_identity_association": (_Runner("eks-pod-identity", ("role_arn",), (("service_account",),)),),
    "kubernetes_service_account": (_Runner("eks-service-account", _ANNOTATED, (("metadata", "name"),)),),
    "kubernetes_service_account_v1": (_Runner("eks-service-account", _ANNOTATED, (("metadata", "name"),)),),
    "aws_glue_job": (_Runner("glue-job", ("role_arn",), (("name",),)),),
    "aws_codebuild_project": (_Runner("codebuild", ("service_role",), (("name",),)),),
}
# Where a block names an instance profile itself, and where it names the template that does.
_PROFILES: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "aws_instance": (("iam_instance_profile",),),
    "aws_spot_instance_request": (("iam_instance_profile",),),
    "aws_launch_configuration": (("iam_instance_profile",),),
    "aws_launch_template": (("iam_instance_profile", "name"), ("iam_instance_profile", "arn")),
    "aws_autoscaling_group": (),
}
_TEMPLATES: tuple[tuple[str, ...], ...] = (
    ("launch_template", "id"),
    ("launch_template", "name"),
    ("launch_template", "launch_template_id"),
    ("launch_configuration",),
    ("mixed_instances_policy", "launch_template", "launch_template_specification", "launch_template_id"),
    ("mixed_instances_policy", "launch_template", "launch_template_specification", "launch_template_name"),
)
_TITLES = (("name",), ("tags", "Name"))


def roles_of_modules(files: Mapping[RelPath, bytes]) -> list[ServiceRole]:
    r"""List the services of Terraform files, of which each folder is a module.

    >>> text = b'resource "aws_iam_role" "x" {\n  name = "ecs-auth"\n}\nresource "aws_ecs_task_definition" "auth" {\n  family = "auth"\n  task_role_arn = aws_iam_role.x.arn\n}\n'
    >>> [(found.names, found.role, found.line) for found in roles_of_modules({RelPath("a.tf"): text})]
    [(('auth',), 'ecs-auth', 4)]
    """
    modules, _unread = modules_of(files)
    scopes = tuple(scopes_of(modules))
    code = Code(attachments_of(scopes).scopes)
    found = [each for scope in scopes for home in scope.module.resources.values() for each in _of_block(code, scope, home)]
    return list(dict.fromkeys(found))


def _of_block(code: Code, scope: Scope, home: Home) -> Iterator[ServiceRole]:
    type_ = home.block.labels[0]
    if type_ not in _RUNNERS and type_ not in _PROFILES:
        return
    for turn in turned(scope, home):
        for runner in _RUNNERS.get(type_, ()):
            for written in _values(turn, home, runner.role):
                yield from _services(code, turn, home, runner, written)
        if type_ in _PROFILES:
            yield from _instances(code, turn, home)


def _services(code: Code, scope: Scope, home: Home, runner: _Runner, written: Expression) -> Iterator[ServiceRole]:
    """Give one service for each role that may be meant."""
    names = [text for path in runner.names for value in _values(scope, home, path) if (text := _plain(scope, value))]
    names += [home.name, *(_users(scope, home.name) if runner.kind == "ecs-task" else ())]
    for role in roles(code, scope, written) or (Named("", meant(scope, home, written)),):
        yield _service(scope, home, runner.kind, names, role)


def _instances(code: Code, scope: Scope, home: Home) -> Iterator[ServiceRole]:
    """Follow an instance, or what starts some, to its profile and that to its role."""
    names = [text for path in _TITLES for value in _values(scope, home, path) if (text := _plain(scope, value))]
    found = list(_profiles(scope, home))
    for where, inside in _started(scope, home) if not found else ():
        found += [(turn, value) for turn in turned(where, inside) for _scope, value in _profiles(turn, inside)]
    for where, value in found:
        for role in profile_roles(code, where, home, value):
            yield _service(scope, home, "ec2-instance", [*names, home.name], role)


def _profiles(scope: Scope, home: Home) -> list[tuple[Scope, Expression]]:
    return [(scope, value) for path in _PROFILES.get(home.block.labels[0], ()) for value in _values(scope, home, path)]


def _started(scope: Scope, home: Home) -> Iterator[tuple[Scope, Home]]:
    """Give the templates that a block starts instances from."""
    for path in _TEMPLATES:
        for value in _values(scope, home, path):
            found = reference(scope, value)
            if found is not None and found[1].block.labels[0] in {"aws_launch_template", "aws_launch_configuration"}:
                yield found


def _service(scope: Scope, home: Home, kind: str, names: list[str], role: Named) -> ServiceRole:
    raw = scope.module.raws.get(home.path, b"")
    return ServiceRole(
        names=tuple(dict.fromkeys(name for name in names if any(map(str.isalnum, name)))),
        role=role.role,
        kind=kind,
        path=home.path,
        line=raw.count(b"\n", 0, home.block.span.start) + 1,
        address=f"{scope.prefix}{home.block.labels[0]}.{home.name}",
        unresolved=role.unresolved,
    )


def _users(scope: Scope, definition: str) -> Iterator[str]:
    """Name the services that run a task definition."""
    for (type_, label), home in scope.module.resources.items():
        if type_ == "aws_ecs_service":
            value = home.block.value("task_definition")
            found = reference(scope, value) if value is not None else None
            if found is not None and found[1].name == definition:
                yield _plain(scope, home.block.value("name")) or label


def _values(scope: Scope, home: Home, path: tuple[str, ...]) -> Iterator[Expression]:
    block: Block = home.block
    return at(scope.module.raws.get(home.path, b""), block, path)


def _plain(scope: Scope, value: Expression | None) -> str:
    """Give a name that is known to its end."""
    text = text_of(scope, value) if isinstance(value, TextNode) else ""
    return "" if "${" in text else text
