"""Lists the actions that a statement names, out of those that AWS documents."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator

from setsquare.powers.iam.policy.document import Statement
from setsquare.powers.iam.policy.patterns import action_glob
from setsquare.powers.iam.universe import Universe


def expanded(statement: Statement, universe: Universe) -> tuple[str, ...]:
    """List the actions of a statement, sorted, spelt as AWS does; `NotAction` gives all others.

    What matches no documented action is kept as it is written: it may be older or newer than the data, and deleting it would be a guess.

    >>> from setsquare.powers.iam.policy.document import Effect
    >>> from setsquare.powers.iam.universe import AccessLevel, ActionFacts
    >>> facts = [ActionFacts(name=name, level=AccessLevel.READ) for name in ("s3:GetObject", "s3:PutObject", "sqs:SendMessage")]
    >>> universe = Universe(version="1", dated="2026-01-01", actions={each.name.lower(): each for each in facts}, resource_types={})
    >>> expanded(Statement(effect=Effect.ALLOW, actions=("S3:get*", "new:Thing")), universe)
    ('new:Thing', 's3:GetObject')
    >>> expanded(Statement(effect=Effect.ALLOW, not_actions=("s3:*",)), universe)
    ('sqs:SendMessage',)
    """
    if statement.not_actions is not None:
        left_out = {name for pattern in statement.not_actions for name in matching(pattern, universe)}
        return tuple(sorted([facts.name for name, facts in universe.actions.items() if name not in left_out]))
    return actions_of(statement.actions or (), universe)


def actions_of(patterns: Iterable[str], universe: Universe) -> tuple[str, ...]:
    """List the documented actions of some patterns, sorted; a pattern that has none stands for itself.

    >>> actions_of(["new:Thing"], Universe(version="1", dated="2026-01-01", actions={}, resource_types={}))
    ('new:Thing',)
    """
    found: set[str] = set()
    for pattern in patterns:
        names = [universe.actions[name].name for name in matching(pattern, universe)]
        found.update(names or [pattern])
    return tuple(sorted(found))


def matching(pattern: str, universe: Universe) -> Iterator[str]:
    """Give the documented actions of one pattern in lower case, in order; only names that begin with its literal head are looked at.

    >>> list(matching("s3:*", Universe(version="1", dated="2026-01-01", actions={}, resource_types={})))
    []
    """
    lowered = pattern.lower()
    if "*" not in lowered and "?" not in lowered:
        if lowered in universe.actions:
            yield lowered
        return
    head = lowered[: min(place for place in (lowered.find("*"), lowered.find("?")) if place >= 0)]
    names, matches = universe.names, action_glob(pattern).matches
    for index in range(bisect_left(names, head), len(names)):
        if not names[index].startswith(head):
            return
        if matches(names[index]):
            yield names[index]
