"""Prints a policy: the same value gives the same bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import msgspec

from setsquare.powers.iam.policy.document import Condition, Policy, Principals, Statement

_Json: TypeAlias = str | msgspec.Raw | Sequence["_Json"] | Mapping[str, "_Json"]


def printed(policy: Policy, indent: int = 4) -> str:
    """Print a policy as JSON, without a line end after it; elements stand in the order of AWS's documentation.

    One string and a list of one string stay what they were when they were read; a statement that was not read is printed with lists.

    >>> from setsquare.powers.iam.policy.document import Effect
    >>> print(
    ...     printed(
    ...         Policy(version="2012-10-17", statements=(Statement(effect=Effect.ALLOW, actions=("s3:Get*",), resources=("*",)),)), indent=1
    ...     )
    ... )
    {
     "Version": "2012-10-17",
     "Statement": [
      {
       "Effect": "Allow",
       "Action": [
        "s3:Get*"
       ],
       "Resource": [
        "*"
       ]
      }
     ]
    }
    """
    return msgspec.json.format(_encoded(policy), indent=indent).decode()


def characters(policy: Policy) -> int:
    """Count the characters that AWS counts against its quotas: white space between elements is free.

    White space inside strings is counted, so that the figure is never too small.
    Source: AWS, IAM User Guide, "IAM and AWS STS quotas".

    >>> characters(Policy(statements=()))
    16
    """
    return len(_encoded(policy).decode())


def _encoded(policy: Policy) -> bytes:
    value: dict[str, _Json] = {}
    if policy.version:
        value["Version"] = policy.version
    if policy.id:
        value["Id"] = policy.id
    statements = [_statement(statement) for statement in policy.statements]
    value["Statement"] = statements[0] if policy.is_single and len(statements) == 1 else statements
    return msgspec.json.encode(value)


def _statement(statement: Statement) -> dict[str, _Json]:
    value: dict[str, _Json] = {}
    if statement.sid:
        value["Sid"] = statement.sid
    value["Effect"] = statement.effect.value
    for element, principals in (("Principal", statement.principals), ("NotPrincipal", statement.not_principals)):
        if principals is not None:
            value[element] = _principals(element, principals, statement.scalars)
    for element, words in (
        ("Action", statement.actions),
        ("NotAction", statement.not_actions),
        ("Resource", statement.resources),
        ("NotResource", statement.not_resources),
    ):
        if words is not None:
            value[element] = words[0] if len(words) == 1 and element in statement.scalars else words
    if statement.conditions:
        value["Condition"] = _conditions(statement.conditions)
    return value


def _principals(element: str, principals: tuple[Principals, ...], scalars: tuple[str, ...]) -> _Json:
    if principals == (Principals("*", ("*",)),):
        return "*"
    return {
        each.kind: each.values[0] if len(each.values) == 1 and f"{element}.{each.kind}" in scalars else each.values for each in principals
    }


def _conditions(conditions: tuple[Condition, ...]) -> dict[str, dict[str, _Json]]:
    found: dict[str, dict[str, _Json]] = {}
    for condition in conditions:
        values: list[_Json] = [msgspec.Raw(value.encode()) if condition.is_bare else value for value in condition.values]
        found.setdefault(condition.operator, {})[condition.key] = values[0] if condition.is_scalar and len(values) == 1 else values
    return found
