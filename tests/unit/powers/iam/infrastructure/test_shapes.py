"""Real repositories write policies in many ways: what is provable is edited in each, the rest is kept with a note, and what would change others is refused."""

from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path

import pytest
from msgspec import Struct
from msgspec.structs import replace

from setsquare.powers.iam.infrastructure.comparing import pairs_with
from setsquare.powers.iam.infrastructure.editing import CannotEdit, Edited, edited
from setsquare.powers.iam.infrastructure.finding import NotFound, source_of
from setsquare.powers.iam.infrastructure.reading import found_in
from setsquare.powers.iam.policy.document import CURRENT_VERSION, Effect, Policy, Statement
from setsquare.text.paths import RelPath

OBJECTS = Statement(effect=Effect.ALLOW, sid="A", actions=("s3:GetObject", "s3:PutObject"), resources=("arn:aws:s3:::logs/*",))
QUEUE = Statement(effect=Effect.ALLOW, sid="B", actions=("sqs:SendMessage", "sqs:PurgeQueue"), resources=("*",))
ONE_OBJECT = replace(OBJECTS, actions=("s3:GetObject",))
ONE_QUEUE = replace(QUEUE, actions=("sqs:SendMessage",))

ROLE = 'resource "aws_iam_role_policy" "x" {\n  name = "base"\n  role = "ecs-api"\n  policy = %s\n}\n'
DOCUMENT = ROLE % "data.aws_iam_policy_document.d.json"
OWN = """data "aws_iam_policy_document" "d" {
  # own
  statement {
    sid       = "A"
    actions   = ["s3:GetObject", "s3:PutObject"]
    resources = ["${var.bucket}/*"]
  }
%s}
"""
STATEMENT_B = """
  statement {
    sid       = "B"
    actions   = ["sqs:SendMessage", "sqs:PurgeQueue"]
    resources = ["*"]
  }
"""
OTHER = 'data "aws_iam_policy_document" "b" {' + STATEMENT_B + "}\n\n"
DYNAMIC = """
  dynamic "statement" {
    for_each = %s
    content {
      sid       = %s
      actions   = %s
      resources = ["*"]
    }
  }
"""
WORDS_B = '["sqs:SendMessage", "sqs:PurgeQueue"]'
MAP_B = f'{{ Sid = "B", Effect = "Allow", Action = {WORDS_B}, Resource = "*" }}'
ENCODED = """jsonencode({
    Version = "2012-10-17"
    Statement = %s
  })"""
MAP_A = """{
        Sid      = "A"
        Effect   = "Allow"
        Action   = ["s3:GetObject", "s3:PutObject"] # both
        Resource = "${var.bucket}/*"
      }"""
JSON = """{
  "Version": "2012-10-17",
  "Statement": [
    {"Sid": "A", "Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "%s"},
    {"Sid": "B", "Effect": "Allow", "Action": ["sqs:SendMessage", "sqs:PurgeQueue"], "Resource": %s}
  ]
}
"""
PLAIN = JSON % ("arn:aws:s3:::logs/*", '"*"')
FILLED = JSON % ("${bucket}/*", "${jsonencode(queues)}")
QUOTED = PLAIN.replace("\n", "").replace('"', '\\"')
MODULE = """variable "name" {}

resource "aws_iam_role_policy" "x" {
  name   = "base"
  role   = aws_iam_role.this.name
  policy = %s
}

resource "aws_iam_role" "this" {
  name = "${var.name}-api"
}
"""
CALL = 'module "%s" {\n  source = "./role"\n  name   = "%s"\n%s}\n'


STACK = """Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: ecs-api
      Policies:
        - PolicyName: base
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              - Sid: A
                Effect: Allow
                Action: [s3:GetObject, s3:PutObject] # both
                Resource: !Sub "${Bucket}/*"
%s"""


class Shape(Struct, frozen=True):
    """Files, and whether the second statement stays."""

    files: dict[str, str]
    keeps_queue: bool = False


SHAPES = {
    "quoted": Shape({"main.tf": ROLE % f'"{QUOTED}"'}),
    "quoted-with-expressions": Shape({"main.tf": ROLE % ('"' + QUOTED.replace("arn:aws:s3:::logs", '${aws_s3_bucket.b["x"].arn}') + '"')}),
    "quoted-unicode-and-line-ends": Shape({"main.tf": "# é\n" + ROLE % ('"' + PLAIN.replace("\n", "\\n").replace('"', '\\"') + '"')}),
    "heredoc": Shape({"main.tf": ROLE % f"<<EOF\n{PLAIN}EOF"}),
    "heredoc-indented-with-expressions": Shape({"main.tf": ROLE % f"<<-EOF\n{FILLED}  EOF"}),
    "document": Shape({"main.tf": OWN % STATEMENT_B + DOCUMENT}),
    "dynamic": Shape({"main.tf": OWN % (DYNAMIC % ("var.more", "statement.key", "statement.value.actions")) + DOCUMENT}, keeps_queue=True),
    "dynamic-with-iterator": Shape(
        {"main.tf": OWN % (DYNAMIC % ("var.more\n    iterator = it", "it.key", WORDS_B)) + DOCUMENT}, keeps_queue=True
    ),
    "dynamic-that-is-there-or-not": Shape({"main.tf": OWN % (DYNAMIC % ("var.on ? [1] : []", '"B"', WORDS_B)) + DOCUMENT}),
    "dynamic-condition": Shape(
        {
            "main.tf": OWN % STATEMENT_B.replace('["*"]\n', '["*"]\n    dynamic "condition" {\n      for_each = var.c\n      content {\n        test = "Bool"\n      }\n    }\n')
            + DOCUMENT
        },
        keeps_queue=True,
    ),
    "source-documents": Shape({"main.tf": OTHER + (OWN % "").replace("  # own", "  source_policy_documents = [data.aws_iam_policy_document.b.json]") + DOCUMENT}),
    "override-documents": Shape({"main.tf": OTHER + (OWN % "").replace("  # own", "  override_policy_documents = compact([data.aws_iam_policy_document.b.json, null])") + DOCUMENT}),
    "source-json": Shape({"main.tf": OTHER + (OWN % "").replace("  # own", "  source_json = data.aws_iam_policy_document.b.json") + DOCUMENT}),
    "source-file": Shape({"main.tf": (OWN % "").replace("  # own", '  source_policy_documents = [file("${path.module}/b.json")]') + DOCUMENT, "b.json": '{"Version": "2012-10-17", "Statement": {"Sid": "B", "Effect": "Allow", "Action": ["sqs:SendMessage", "sqs:PurgeQueue"], "Resource": "*"}}'}),
    "source-unknown": Shape({"main.tf": (OWN % "").replace("  # own", "  source_policy_documents = var.more") + DOCUMENT}, keeps_queue=True),
    "source-of-others-too": Shape(
        {
            "main.tf": OTHER + (OWN % "").replace("  # own", "  source_policy_documents = [data.aws_iam_policy_document.b.json]") + DOCUMENT,
            "web.tf": DOCUMENT.replace(".d.", ".b.").replace('"x"', '"y"').replace("ecs-api", "web"),
        },
        keeps_queue=True,
    ),
    "source-in-an-output": Shape(
        {
            "main.tf": OTHER
            + (OWN % "").replace("  # own", "  source_policy_documents = [data.aws_iam_policy_document.b.json]")
            + DOCUMENT
            + 'output "b" {\n  value = data.aws_iam_policy_document.b.json\n}\n'
        },
        keeps_queue=True,
    ),
    "jsonencode": Shape({"main.tf": ROLE % (ENCODED % f"[\n      {MAP_A},\n      {MAP_B},\n    ]")}),
    "concat-of-locals": Shape({"main.tf": ROLE % (ENCODED % f"concat([\n      {MAP_A},\n    ], local.more)"), "l.tf": f"locals {{\n  more = [{MAP_B}]\n}}\n"}),
    "concat-of-variables": Shape({"main.tf": ROLE % (ENCODED % f"concat([\n      {MAP_A},\n    ], var.more)")}, keeps_queue=True),
    "concat-of-a-loop": Shape({"main.tf": ROLE % (ENCODED % f'concat([\n      {MAP_A},\n    ], [for q in var.q : {{ Effect = "Allow" }}])')}, keeps_queue=True),
    "flatten": Shape({"main.tf": ROLE % (ENCODED % f"flatten([[\n      {MAP_A},\n    ], local.more])"), "l.tf": f"locals {{\n  more = [{MAP_B}]\n}}\n"}),
    "statement-in-a-local": Shape({"main.tf": ROLE % (ENCODED % f"[\n      {MAP_A},\n      local.b,\n    ]"), "l.tf": f"locals {{\n  b = {MAP_B}\n}}\n"}),
    "statement-or-not": Shape({"main.tf": ROLE % (ENCODED % f"[\n      {MAP_A},\n      var.on ? {MAP_B} : null,\n    ]")}, keeps_queue=True),
    "merge": Shape({"main.tf": ROLE % f"jsonencode(merge(local.head, {{\n    Statement = [\n      {MAP_A},\n      {MAP_B},\n    ]\n  }}))", "l.tf": 'locals {\n  head = { Version = "2012-10-17" }\n}\n'}),
    "object-in-a-local": Shape({"main.tf": ROLE % "jsonencode(local.p)", "l.tf": f'locals {{\n  p = {{\n    Version = "2012-10-17"\n    Statement = [\n      {MAP_A},\n      {MAP_B},\n    ]\n  }}\n}}\n'}),
    "text-in-a-local": Shape({"main.tf": ROLE % "local.p", "l.tf": f"locals {{\n  p = <<EOF\n{PLAIN}EOF\n}}\n"}),
    "file": Shape({"m/main.tf": ROLE % 'file("${path.module}/p.json")', "m/p.json": PLAIN}),
    "file-in-old-quotes": Shape({"main.tf": ROLE % '"${file("${path.module}/p.json")}"', "p.json": PLAIN}),
    "document-in-old-quotes": Shape({"main.tf": OWN % STATEMENT_B + ROLE % '"${data.aws_iam_policy_document.d.json}"'}),
    "templatefile": Shape({"m/main.tf": ROLE % 'templatefile("${path.module}/p.json.tpl", { bucket = var.b, queues = [] })', "m/p.json.tpl": FILLED}),
    "templatefile-json": Shape({"m/main.tf": ROLE % 'templatefile("${path.module}/p.json", { bucket = var.b, queues = [] })', "m/p.json": FILLED}),
    "module-argument": Shape({"main.tf": OWN % STATEMENT_B + CALL % ("r", "ecs", "  policy = data.aws_iam_policy_document.d.json\n"), "role/main.tf": MODULE % "var.policy"}),
    "module-own": Shape({"main.tf": CALL % ("r", "ecs", ""), "role/main.tf": OWN % STATEMENT_B + MODULE % "data.aws_iam_policy_document.d.json"}),
    "module-output": Shape({"main.tf": 'module "p" {\n  source = "./p"\n}\n' + ROLE % "module.p.json", "p/main.tf": OWN % STATEMENT_B + 'output "json" {\n  value = data.aws_iam_policy_document.d.json\n}\n'}),
    "module-elsewhere": Shape({"main.tf": OWN % STATEMENT_B + 'module "p" {\n  source = "terraform-aws-modules/iam/aws//modules/iam-policy"\n  name   = "base"\n  policy = data.aws_iam_policy_document.d.json\n}\n'}),
    "loop-over-policies": Shape({"main.tf": OWN % STATEMENT_B + 'resource "aws_iam_role_policy" "x" {\n  for_each = {\n    base  = data.aws_iam_policy_document.d.json\n    other = jsonencode({ Statement = [] })\n  }\n  role   = "ecs-api"\n  name   = each.key\n  policy = each.value\n}\n'}),
    "loop-of-one": Shape({"main.tf": OWN % STATEMENT_B + DOCUMENT.replace('  name = "base"\n  role = "ecs-api"', '  for_each = toset(["ecs-api"])\n  name = "base"\n  role = each.key')}),
    "created-or-not": Shape({"main.tf": (OWN % STATEMENT_B).replace("  # own", "  count = var.on ? 1 : 0") + DOCUMENT.replace("  name", "  count = var.on && var.a ? 1 : 0\n  name").replace(".d.", ".d[0].")}),
    "cloudformation-statement-or-not": Shape({"t.yaml": STACK % """              - !If
                - HasQueue
                # the queue
                - Sid: B
                  Effect: Allow
                  Action: [sqs:SendMessage, sqs:PurgeQueue]
                  Resource: "*"
                - !Ref AWS::NoValue
"""}),
    "cloudformation-one-of-two": Shape({"t.yaml": STACK % """              - !If [HasQueue, {Sid: B, Effect: Allow, Action: [sqs:SendMessage, sqs:PurgeQueue], Resource: "*"}, {Sid: C, Effect: Deny, Action: "*", Resource: "*"}]
"""}, keeps_queue=True),
}  # fmt: skip


def policy(*statements: Statement) -> Policy:
    return Policy(version=CURRENT_VERSION, statements=tuple(replace(each, index=index) for index, each in enumerate(statements)))


def files_of(shape: Shape) -> dict[RelPath, bytes]:
    return {RelPath(path): text.encode() for path, text in shape.files.items()}


def narrowed(files: dict[RelPath, bytes], account: Policy, after: Policy) -> Edited | CannotEdit | NotFound:
    found = found_in(files)
    located = source_of(found, "ecs-api", "base", account)
    return located if isinstance(located, NotFound) else edited(files, located.source, account, after, found)


def ordered(name: str, *statements: Statement) -> Policy:
    """Documents that are taken in as sources come first."""
    return policy(*(reversed(statements) if name.startswith("source") else statements))


# req: iam-autopilot/6.1
@pytest.mark.parametrize("crlf", [False, True])
@pytest.mark.parametrize("name", sorted(SHAPES))
def test_what_is_provable_is_edited_and_nothing_else_changes(name: str, tmp_path: Path, *, crlf: bool) -> None:
    shape = SHAPES[name]
    files = {path: raw.replace(b"\n", b"\r\n") if crlf else raw for path, raw in files_of(shape).items()}
    account, after = ordered(name, OBJECTS, QUEUE), ordered(name, ONE_OBJECT, ONE_QUEUE)

    plan = narrowed(files, account, after)

    assert isinstance(plan, Edited), plan
    assert bool(plan.notes) == shape.keeps_queue, plan.notes
    assert plan.after == (ordered(name, ONE_OBJECT, QUEUE) if shape.keeps_queue else after)
    now = {**files, **{change.path: change.applied(files[change.path]) for change in plan.changes}}
    # Nothing but the two words goes, with the comma before each.
    for word in (b"s3:PutObject",) if shape.keeps_queue else (b"s3:PutObject", b"sqs:PurgeQueue"):
        assert not any(word in raw for raw in now.values()), word
    for path, raw in now.items():
        assert squeezed(raw) == squeezed(files[path], is_cut=True, keeps_queue=shape.keeps_queue), path
    located = source_of(found_in(now), "ecs-api", "base", plan.after)
    assert not isinstance(located, NotFound)
    assert not isinstance(pairs_with(located, plan.after), str)
    formatted(tmp_path, now)


def squeezed(raw: bytes, *, is_cut: bool = False, keeps_queue: bool = False) -> bytes:
    text = raw.replace(b'\\"', b'"').replace(b'"', b"").replace(b"'", b"")
    if is_cut:
        text = text.replace(b", s3:PutObject", b"").replace(b", sqs:PurgeQueue", b", sqs:PurgeQueue" if keeps_queue else b"")
    return text


def formatted(folder: Path, files: dict[RelPath, bytes]) -> None:
    """The real program can read the code, where it is installed."""
    program = shutil.which("terraform")
    for number, (path, raw) in enumerate(sorted(files.items())):
        if program is not None and path.endswith(".tf"):
            (folder / f"{number}.tf").write_bytes(raw)
            done = subprocess.run([program, "fmt", "-check", f"{number}.tf"], cwd=folder, capture_output=True, check=False)
            assert done.returncode in {0, 3}, done.stderr.decode()


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"main.tf": CALL % ("r", "ecs", "") + CALL % ("s", "web", ""), "role/main.tf": OWN % STATEMENT_B + MODULE % "data.aws_iam_policy_document.d.json"}, "web-api"),
        ({"main.tf": OWN % STATEMENT_B + DOCUMENT.replace('"ecs-api"', "each.key").replace("  name", '  for_each = toset(["ecs-api", "ecs-web"])\n  name')}, "ecs-web"),
        ({"main.tf": OWN % STATEMENT_B + DOCUMENT.replace('"ecs-api"', '"ecs-${each.key}"').replace("  name", "  for_each = var.roles\n  name")}, "loop"),
        ({"main.tf": OWN % STATEMENT_B + DOCUMENT.replace('"ecs-api"', '"ecs-${count.index}"').replace("  name", "  count = 3\n  name")}, "loop"),
        ({"main.tf": OWN % STATEMENT_B + DOCUMENT + 'resource "aws_kms_key" "k" {\n  policy = data.aws_iam_policy_document.d.json\n}\n'}, "takes them in too"),
        ({"main.tf": ROLE % f"<<EOF\n{JSON % ('*', '%{ if x }')}EOF"}, "conditions or loops"),
        ({"main.tf": ROLE % "var.policy"}, "elsewhere"),
        ({"main.tf": 'module "p" {\n  source = "./p"\n}\n' + ROLE % "module.p.json", "p/main.tf": OWN % STATEMENT_B + 'output "json" {\n  value = data.aws_iam_policy_document.d.json\n}\n', "k.tf": 'resource "aws_kms_key" "k" {\n  policy = module.p.json\n}\n'}, "k.tf:2"),
        ({"main.tf": ROLE % "jsonencode(merge({ Statement = [] }, var.more))"}, "put together"),
        ({"main.tf": ROLE % 'file("${path.module}/p.json")', "p.json": PLAIN, "s3.tf": 'resource "aws_s3_object" "o" {\n  source = "${path.module}/p.json"\n}\n'}, "s3.tf:2"),
    ],
)  # fmt: skip
def test_what_would_change_others_or_cannot_be_judged_is_refused_in_words(files: dict[str, str], words: str) -> None:
    plan = narrowed({RelPath(path): text.encode() for path, text in files.items()}, policy(OBJECTS, QUEUE), policy(ONE_OBJECT, ONE_QUEUE))
    said = f"{plan.reason} {' '.join(plan.places)}" if isinstance(plan, NotFound) else plan.reason if isinstance(plan, CannotEdit) else ""
    assert words in said, plan


def test_a_statement_that_the_engine_makes_is_not_taken_for_a_written_one() -> None:
    # What stands in a loop may be the same words: then it cannot be told which of the two is written there.
    files = {
        RelPath("main.tf"): (OWN % (DYNAMIC % ("var.more", "statement.key", "statement.value")))
        .replace('"A"', "var.sid")
        .replace('["*"]', "statement.value")
        .encode()
        + DOCUMENT.encode()
    }
    twice = policy(OBJECTS, replace(OBJECTS, sid="C", resources=("arn:aws:s3:::x/*",)))
    plan = narrowed(files, twice, policy(ONE_OBJECT))
    assert isinstance(plan, NotFound)
    assert "more than one statement" in plan.reason


def test_a_statement_that_replaces_another_of_its_sid_is_not_taken_away() -> None:
    override = (
        OTHER.replace('"B"', '"A"')
        + (OWN % STATEMENT_B).replace("  # own", "  override_policy_documents = [data.aws_iam_policy_document.b.json]")
        + DOCUMENT
    ).encode()
    account = policy(replace(QUEUE, sid="A"), QUEUE)
    plan = narrowed({RelPath("main.tf"): override}, account, policy(ONE_QUEUE))
    assert isinstance(plan, Edited), plan
    assert "same Sid" in plan.notes[0]
    assert [each.sid for each in plan.after.statements] == ["A", "B"]


def test_a_kept_statement_holds_what_was_meant_for_it_or_nothing_is_edited() -> None:
    more = MAP_A.replace('"A"', '"C"').replace("s3:", "sns:")
    files = {RelPath("main.tf"): (ROLE % (ENCODED % f"concat([\n      {MAP_A},\n      {more},\n    ], var.more)")).encode()}
    topics = replace(OBJECTS, sid="C", actions=("sns:GetObject", "sns:PutObject"))
    account = policy(OBJECTS, topics, QUEUE)
    assert isinstance(narrowed(files, account, policy(ONE_OBJECT, topics, ONE_QUEUE)), Edited)
    # Joined with the words of a written statement, which would be lost if the other stayed as it is.
    plan = narrowed(files, account, policy(topics, replace(QUEUE, actions=("sqs:SendMessage", "s3:GetObject"))))
    assert isinstance(plan, CannotEdit), plan
    assert "words of another statement" in plan.reason


def test_a_statement_that_is_there_or_not_is_taken_away_with_what_decides_on_it() -> None:
    files = files_of(SHAPES["cloudformation-statement-or-not"])
    plan = narrowed(files, policy(OBJECTS, QUEUE), policy(OBJECTS))
    assert isinstance(plan, Edited), plan
    assert plan.changes[0].applied(files[RelPath("t.yaml")]) == (STACK % "").encode()
    # Where it was left out, nothing of it is looked for.
    absent = narrowed(files, policy(OBJECTS), policy(ONE_OBJECT))
    assert isinstance(absent, Edited), absent
    assert b"sqs:PurgeQueue" in absent.changes[0].applied(files[RelPath("t.yaml")])


def test_an_empty_document_of_a_joined_policy_says_nothing_more() -> None:
    files = files_of(SHAPES["source-documents"])
    plan = narrowed(files, policy(QUEUE, OBJECTS), policy(OBJECTS))
    assert isinstance(plan, Edited), plan
    now = plan.changes[0].applied(files[RelPath("main.tf")])
    assert b"sqs:" not in now
    assert b'sid       = "A"' in now


HOSTILE = {
    "documents-in-a-circle": (OWN % "").replace("  # own", "  source_policy_documents = [" + "data.aws_iam_policy_document.d.json, " * 50 + "]") + DOCUMENT,
    "documents-of-documents": "".join(
        f'data "aws_iam_policy_document" "d{level or ""}" {{\n  source_policy_documents = [{f"data.aws_iam_policy_document.d{level + 1}.json, " * 40}]\n}}\n'
        for level in range(8)
    )
    + DOCUMENT,
    "locals-in-a-circle": "locals {\n  a = local.b\n  b = local.a\n}\n" + ROLE % "local.a",
    "lists-of-lists": "locals {\n" + "".join(f"  l{level} = concat({f'local.l{level + 1}, ' * 40})\n" for level in range(9)) + "}\n" + ROLE % (ENCODED % "local.l0"),
    "merges-of-merges": "locals {\n" + "".join(f"  l{level} = merge({f'local.l{level + 1}, ' * 40})\n" for level in range(9)) + "  l9 = {}\n}\n" + ROLE % "jsonencode(local.l0)",
    "names-of-names": "locals {\n" + "".join(f'  n{level} = "{f"${{local.n{level + 1}}}" * 40}"\n' for level in range(12)) + "}\n" + (ROLE % "var.p").replace('"ecs-api"', '"x-${local.n0}"'),
    "a-module-that-calls-itself": CALL.replace("./role", "./") % ("r", "ecs", "") + ROLE % "var.p",
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_hostile_code_ends_in_words_and_soon(name: str) -> None:
    before = time.process_time()
    found = found_in({RelPath("main.tf"): HOSTILE[name].encode()})
    assert time.process_time() - before < 5
    assert found.unread
    assert all(each.reason for each in found.unread)
