"""Who from outside a trust policy lets in."""

from __future__ import annotations

import json
from typing import Any

import pytest

from setsquare.surfaces.cli.report.iam_trust import LetIn, let_in

OWN = "123456789012"


def trust(*statements: dict[str, Any]) -> str:
    made = [{"Effect": "Allow", "Action": "sts:AssumeRole", **each} for each in statements]
    return json.dumps({"Version": "2012-10-17", "Statement": made})


@pytest.mark.parametrize(
    ("statement", "who"),
    [
        ({"Principal": "*"}, [LetIn("everybody", True)]),
        ({"Principal": {"AWS": "*"}}, [LetIn("everybody", True)]),
        (
            {"Principal": {"AWS": "*"}, "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}},
            [LetIn("everybody under a condition", False)],
        ),
        ({"NotPrincipal": {"AWS": f"arn:aws:iam::{OWN}:root"}}, [LetIn("everybody", True)]),
        ({"Principal": {"AWS": "arn:aws-cn:iam::999999999999:role/x"}}, [LetIn("arn:aws-cn:iam::999999999999:role/x", False)]),
        ({"Principal": {"AWS": ["999999999999", OWN]}}, [LetIn("999999999999", False)]),
        ({"Principal": {"AWS": f"arn:aws:iam::{OWN}:user/ada"}}, []),
        ({"Principal": {"Service": "ecs-tasks.amazonaws.com"}}, []),
        ({"Effect": "Deny", "Principal": "*"}, []),
    ],
)
def test_everybody_and_other_accounts_are_named(statement, who):
    assert list(let_in(trust(statement), OWN)) == who


def test_what_is_open_stands_first_and_broken_text_says_nothing():
    text = trust({"Principal": {"AWS": "111111111111"}}, {"Principal": "*"})
    assert [each.is_open for each in let_in(text, OWN)] == [True, False]
    assert let_in("{", OWN) == ()
