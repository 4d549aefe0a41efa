"""Whom a trust policy lets in that it did not let in before."""

from __future__ import annotations

from collections.abc import Iterator

from setsquare.powers.iam.escalation.effective import condition_words
from setsquare.powers.iam.escalation.model import Certainty, Escalation
from setsquare.powers.iam.escalation.principal import Principal
from setsquare.powers.iam.policy.document import Condition, Effect, Policy, Statement

TRUST_WIDENED = "trust-widened"
"""The id under which a wider trust is reported."""
_EVERYBODY = "*"


def trust_widened(before: Principal | None, after: Principal, *, is_powerful: bool) -> tuple[Escalation, ...]:
    """Report those whom a role's trust lets in newly, or under fewer conditions; of a new role only everybody.

    >>> from setsquare.powers.iam.policy.document import Principals
    >>> def role(*arns: str) -> Principal:
    ...     statement = Statement(effect=Effect.ALLOW, actions=("sts:AssumeRole",), principals=(Principals("AWS", arns),))
    ...     return Principal(name="admin", trust=Policy(statements=(statement,)))
    >>> (
    ...     [each.resources for each in trust_widened(role("a"), role("a", "b"), is_powerful=True)],
    ...     trust_widened(role("a", "b"), role("a"), is_powerful=True),
    ... )
    ([('sts:AssumeRole by AWS b',)], ())
    """
    old = dict(_let_in(before.trust)) if before is not None and before.trust is not None else {}
    is_new = before is None or before.trust is None
    found: list[Escalation] = []
    for who, ways in _let_in(after.trust):
        for conditions in ways:
            if any(set(known) <= set(conditions) for known in old.get(who, ())):
                continue
            if is_new and not (_EVERYBODY in who.split() and not conditions):
                continue
            found.append(_escalation(after, who, conditions, is_powerful=is_powerful))
    return tuple(found)


def _escalation(role: Principal, who: str, conditions: tuple[str, ...], *, is_powerful: bool) -> Escalation:
    return Escalation(
        principal=role.name,
        path=TRUST_WIDENED,
        severity=4 if is_powerful or _EVERYBODY in who.split() else 2,
        certainty=Certainty.CONDITIONAL.value if conditions else Certainty.CERTAIN.value,
        actions=("sts:AssumeRole",),
        conditions=conditions,
        resources=(f"sts:AssumeRole by {who}",),
        name="its trust lets more in than before",
        kind=TRUST_WIDENED,
    )


def _let_in(trust: Policy | None) -> Iterator[tuple[str, tuple[tuple[str, ...], ...]]]:
    """List who is let in, each with the conditions of every way."""
    found: dict[str, list[tuple[str, ...]]] = {}
    for statement in trust.statements if trust else ():
        if statement.effect is not Effect.ALLOW:
            continue
        words = tuple(condition_words(_with_values(statement)))
        for who in _named(statement):
            found.setdefault(who, []).append(words)
    for who, ways in found.items():
        yield who, tuple(ways)


def _with_values(statement: Statement) -> Statement:
    """Give a statement for wording."""
    conditions = tuple(Condition(each.operator, each.key, (", ".join(each.values),)) for each in statement.conditions)
    return Statement(effect=statement.effect, conditions=conditions)


def _named(statement: Statement) -> Iterator[str]:
    if statement.not_principals is not None:
        yield "* but " + ", ".join(f"{each.kind} {value}" for each in statement.not_principals for value in each.values)
    for each in statement.principals or ():
        if each.kind == _EVERYBODY:
            yield _EVERYBODY
        for value in each.values:
            yield _EVERYBODY if value == _EVERYBODY and each.kind == "AWS" else f"{each.kind} {value}"
