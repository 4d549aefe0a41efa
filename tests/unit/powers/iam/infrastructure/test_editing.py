"""A narrowed policy goes back into its source, and nothing else of the file changes."""

from __future__ import annotations

import difflib
import json
import shutil
import subprocess
from pathlib import Path

import pytest
from msgspec.structs import replace

from setsquare.powers.iam.infrastructure.editing import CannotEdit, edited
from setsquare.powers.iam.infrastructure.reading import found_in, policies_in
from setsquare.powers.iam.policy.document import Effect, Policy, Statement
from setsquare.text.paths import RelPath
from setsquare.text.span import apply_edits

JSON = b"""{
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "Objects",
            "Effect": "Allow",
            "Action": [
                "s3:GetObject",
                "s3:PutObject",
                "s3:DeleteObject"
            ],
            "Resource": "arn:aws:s3:::logs/*"
        },
        {"Sid": "Queue", "Effect": "Allow", "Action": ["sqs:SendMessage", "sqs:PurgeQueue"], "Resource": "*"},
        {
            "Sid": "All",
            "Effect": "Allow",
            "Action": "dynamodb:*",
            "Resource": "*"
        }
    ]
}
"""

JSONENCODE = b"""# The service's role.
resource "aws_iam_role" "ecs" {
  name = "ecs-api"

  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ecs-tasks.amazonaws.com" } }]
  })
}

resource "aws_iam_role_policy" "ecs" {
  name = "base"
  role = aws_iam_role.ecs.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid    = "Objects"
        Effect = "Allow"
        Action = [
          "s3:GetObject",    # read
          "s3:PutObject",    # write
          "s3:DeleteObject", # never, we hope
        ]
        Resource = "arn:aws:s3:::logs/*"
      },
      { Sid = "Queue", Effect = "Allow", Action = ["sqs:SendMessage", "sqs:PurgeQueue"], Resource = "*" },
      # everything of the tables
      {
        Sid      = "All"
        Effect   = "Allow"
        Action   = "dynamodb:*"
        Resource = "*"
      }
    ]
  })
}
"""

HEREDOC = (
    b'resource "aws_iam_role_policy" "ecs" {\n  name   = "base"\n  role   = "ecs-api"\n  policy = <<-EOT\n'
    + JSON
    + b"  EOT\n}\n\n# the end\n"
)

DOCUMENT = b"""data "aws_iam_policy_document" "ecs" {
  # objects
  statement {
    sid = "Objects"
    actions = [
      "s3:GetObject",
      "s3:PutObject",
      "s3:DeleteObject",
    ]
    resources = ["arn:aws:s3:::logs/*"]
  }

  statement {
    sid       = "Queue"
    effect    = "Allow"
    actions   = ["sqs:SendMessage", "sqs:PurgeQueue"]
    resources = ["*"]
  }

  statement {
    sid       = "All"
    actions   = ["dynamodb:*"]
    resources = ["*"]
  }
}

resource "aws_iam_policy" "ecs" {
  name   = "base"
  policy = data.aws_iam_policy_document.ecs.json
}

resource "aws_iam_role_policy_attachment" "ecs" {
  role       = aws_iam_role.ecs.name
  policy_arn = aws_iam_policy.ecs.arn
}

resource "aws_iam_role" "ecs" {
  name               = "ecs-api"
  assume_role_policy = file("trust.json")
}
"""

YAML = b"""AWSTemplateFormatVersion: "2010-09-09"
Resources:
  # the role \xc3\xa9
  Ecs:
    Type: AWS::IAM::Role
    Properties:
      RoleName: ecs-api
      AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: ecs-tasks.amazonaws.com}, Action: sts:AssumeRole}]}
      Policies:
        - PolicyName: base
          PolicyDocument:
            Version: 2012-10-17
            Statement:
              # objects
              - Sid: Objects
                Effect: Allow
                Action:
                  - s3:GetObject
                  - 's3:PutObject'  # write
                  - s3:DeleteObject
                Resource: arn:aws:s3:::logs/*
              - {Sid: Queue, Effect: Allow, Action: ["sqs:SendMessage", "sqs:PurgeQueue"], Resource: "*"}

              # tables
              - Sid: All
                Effect: Allow
                Action: dynamodb:*
                Resource: "*"
  Bucket:
    Type: AWS::S3::Bucket
"""

CDK = (
    b'{"Resources": {"EcsRole": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "ecs-api"}}, "Base": {"Type": "AWS::IAM::Policy", "Properties": '
    b'{"PolicyName": "base", "Roles": [{"Ref": "EcsRole"}], "PolicyDocument": ' + JSON.strip() + b"}}}}\n"
)

QUOTED = (
    b'resource "aws_iam_role_policy" "base" {\n  name   = "base"\n  role   = "ecs-api"\n  policy = "'
    + json.dumps(json.loads(JSON)).replace("\\", "\\\\").replace('"', '\\"').encode()
    + b'"\n}\n'
)
QUOTED_LINES = (
    b'resource "aws_iam_role_policy" "base" {\n  name   = "base"\n  role   = "ecs-api"\n  policy = "'
    + JSON.decode().replace('"', '\\"').replace("\n", "\\n").encode()
    + b'"\n}\n'
)

SOURCES = {
    "json": ("iam/base.json", JSON),
    "json-crlf": ("iam/base.json", JSON.replace(b"\n", b"\r\n")),
    "json-tabs": ("iam/base.json", JSON.replace(b"    ", b"\t").rstrip()),
    "json-one-line": ("base.json", json.dumps(json.loads(JSON)).encode()),
    "jsonencode": ("main.tf", JSONENCODE),
    "jsonencode-crlf": ("main.tf", JSONENCODE.replace(b"\n", b"\r\n")),
    "heredoc": ("main.tf", HEREDOC),
    "document": ("main.tf", DOCUMENT),
    "yaml": ("stack.yaml", YAML),
    "yaml-crlf": ("stack.yml", YAML.replace(b"\n", b"\r\n")),
    "quoted": ("main.tf", QUOTED),
    "quoted-lines": ("main.tf", QUOTED_LINES),
    "cdk": ("cdk.out/App.template.json", CDK),
}


def before() -> Policy:
    """The policy as the account has it."""
    return policies_in({RelPath("a.json"): JSON})[0].policy


def with_actions(statement: Statement, *actions: str) -> Statement:
    return replace(statement, actions=actions)


def narrowings() -> dict[str, Policy]:
    """What may come of it: words out of lists, statements out, one word into several, several statements of one."""
    old = before()
    objects, queue, tables = old.statements
    return {
        "first-word": replace(old, statements=(with_actions(objects, "s3:PutObject", "s3:DeleteObject"), queue, tables)),
        "last-words": replace(old, statements=(with_actions(objects, "s3:GetObject"), with_actions(queue, "sqs:SendMessage"), tables)),
        "first-of-line": replace(old, statements=(objects, with_actions(queue, "sqs:PurgeQueue"), tables)),
        "first-statement": replace(old, statements=(queue, tables)),
        "last-statement": replace(old, statements=(objects, queue)),
        "middle-statement": replace(old, statements=(objects, tables)),
        "only-middle": replace(old, statements=(queue,)),
        "one-to-many": replace(old, statements=(objects, queue, with_actions(tables, "dynamodb:GetItem", "dynamodb:PutItem"))),
        "one-to-one": replace(old, statements=(objects, queue, with_actions(tables, "dynamodb:GetItem"))),
        "compressed": replace(old, statements=(with_actions(objects, "s3:*Object"), queue, tables)),
        "more-words": replace(
            old,
            statements=(
                with_actions(objects, "s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:GetObjectAcl", "s3:GetA"),
                queue,
                tables,
            ),
        ),
        "split": replace(
            old,
            statements=(
                objects,
                queue,
                with_actions(tables, "dynamodb:GetItem"),
                replace(tables, sid="All2", actions=("dynamodb:PutItem",), resources=("arn:aws:dynamodb:eu-west-1:111122223333:table/a",)),
            ),
        ),
        "merged": replace(
            old, statements=(with_actions(objects, "s3:GetObject"), with_actions(queue, "sqs:PurgeQueue", "dynamodb:GetItem"))
        ),
    }


def meaning(policy: Policy) -> list[tuple[object, ...]]:
    """What a policy says, whatever the order."""
    return sorted(
        (each.sid, each.effect.value, tuple(sorted(each.actions or ())), tuple(sorted(each.resources or ())), each.conditions)
        for each in policy.statements
    )


# req: iam-autopilot/6.1
@pytest.mark.parametrize("narrowing", sorted(narrowings()))
@pytest.mark.parametrize("source", sorted(SOURCES))
def test_the_edited_source_says_what_was_meant_and_other_lines_stay(source: str, narrowing: str, tmp_path: Path) -> None:
    path, raw = SOURCES[source]
    files = {RelPath(path): raw, RelPath("trust.json"): b"{}"}
    found = [each for each in policies_in(files) if not each.is_trust]
    assert [(each.owner, each.name) for each in found] == [("" if "json" in source and "encode" not in source else "ecs-api", "base")]
    after = narrowings()[narrowing]

    plan = edited(files, found[0], before(), after)

    assert not isinstance(plan, CannotEdit), plan
    new = apply_edits(raw, plan.changes[0].edits)
    again = [each for each in policies_in({**files, RelPath(path): new}) if not each.is_trust]
    assert meaning(again[0].policy) == meaning(after)
    assert raw.endswith(b"\n") == new.endswith(b"\n")
    assert (b"\r\n" in raw) == (b"\r\n" in new)
    if b"\r\n" in raw:
        assert new.count(b"\n") == new.count(b"\r\n")
    span = found[0].span
    assert new.startswith(raw[: span.start])
    assert new.endswith(raw[span.end :])
    if source == "yaml":
        assert b"# objects" in new
        assert b"# the role \xc3\xa9" in new
    if narrowing in {"first-word", "last-words", "first-statement", "last-statement", "middle-statement"} and "one-line" not in source:
        changes = [line for line in difflib.ndiff(raw.decode().splitlines(), new.decode().splitlines()) if line[0] == "+"]
        assert len(changes) <= 2, changes
    if path.endswith(".tf"):
        # Remarks stay where they stand, below each other or not; so only the source without them is still formatted.
        _terraform_agrees(tmp_path, new, is_formatted=source == "document" and narrowing != "more-words")


def _terraform_agrees(folder: Path, raw: bytes, *, is_formatted: bool) -> None:
    """The real program reads the file, and finds nothing to format, where it is installed."""
    program = shutil.which("terraform")
    if program is None:
        return
    (folder / "main.tf").write_bytes(raw)
    done = subprocess.run([program, "fmt", "-check", "-diff", "main.tf"], cwd=folder, capture_output=True, check=False)
    assert done.returncode in ({0} if is_formatted else {0, 3}), done.stdout.decode() + done.stderr.decode()


def test_unresolved_words_stay_and_are_never_judged() -> None:
    raw = b"""resource "aws_iam_role_policy" "x" {
  role = "ecs-api"
  policy = jsonencode({
    Statement = [
      { Effect = "Allow", Action = ["s3:GetObject", "s3:PutObject"], Resource = ["${aws_s3_bucket.logs.arn}/*", var.other] },
      { Effect = "Allow", Action = "sqs:*", Resource = "*" },
    ]
  })
}
"""
    files = {RelPath("a.tf"): raw}
    source = policies_in(files)[0]
    assert source.unresolved == ("${aws_s3_bucket.logs.arn}/*", "${var.other}")
    account = replace(
        source.policy,
        statements=(replace(source.policy.statements[0], resources=("arn:aws:s3:::logs/*", "arn:aws:s3:::x")), source.policy.statements[1]),
    )
    after = replace(account, statements=(replace(account.statements[0], actions=("s3:GetObject",)),))
    plan = edited(files, source, account, after)
    assert not isinstance(plan, CannotEdit), plan
    new = apply_edits(raw, plan.changes[0].edits)
    assert b'Action = ["s3:GetObject"], Resource = ["${aws_s3_bucket.logs.arn}/*", var.other]' in new
    assert b"sqs" not in new


def refused(raw: bytes, account: Policy | None = None, after: Policy | None = None, path: str = "a.tf") -> CannotEdit:
    files = {RelPath(path): raw}
    source = next(each for each in policies_in(files) if not each.is_trust)
    old = account or source.policy
    new = after or replace(
        old, statements=(replace(old.statements[0], actions=(old.statements[0].actions or ("",))[:1]), *old.statements[1:])
    )
    answer = edited(files, source, old, new)
    assert isinstance(answer, CannotEdit), answer
    return answer


def test_words_for_the_engine_where_an_edit_is_needed_are_refused_in_words() -> None:
    raw = b'resource "aws_iam_role_policy" "x" {\n  policy = jsonencode({ Statement = [{ Effect = "Allow", Action = ["s3:Get", local.more], Resource = "*" }] })\n}\n'
    answer = refused(raw)
    assert "local.more" in answer.reason
    assert answer.line == 2


def test_a_source_that_is_not_what_was_analysed_is_refused() -> None:
    other = Policy(statements=(Statement(effect=Effect.ALLOW, actions=("s3:GetObject",), resources=("*",)),))
    answer = refused(JSON, account=other, after=other, path="a.json")
    assert "not what the role has" in answer.reason


def test_nothing_left_is_refused_and_names_the_place() -> None:
    old = before()
    answer = refused(JSON, after=replace(old, statements=()), path="a.json")
    assert "no statement" in answer.reason


def test_no_change_is_an_empty_plan() -> None:
    files = {RelPath("a.json"): JSON}
    plan = edited(files, policies_in(files)[0], before(), before())
    assert not isinstance(plan, CannotEdit)
    assert plan.changes == ()


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        (b'resource "aws_iam_role_policy" "x" {' * 200, "a.tf"),
        (b"a = " + b"[" * 5000, "a.tf"),
        (b'x = "${' * 5000, "a.tf"),
        (b'{"Statement": ' * 5000, "a.json"),
        (b"Resources: &a\n  x: *a\n# AWS::IAM::Role\n", "a.yaml"),
        (b"Resources: [&a [x], " + b"&b [*a, *a, *a], " * 400 + b"] # AWS::IAM::Role", "a.yaml"),
        (b"{" * 3000 + b" AWS::IAM::Role", "a.yaml"),
        (b"\xff\xfe AWS::IAM::Role", "a.yml"),
        (b"\x00", "a.json"),
        (b'resource "aws_iam_policy" "x" { policy = <<EOT\n' + b"${" * 2000 + b"\nEOT\n}", "a.tf"),
    ],
)
def test_hostile_files_end_in_words_and_soon(raw: bytes, path: str) -> None:
    found = found_in({RelPath(path): raw})
    assert found.located == ()
    assert all(each.reason for each in found.unread)
