"""A policy of which nothing is needed goes with what only refers to it; what cannot be taken away safely stays, and a person is told what to do."""

from __future__ import annotations

import json
from typing import Any

import pytest

from setsquare.text.paths import RelPath

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
INLINE = """resource "aws_iam_role_policy" "x" {
  name   = "base"
  role   = "ecs-api"
  policy = data.aws_iam_policy_document.d.json
}
"""
MANAGED = """resource "aws_iam_policy" "p" {
  name   = "base"
  policy = data.aws_iam_policy_document.d.json
}
"""
ATTACHED = """resource "aws_iam_role_policy_attachment" "p" {
  role       = aws_iam_role.r.name
  policy_arn = aws_iam_policy.p.arn
}
"""
ROLE = """resource "aws_iam_role" "r" {
  # the role
  name = "ecs-api"
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
LISTED = ROLE.replace(
    '"ecs-api"\n', '"ecs-api"\n\n  managed_policy_arns = [\n    aws_iam_policy.p.arn,\n    "arn:aws:iam::aws:policy/ReadOnlyAccess",\n  ]\n'
)
LOOPED = """resource "aws_iam_role_policy_attachment" "all" {
  for_each = {
    base = aws_iam_policy.p.arn
    read = "arn:aws:iam::aws:policy/ReadOnlyAccess"
  }
  role       = "ecs-api"
  policy_arn = each.value
}
"""
WITHIN = ROLE.replace("}\n", '\n  inline_policy {\n    name   = "base"\n    policy = data.aws_iam_policy_document.d.json\n  }\n}\n')
TWO_WITHIN = WITHIN.replace("}\n}\n", '}\n\n  inline_policy {\n    name   = "more"\n    policy = "{}"\n  }\n}\n')
WAITING = 'resource "aws_instance" "i" {\n  ami        = "ami-1"\n  depends_on = [aws_iam_role_policy.x, aws_iam_role.r]\n}\n'

TERRAFORM = {
    "inline-and-its-document": (DOCUMENT + "\n" + INLINE + "\n" + ROLE, "inline", ROLE),
    "inline-and-what-waits-for-it": (INLINE + "\n" + WAITING + "\n" + DOCUMENT, "inline", WAITING.replace("aws_iam_role_policy.x, ", "")),
    "inline-last-one-waited-for": (
        INLINE + "\n" + WAITING.replace(", aws_iam_role.r", "").replace("ami        ", "ami ").replace("  depends", "\n  depends") + "\n" + DOCUMENT,
        "inline",
        'resource "aws_instance" "i" {\n  ami = "ami-1"\n}\n',
    ),
    "document-that-others-use": (
        DOCUMENT + "\n" + INLINE + '\noutput "d" {\n  value = data.aws_iam_policy_document.d.json\n}\n',
        "inline",
        DOCUMENT + '\noutput "d" {\n  value = data.aws_iam_policy_document.d.json\n}\n',
    ),
    "local-document": (
        "locals {\n  a = 1\n  p = jsonencode(" + PLAIN.replace(":", " =") .replace("arn =aws =s3 = = =", "arn:aws:s3:::").replace("s3 =", "s3:").replace("sqs =", "sqs:") + ")\n}\n\n" + INLINE.replace("data.aws_iam_policy_document.d.json", "local.p"),
        "inline",
        "locals {\n  a = 1\n}\n",
    ),
    "managed-and-its-attachment": (MANAGED + "\n" + ATTACHED + "\n" + ROLE + "\n" + DOCUMENT, "managed", ROLE),
    "managed-in-a-list": (MANAGED + "\n" + LISTED + "\n" + DOCUMENT, "managed", LISTED.replace("    aws_iam_policy.p.arn,\n", "")),
    "managed-alone-in-a-list": (
        MANAGED + "\n" + ROLE.replace('"ecs-api"\n', '"ecs-api"\n\n  managed_policy_arns = [aws_iam_policy.p.arn]\n') + "\n" + DOCUMENT,
        "managed",
        ROLE.replace('"ecs-api"\n', '"ecs-api"\n\n  managed_policy_arns = []\n'),
    ),
    "managed-in-a-loop": (MANAGED + "\n" + LOOPED + "\n" + DOCUMENT, "managed", LOOPED.replace("    base = aws_iam_policy.p.arn\n", "")),
    "managed-alone-in-a-loop": (
        MANAGED + "\n" + LOOPED.replace('    read = "arn:aws:iam::aws:policy/ReadOnlyAccess"\n', "") + "\n" + ROLE + DOCUMENT, "managed", ROLE,
    ),
    "within-the-role": (WITHIN + "\n" + DOCUMENT, "inline", ROLE.replace("}\n", "\n  inline_policy {}\n}\n")),
    "one-of-two-within-the-role": (
        TWO_WITHIN + "\n" + DOCUMENT,
        "inline",
        ROLE.replace("}\n", '\n  inline_policy {\n    name   = "more"\n    policy = "{}"\n  }\n}\n'),
    ),
    "exclusive": (
        INLINE + "\n" + DOCUMENT + '\nresource "aws_iam_role_policies_exclusive" "e" {\n  role_name    = "ecs-api"\n  policy_names = [aws_iam_role_policy.x.name, "more"]\n}\n',
        "inline",
        'resource "aws_iam_role_policies_exclusive" "e" {\n  role_name    = "ecs-api"\n  policy_names = ["more"]\n}\n',
    ),
}  # fmt: skip


# req: iam-autopilot/6.1
@pytest.mark.parametrize("crlf", [False, True])
@pytest.mark.parametrize("name", sorted(TERRAFORM))
def test_terraform_loses_the_policy_and_what_only_refers_to_it(propose: Any, terraform: Any, name: str, *, crlf: bool) -> None:
    text, kind, expected = TERRAFORM[name]
    ends = "\r\n" if crlf else "\n"
    change = propose({"main.tf": text.replace("\n", ends)}, kind, None)
    assert change.left == ()
    assert change.contents[RelPath("main.tf")].decode() == expected.replace("\n", ends)
    assert "taken away" in change.placed[0].place
    if not crlf:
        terraform({"main.tf": text}, change.contents)


def test_a_file_that_nothing_names_any_more_goes_too(propose: Any) -> None:
    inline = INLINE.replace("data.aws_iam_policy_document.d.json", 'file("${path.module}/p.json")')
    change = propose({"m/main.tf": ROLE + "\n" + inline, "m/p.json": PLAIN}, "inline", None)
    assert change.contents == {RelPath("m/main.tf"): ROLE.encode()}
    assert (change.removed, change.left) == ((RelPath("m/p.json"),), ())
    told = propose({"m/main.tf": ROLE + "\n" + inline, "m/p.json": PLAIN, "ci.yml": "run: check m/p.json\n"}, "inline", None)
    assert told.removed == ()
    assert told.left == ("base: m/p.json is named by nothing any more: delete it",)


STACK = """# stack
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: ecs-api
      Policies:
        - PolicyName: base
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              - {Sid: A, Effect: Allow, Action: [s3:GetObject, s3:PutObject], Resource: !Sub "${Bucket}/*"}
              - Sid: B
                Effect: Allow
                Action: [sqs:SendMessage, sqs:PurgeQueue]
                Resource: "*"
      Path: / # path
"""
ALONE = """Resources:
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
    DependsOn: Base
    Properties:
      RoleName: ecs-api
      ManagedPolicyArns:
        # both
        - !Ref Base
        - arn:aws:iam::aws:policy/ReadOnlyAccess
"""
MORE = "        - PolicyName: more\n          PolicyDocument: {Version: 2012-10-17, Statement: [{Effect: Allow, Action: x:Y, Resource: '*'}]}\n"

TEMPLATES = {
    "entry": (STACK, "inline", STACK[: STACK.index("      Policies")] + "      Path: / # path\n"),
    "entry-of-two": (
        STACK.replace("      Path", MORE + "      Path"),
        "inline",
        STACK[: STACK.index("        - PolicyName")] + MORE + "      Path: / # path\n",
    ),
    "managed": (
        ALONE,
        "managed",
        "Resources:\n" + ALONE[ALONE.index("  Role:") :].replace("    DependsOn: Base\n", "").replace("        - !Ref Base\n", ""),
    ),
    "managed-by-its-own-list": (
        ALONE.replace("      ManagedPolicyName", "      Roles: [!Ref Role]\n      ManagedPolicyName").replace("        - !Ref Base\n", ""),
        "managed",
        "Resources:\n" + ALONE[ALONE.index("  Role:") :].replace("    DependsOn: Base\n", "").replace("        - !Ref Base\n", ""),
    ),
}


@pytest.mark.parametrize("name", sorted(TEMPLATES))
def test_a_template_loses_the_policy_and_what_only_refers_to_it(propose: Any, name: str) -> None:
    text, kind, expected = TEMPLATES[name]
    change = propose({"stack.yaml": text}, kind, None)
    assert change.left == ()
    assert change.contents[RelPath("stack.yaml")].decode() == expected


def test_a_template_in_json_stays_json(propose: Any) -> None:
    policy = {
        "Type": "AWS::IAM::Policy",
        "Properties": {"PolicyName": "base", "Roles": [{"Ref": "R"}], "PolicyDocument": json.loads(PLAIN)},
    }
    role = {"Type": "AWS::IAM::Role", "DependsOn": ["X", "Base"], "Properties": {"RoleName": "ecs-api"}}
    for order in (("Base", "R"), ("R", "Base")):
        template = {"Resources": {key: {"Base": policy, "R": role}[key] for key in order}}
        for indent in (None, 2):
            change = propose({"t.json": json.dumps(template, indent=indent)}, "inline", None)
            left = json.loads(change.contents[RelPath("t.json")])
            assert left == {"Resources": {"R": {**role, "DependsOn": ["X"]}}}


@pytest.mark.parametrize(
    ("files", "kind", "words"),
    [
        ({"main.tf": MANAGED + ATTACHED + ROLE + DOCUMENT + 'output "arn" {\n  value = aws_iam_policy.p.arn\n}\n'}, "managed", "output.arn"),
        ({"main.tf": MANAGED + DOCUMENT}, "managed", "what attaches it to the role is not in the repository"),
        ({"main.tf": MANAGED + ATTACHED + ROLE + DOCUMENT, "b.tf": ATTACHED.replace('"p"', '"q"').replace("aws_iam_role.r.name", '"web"')}, "managed", "web"),
        ({"main.tf": INLINE + DOCUMENT, "b.tf": "resource {"}, "inline", "b.tf cannot be read"),
        ({"main.tf": INLINE + DOCUMENT, "b.tf.json": '{"resource": {"aws_iam_role_policy": {}}}'}, "inline", "b.tf.json"),
        ({"main.tf": INLINE + DOCUMENT.replace("  statement {", '  dynamic "statement" {\n    for_each = var.x\n    content {\n      actions = statement.value\n    }\n  }\n\n  statement {', 1)}, "inline", "more is added to it"),
        ({"main.tf": INLINE.replace('  name   = "base"', '  for_each = toset(["base"])\n  name     = each.key') + DOCUMENT}, "inline", "loop"),
        ({"base.json": PLAIN}, "inline", "IAM takes no policy without statements"),
        ({"stack.yaml": ALONE + "Outputs:\n  Arn:\n    Value: !Ref Base\n"}, "managed", "names it too"),
        ({"stack.yaml": ALONE.replace("        - !Ref Base\n", "        - !If [On, !Ref Base, !Ref AWS::NoValue]\n").replace("      ManagedPolicyName", "      Roles: [!Ref Role]\n      ManagedPolicyName")}, "managed", "it is also there for whoever has it by stack.yaml:"),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_away_safely_stays_and_a_person_is_told(propose: Any, files: dict[str, str], kind: str, words: str) -> None:
    change = propose(files, kind, None)
    assert change.contents == {}
    assert len(change.left) == 1
    assert words in change.left[0]


def test_the_only_resource_of_a_template_stays(propose: Any) -> None:
    text = ALONE[: ALONE.index("  Role:")].replace("      ManagedPolicyName", "      Roles: [ecs-api]\n      ManagedPolicyName")
    change = propose({"stack.yaml": text}, "managed", None)
    assert change.contents == {}
    assert "only resource" in change.left[0]


def test_one_whose_arn_is_written_elsewhere_too_is_detached_and_stays_itself(propose: Any) -> None:
    elsewhere = 'data "aws_iam_policy" "b" {\n  arn = "arn:aws:iam::123456789012:policy/base"\n}\n'
    change = propose({"main.tf": MANAGED + ATTACHED + ROLE + DOCUMENT, "x/a.tf": elsewhere}, "managed", None)
    assert change.contents == {RelPath("main.tf"): (MANAGED + ROLE + DOCUMENT).encode()}
    assert "x/a.tf:2" in change.left[0]


def test_one_that_is_handed_on_to_somebody_unknown_is_detached_and_stays_itself(propose: Any) -> None:
    elsewhere = 'module "m" {\n  source = "x/y/z"\n  policies = [aws_iam_policy.p.arn]\n}\n'
    change = propose({"main.tf": MANAGED + ATTACHED + ROLE + DOCUMENT + elsewhere}, "managed", None)
    assert change.contents == {RelPath("main.tf"): (MANAGED + ROLE + DOCUMENT + elsewhere).encode()}
    assert "it is also there for whoever has it by main.tf:" in change.left[0]


def test_one_that_a_template_uses_in_another_way_is_detached_and_stays_itself(propose: Any) -> None:
    text = ALONE.replace("DependsOn: Base", "Metadata: {Uses: !Sub 'x-${Base}'}")
    change = propose({"stack.yaml": text}, "managed", None)
    assert change.contents == {RelPath("stack.yaml"): text.replace("        - !Ref Base\n", "").encode()}
    assert "only detached" in change.left[0]
