"""A managed policy that the code gives to somebody else too, or bounds somebody by, is not edited, whatever the account counted."""

from __future__ import annotations

from typing import Any

import pytest

from setsquare.powers.iam.policy.document import Policy
from setsquare.text.paths import RelPath

ARN = "arn:aws:iam::123456789012:policy/base"
CODE = """resource "aws_iam_role" "r" {
  name = "ecs-api"
}

resource "aws_iam_policy" "p" {
  name   = "base"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Sid = "A", Effect = "Allow", Action = ["s3:GetObject", "s3:PutObject"], Resource = "arn:aws:s3:::logs/*" },
      { Sid = "B", Effect = "Allow", Action = ["sqs:SendMessage", "sqs:PurgeQueue"], Resource = "*" },
    ]
  })
}

resource "aws_iam_role_policy_attachment" "p" {
  role       = aws_iam_role.r.name
  policy_arn = aws_iam_policy.p.arn
}
"""
OTHER = 'resource "aws_iam_role_policy_attachment" "o" {{\n  role       = "web"\n  policy_arn = {}\n}}\n'


@pytest.fixture
def less(shares: tuple[Policy, Policy]) -> tuple[Policy, ...]:
    return (Policy(version=shares[0].version, statements=(*shares[0].statements, *shares[1].statements)),)


def test_the_role_alone_has_it(propose: Any, less: tuple[Policy, ...]) -> None:
    change = propose({"main.tf": CODE}, "managed", less)
    assert change.left == ()
    assert change.contents[RelPath("main.tf")].decode() == CODE.replace(', "s3:PutObject"', "")


@pytest.mark.parametrize(
    ("path", "more", "words"),
    [
        ("x/a.tf", OTHER.format(f'"{ARN}"'), "web at x/a.tf:1"),
        ("x/a.tf", OTHER.format('"arn:aws:iam::${data.aws_caller_identity.c.account_id}:policy/base"'), "web at x/a.tf:1"),
        ("x/a.tf", 'data "aws_iam_policy" "b" {\n  name = "base"\n}\n' + OTHER.format("data.aws_iam_policy.b.arn"), "web at x/a.tf:4"),
        ("x/a.tf", f'resource "aws_iam_role" "w" {{\n  name = "web"\n  managed_policy_arns = ["{ARN}"]\n}}\n', "web at x/a.tf:3"),
        ("x/a.tf", f'resource "aws_iam_role" "w" {{\n  name = "web"\n  permissions_boundary = "{ARN}"\n}}\n', "the boundary of web at x/a.tf:3"),
        ("b.tf", 'resource "aws_iam_user" "u" {\n  name = "bob"\n  permissions_boundary = aws_iam_policy.p.arn\n}\n', "the boundary of bob at b.tf:3"),
        ("x/a.tf", f'resource "aws_iam_role" "w" {{\n  name = "ecs-api"\n  permissions_boundary = "{ARN}"\n}}\n', "the boundary of ecs-api"),
        ("x/a.tf", f'module "m" {{\n  source   = "x/y/z"\n  boundary = "{ARN}"\n}}\n', "whoever its ARN is written for at x/a.tf:3"),
        ("b.tf", 'module "m" {\n  source   = "x/y/z"\n  policies = [aws_iam_policy.p.arn]\n}\n', "whoever has it by b.tf:3"),
        ("b.tf", "locals {\n  arns = { a = aws_iam_policy.p.arn }\n}\n" + OTHER.format('local.arns["a"]'), "whoever has it by b.tf:6"),
        ("b.tf.json", '{"resource": {"aws_iam_role_policy_attachment": {"o": {"role": "web", "policy_arn": "${aws_iam_policy.p.arn}"}}}}', "b.tf.json:1"),
        ("s.yaml", f"Resources:\n  W:\n    Type: AWS::IAM::Role\n    Properties:\n      RoleName: web\n      ManagedPolicyArns:\n        - {ARN}\n", "web at s.yaml:7"),
        ("s.yaml", "Resources:\n  W:\n    Type: AWS::IAM::User\n    Properties:\n      UserName: bob\n      PermissionsBoundary: !Sub arn:aws:iam::${AWS::AccountId}:policy/base\n", "the boundary of bob at s.yaml:6"),
        ("x/a.tf", 'resource "aws_ssoadmin_customer_managed_policy_attachment" "s" {\n  customer_managed_policy_reference {\n    name = "base"\n  }\n}\n', "the permission set of"),
        ("b.tf", 'resource "aws_ssoadmin_permissions_boundary_attachment" "s" {\n  permissions_boundary {\n    customer_managed_policy_reference {\n      name = aws_iam_policy.p.name\n    }\n  }\n}\n', "whoever has it by b.tf:4"),
        ("deploy.yml", f"steps:\n  - run: aws iam attach-role-policy --role-name web --policy-arn {ARN}\n", "deploy.yml:2"),
    ],
)  # fmt: skip
def test_what_somebody_else_has_stays(propose: Any, less: tuple[Policy, ...], path: str, more: str, words: str) -> None:
    change = propose({"main.tf": CODE, path: more}, "managed", less)
    assert change.contents == {}
    assert words in change.left[0]


@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("x/a.tf", OTHER.format('"arn:aws:iam::999999999999:policy/base"')),
        ("x/a.tf", OTHER.format('"arn:aws:iam::aws:policy/base"')),
        ("x/a.tf", OTHER.format('"arn:aws:iam::123456789012:policy/base-2"')),
        ("x/a.tf", f"# was {ARN}\n"),
        ("x/a.tf", OTHER.format(f'"{ARN}"').replace('"web"', '"ecs-api"')),
        ("b.tf", 'output "arn" {\n  value = aws_iam_policy.p.arn\n}\n'),
        ("b.tf", 'resource "null_resource" "n" {\n  depends_on = [aws_iam_policy.p]\n}\n'),
        ("b.tf", "locals {\n  arn = aws_iam_policy.p.arn\n}\n"),
        ("s.yaml", f"Resources:\n  W:\n    Type: AWS::IAM::Role\n    Properties:\n      RoleName: ecs-api\n      ManagedPolicyArns:\n        - {ARN}\n"),
    ],
)  # fmt: skip
def test_what_is_nobody_elses_is_edited(propose: Any, less: tuple[Policy, ...], path: str, more: str) -> None:
    change = propose({"main.tf": CODE, path: more}, "managed", less)
    assert change.left == ()
    assert list(change.contents) == ["main.tf"]


STACK = """Resources:
  R:
    Type: AWS::IAM::Role
    Properties:
      RoleName: ecs-api
      ManagedPolicyArns: [!Ref Base]
  Base:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      ManagedPolicyName: base
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - {Sid: A, Effect: Allow, Action: [s3:GetObject, s3:PutObject], Resource: "arn:aws:s3:::logs/*"}
          - {Sid: B, Effect: Allow, Action: [sqs:SendMessage, sqs:PurgeQueue], Resource: "*"}
"""
EXPORT = "Outputs:\n  Arn:\n    Value: !Ref Base\n    Export: {Name: !Sub '${AWS::StackName}-base-arn'}\n"


@pytest.mark.parametrize(
    ("more", "other", "words"),
    [
        ("", "", ""),
        (EXPORT, "", ""),
        ("  # not !Ref Base\n  Q:\n    Type: AWS::SQS::Queue\n    DependsOn: Base\n", "", ""),
        ("  W:\n    Type: AWS::IAM::Role\n    Properties:\n      RoleName: web\n      ManagedPolicyArns: [!Ref Base]\n", "", "web"),
        ("  W:\n    Type: AWS::IAM::Role\n    Properties:\n      RoleName: web\n      ManagedPolicyArns: [!If [On, !Ref Base, !Ref AWS::NoValue]]\n", "", "s.yaml:20"),
        ("  N:\n    Type: AWS::CloudFormation::Stack\n    Properties:\n      Parameters:\n        Arn: !Ref Base\n", "", "s.yaml:20"),
        ("  P:\n    Type: Custom::Attach\n    Properties:\n      Arn: !Sub '${Base}'\n", "", "s.yaml:19"),
        (EXPORT, "Resources:\n  W:\n    Type: AWS::IAM::Role\n    Properties:\n      ManagedPolicyArns: [!ImportValue main-base-arn]\n", "o.yaml:5"),
    ],
)  # fmt: skip
def test_a_template_hands_it_on_or_not(propose: Any, less: tuple[Policy, ...], more: str, other: str, words: str) -> None:
    change = propose({"s.yaml": STACK + more, "o.yaml": other}, "managed", less)
    if words:
        assert change.contents == {}
        assert words in change.left[0]
    else:
        assert change.left == ()
        assert change.contents[RelPath("s.yaml")].decode() == (STACK + more).replace(", s3:PutObject", "")
