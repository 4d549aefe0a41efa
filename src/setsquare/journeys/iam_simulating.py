"""Holds one request against policies in files."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec import Struct

from setsquare.errors import Usage
from setsquare.journeys.iam_policies import grant_for, one_policy, read_grants
from setsquare.powers.iam.evaluation.answer import Evaluation
from setsquare.powers.iam.evaluation.evaluating import evaluate
from setsquare.powers.iam.evaluation.request import Layers, NamedPolicy, PublicAccessBlock, Request

_ONLY = "policy"

_ARN_PARTS = 6
_TYPES = {"role": "AssumedRole", "assumed-role": "AssumedRole", "user": "User", "root": "Account"}
# Identity policies alone give no access to these: their own policy must allow it, be it by naming the account.
# Source: KMS Developer Guide, key policies; IAM User Guide, how role trust and identity policies work together.
_ASSUMING = frozenset(
    {"sts:assumerole", "sts:assumerolewithsaml", "sts:assumerolewithwebidentity", "sts:tagsession", "sts:setsourceidentity"}
)


class Question(Struct, frozen=True, kw_only=True):
    """One request; `context` are pairs of a key and one of its values. `role` says whose policies are meant, empty where the file has only one's.

    `public_access` says what blocks public access to the bucket, `None` where nothing is known of it.
    """

    action: str
    resource: str = "*"
    role: str = ""
    principal: str = ""
    context: tuple[tuple[str, str], ...] = ()
    absent: tuple[str, ...] = ()
    is_context_complete: bool = True
    is_same_account: bool = True
    public_access: PublicAccessBlock | None = None


class Files(Struct, frozen=True, kw_only=True):
    """Where the policies stand; empty for a layer that does not apply."""

    policies: str
    boundary: str = ""
    service_control: tuple[str, ...] = ()
    resource_control: tuple[str, ...] = ()
    session: str = ""
    resource: str = ""
    endpoint: str = ""


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
    absent = frozenset(key.lower() for key in question.absent)
    principal = question.principal or grant.arn
    for key, value in _keys_of(principal, grant.arn):
        if key not in absent:
            context.setdefault(key, (value,))
    request = Request(
        action=question.action,
        resource=question.resource,
        principal=principal,
        context=context,
        absent=absent,
        is_context_complete=question.is_context_complete,
    )
    boundary = one_policy(named, files.boundary) if files.boundary else grant.boundary
    layers = Layers(
        identity=tuple(NamedPolicy(policy.name, policy.policy) for policy in grant.policies),
        boundary=boundary,
        service_control=tuple((one_policy(named, path),) for path in files.service_control) or None,
        resource_control=tuple((one_policy(named, path),) for path in files.resource_control) or None,
        session=(one_policy(named, files.session),) if files.session else None,
        resource=one_policy(named, files.resource) if files.resource else None,
        is_same_account=question.is_same_account,
        endpoint=one_policy(named, files.endpoint) if files.endpoint else None,
        public_access=question.public_access,
        is_delegating=not (files.resource and _decides_alone(question.action)),
    )
    return grant.role if question.role or grant.role != _ONLY else "", evaluate(request, layers)


def _keys_of(principal: str, role: str) -> Iterator[tuple[str, str]]:
    """Give the condition keys that the principal's ARN alone decides: AWS puts them into every request. `role` is the role's own ARN, whose path a session's does not hold.

    Source: IAM User Guide, "AWS global condition context keys".

    >>> list(_keys_of("arn:aws:iam::123456789012:user/team/ada", ""))[1:]
    [('aws:principaltype', 'User'), ('aws:username', 'ada'), ('aws:principalarn', 'arn:aws:iam::123456789012:user/team/ada')]
    >>> list(_keys_of("arn:aws:sts::123456789012:assumed-role/app/s", "arn:aws:iam::123456789012:role/team/app"))[2:]
    [('aws:principalarn', 'arn:aws:iam::123456789012:role/team/app')]
    """
    parts = principal.split(":", 5)
    if len(parts) < _ARN_PARTS or parts[0] != "arn" or not parts[4]:
        return
    kind, _, rest = parts[5].partition("/")
    if kind not in _TYPES:
        return
    yield "aws:principalaccount", parts[4]
    yield "aws:principaltype", _TYPES[kind]
    if kind == "user":
        yield "aws:username", rest.rpartition("/")[2]
    if kind != "assumed-role":
        yield "aws:principalarn", principal
    elif role.rpartition("/")[2] == rest.partition("/")[0]:
        yield "aws:principalarn", role


def _decides_alone(action: str) -> bool:
    """Tell whether the resource's own policy must allow the action even in the principal's account: a KMS key's, a role's trust.

    >>> _decides_alone("kms:Decrypt"), _decides_alone("sts:AssumeRole"), _decides_alone("sts:GetCallerIdentity")
    (True, True, False)
    """
    lowered = action.lower()
    return lowered.startswith("kms:") or lowered in _ASSUMING
