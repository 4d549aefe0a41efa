"""Says in which line of the code a new escalation comes from, so that reviewers see it beside the change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet

from msgspec.structs import replace

from setsquare.powers.iam.escalation.model import Escalation
from setsquare.powers.iam.escalation.principal import PolicyPlace, Principal
from setsquare.powers.iam.policy.document import Policy
from setsquare.text.span import Span


def held_by(principals: Iterable[Principal]) -> frozenset[Policy]:
    """Give the policies that principals have, without their places.

    >>> held_by(())
    frozenset()
    """
    return frozenset([_bare(named.policy) for each in principals for named in each.layers.identity])


def places_of(found: Iterable[Escalation], before: Principal | None, after: Principal, held: AbstractSet[Policy]) -> Mapping[str, str]:
    """Give the place of each escalation by its key; `held` are the policies that anybody had before.

    What grants it newly decides: a policy that is new or other than it was, or the attachment of one that was there for others.

    >>> places_of((), None, Principal(name="a"), frozenset())
    {}
    """
    own = {named.name: _bare(named.policy) for named in before.layers.identity} if before else {}
    policies = {named.name: _bare(named.policy) for named in after.layers.identity}
    places = {each.policy: each for each in after.places}
    changed = {name: policy for name, policy in policies.items() if own.get(name) != policy}
    made: dict[str, str] = {}
    for each in found:
        named = [places[name] for name in _policies(each) if name in changed and name in places]
        place = next((_place(one, changed[one.policy] in held) for one in named), "")
        if place:
            made[each.key] = place
    return made


def _bare(policy: Policy) -> Policy:
    return replace(policy, statements=tuple([replace(each, span=Span(0, 0)) for each in policy.statements]))


def _place(each: PolicyPlace, is_old: bool) -> str:
    return (each.attached if is_old else "") or each.read


def _policies(each: Escalation) -> Iterator[str]:
    """Give the names of the policies that grant it."""
    for grant in each.grants:
        for word in grant.partition(": ")[2].split(", "):
            yield word.rpartition("#")[0]
