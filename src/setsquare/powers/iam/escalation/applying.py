"""Applies recorded changes to what is known of an account, so that it can be judged before and after."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from setsquare.powers.iam.escalation.aws_policies import AwsPolicies, aws_name
from setsquare.powers.iam.escalation.changes import ATTACHING, BOUNDARIES, DETACHING, GIVING_KEYS, Change
from setsquare.powers.iam.escalation.principal import Principal
from setsquare.powers.iam.evaluation.request import Layers, NamedPolicy
from setsquare.powers.iam.policy.document import Policy

_Mend: TypeAlias = Callable[[Principal], Principal]


class State(Struct, frozen=True, kw_only=True):
    """What is known of an account: principals, the versions of managed policies by ARN (the default one also under the empty name), the policies of groups by name.

    `aws` says what AWS's own policies grant. `is_account`: the principals are all of the account, so that what one gains through another can be told.
    """

    principals: tuple[Principal, ...] = ()
    versions: Mapping[str, Mapping[str, Policy]] = {}
    groups: Mapping[str, tuple[NamedPolicy, ...]] = {}
    is_account: bool = False
    aws: AwsPolicies = AwsPolicies()


class Step(Struct, frozen=True, kw_only=True):
    """The state after a change; `touched` are the principals that it may have given more, `unknown` says what of it could not be followed, empty when all could."""

    state: State
    touched: tuple[str, ...] = ()
    unknown: str = ""


def applied(state: State, change: Change) -> Step:
    """Apply a change.

    >>> removed = Change(event="DeleteRolePermissionsBoundary", actor="a", at="", principal="ci", kind="role")
    >>> bound = Principal(name="ci", layers=Layers(boundary=NamedPolicy("b", Policy(statements=()))))
    >>> applied(State(principals=(bound,)), removed).state.principals[0].layers.boundary is None
    True
    """
    if change.problem:
        return Step(state=state, touched=_named(change), unknown=change.problem)
    event = change.event
    if event in GIVING_KEYS:
        return Step(state=state, touched=_named(change))
    if event in {"CreatePolicy", "CreatePolicyVersion", "SetDefaultPolicyVersion"}:
        return _managed(state, change)
    if event in ATTACHING:
        document = _default(state, change.policy)
        unknown = "" if document is not None else _not_known(state, change.policy)
        return _with_policy(state, change, _last(change.policy), document, unknown)
    if event in DETACHING:
        return _changed(state, change, lambda each: _without(each, _last(change.policy)))
    if event in BOUNDARIES:
        return _bounded(state, change)
    if event in {"UpdateAssumeRolePolicy", "CreateRole"}:
        done = _changed(state, change, lambda each: replace(each, trust=change.document))
        return _bounded(done.state, change) if change.boundary else done
    if event == "AddUserToGroup":
        return _joined(state, change)
    return _with_policy(state, change, change.policy, change.document, "" if change.document else "the event holds no policy")


def _named(change: Change) -> tuple[str, ...]:
    return (change.principal,) if change.principal else ()


def _last(arn: str) -> str:
    return arn.rpartition("/")[2]


def _not_known(state: State, arn: str) -> str:
    name = aws_name(arn)
    return state.aws.unknown(name) if name and state.aws.dated else f"what {arn} grants is not known: no document of it was read"


def _default(state: State, arn: str) -> Policy | None:
    known = state.versions.get(arn, {}).get("")
    return known if known is not None else state.aws.of_arn(arn)


def _changed(state: State, change: Change, mend: _Mend) -> Step:
    """Change one principal, which is made where nothing was known of it."""
    at = next((index for index, each in enumerate(state.principals) if _is_meant(each, change)), None)
    known = list(state.principals)
    if at is None:
        known.append(mend(Principal(name=change.principal)))
    else:
        known[at] = mend(known[at])
    return Step(state=replace(state, principals=tuple(known)), touched=_named(change))


def _is_meant(each: Principal, change: Change) -> bool:
    return each.name == change.principal and each.kind in {"", change.kind}


def _with_policy(state: State, change: Change, name: str, document: Policy | None, unknown: str) -> Step:
    """Give a principal a policy, or all users of a group; one of the same name is replaced."""
    if document is None:
        return Step(state=state, touched=_named(change), unknown=unknown)
    if change.kind != "group":
        return _changed(state, change, lambda each: _with(each, NamedPolicy(name, document)))
    group = change.principal
    held = (*(each for each in state.groups.get(group, ()) if each.name != name), NamedPolicy(name, document))
    shown = NamedPolicy(f"group {group}: {name}", document)
    members = tuple(each.name for each in state.principals if group in each.groups)
    principals = tuple(_with(each, shown) if group in each.groups else each for each in state.principals)
    if not members:
        principals = (*(each for each in principals if each.name != f"group {group}"), _lone(f"group {group}", held))
        members = (f"group {group}",)
    return Step(state=replace(state, principals=principals, groups={**state.groups, group: held}), touched=members)


def _lone(name: str, policies: tuple[NamedPolicy, ...]) -> Principal:
    return Principal(name=name, layers=Layers(identity=policies), is_policy=True)


def _with(each: Principal, policy: NamedPolicy) -> Principal:
    kept = tuple(known for known in each.layers.identity if known.name != policy.name)
    return replace(each, layers=replace(each.layers, identity=(*kept, policy)))


def _without(each: Principal, name: str) -> Principal:
    kept = tuple(known for known in each.layers.identity if known.name != name)
    return replace(each, layers=replace(each.layers, identity=kept))


def _managed(state: State, change: Change) -> Step:
    """Make or choose a version of a managed policy; whoever has it attached has what it says now."""
    document = change.document or state.versions.get(change.policy, {}).get(change.version)
    if document is None:
        return Step(
            state=state, unknown=f"what version {change.version} of {change.policy} grants is not known: no document of it was read"
        )
    versions = {**state.versions.get(change.policy, {}), change.version: document}
    if not change.is_default:
        return Step(state=replace(state, versions={**state.versions, change.policy: versions}))
    versions[""] = document
    name = _last(change.policy)
    holders = tuple(each.name for each in state.principals if not each.is_policy and _holds(each, name))
    principals = tuple(_renewed(each, name, document) for each in state.principals)
    if not holders:
        lone = f"policy {name}"
        principals = (*(each for each in principals if each.name != lone), _lone(lone, (NamedPolicy(name, document),)))
        holders = (lone,)
    return Step(state=replace(state, principals=principals, versions={**state.versions, change.policy: versions}), touched=holders)


def _holds(each: Principal, name: str) -> bool:
    return any(_is_called(policy.name, name) for policy in each.layers.identity)


def _renewed(each: Principal, name: str, document: Policy) -> Principal:
    identity = tuple(NamedPolicy(known.name, document) if _is_called(known.name, name) else known for known in each.layers.identity)
    return replace(each, layers=replace(each.layers, identity=identity))


def _is_called(known: str, name: str) -> bool:
    return known == name or (known.startswith("group ") and known.endswith(f": {name}"))


def _bounded(state: State, change: Change) -> Step:
    if change.event.startswith("Delete"):
        return _changed(state, change, lambda each: replace(each, layers=replace(each.layers, boundary=None)))
    document = _default(state, change.boundary)
    if document is None:
        return Step(
            state=state,
            touched=_named(change),
            unknown=f"what the boundary {change.boundary} allows is not known: no document of it was read",
        )
    boundary = NamedPolicy(change.boundary, document)
    return _changed(state, change, lambda each: replace(each, layers=replace(each.layers, boundary=boundary)))


def _joined(state: State, change: Change) -> Step:
    """Put a user into a group."""
    held = state.groups.get(change.group)
    if held is None:
        return Step(state=state, touched=_named(change), unknown=f"what the group {change.group} grants is not known")

    def join(each: Principal) -> Principal:
        for policy in held:
            each = _with(each, NamedPolicy(f"group {change.group}: {policy.name}", policy.policy))
        return replace(each, groups=tuple(dict.fromkeys((*each.groups, change.group))))

    return _changed(state, change, join)


def principals_touched(state: State, names: tuple[str, ...]) -> Iterator[Principal]:
    """Give the principals of some names.

    >>> list(principals_touched(State(), ("a",)))
    []
    """
    return (each for each in state.principals if each.name in names)
