"""Reads which role the service accounts of Kubernetes have on EKS, and which workloads use them.

Source: Amazon EKS User Guide, "IAM roles for service accounts", "EKS Pod Identity"; eksctl, "Config file schema"; Helm, `values.yaml`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from setsquare.powers.iam.services.model import ServiceRole, role_in
from setsquare.powers.iam.services.terraform import IRSA
from setsquare.powers.iam.services.values import Tree, child, line_of, read_trees, text_of
from setsquare.text.paths import RelPath, parent

_ACCOUNT_MARKS = (IRSA.encode(), b"serviceAccounts", b"podIdentityAssociations", b"PodIdentityAssociation")
_USED_MARK = b"serviceAccountName"
_LIMIT_SHOWN = 200
_LIMIT_DEPTH = 12
_KINDS = frozenset({"eks-service-account", "eks-pod-identity"})


class Workload(Struct, frozen=True):
    """What runs under a service account, by its name."""

    name: str
    account: str


def roles_of_manifests(files: Mapping[RelPath, bytes]) -> tuple[list[ServiceRole], tuple[Workload, ...]]:
    r"""List the service accounts with their roles, and the workloads.

    >>> raw = b"kind: ServiceAccount\nmetadata:\n  name: auth\n  annotations:\n    eks.amazonaws.com/role-arn: arn:aws:iam::123456789012:role/eks-auth\n"
    >>> found, _ = roles_of_manifests({RelPath("sa.yaml"): raw})
    >>> [(each.names, each.role, each.line) for each in found]
    [(('auth',), 'eks-auth', 5)]
    """
    found: list[ServiceRole] = []
    workloads: list[Workload] = []
    for path, raw in files.items():
        has_account = any(mark in raw for mark in _ACCOUNT_MARKS)
        if not has_account and _USED_MARK not in raw:
            continue
        for tree in read_trees(path, raw):
            if has_account:
                found += _accounts(path, raw, tree)
            workloads += _workloads(tree)
    return found, tuple(dict.fromkeys(workloads))


def with_workloads(found: Iterable[ServiceRole], workloads: Iterable[Workload]) -> Iterator[ServiceRole]:
    """Let a service account be known by what runs under it, too."""
    users: dict[str, list[str]] = {}
    for each in workloads:
        users.setdefault(each.account, []).append(each.name)
    for role in found:
        more = users.get(role.names[0], []) if role.kind in _KINDS else []
        yield replace(role, names=tuple(dict.fromkeys((*role.names, *more)))) if more else role


def _accounts(path: RelPath, raw: bytes, tree: Tree) -> Iterator[ServiceRole]:
    yield from _annotated(path, raw, tree, ())
    clusters = child(tree, "iam") if text_of(child(tree, "kind")) == "ClusterConfig" else None
    for each in _items(child(clusters, "serviceAccounts")):
        # `roleName` names the role that eksctl makes.
        written = child(each, "attachRoleARN") or child(each, "roleName")
        yield from _one(path, raw, "eks-service-account", (text_of(child(child(each, "metadata"), "name")),), written)
    for each in _items(child(clusters, "podIdentityAssociations")):
        written = child(each, "roleARN") or child(each, "roleName")
        yield from _one(path, raw, "eks-pod-identity", (text_of(child(each, "serviceAccountName")),), written)
    if text_of(child(tree, "kind")) == "PodIdentityAssociation":
        spec = child(tree, "spec")
        yield from _one(path, raw, "eks-pod-identity", (text_of(child(spec, "serviceAccount")),), child(spec, "roleARN"))


def _annotated(path: RelPath, raw: bytes, tree: Tree, above: tuple[str, ...]) -> Iterator[ServiceRole]:
    """Find the annotation at any depth: in a service account's metadata, or in the values of a chart."""
    if len(above) > _LIMIT_DEPTH:
        return
    if isinstance(tree, list):
        for item in tree:
            yield from _annotated(path, raw, item, (*above, ""))
    if not isinstance(tree, dict):
        return
    written = child(child(tree, "annotations"), IRSA)
    if isinstance(written, str):
        # Values of a chart name the account where it is made, or leave it to the chart: then the part of the chart and its folder are its names.
        parts = [each for each in above if each and each not in {"metadata", "serviceAccount"}]
        names = (text_of(child(tree, "name")), *parts[-1:], "" if above == ("metadata",) else parent(path).rpartition("/")[2])
        yield from _one(path, raw, "eks-service-account", names, written)
    for key, inner in tree.items():
        yield from _annotated(path, raw, inner, (*above, key))


def _workloads(tree: Tree) -> Iterator[Workload]:
    """Give the workloads of a document: pods by themselves, and what makes pods from a template."""
    name = text_of(child(child(tree, "metadata"), "name"))
    spec = child(tree, "spec")
    job = child(child(spec, "jobTemplate"), "spec")
    for pod in (spec, child(child(spec, "template"), "spec"), child(child(job, "template"), "spec")):
        account = text_of(child(pod, "serviceAccountName"))
        if account and name:
            yield Workload(name, account)
    if text_of(child(tree, "kind")) == "List":
        for item in _items(child(tree, "items")):
            yield from _workloads(item)


def _items(tree: Tree) -> list[Tree]:
    return tree if isinstance(tree, list) else []


def _one(path: RelPath, raw: bytes, kind: str, names: tuple[str, ...], written: Tree) -> Iterator[ServiceRole]:
    role = text_of(written)
    known = tuple(dict.fromkeys(name for name in names if name))
    if role and known:
        found = role_in(role)
        yield ServiceRole(
            names=known,
            role=found,
            kind=kind,
            path=path,
            line=line_of(raw, role.encode("utf-8", "replace")),
            unresolved="" if found else role[:_LIMIT_SHOWN],
        )
