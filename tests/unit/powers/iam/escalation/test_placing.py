"""A new escalation is shown at the line that grants it newly."""

from __future__ import annotations

from setsquare.adapters.iam_managed import aws_policies
from setsquare.adapters.iam_paths import escalation_paths
from setsquare.adapters.iam_tables import universe
from setsquare.journeys.iam_escalating import judged_between, side_of_files
from setsquare.powers.iam.escalation.baseline import Baseline
from setsquare.text.paths import RelPath

TRUST = 'jsonencode({ Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })'
ROLE = f'resource "aws_iam_role" "r" {{\n  name = "ci"\n  assume_role_policy = {TRUST}\n}}\n'
PASSING = 'jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "iam:PassRole", Resource = "*" }] })'
INLINE = f'resource "aws_iam_role_policy" "p" {{\n  role = aws_iam_role.r.id\n  policy = {PASSING}\n}}\n'
OWN = f'resource "aws_iam_policy" "m" {{\n  name = "m"\n  policy = {PASSING.replace("iam:PassRole", "iam:CreatePolicyVersion")}\n}}\n'


def attachment(role: str, arn: str) -> str:
    return f'resource "aws_iam_role_policy_attachment" "{role}" {{\n  role = "{role}"\n  policy_arn = {arn}\n}}\n'


def places(before: str, after: str, path: str) -> set[str]:
    sides = [side_of_files({RelPath("m.tf"): text.encode()}, aws_policies()) for text in (before, after)]
    judged = judged_between(sides[0], sides[1], Baseline(), escalation_paths(), universe())
    return {each.place(found) for each in judged if each.principal.name == "ci" for found in each.new if found.path == path}


def line(text: str, word: str) -> str:
    return f"m.tf:{text[: text.index(word)].count(chr(10)) + 1}"


def test_an_attachment_of_a_policy_of_aws() -> None:
    before = ROLE + INLINE
    after = before + attachment("ci", '"arn:aws:iam::aws:policy/AWSLambda_FullAccess"')
    assert places(before, after, "lambda-001") == {line(after, '"arn:aws:iam::aws')}


def test_an_attachment_of_a_policy_that_others_had() -> None:
    before = ROLE + OWN + attachment("other", "aws_iam_policy.m.arn")
    after = before + attachment("ci", "aws_iam_policy.m.arn")
    assert places(before, after, "iam-001") == {f"m.tf:{after.count(chr(10)) - 1}"}


def test_a_policy_that_grants_more_than_before() -> None:
    before = ROLE + INLINE
    after = "\n" + before.replace('"iam:PassRole"', '["iam:PassRole", "iam:CreatePolicyVersion"]')
    assert places(before, after, "iam-001") == {f"m.tf:{after[: after.index('Version')].count(chr(10)) + 1}"}
