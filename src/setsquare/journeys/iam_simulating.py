"""Holds one request against policies in files."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from setsquare.errors import Usage
from setsquare.journeys.iam_policies import grant_for, one_policy, read_grants
from setsquare.powers.iam.evaluation.answer import Evaluation
from setsquare.powers.iam.evaluation.evaluating import evaluate
from setsquare.powers.iam.evaluation.request import Layers, NamedPolicy, Request

_ONLY = "policy"


class Question(Struct, frozen=True, kw_only=True):
    """One request; `context` are pairs of a key and one of its values. `role` says whose policies are meant, empty where the file has only one's."""

    action: str
    resource: str = "*"
    role: str = ""
    principal: str = ""
    context: tuple[tuple[str, str], ...] = ()
    absent: tuple[str, ...] = ()
    is_context_complete: bool = True
    is_same_account: bool = True


class Files(Struct, frozen=True, kw_only=True):
    """Where the policies stand; empty for a layer that does not apply."""

    policies: str
    boundary: str = ""
    service_control: tuple[str, ...] = ()
    session: str = ""
    resource: str = ""


def simulated(named: Callable[[str], bytes], question: Question, files: Files) -> tuple[str, Evaluation]:
    """Evaluate the request: whose policies they were, and the answer with its trace.

    Raises:
        Usage: the action is none, or the file has policies of several roles and none is named.
        Unreadable: a file cannot be read or followed.
    """
    if ":" not in question.action or "*" in question.action:
        raise Usage(f"`{question.action}` is no action.", "An action is written as service:Name, such as s3:GetObject.")
    found = read_grants(named, files.policies, question.role or _ONLY)
    if not question.role and len(found.grants) > 1:
        roles = ", ".join(grant.role for grant in found.grants[:5])
        raise Usage(f"`{files.policies}` has policies of several roles: {roles}.", "Say which one is meant: --role NAME.")
    grant = grant_for(found, files.policies, question.role) if question.role else found.grants[0]
    context: dict[str, tuple[str, ...]] = {}
    for key, value in question.context:
        context[key.lower()] = (*context.get(key.lower(), ()), value)
    request = Request(
        action=question.action,
        resource=question.resource,
        principal=question.principal or grant.arn,
        context=context,
        absent=frozenset(key.lower() for key in question.absent),
        is_context_complete=question.is_context_complete,
    )
    boundary = one_policy(named, files.boundary) if files.boundary else grant.boundary
    layers = Layers(
        identity=tuple(NamedPolicy(policy.name, policy.policy) for policy in grant.policies),
        boundary=boundary,
        service_control=tuple((one_policy(named, path),) for path in files.service_control) or None,
        session=(one_policy(named, files.session),) if files.session else None,
        resource=one_policy(named, files.resource) if files.resource else None,
        is_same_account=question.is_same_account,
    )
    return grant.role if question.role or grant.role != _ONLY else "", evaluate(request, layers)
