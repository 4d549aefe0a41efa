"""Reads what is handed to AWS's tools as JSON or YAML: task definitions of ECS, job definitions of Batch, associations of EKS Pod Identity.

Source: AWS API references, `RegisterTaskDefinition`, `RegisterJobDefinition`, `CreatePodIdentityAssociation`.
"""

from __future__ import annotations

from setsquare.powers.iam.services.model import ServiceRole, role_in
from setsquare.powers.iam.services.values import Tree, child, item_texts, line_of, read_tree, text_of
from setsquare.text.paths import RelPath

_MARKS = (b"taskRoleArn", b"jobRoleArn", b"roleArn")
_LIMIT_SHOWN = 200


def roles_of_definition(path: RelPath, raw: bytes) -> list[ServiceRole]:
    """List the service of a definition; a file that is none has none.

    >>> raw = b'{"jobDefinitionName": "resize", "type": "container", "containerProperties": {"jobRoleArn": "arn:aws:iam::123456789012:role/batch-resize"}}'
    >>> [(found.names, found.role, found.kind) for found in roles_of_definition(RelPath("job.json"), raw)]
    [(('resize',), 'batch-resize', 'batch-job')]
    """
    if not any(mark in raw for mark in _MARKS):
        return []
    tree = read_tree(path, raw)
    tree = next((inner for key in ("taskDefinition", "association") if isinstance(inner := child(tree, key), dict)), tree)
    if isinstance(child(tree, "serviceAccount"), str):
        return _one(path, raw, "eks-pod-identity", (text_of(child(tree, "serviceAccount")),), child(tree, "roleArn"))
    if isinstance(child(tree, "jobDefinitionName"), str):
        names = (text_of(child(tree, "jobDefinitionName")),)
        return [each for role in job_roles(tree, "jobRoleArn") for each in _one(path, raw, "batch-job", names, role)]
    called = (text_of(child(tree, "family")), *item_texts(child(tree, "containerDefinitions"), "name"))
    return _one(path, raw, "ecs-task", called, child(tree, "taskRoleArn"))


def job_roles(tree: Tree, key: str) -> list[Tree]:
    """Give what a job definition names as role, whichever form it has; `key` is `jobRoleArn`, or `JobRoleArn` in a template.

    >>> job_roles({"nodeProperties": {"nodeRangeProperties": [{"container": {"jobRoleArn": "r"}}]}}, "jobRoleArn")
    ['r']
    """
    first = key[0]

    def said(word: str) -> str:
        return word[0].upper() + word[1:] if first.isupper() else word

    found = [child(child(tree, said("containerProperties")), key)]
    ranges = child(child(tree, said("nodeProperties")), said("nodeRangeProperties"))
    found += [child(child(each, said("container")), key) for each in ranges] if isinstance(ranges, list) else []
    tasks = child(child(tree, said("ecsProperties")), said("taskProperties"))
    found += [child(each, said("taskRoleArn")) for each in tasks] if isinstance(tasks, list) else []
    return [each for each in found if each]


def _one(path: RelPath, raw: bytes, kind: str, names: tuple[str, ...], written: Tree) -> list[ServiceRole]:
    role = text_of(written)
    if not role or not any(names):
        return []
    found = role_in(role)
    return [
        ServiceRole(
            names=tuple(dict.fromkeys(name for name in names if name)),
            role=found,
            kind=kind,
            path=path,
            line=line_of(raw, role.encode("utf-8", "replace")),
            unresolved="" if found else role[:_LIMIT_SHOWN],
        )
    ]
