"""Whether what a statement grants can be used in one region alone."""

from __future__ import annotations

from setsquare.powers.iam.policy.document import Statement

_REGION_AT = 3
"""The place of the region in an ARN, counted from 0."""


def is_kept_to(statement: Statement, region: str) -> bool:
    """Tell whether a statement reaches only what lies in a region: each of its resources names it, or a condition asks for it.

    >>> from setsquare.powers.iam.policy.document import Effect
    >>> arns = ("arn:aws:sqs:eu-west-1:111122223333:jobs", "arn:aws:sqs:eu-*:111122223333:jobs")
    >>> each = [Statement(effect=Effect.ALLOW, actions=("sqs:*",), resources=(arn,)) for arn in arns]
    >>> [is_kept_to(statement, "eu-west-1") for statement in each]
    [True, False]
    """
    asks = any(
        condition.key.lower() == "aws:requestedregion"
        and condition.operator.lower() == "stringequals"
        and set(condition.values) == {region}
        for condition in statement.conditions
    )
    return asks or (bool(statement.resources) and all(_region_of(arn) == region for arn in statement.resources or ()))


def _region_of(arn: str) -> str:
    parts = arn.split(":", _REGION_AT + 1)
    # A star before the region may stand for colons too: only plain text tells where the region is.
    return parts[_REGION_AT] if len(parts) > _REGION_AT + 1 and not any("*" in part or "?" in part for part in parts[:_REGION_AT]) else ""
