"""A policy that becomes several gets siblings in its own form, attached as it is, and never more than a role may have."""

from __future__ import annotations

import json
from typing import Any

import pytest

from setsquare.powers.iam.infrastructure.reading import found_in
from setsquare.powers.iam.policy.document import Policy
from setsquare.text.paths import RelPath

STATEMENTS = """[
      {
        Sid      = "A"
        Effect   = "Allow"
        Action   = ["s3:GetObject", "s3:PutObject"]
        Resource = "${var.bucket}/*"
      },
      {
        Sid      = "B"
        Effect   = "Allow"
        Action   = ["sqs:SendMessage", "sqs:PurgeQueue"]
        Resource = "*"
      },
    ]"""
ENCODED = f'jsonencode({{\n    Version   = "2012-10-17"\n    Statement = {STATEMENTS}\n  }})'
DOCUMENT = """data "aws_iam_policy_document" "d" {
  statement {
    sid       = "A"
    actions   = ["s3:GetObject", "s3:PutObject"]
    resources = ["${var.bucket}/*"]
  }

  statement {
    sid       = "B"
    actions   = ["sqs:SendMessage", "sqs:PurgeQueue"]
    resources = ["*"]
  }
}
"""
PLAIN = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Sid": "A", "Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::logs/*"},
            {"Sid": "B", "Effect": "Allow", "Action": ["sqs:SendMessage", "sqs:PurgeQueue"], "Resource": "*"},
        ],
    },
    indent=2,
)
POLICY = 'resource "aws_iam_policy" "p" {\n  name   = "base"\n  policy = %s\n}\n'
ATTACHED = '\nresource "aws_iam_role_policy_attachment" "p" {\n  role       = aws_iam_role.r.name\n  policy_arn = aws_iam_policy.p.arn\n}\n'
ROLE = '\nresource "aws_iam_role" "r" {\n  name = "ecs-api"\n}\n'
LISTED = '\nresource "aws_iam_role" "r" {\n  name                = "ecs-api"\n  managed_policy_arns = [aws_iam_policy.p.arn, "arn:aws:iam::aws:policy/ReadOnlyAccess"]\n}\n'
LOOPED = '\nresource "aws_iam_role_policy_attachment" "all" {\n  for_each   = toset([aws_iam_policy.p.arn])\n  role       = "ecs-api"\n  policy_arn = each.value\n}\n'
FILE = 'file("${path.module}/p.json")'

SOURCES = {
    "jsonencode": {"main.tf": POLICY % ENCODED + ATTACHED + ROLE},
    "document": {"main.tf": POLICY % "data.aws_iam_policy_document.d.json" + ATTACHED + ROLE + "\n" + DOCUMENT},
    "document-elsewhere": {"main.tf": POLICY % "data.aws_iam_policy_document.d.json" + ATTACHED + ROLE, "d.tf": DOCUMENT},
    "heredoc": {"main.tf": POLICY % f"<<EOF\n{PLAIN}\nEOF" + ATTACHED + ROLE},
    "quoted": {"main.tf": POLICY % json.dumps(PLAIN.replace("\n", "")) + ATTACHED + ROLE},
    "local": {"main.tf": POLICY % "local.p" + ATTACHED + ROLE + f"\nlocals {{\n  p = {ENCODED}\n}}\n"},
    "file": {"main.tf": POLICY % FILE + ATTACHED + ROLE, "p.json": PLAIN},
    "listed": {"main.tf": POLICY % ENCODED + LISTED},
    "looped": {"main.tf": POLICY % ENCODED + LOOPED},
    "label-with-hyphen": {"main.tf": (POLICY % ENCODED + ATTACHED + ROLE).replace('"p"', '"my-p"').replace("policy.p.", "policy.my-p.")},
    "label-taken": {"main.tf": POLICY % ENCODED + ATTACHED + ROLE + (POLICY % '"{}"').replace('"p"', '"p_2"').replace("base", "more")},
}  # fmt: skip
STACK = """Resources:
  Base:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      ManagedPolicyName: base
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - {Sid: A, Effect: Allow, Action: [s3:GetObject, s3:PutObject], Resource: !Sub "${Bucket}/*"}
          - {Sid: B, Effect: Allow, Action: [sqs:SendMessage, sqs:PurgeQueue], Resource: "*"}

  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: ecs-api
      ManagedPolicyArns:
        - !Ref Base # ours
        - arn:aws:iam::aws:policy/ReadOnlyAccess
"""
INLINE_STACK = """Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: ecs-api
      Policies:
        - PolicyName: "base"
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              - {Sid: A, Effect: Allow, Action: [s3:GetObject, s3:PutObject], Resource: !Sub "${Bucket}/*"}
              - {Sid: B, Effect: Allow, Action: [sqs:SendMessage, sqs:PurgeQueue], Resource: "*"}
"""
TEMPLATES = {
    "yaml": ({"t.yaml": STACK}, "managed"),
    "yaml-own-list": ({"t.yaml": STACK.replace("      ManagedPolicyName", "      Roles: [!Ref Role]\n      ManagedPolicyName").replace("        - !Ref Base # ours\n", "")}, "managed"),
    "yaml-entry": ({"t.yaml": INLINE_STACK}, "inline"),
    "yaml-without-last-line-end": ({"t.yaml": INLINE_STACK.rstrip()}, "inline"),
    "json": ({"t.json": json.dumps({"Resources": {"Base": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"ManagedPolicyName": "base", "PolicyDocument": json.loads(PLAIN)}}, "R": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "ecs-api", "ManagedPolicyArns": [{"Ref": "Base"}]}}}}, indent=2)}, "managed"),
}  # fmt: skip


def said(files: dict[str, str], contents: dict[RelPath, bytes]) -> list[tuple[str, str, list[str]]]:
    now = {**{RelPath(path): text.encode() for path, text in files.items()}, **contents}
    found = [each.source for each in found_in(now).located if not each.source.is_trust]
    return sorted(
        (each.name, each.owner, sorted(word for one in each.policy.statements for word in one.actions or ()))
        for each in found
        if each.owner
    )


# req: iam-autopilot/6.1
@pytest.mark.parametrize("name", sorted(SOURCES))
def test_terraform_gets_siblings_that_hang_on_the_same_role(propose: Any, shares: tuple[Policy, ...], terraform: Any, name: str) -> None:
    change = propose(SOURCES[name], "managed", shares)
    assert change.left == ()
    assert said(SOURCES[name], change.contents) == [
        ("base", "ecs-api", ["s3:GetObject"]),
        ("base-2", "ecs-api", ["sqs:PurgeQueue", "sqs:SendMessage"]),
    ]
    terraform(SOURCES[name], change.contents)
    if name == "file":
        assert RelPath("p-2.json") in change.contents
    if name == "label-taken":
        assert b'"aws_iam_policy" "p_2_"' in change.contents[RelPath("main.tf")]


@pytest.mark.parametrize("name", sorted(TEMPLATES))
def test_a_template_gets_siblings_that_hang_on_the_same_role(propose: Any, shares: tuple[Policy, ...], name: str) -> None:
    files, kind = TEMPLATES[name]
    change = propose(files, kind, shares)
    assert change.left == ()
    assert said(files, change.contents) == [
        ("base", "ecs-api", ["s3:GetObject"]),
        ("base-2", "ecs-api", ["sqs:PurgeQueue", "sqs:SendMessage"]),
    ]


def test_a_policy_of_a_role_gets_siblings_too(propose: Any, shares: tuple[Policy, ...], terraform: Any) -> None:
    files = {
        "main.tf": POLICY.replace("aws_iam_policy", "aws_iam_role_policy").replace("  name  ", '  role   = "ecs-api"\n  name  ') % ENCODED
    }
    change = propose(files, "inline", shares)
    assert [each[0] for each in said(files, change.contents)] == ["base", "base-2"]
    terraform(files, change.contents)


def test_a_name_with_words_for_the_engine_keeps_them(propose: Any, shares: tuple[Policy, ...]) -> None:
    for written, expected in ((b'"${var.stage}-base"', b'"${var.stage}-base-2"'), (b"var.name", b'"${var.name}-2"')):
        text = (POLICY % ENCODED + ATTACHED + ROLE).replace('"base"', written.decode())
        change = propose({"main.tf": text}, "managed", shares, name="prod-base")
        assert expected in change.contents[RelPath("main.tf")]


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"base.json": PLAIN}, "who attaches this file is not in the repository"),
        ({"main.tf": POLICY % ENCODED}, "what attaches it to the role is not in the repository"),
        ({"main.tf": (POLICY % ENCODED).replace("  name  ", '  for_each = toset(["base"])\n  name  ') + ATTACHED + ROLE}, "loop"),
        ({"main.tf": POLICY % "data.aws_iam_policy_document.d.json" + ATTACHED + ROLE + DOCUMENT.replace('"d" {', '"d" {\n  source_policy_documents = var.more')}, "joined"),
        ({"main.tf": POLICY % FILE + ATTACHED + ROLE, "p.json": PLAIN, "p-2.json": "{}"}, "p-2.json already"),
        ({"main.tf": (POLICY % ENCODED).replace('"base"', "lower(var.x)") + ATTACHED + ROLE}, "name is put together"),
    ],
)  # fmt: skip
def test_what_cannot_be_shared_out_is_refused_in_words(propose: Any, shares: tuple[Policy, ...], files: dict[str, str], words: str) -> None:
    change = propose(files, "managed", shares)
    assert change.contents == {}
    assert words in change.left[0]


def test_a_role_never_gets_more_than_it_may_have(propose: Any, shares: tuple[Policy, ...]) -> None:
    change = propose(SOURCES["jsonencode"], "managed", shares * 6)
    assert change.contents == {}
    assert "10 attached" in change.left[0]
