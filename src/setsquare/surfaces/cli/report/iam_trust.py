"""Says who beside the account itself may assume a role: the first thing that a reviewer asks of a trust policy."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from setsquare.powers.iam.policy.document import Effect, Principals, Statement
from setsquare.powers.iam.policy.reading import read_policy
from setsquare.text.json_document import scan
from setsquare.text.paths import RelPath

_EVERYBODY = "everybody"


class LetIn(Struct, frozen=True):
    """One from outside whom the trust lets in; `is_open`: under no condition, and it is everybody."""

    who: str
    is_open: bool


def let_in(trust: str, account: str) -> tuple[LetIn, ...]:
    """List everybody and other accounts that a trust policy names; `account` is the role's own, empty where nobody knows it.

    Services and identity providers are left out: a role is made for them, and the page shows the whole policy below.

    >>> open_trust = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}}'
    >>> let_in(open_trust, "123456789012")
    (LetIn(who='everybody', is_open=True),)
    >>> let_in(open_trust.replace('"*"', '{"AWS": ["999999999999", "arn:aws:iam::123456789012:root"]}'), "123456789012")
    (LetIn(who='999999999999', is_open=False),)
    """
    policy, _ = read_policy(scan(RelPath("trust"), trust.encode("utf-8", "replace")))
    found: dict[LetIn, None] = {}
    for statement in policy.statements if policy else ():
        if statement.effect is Effect.ALLOW:
            for who in _outside(statement, account):
                condition = " under a condition" if statement.conditions else ""
                found[LetIn(f"{who}{condition}", who == _EVERYBODY and not condition)] = None
    return tuple(sorted(found, key=lambda each: (not each.is_open, each.who)))


def _outside(statement: Statement, account: str) -> Iterator[str]:
    if statement.not_principals is not None:
        yield _EVERYBODY
    for each in statement.principals or ():
        if each.kind == "*":
            yield _EVERYBODY
        elif each.kind == "AWS":
            yield from _accounts(each, account)


def _accounts(named: Principals, account: str) -> Iterator[str]:
    for value in named.values:
        if value == "*":
            yield _EVERYBODY
            continue
        parts = value.split(":")
        # The fifth part of an ARN is the account; twelve digits alone name one, too.
        owner = parts[4] if len(parts) > 4 else value
        if account and owner != account and owner.isdigit():
            yield value
