"""The actions of a statement, out of those that are documented."""

from __future__ import annotations

from setsquare.powers.iam.policy.document import Effect, Statement
from setsquare.powers.iam.policy.expanding import actions_of, expanded, matching
from setsquare.powers.iam.universe import AccessLevel, ActionFacts, Universe

NAMES = ("s3:GetObject", "s3:GetObjectAcl", "s3:PutObject", "s3express:CreateSession", "iam:PassRole")
UNIVERSE = Universe(
    version="1",
    dated="2026-01-01",
    actions={name.lower(): ActionFacts(name=name, level=AccessLevel.READ) for name in NAMES},
    resource_types={},
)


def allow(*actions: str) -> Statement:
    return Statement(effect=Effect.ALLOW, actions=actions)


def test_patterns_give_the_documented_spelling() -> None:
    assert expanded(allow("S3:GET*"), UNIVERSE) == ("s3:GetObject", "s3:GetObjectAcl")
    assert expanded(allow("*"), UNIVERSE) == tuple(sorted(NAMES))
    assert expanded(allow("s3:*Object"), UNIVERSE) == ("s3:GetObject", "s3:PutObject")
    assert expanded(allow("s3*"), UNIVERSE) == ("s3:GetObject", "s3:GetObjectAcl", "s3:PutObject", "s3express:CreateSession")
    assert expanded(allow("?am:pass?ole", "iam:PassRole"), UNIVERSE) == ("iam:PassRole",)


def test_what_is_not_documented_is_kept() -> None:
    assert expanded(allow("s3:Newer", "old:*", "s3:GetObject"), UNIVERSE) == ("old:*", "s3:GetObject", "s3:Newer")
    assert actions_of(["x:Y"], UNIVERSE) == ("x:Y",)


def test_not_action_gives_all_others() -> None:
    assert expanded(Statement(effect=Effect.ALLOW, not_actions=("S3:*",)), UNIVERSE) == ("iam:PassRole", "s3express:CreateSession")
    assert expanded(Statement(effect=Effect.ALLOW, not_actions=("*",)), UNIVERSE) == ()


def test_a_statement_without_actions_has_none() -> None:
    assert expanded(Statement(effect=Effect.ALLOW), UNIVERSE) == ()
    assert list(matching("", UNIVERSE)) == []
