"""Whether new policies allow nothing that the old ones did not.

Every Allow statement of the new policies is cut into pairs of an action word and a resource word; each pair must lie inside one Allow statement of the old ones
whose conditions are no stricter. Every Deny statement of the old policies must stand in the new ones, or touch nothing that they allow. What cannot be shown so
is reported: an empty answer is a proof, a report need not be a widening.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator

from msgspec import Struct

from setsquare.powers.iam.box_index import BoxIndex
from setsquare.powers.iam.boxes import Box, Words, box_of, touch_resources
from setsquare.powers.iam.evaluation.request import NamedPolicy
from setsquare.powers.iam.policy.expanding import matching
from setsquare.powers.iam.universe import Universe

LIMIT_WIDENINGS = 100
"""Reports that one comparison gives."""


class Widening(Struct, frozen=True, kw_only=True):
    """Something the new policies allow and the old ones may not have.

    `action` and `resource` are words of the new policies. `is_certain` when no old statement allows the action at all; else it could not be proven.
    """

    policy: str
    statement: int
    action: str
    resource: str
    reason: str
    is_certain: bool = False


# req: iam-autopilot/4.5
def widening(old: Iterable[NamedPolicy], new: Iterable[NamedPolicy], universe: Universe) -> tuple[Widening, ...]:
    """List what the new policies may allow beyond the old ones, both as one principal's whole; empty is the proof that there is nothing.

    >>> from setsquare.powers.iam.policy.document import Effect, Policy, Statement
    >>> def policy(*actions: str) -> tuple[NamedPolicy, ...]:
    ...     return (NamedPolicy("p", Policy(statements=(Statement(effect=Effect.ALLOW, actions=actions, resources=("*",)),))),)
    >>> universe = Universe(version="1", dated="2026-10-27", actions={}, resource_types={})
    >>> widening(policy("s3:*"), policy("s3:GetObject", "s3:List*"), universe)
    ()
    >>> [(each.action, each.is_certain) for each in widening(policy("s3:Get*"), policy("s3:*", "ec2:*"), universe)]
    [('s3:*', False), ('ec2:*', True)]
    """
    before, after = _boxes(old), _boxes(new)
    allowing = tuple([box for box in after if box.is_allowing])
    comparison = _Comparison(
        universe=universe,
        allowed=BoxIndex(tuple([box for box in before if box.is_allowing])),
        denied=BoxIndex(tuple([box for box in after if not box.is_allowing])),
    )
    found: list[Widening] = []
    for box in allowing:
        found += itertools.islice(comparison.beyond(box), LIMIT_WIDENINGS - len(found))
        if len(found) >= LIMIT_WIDENINGS:
            return tuple(found)
    freed = BoxIndex(allowing)
    for box in before:
        if not box.is_allowing:
            found += itertools.islice(comparison.freed(box, freed), LIMIT_WIDENINGS - len(found))
    return tuple(found)


class _Comparison(Struct, frozen=True, kw_only=True):
    """What the new policies are held against: the old Allow statements and the new Deny statements."""

    universe: Universe
    allowed: BoxIndex
    denied: BoxIndex

    def beyond(self, box: Box) -> Iterator[Widening]:
        """Report the parts of a new Allow statement that lie in no old one."""
        for action, resource in _uncovered(box, self.allowed):
            yield self._report(box, action, resource)

    def _report(self, box: Box, action: Words, resource: Words) -> Widening:
        """Name a documented action that no old statement allows, where there is one: the widening is certain then."""
        reason = "cannot prove that one old Allow statement covers this action and resource under its conditions"
        if not self.allowed.touching_actions(action):
            reason = "no old statement allows this action"
        else:
            named = next((part for part in _documented(action, self.universe) if not self.allowed.touching_actions(part)), None)
            if named is not None:
                reason = f"no old statement allows {self.universe.actions[named.words[0]].name}"
        return Widening(
            policy=box.policy,
            statement=box.statement.index,
            action=action.shown("NotAction"),
            resource=resource.shown("NotResource"),
            reason=reason,
            is_certain=not reason.startswith("cannot"),
        )

    def freed(self, box: Box, allowing: BoxIndex) -> Iterator[Widening]:
        """Report the parts of an old Deny statement that no new one denies and a new Allow statement touches."""
        for action, resource in _uncovered(box, self.denied):
            touching = allowing.touching_actions(action)
            for place, other in enumerate(allowing.boxes) if touching else ():
                if touching >> place & 1 and touch_resources(other, resource, box):
                    yield Widening(
                        policy=box.policy,
                        statement=box.statement.index,
                        action=action.shown("NotAction"),
                        resource=resource.shown("NotResource"),
                        reason=f"an old Deny statement no longer holds for what {other.policy}#{other.statement.index} allows",
                    )
                    break


def _uncovered(box: Box, others: BoxIndex) -> Iterator[tuple[Words, Words]]:
    """Give the pairs of an action and a resource of a statement that lie in none of the others."""
    if others.says(box):
        return
    fitting = others.under(box)
    resources = box.resources.parts()
    # Actions of the same statements lack the same resources.
    known: dict[int, list[Words]] = {}
    for action in box.actions.parts():
        around = others.covering_actions(action, fitting)
        if around not in known:
            known[around] = [resource for resource in resources if not others.has_covering(resource, box, around)]
        for resource in known[around]:
            yield action, resource


def _boxes(policies: Iterable[NamedPolicy]) -> tuple[Box, ...]:
    return tuple([box_of(named.name, statement, named.policy) for named in policies for statement in named.policy.statements])


def _documented(words: Words, universe: Universe) -> Iterator[Words]:
    """List the documented actions of an action word."""
    if not words.is_except:
        yield from (Words((name,)) for name in matching(words.words[0], universe))
