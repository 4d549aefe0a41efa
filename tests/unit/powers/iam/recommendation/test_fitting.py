"""Quotas: names, exact words, joined statements, several policies, wider words, or a refusal with the smallest size."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from setsquare.powers.iam.policy.document import Condition
from setsquare.powers.iam.policy.printing import characters
from setsquare.powers.iam.recommendation.model import PolicyKind
from setsquare.powers.iam.recommendation.recommending import Options
from setsquare.powers.iam.universe import Universe

MakeUniverse = Callable[[Mapping[str, tuple[str, ...]]], Universe]

# Half of a grid: whatever beginning or end two of the names share, one of the other half has it too, so no exact word stands for two of them.
_GRID = [(row, column, f"Row{row:02}{'x' * 30}Column{column:02}") for row in range(25) for column in range(25)]
ODD = [name for row, column, name in _GRID if (row + column) % 2]
OTHERS = [name for row, column, name in _GRID if not (row + column) % 2]
# Names that share all but one word.
EVEN = [f"Read{'Thing' * 6}Number{number}Of" for number in range(400)]


def world(names: list[str], make: MakeUniverse) -> Universe:
    return make({f"svc:{name}": () for name in (*names, *OTHERS)} | {"svc:Unused": (), "svc:ReadOther": (), "svc:AnotherOf": ()})


def used(names: list[str], account: Any) -> Any:
    return account.usage([account.use(f"svc:{name}") for name in names])


def test_names_are_kept_while_they_fit(account: Any, larger: MakeUniverse) -> None:
    granted = account.grant(account.policy(account.statement("svc:*")))
    found = account.recommend(granted, used(EVEN[:50], account), among=world(EVEN[:50], larger))
    assert found.policies[0].after[0].statements[0].actions == tuple(f"svc:{name}" for name in sorted(EVEN[:50], key=str.lower))


# req: iam-autopilot/4.6
def test_exact_words_come_when_names_are_too_long(account: Any, larger: MakeUniverse) -> None:
    granted = account.grant(account.policy(account.statement("svc:*")))
    found = account.recommend(granted, used(EVEN, account), among=world(EVEN, larger))
    assert found.refusals == ()
    narrowed = found.policies[0]
    assert narrowed.after[0].statements[0].actions == ("svc:Read*Of",)
    assert narrowed.characters == characters(narrowed.after[0]) <= 10_240
    assert any("AWS may add some" in note for note in found.notes)


def test_statements_that_differ_in_actions_alone_are_joined(account: Any, larger: MakeUniverse) -> None:
    here, there = [f"arn:aws:svc:eu-west-1:111122223333:thing/{'a' * 400}{place}" for place in (1, 2)]
    statements = [account.statement((f"svc:{name}", "svc:Unused"), (here if at % 2 else there)) for at, name in enumerate(ODD[:40])]
    granted = account.grant(account.policy(*statements))
    found = account.recommend(granted, used(ODD[:40], account), among=world(ODD[:40], larger))
    assert found.refusals == ()
    assert [len(each.actions) for each in found.policies[0].after[0].statements] == [20, 20]


def test_conditions_keep_statements_apart(account: Any, larger: MakeUniverse) -> None:
    statements = [
        account.statement(
            (f"svc:{name}", "svc:Unused"), "*", conditions=(Condition("StringEquals", "aws:RequestedRegion", (f"{'z' * 300}{at}",)),)
        )
        for at, name in enumerate(ODD[:40])
    ]
    found = account.recommend(account.grant(account.policy(*statements)), used(ODD[:40], account), among=world(ODD[:40], larger))
    assert len(found.refusals) == 1
    assert len(found.policies[0].after[0].statements) == 40


def test_a_managed_policy_is_split(account: Any, larger: MakeUniverse) -> None:
    own = account.policy(account.statement("svc:*"), name="own", kind=PolicyKind.MANAGED)
    found = account.recommend(account.grant(own), used(ODD, account), among=world(ODD, larger))
    assert found.refusals == ()
    narrowed = found.policies[0]
    assert len(narrowed.after) > 1
    assert narrowed.names == ("own", *[f"own-{number}" for number in range(2, len(narrowed.after) + 1)])
    assert max(characters(policy) for policy in narrowed.after) == narrowed.characters <= 6144
    actions = [action for policy in narrowed.after for statement in policy.statements for action in statement.actions]
    assert sorted(actions) == sorted(f"svc:{name}" for name in ODD)


def test_no_more_policies_than_a_role_may_have(account: Any, larger: MakeUniverse) -> None:
    others = [account.policy(account.statement("svc:Unused2"), name=f"other{number}", kind=PolicyKind.MANAGED) for number in range(9)]
    own = account.policy(account.statement("svc:*"), name="own", kind=PolicyKind.MANAGED)
    found = account.recommend(account.grant(own, *others), used(ODD, account), among=world(ODD, larger))
    assert len(found.refusals) == 1
    assert "6144 are allowed" in found.refusals[0]


def test_inline_policies_share_their_quota(account: Any, larger: MakeUniverse) -> None:
    first = account.policy(account.statement("svc:*"), name="first")
    second = account.policy(account.statement("svc:*"), name="second")
    found = account.recommend(account.grant(first, second), used(ODD[:150], account), among=world(ODD[:150], larger))
    size = sum(characters(policy) for each in found.policies for policy in each.after)
    assert size > 10_240
    assert found.refusals == (
        f"the inline policies together would have {size} characters in the smallest form found, and 10240 are allowed; allowing wider words may make it fit",
    )


def test_wider_words_only_with_leave_and_inside_the_grant(account: Any, larger: MakeUniverse) -> None:
    universe = world(ODD, larger)
    many = account.grant(account.policy(account.statement("svc:*")))
    refused = account.recommend(many, used(ODD, account), among=universe)
    assert refused.refusals
    wide = account.recommend(many, used(ODD, account), options=Options(allow_wider=True), among=universe)
    assert wide.refusals == ()
    assert wide.policies[0].added
    assert any("also match" in note for note in wide.notes)
    named = account.grant(account.policy(account.statement((*[f"svc:{name}" for name in ODD], "svc:Unused"))))
    inside = account.recommend(named, used(ODD, account), options=Options(allow_wider=True), among=universe)
    assert inside.policies[0].added == ()
    assert inside.refusals


def test_a_large_policy_that_loses_nothing_is_left_alone(account: Any, larger: MakeUniverse) -> None:
    own = account.policy(account.statement(tuple(f"svc:{name}" for name in ODD)), name="own", kind=PolicyKind.AWS_MANAGED)
    found = account.recommend(account.grant(own), used(ODD, account), among=world(ODD, larger))
    assert found.refusals == ()
    assert not found.policies[0].is_changed


@pytest.mark.parametrize("name", ["own", "n" * 128])
def test_names_of_split_policies_fit(account: Any, larger: MakeUniverse, name: str) -> None:
    own = account.policy(account.statement("svc:*"), name=name, kind=PolicyKind.AWS_MANAGED)
    narrowed = account.recommend(account.grant(own), used(ODD, account), among=world(ODD, larger)).policies[0]
    assert len(set(narrowed.names)) == len(narrowed.after)
    assert all(len(each) <= 128 for each in narrowed.names)
