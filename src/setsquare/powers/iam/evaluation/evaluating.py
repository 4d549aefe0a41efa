"""Decides on a request: every layer of policies is tested, any Deny decides, and every layer that applies must allow.

Source: AWS, IAM User Guide, "Policy evaluation logic" with "How AWS enforcement code logic evaluates requests to allow or deny access",
"Policy evaluation for requests within a single account" and "Cross-account policy evaluation logic"; AWS PrivateLink, "Control access to VPC endpoints using endpoint
policies"; Amazon S3 User Guide, "Blocking public access to your Amazon S3 storage".
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from setsquare.powers.iam.evaluation.answer import Answer, Evaluation, Step
from setsquare.powers.iam.evaluation.caller import CallerKind
from setsquare.powers.iam.evaluation.public_access import is_of_s3, rejected, shut_out
from setsquare.powers.iam.evaluation.request import Layers, NamedPolicy, Request
from setsquare.powers.iam.evaluation.statements import Applied, applied
from setsquare.powers.iam.evaluation.truth import FAILS, HOLDS, MAYBE, NO, YES, Tested, Truth, all_of, any_of, negated
from setsquare.powers.iam.evaluation.view import View
from setsquare.powers.iam.policy.document import Effect, Statement

IDENTITY, BOUNDARY, SERVICE_CONTROL, RESOURCE_CONTROL, SESSION, RESOURCE, ENDPOINT, PUBLIC_ACCESS = (
    "identity", "boundary", "service-control", "resource-control", "session", "resource", "endpoint", "public-access-block",
)  # fmt: skip
_WITH_GATEWAY = ("s3:", "dynamodb:")
_GATEWAY = Tested(
    MAYBE, "the endpoint policy names the principal or its account, which an interface endpoint understands; a gateway endpoint needs *"
)


class _Layer(Struct, frozen=True):
    """What one layer says: what it denies, what it allows, and, for a resource's policy, whom it allows by what name."""

    denies: Tested = FAILS
    allows: Tested = HOLDS
    direct: Tested = FAILS
    role: Tested = FAILS
    account: Tested = FAILS


_SILENT = _Layer()


# req: iam-autopilot/2.2, iam-autopilot/2.3, iam-autopilot/2.4
def evaluate(request: Request, layers: Layers) -> Evaluation:
    """Say whether the policies allow the request, and what each statement had to do with it.

    A denial is explicit when a Deny statement applies for certain. The answer is unknown when what is not known of the request could turn it, or when a statement
    holds something that AWS does not define; `unknown_keys` are the keys that would decide. An empty `request.resource` is one that is not known.
    The resource control policy `RCPFullAWSAccess` is always there, and need not be given. Pass no resource control policies for services that know none.

    >>> from setsquare.powers.iam.policy.document import Policy
    >>> statement = Statement(effect=Effect.ALLOW, actions=("s3:Get*",), resources=("*",))
    >>> layers = Layers(identity=(NamedPolicy("inline:read", Policy(statements=(statement,))),))
    >>> evaluate(Request(action="s3:GetObject", resource="arn:aws:s3:::b/k"), layers).answer
    <Answer.ALLOW: 'allow'>
    >>> evaluate(Request(action="s3:PutObject", resource="arn:aws:s3:::b/k"), layers).steps[-1].reason
    'no identity policy allows s3:PutObject'
    """
    trace = _Trace(View(request), is_bounded=layers.boundary is not None)
    caller = trace.view.caller
    has_own = caller.has_identity_policies
    identity = trace.layer(IDENTITY, layers.identity) if has_own else _SILENT
    boundary = trace.layer(BOUNDARY, [layers.boundary]) if layers.boundary and has_own else _SILENT
    session = trace.layer(SESSION, layers.session) if layers.session is not None and has_own else _SILENT
    resource = trace.layer(RESOURCE, [layers.resource]) if layers.resource else _Layer(allows=FAILS)
    endpoint = trace.endpoint(layers.endpoint)
    resource, rejected = trace.unblocked(resource, layers)
    service_control = trace.levels(SERVICE_CONTROL, layers.service_control if has_own else None)
    resource_control = trace.levels(RESOURCE_CONTROL, layers.resource_control)
    denied = any_of([each.denies for each in (service_control, resource_control, identity, boundary, session, resource, endpoint)])
    if caller.kind is CallerKind.ROOT:
        identity = _Layer(denies=identity.denies, allows=HOLDS)
        trace.say(IDENTITY, YES, "the root user of an account has full access")
    if has_own:
        granted = _granted(identity, boundary, session, resource, layers)
    else:
        granted = any_of((resource.direct, resource.role, resource.account))
    allowed = all_of((service_control.allows, resource_control.allows, endpoint.allows, negated(rejected), granted))
    return trace.ended(denied, allowed, layers)


def _granted(identity: _Layer, boundary: _Layer, session: _Layer, resource: _Layer, layers: Layers) -> Tested:
    """Join what the principal's own policies and the resource's policy allow."""
    limits = (boundary.allows, session.allows)
    own = all_of((identity.allows, *limits))
    if not layers.is_same_account:
        return all_of((own, any_of((resource.direct, resource.role, resource.account))))
    delegated = own if layers.is_delegating else all_of((own, resource.account))
    return any_of((resource.direct, all_of((resource.role, *limits)), delegated))


def _is_for_everyone(statement: Statement) -> bool:
    everyone = any(each.kind == "*" or "*" in each.values for each in statement.principals or ())
    return statement.effect is Effect.ALLOW and everyone


class _Trace:
    """Tests policies and notes each step."""

    __slots__ = ("_is_bounded", "steps", "view")

    def __init__(self, view: View, *, is_bounded: bool) -> None:
        self.view = view
        self._is_bounded = is_bounded
        self.steps: list[Step] = []

    def levels(self, layer: str, levels: tuple[tuple[NamedPolicy, ...], ...] | None) -> _Layer:
        """Test the policies of an organisation, level by level; each must allow."""
        if levels is None:
            return _SILENT
        if self.view.is_service_linked:
            self.say(layer, None, "policies of an organisation do not affect roles that are linked to a service")
            return _SILENT
        found = [self.layer(layer, policies) for policies in levels]
        denies = any_of([each.denies for each in found])
        return _Layer(denies=denies, allows=HOLDS if layer == RESOURCE_CONTROL else all_of([each.allows for each in found]))

    def layer(self, layer: str, policies: Iterable[NamedPolicy]) -> _Layer:
        """Test every statement of a layer's policies; all are looked at, so that the trace is whole."""
        denies: list[Tested] = []
        allowing: list[Applied] = []
        has_principals = layer in {RESOURCE, RESOURCE_CONTROL, ENDPOINT}
        for named in policies:
            has_variables = named.policy.has_variables
            for statement in named.policy.statements:
                found = applied(
                    statement, self.view, has_variables=has_variables, has_principals=has_principals, is_bounded=self._is_bounded
                )
                self._note(layer, named.name, statement, found.tested)
                if found.tested.truth is NO:
                    continue
                if statement.effect is Effect.DENY:
                    denies.append(found.tested)
                else:
                    allowing.append(found)
        allows = any_of([each.tested for each in allowing])
        if layer not in {RESOURCE, ENDPOINT}:
            return _Layer(denies=any_of(denies), allows=allows)
        return _Layer(
            any_of(denies),
            allows,
            direct=any_of([all_of((each.tested, each.named.direct)) for each in allowing]),
            role=any_of([all_of((each.tested, each.named.role)) for each in allowing]),
            account=any_of([all_of((each.tested, each.named.account)) for each in allowing]),
        )

    def endpoint(self, policy: NamedPolicy | None) -> _Layer:
        """Test the policy of a VPC endpoint, which must let the request through."""
        if policy is None:
            return _SILENT
        found = self.layer(ENDPOINT, [policy])
        named = any_of((found.direct, found.role, found.account))
        if named.truth is not YES or not self.view.action.startswith(_WITH_GATEWAY) or self.view.caller.kind is CallerKind.ROOT:
            return _Layer(denies=found.denies, allows=named)
        everyone = any_of([self._holds(each, policy) for each in policy.policy.statements if _is_for_everyone(each)])
        if everyone.truth is not YES:
            self.say(ENDPOINT, MAYBE, _GATEWAY.reason)
        return _Layer(denies=found.denies, allows=any_of((everyone, _GATEWAY)))

    def _holds(self, statement: Statement, policy: NamedPolicy) -> Tested:
        has_variables = policy.policy.has_variables
        return applied(statement, self.view, has_variables=has_variables, has_principals=True, is_bounded=self._is_bounded).tested

    def unblocked(self, resource: _Layer, layers: Layers) -> tuple[_Layer, Tested]:
        """Give what S3's Block Public Access leaves of a bucket's policy, and whether S3 rejects the call whoever makes it."""
        block = layers.public_access
        if block is None or not is_of_s3(self.view):
            return resource, FAILS
        refused = rejected(block, self.view)
        if refused.truth is not NO:
            self.say(PUBLIC_ACCESS, negated(refused).truth, refused.reason)
        shut = shut_out(block, layers.resource.policy if layers.resource else None, self.view, is_same_account=layers.is_same_account)
        if shut.truth is NO:
            return resource, refused
        self.say(PUBLIC_ACCESS, negated(shut).truth, shut.reason)
        left = negated(shut)
        limited = [all_of((each, left)) for each in (resource.allows, resource.direct, resource.role, resource.account)]
        return _Layer(resource.denies, *limited), refused

    def say(self, layer: str, truth: Truth | None, reason: str) -> None:
        """Note what holds for a layer as a whole."""
        answer = None if truth is None else Answer.ALLOW if truth is YES else Answer.DENY if truth is NO else Answer.UNKNOWN
        self.steps.append(Step(layer=layer, policy="", statement=-1, answer=answer, reason=reason))

    def _note(self, layer: str, policy: str, statement: Statement, tested: Tested) -> None:
        if tested.truth is NO:
            answer, reason = None, tested.reason
        elif tested.truth is MAYBE:
            answer, reason = Answer.UNKNOWN, f"may {statement.effect.value.lower()}: {tested.reason}"
        elif statement.effect is Effect.ALLOW:
            answer, reason = Answer.ALLOW, f"allows {self.view.shown_action}"
        else:
            answer, reason = Answer.DENY, f"denies {self.view.shown_action}"
        self.steps.append(Step(layer=layer, policy=policy, statement=statement.index, answer=answer, reason=reason))

    def ended(self, denied: Tested, allowed: Tested, layers: Layers) -> Evaluation:
        """Give the answer with a last step that says why."""
        if denied.truth is YES:
            return self._answer(Answer.DENY, f"{self._first(Answer.DENY)}, and a denial outweighs every Allow", is_explicit=True)
        if allowed.truth is NO:
            return self._answer(Answer.DENY, self._lacking(layers))
        if denied.truth is MAYBE or allowed.truth is MAYBE:
            open_ = [each for each in (denied, allowed) if each.truth is MAYBE]
            keys = tuple(sorted({key for each in open_ for key in each.keys}))
            return self._answer(Answer.UNKNOWN, "; ".join([each.reason for each in open_]), keys=keys)
        return self._answer(Answer.ALLOW, f"{self._first(Answer.ALLOW)}, every layer that applies allows, and none denies")

    def _first(self, answer: Answer) -> str:
        """Say which statement gives an answer first: one of the resource's or the principal's own policies before those that only limit."""
        found = [step for step in self.steps if step.answer is answer]
        granting = [step for step in found if step.layer in {IDENTITY, RESOURCE}]
        step = (granting or found)[0]
        verb = "denies" if answer is Answer.DENY else "allows"
        return f"statement {step.statement} of {step.policy} {verb}" if step.statement >= 0 else step.reason

    def _answer(self, answer: Answer, reason: str, *, is_explicit: bool = False, keys: tuple[str, ...] = ()) -> Evaluation:
        self.steps.append(Step(layer="", policy="", statement=-1, answer=answer, reason=reason))
        return Evaluation(answer=answer, is_explicit=is_explicit, steps=tuple(self.steps), unknown_keys=keys)

    def _lacking(self, layers: Layers) -> str:
        """Name the layers that do not allow."""
        allowing = {step.layer for step in self.steps if step.answer in {Answer.ALLOW, Answer.UNKNOWN}}
        action = self.view.shown_action
        limits = [
            (layers.service_control is not None, SERVICE_CONTROL, "not every level of service control policies allows"),
            (layers.boundary is not None, BOUNDARY, "the permissions boundary does not allow"),
            (layers.session is not None, SESSION, "no session policy allows"),
            (layers.endpoint is not None, ENDPOINT, "the policy of the VPC endpoint does not allow"),
            (not layers.is_same_account or not layers.is_delegating, RESOURCE, "the policy of the resource does not allow the principal"),
        ]
        missing = [words for applies, layer, words in limits if applies and layer not in allowing]
        if IDENTITY not in allowing:
            missing.insert(0, "no identity policy allows")
        blocked = [step.reason for step in self.steps if step.layer == PUBLIC_ACCESS and step.answer is Answer.DENY]
        if blocked and not missing:
            return "; ".join(blocked)
        return "; ".join([f"{', and '.join(missing) or 'not every layer that must allow does allow'} {action}", *blocked])
