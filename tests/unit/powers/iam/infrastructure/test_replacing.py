"""A policy of AWS of which a part is needed gives way to one of the role's own, in one change; what cannot be is said in words."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from setsquare.powers.iam.infrastructure.reading import found_in
from setsquare.powers.iam.policy.document import Policy
from setsquare.text.paths import RelPath

ARN = "arn:aws:iam::aws:policy/ReadOnlyAccess"
ROLE = 'resource "aws_iam_role" "r" {\n  name = "ecs-api"\n}\n\n'
BLOCK = f'resource "aws_iam_role_policy_attachment" "a" {{\n  role       = aws_iam_role.r.name\n  policy_arn = "{ARN}"\n}}\n'
LOOP = """resource "aws_iam_role_policy_attachment" "a" {
  for_each   = toset(["%s", "arn:aws:iam::aws:policy/Other"])
  role       = aws_iam_role.r.name
  policy_arn = each.value
}
"""
LIST = f'resource "aws_iam_role" "r" {{\n  name                = "ecs-api"\n  managed_policy_arns = ["arn:aws:iam::aws:policy/Other", "{ARN}"]\n}}\n'
YAML = f"""Resources:
  R:
    Type: AWS::IAM::Role
    Properties:
      RoleName: ecs-api
      ManagedPolicyArns:
        - arn:aws:iam::aws:policy/Other
        - {ARN} # too much

  Q:
    Type: AWS::SQS::Queue
"""
JSON = json.dumps(
    {
        "Resources": {
            "R": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "ecs-api", "ManagedPolicyArns": [ARN]}},
            "Q": {"Type": "AWS::SQS::Queue"},
        }
    },
    indent=2,
)


@pytest.fixture
def needed(shares: tuple[Policy, Policy]) -> tuple[Policy, ...]:
    return (shares[0],)


@pytest.mark.parametrize(
    ("path", "text", "kept"),
    [
        ("main.tf", ROLE + BLOCK, BLOCK.replace(f'"{ARN}"', "aws_iam_policy.ecs_api_readonlyaccess.arn")),
        ("main.tf", ROLE + LOOP % ARN, LOOP.replace('"%s", ', "")),
        ("main.tf", LIST, LIST.replace(f'"{ARN}"', "aws_iam_policy.ecs_api_readonlyaccess.arn")),
        ("s.yaml", YAML, "        - !Ref EcsApiReadOnlyAccess # too much\n"),
        ("s.json", JSON, '{"Ref": "EcsApiReadOnlyAccess"}'),
        ("s.json", json.dumps(json.loads(JSON)), '{"Ref": "EcsApiReadOnlyAccess"}'),
    ],
)
def test_its_own_policy_takes_its_place(
    propose: Any, terraform: Callable[..., None], needed: tuple[Policy, ...], path: str, text: str, kept: str
) -> None:
    change = propose({path: text}, "aws-managed", needed)
    assert change.left == ()
    assert "takes its place" in change.told[0]
    raw = change.contents[RelPath(path)]
    assert kept in raw.decode()
    made = next(each.source for each in found_in(change.contents).located if each.source.name == "ecs-api-ReadOnlyAccess")
    assert (made.owner, made.is_boundary) == ("ecs-api", False)
    assert [(each.actions, each.resources) for each in made.policy.statements] == [(("s3:GetObject",), ("arn:aws:s3:::logs/*",))]
    assert "in place of ReadOnlyAccess" in change.placed[0].place
    if path.endswith(".tf"):
        terraform({path: text}, change.contents)
    again = propose({path: raw.decode()}, "aws-managed", needed)
    assert (again.contents, again.left) == ({}, ())
    assert "apply it" in again.settled[0]


def test_line_ends_and_the_other_accounts_provider_are_taken_over(propose: Any, needed: tuple[Policy, ...]) -> None:
    text = (ROLE + BLOCK.replace("{\n", "{\n  provider   = aws.prod\n", 1)).replace("\n", "\r\n")
    raw = propose({"main.tf": text}, "aws-managed", needed).contents[RelPath("main.tf")]
    assert raw.count(b"\n") == raw.count(b"\r\n")
    assert raw.count(b"aws.prod") == 2


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({}, "is not found in the code"),
        ({"main.tf": BLOCK.replace("{\n", '{\n  for_each = toset(["ecs-api", "web"])\n', 1).replace("aws_iam_role.r.name", "each.key")}, "loop"),
        ({"main.tf": BLOCK.replace("{\n", "{\n  count = 2\n", 1).replace("aws_iam_role.r.name", '"ecs-api"')}, "loop"),
        ({"main.tf": BLOCK.replace("_role_policy_attachment", "_policy_attachment").replace("role       = aws_iam_role.r.name", 'roles = ["ecs-api", "web"]')}, "to others too"),
        ({"main.tf": ROLE + BLOCK, "b.tf": 'resource "aws_iam_policy" "q" {\n  name = "ecs-api-ReadOnlyAccess"\n  policy = jsonencode({Statement = [{Effect = "Allow", Action = "s3:*", Resource = "*"}]})\n}\n'}, "stands in the code already"),
        ({"a.yaml": YAML, "b.yaml": YAML}, "several templates"),
        ({"a.yaml": YAML.replace("ManagedPolicyArns:", "ManagedPolicyArns: &arns") + "  W:\n    Type: AWS::IAM::Role\n    Properties:\n      ManagedPolicyArns: *arns\n"}, "repeats what stands there"),
    ],
)  # fmt: skip
def test_what_cannot_be_replaced_is_told(propose: Any, needed: tuple[Policy, ...], files: dict[str, str], words: str) -> None:
    change = propose(files, "aws-managed", needed)
    assert change.contents == {}
    assert words in change.left[0]
    assert "belongs to AWS" in change.left[0]


def test_several_policies_are_left_to_a_person(propose: Any, shares: tuple[Policy, Policy]) -> None:
    change = propose({"main.tf": ROLE + BLOCK}, "aws-managed", shares)
    assert change.contents == {}
    assert "2 policies would take its place" in change.left[0]


def test_a_shared_policy_of_the_account_is_left_to_a_person(propose: Any, needed: tuple[Policy, ...]) -> None:
    shared = BLOCK.replace(ARN, "arn:aws:iam::123456789012:policy/base")
    change = propose({"main.tf": ROLE + shared}, "managed", needed, others=2)
    assert change.contents == {}
    assert "is attached 3 times, so others would change too; give the role its own" in change.left[0]
