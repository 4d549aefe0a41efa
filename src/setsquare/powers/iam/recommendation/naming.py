"""Actions by lower-case name, and how AWS spells them."""

from __future__ import annotations

from collections.abc import Iterable

from setsquare.powers.iam.policy.expanding import matching
from setsquare.powers.iam.policy.patterns import covers_action, overlaps_action
from setsquare.powers.iam.universe import Universe


def is_wild(pattern: str) -> bool:
    """Tell whether a pattern holds a wildcard.

    >>> is_wild("s3:Get*"), is_wild("s3:GetObject")
    (True, False)
    """
    return "*" in pattern or "?" in pattern


def is_covering(pattern: str, word: str) -> bool:
    """Tell whether a pattern matches all that a word for actions can match. Words of other services, which most are, cost no comparison.

    >>> is_covering("s3:Get*", "s3:GetObject*"), is_covering("*", "new:*"), is_covering("s3:*", "sqs:Get")
    (True, True, False)
    """
    service = pattern.partition(":")[0].lower()
    if not is_wild(service) and service != word.partition(":")[0].lower():
        return False
    return (is_wild(pattern) or pattern.lower() == word.lower()) and covers_action(pattern, word)


def is_touching(pattern: str, word: str) -> bool:
    """Tell whether a pattern may match something that a word for actions matches.

    >>> is_touching("s3:Get*", "s3:*Object"), is_touching("s3:*", "sqs:*"), is_touching("s*:*", "sqs:Get")
    (True, False, True)
    """
    first, second = pattern.partition(":")[0].lower(), word.partition(":")[0].lower()
    if not is_wild(first) and not is_wild(second) and first != second:
        return False
    return overlaps_action(pattern, word)


def spelt(action: str, universe: Universe) -> str:
    """Spell an action as AWS does; one that is not documented stays as it is.

    >>> spelt("x:Y", Universe(version="1", dated="2026-10-27", actions={}, resource_types={}))
    'x:Y'
    """
    facts = universe.actions.get(action.lower())
    return action if facts is None else facts.name


def listed(names: Iterable[str], universe: Universe) -> tuple[str, ...]:
    """Spell actions as AWS does, sorted by lower-case name, each once.

    >>> listed(["x:Y", "x:A", "x:y"], Universe(version="1", dated="2026-10-27", actions={}, resource_types={}))
    ('x:A', 'x:y')
    """
    once = {name.lower(): name for name in names}
    return tuple([spelt(once[key], universe) for key in sorted(once)])


def matched(patterns: Iterable[str], universe: Universe) -> frozenset[str]:
    """Give the documented actions of any of the patterns, in lower case.

    >>> matched(["*"], Universe(version="1", dated="2026-10-27", actions={}, resource_types={}))
    frozenset()
    """
    return frozenset(name for pattern in patterns for name in matching(pattern, universe))
