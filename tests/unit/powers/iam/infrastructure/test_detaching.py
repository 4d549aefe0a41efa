"""A managed policy of which a role needs nothing is taken off that role, and off no other."""

from __future__ import annotations

from typing import Any

import pytest

from setsquare.text.paths import RelPath

ARN = '"arn:aws:iam::aws:policy/ReadOnlyAccess"'
BLOCK = 'resource "aws_iam_role_policy_attachment" "ro" {\n  role       = %s\n  policy_arn = %s\n}\n'
ROLE = 'resource "aws_iam_role" "r" {\n  name = "ecs-api"\n}\n'
EACH = 'resource "aws_iam_role_policy_attachment" "ro" {\n  for_each = toset([\n%s  ])\n\n  role       = %s\n  policy_arn = %s\n}\n'
STACK = """Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: ecs-api
      ManagedPolicyArns:
        - arn:aws:iam::aws:policy/Other
        - !Sub "arn:${AWS::Partition}:iam::aws:policy/ReadOnlyAccess" # reads
  Web:
    Type: AWS::IAM::Role
    Properties:
      RoleName: web
      ManagedPolicyArns: [arn:aws:iam::aws:policy/ReadOnlyAccess]
"""
CASES = {
    "block": (ROLE + "\n" + BLOCK % ("aws_iam_role.r.name", ARN), ROLE),
    "partition": (ROLE + "\n" + BLOCK % ('"ecs-api"', '"arn:${data.aws_partition.c.partition}:iam::aws:policy/ReadOnlyAccess"'), ROLE),
    "data": (
        ROLE + '\ndata "aws_iam_policy" "ro" {\n  name = "ReadOnlyAccess"\n}\n\n' + BLOCK % ('"ecs-api"', "data.aws_iam_policy.ro.arn"),
        ROLE + '\ndata "aws_iam_policy" "ro" {\n  name = "ReadOnlyAccess"\n}\n',
    ),
    "turn": (
        EACH % (f'    "arn:aws:iam::aws:policy/Other",\n    {ARN},\n', '"ecs-api"', "each.value"),
        EACH % ('    "arn:aws:iam::aws:policy/Other",\n', '"ecs-api"', "each.value"),
    ),
    "turn-of-roles": (
        EACH % ('    "ecs-api",\n    "web",\n', "each.key", ARN),
        EACH % ('    "web",\n', "each.key", ARN),
    ),
    "last-turn-of-an-object": (
        BLOCK.replace("  role ", '  for_each = {\n    other = "arn:aws:iam::aws:policy/Other"\n    ro    = %s\n  }\n\n  role ') % (ARN, '"ecs-api"', "each.value"),
        BLOCK.replace("  role ", '  for_each = {\n    other = "arn:aws:iam::aws:policy/Other"\n  }\n\n  role ') % ('"ecs-api"', "each.value"),
    ),
    "only-turn": (ROLE + "\n" + EACH % (f"    {ARN},\n", '"ecs-api"', "each.value"), ROLE),
    "list": (
        ROLE.replace("}\n", f"\n  managed_policy_arns = [{ARN}, var.more]\n}}\n"),
        ROLE.replace("}\n", "\n  managed_policy_arns = [var.more]\n}\n"),
    ),
    "roles": (
        f'resource "aws_iam_policy_attachment" "ro" {{\n  name       = "ro"\n  roles      = ["web", "ecs-api"]\n  policy_arn = {ARN}\n}}\n',
        f'resource "aws_iam_policy_attachment" "ro" {{\n  name       = "ro"\n  roles      = ["web"]\n  policy_arn = {ARN}\n}}\n',
    ),
    "exclusive-too": (
        BLOCK % ('"ecs-api"', ARN) + f'\nresource "aws_iam_role_policy_attachments_exclusive" "e" {{\n  role_name   = "ecs-api"\n  policy_arns = [{ARN}]\n}}\n',
        'resource "aws_iam_role_policy_attachments_exclusive" "e" {\n  role_name   = "ecs-api"\n  policy_arns = []\n}\n',
    ),
    "another-role-stays": (
        BLOCK % ('"ecs-api"', ARN) + "\n" + (BLOCK % ('"web"', ARN)).replace('"ro"', '"web"'),
        (BLOCK % ('"web"', ARN)).replace('"ro"', '"web"'),
    ),
}  # fmt: skip


# req: iam-autopilot/6.1
@pytest.mark.parametrize("name", sorted(CASES))
def test_the_role_loses_the_policy_and_no_other_does(propose: Any, terraform: Any, name: str) -> None:
    text, expected = CASES[name]
    change = propose({"main.tf": text}, "aws-managed", None)
    assert change.left == ()
    assert change.contents[RelPath("main.tf")].decode() == expected
    assert "detached" in change.placed[0].place
    terraform({"main.tf": text}, change.contents)


def test_a_role_of_a_template_loses_the_policy_and_no_other_does(propose: Any) -> None:
    change = propose({"t.yaml": STACK}, "aws-managed", None)
    expected = STACK.replace('        - !Sub "arn:${AWS::Partition}:iam::aws:policy/ReadOnlyAccess" # reads\n', "")
    assert change.contents[RelPath("t.yaml")].decode() == expected


def test_a_policy_that_others_have_too_is_only_detached(propose: Any) -> None:
    policy = 'resource "aws_iam_policy" "p" {\n  name   = "base"\n  policy = "{}"\n}\n\n'
    web = (BLOCK % ('"web"', "aws_iam_policy.p.arn")).replace('"ro"', '"web"')
    change = propose({"main.tf": policy + BLOCK % ('"ecs-api"', "aws_iam_policy.p.arn") + "\n" + web}, "managed", None, others=1)
    assert change.contents[RelPath("main.tf")].decode() == policy + web


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (BLOCK % ('"web"', ARN), "not found in the code"),
        (BLOCK % ('"ecs-api"', '"arn:aws:iam::aws:policy/${var.x}"'), "not found in the code"),
        ((BLOCK % ('"ecs-${each.key}"', ARN)).replace("  role ", "  for_each = var.x\n  role "), "loop"),
        (BLOCK % ('"${var.a}-api"', ARN) + (BLOCK % ('"${var.b}-api"', ARN)).replace('"ro"', '"b"'), "several roles"),
        (BLOCK % ('"ecs-api"', ARN) + 'output "x" {\n  value = aws_iam_role_policy_attachment.ro.id\n}\n', "output.x"),
    ],
)
def test_what_is_not_sure_is_left_and_told(propose: Any, text: str, words: str) -> None:
    change = propose({"main.tf": text}, "aws-managed", None)
    assert change.contents == {}
    assert words in change.left[0]
