"""The table of AWS's managed policies: complete for the paths, small, and read policy by policy."""

from __future__ import annotations

from importlib import resources

import pytest

from setsquare.adapters.iam_managed import actions_known, aws_policies, names_known
from setsquare.adapters.iam_paths import escalation_paths
from setsquare.powers.iam.policy.document import Effect

LARGEST = 150_000


def test_it_says_of_every_action_of_every_path_who_grants_it() -> None:
    needed = {action for path in escalation_paths() for action in path.actions}
    assert needed <= set(actions_known()), "run python -m bench.iam_managed_policies"


def test_it_is_small() -> None:
    assert resources.files("setsquare").joinpath("iam_data", "managed_policies.json").stat().st_size <= LARGEST  # type: ignore[attr-defined]


def test_it_knows_what_grants_nothing_that_matters_from_what_is_not_known() -> None:
    known = aws_policies()
    silent = known.named("AmazonS3ReadOnlyAccess")
    assert silent is not None
    assert silent.statements == ()
    assert known.named("BrandNewFullAccess") is None
    assert len(names_known()) > 1_600


@pytest.mark.parametrize("name", ["AdministratorAccess", "administratoraccess"])
def test_names_have_no_case(name: str) -> None:
    found = aws_policies().named(name)
    assert found is not None
    (statement,) = found.statements
    assert (statement.effect, statement.actions, statement.resources) == (Effect.ALLOW, ("*",), ("*",))


def test_an_exception_stays_an_exception() -> None:
    found = aws_policies().named("PowerUserAccess")
    assert found is not None
    assert found.statements[0].not_actions == ("iam:*",)


def test_conditions_and_places_stay() -> None:
    found = aws_policies().of_arn("arn:aws-us-gov:iam::aws:policy/AWSLambda_FullAccess")
    assert found is not None
    passing = found.statements[-1]
    assert passing.actions == ("iam:PassRole",)
    assert [(each.operator, each.key, each.values) for each in passing.conditions] == [
        ("StringEquals", "iam:PassedToService", ("lambda.amazonaws.com",))
    ]
    assert passing.index > 0
