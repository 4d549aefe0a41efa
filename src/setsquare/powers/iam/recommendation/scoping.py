"""Narrows the resources of a statement to those that were used, where every use of an action names its resource.

ARNs are listed while they are few; else they are generalised from the right, part by part, up to the first part of the resource, never in region or account. S3 objects are
never listed one by one: the next object has another key.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from setsquare.powers.iam.policy.document import Effect, Statement
from setsquare.powers.iam.policy.patterns import arn_matches, covers
from setsquare.powers.iam.recommendation.evidence import ActionUse
from setsquare.powers.iam.recommendation.naming import is_wild, matched
from setsquare.powers.iam.recommendation.narrowing import Piece
from setsquare.powers.iam.universe import Universe

LIMIT_LISTED = 5
"""ARNs that a statement lists before they are generalised."""

_PLACEHOLDER = re.compile(r"\$\{[^}]*\}")
_ALTERNATIVES = frozenset({"accesspoint", "accesspointobject"})
"""Resource types that stand for another way to the same resource; a use through them names them."""
_UNSAFE = frozenset("*?$")


def scoped(piece: Piece, uses: Mapping[str, ActionUse], universe: Universe) -> tuple[Piece, ...]:
    """Give the statement with its actions grouped by the resources they were used on; what cannot be shown keeps its resources."""
    statement = piece.statement
    if (
        statement.effect is not Effect.ALLOW
        or not statement.actions
        or not statement.resources
        or any("${" in word for word in statement.resources)
    ):
        return (piece,)
    groups: dict[tuple[str, ...], list[str]] = {}
    for word in statement.actions:
        groups.setdefault(_resources(word, statement, uses, universe), []).append(word)
    if tuple(groups) == (statement.resources,):
        return (piece,)
    return tuple(
        [Piece(replace(statement, actions=tuple(words), resources=resources), piece.origins) for resources, words in groups.items()]
    )


def _resources(word: str, statement: Statement, uses: Mapping[str, ActionUse], universe: Universe) -> tuple[str, ...]:
    """Give the resources that an action word needs in a statement: all of them unless every use is known and lies inside."""
    granted = statement.resources or ()
    names = matched((word,), universe)
    used: set[str] = set()
    for name in names:
        use = uses.get(name)
        if use is None or not _is_shown(name, use, universe):
            return granted
        used.update(use.resources)
    if not used or not all(any(arn_matches(pattern, arn) for pattern in granted) for arn in used):
        return granted
    if all(not is_wild(pattern) for pattern in granted):
        # Listed ARNs are only ever left out: what was named on purpose is not rewritten.
        return tuple([pattern for pattern in granted if pattern in used])
    found = generalised(used)
    if found and all(any(covers(pattern, each) for pattern in granted) for each in found):
        return granted if len(granted) == len(found) and set(granted) == set(found) else found
    return tuple([pattern for pattern in granted if any(arn_matches(pattern, arn) for arn in used)])


def _is_shown(name: str, use: ActionUse, universe: Universe) -> bool:
    """Tell whether the events show all that the action was used on: one kind of resource, named by every call."""
    facts = universe.actions[name]
    kinds = [kind for kind in facts.resource_types if kind not in _ALTERNATIVES]
    if not use.is_direct or not use.is_exact or len(kinds) != 1:
        return False
    kind = universe.resource_types.get(name.partition(":")[0], {}).get(kinds[0])
    if kind is None:
        return False
    template = _PLACEHOLDER.sub("*", kind.arn)
    return all(_UNSAFE.isdisjoint(arn) and arn.count("/") >= template.count("/") and _is_of(template, arn) for arn in use.resources)


def _is_of(template: str, arn: str) -> bool:
    """Tell whether an ARN is of a type; a type without `/` in its resource has none in its ARNs."""
    return arn_matches(template, arn) and ("/" in template or "/" not in arn)


def generalised(arns: Iterable[str], limit: int = LIMIT_LISTED) -> tuple[str, ...]:
    """Give at most `limit` patterns that match all the ARNs, as narrow as that allows; empty when they have too little in common.

    >>> generalised(["arn:aws:sqs:eu-west-1:111122223333:a", "arn:aws:sqs:eu-west-1:111122223333:b"])
    ('arn:aws:sqs:eu-west-1:111122223333:a', 'arn:aws:sqs:eu-west-1:111122223333:b')
    >>> generalised(["arn:aws:s3:::logs/2026/10/1.gz", "arn:aws:s3:::logs/2026/10/2.gz"])
    ('arn:aws:s3:::logs/2026/10/*',)
    >>> generalised([f"arn:aws:s3:::logs/2026/{month}/1.gz" for month in range(12)])
    ('arn:aws:s3:::logs/2026/*',)
    """
    once = sorted(set(arns))
    are_objects = all(arn.split(":")[2:3] == ["s3"] and "/" in arn for arn in once)
    if len(once) <= limit and not are_objects:
        return tuple(once)
    parts = [arn.split(":", 5) for arn in once]
    if any(len(part) < 6 or "/" not in part[5] for part in parts):
        return ()
    deepest = max(part[5].count("/") for part in parts)
    for depth in range(deepest, 0, -1):
        found = {":".join([*part[:5], "/".join([*part[5].split("/")[:depth], "*"])]) for part in parts}
        if len(found) <= limit:
            return tuple(sorted(found))
    return ()
