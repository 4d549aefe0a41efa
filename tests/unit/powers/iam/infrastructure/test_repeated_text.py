"""One text that holds for several roles is not edited for one: loops, modules, providers of several accounts; one that holds for the role alone is."""

from __future__ import annotations

from typing import Any

import pytest

from setsquare.powers.iam.infrastructure.nodes import Found
from setsquare.powers.iam.infrastructure.remembering import Known
from setsquare.powers.iam.policy.document import Policy
from setsquare.text.paths import RelPath

TEXT = """jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Sid = "A", Effect = "Allow", Action = ["s3:GetObject", "s3:PutObject"], Resource = "arn:aws:s3:::logs/*" },
      { Sid = "B", Effect = "Allow", Action = ["sqs:SendMessage", "sqs:PurgeQueue"], Resource = "*" },
    ]
  })"""
POLICY = 'resource "aws_iam_role_policy" "p" {{\n  name   = "base"\n  role   = {}\n  policy = {}\n{}}}\n'
MODULE = POLICY.format("var.role", TEXT, "")
ROLE = 'resource "aws_iam_role" "{}" {{\n  name = {}\n{}}}\n'
CALL = 'module "{}" {{\n  source = "./m"\n  role = {}\n{}}}\n'
TWO = 'resource "aws_iam_role_policy" "{0}" {{\n  provider = aws.{0}\n  name     = "base"\n  role     = "ecs-api"\n  policy   = data.aws_iam_policy_document.d.json\n}}\n'
DOCUMENT = """data "aws_iam_policy_document" "d" {
  statement {
    sid       = "A"
    actions   = ["s3:GetObject", "s3:PutObject"]
    resources = ["arn:aws:s3:::logs/*"]
  }
  statement {
    sid       = "B"
    actions   = ["sqs:SendMessage", "sqs:PurgeQueue"]
    resources = ["*"]
  }
}
"""


@pytest.fixture
def less(shares: tuple[Policy, Policy]) -> tuple[Policy, ...]:
    return (Policy(version=shares[0].version, statements=(*shares[0].statements, *shares[1].statements)),)


@pytest.mark.parametrize(
    "files",
    [
        {"main.tf": CALL.format("a", '["ecs-api", "web"][count.index]', "  count = 2\n"), "m/x.tf": MODULE},
        {"main.tf": CALL.format("a", "each.key", '  for_each = toset(["ecs-api", "web"])\n'), "m/x.tf": MODULE},
        {"main.tf": CALL.format("a", "each.key", "  for_each = var.roles\n"), "m/x.tf": MODULE},
        {"main.tf": CALL.format("a", '"ecs-api"', "  for_each = var.roles\n"), "m/x.tf": MODULE},
        {"main.tf": CALL.format("a", '"ecs-api"', "") + CALL.format("b", "var.other", ""), "m/x.tf": MODULE},
        {"main.tf": CALL.format("a", '"ecs-api"', "") + CALL.format("b", 'format("x-%s", var.other)', ""), "m/x.tf": MODULE},
        {"main.tf": "".join(CALL.format(each, '"ecs-api"', f"  providers = {{ aws = aws.{each} }}\n") for each in ("dev", "prod")), "m/x.tf": MODULE},
        {"main.tf": CALL.format("a", '"ecs-api"', ""), "o/main.tf": CALL.format("b", '"web"', "").replace("./m", "../m"), "m/x.tf": MODULE},
        {"main.tf": 'module "o" {\n  source = "./o"\n  for_each = var.x\n}\n', "o/main.tf": CALL.format("a", '"ecs-api"', "").replace("./m", "../m"), "m/x.tf": MODULE},
        {"main.tf": ROLE.format("r", '["ecs-api", "web"][count.index]', "  count = 2\n") + POLICY.format("aws_iam_role.r[count.index].id", TEXT, "  count = 2\n")},
        {"main.tf": ROLE.format("r", "each.key", '  for_each = toset(["ecs-api", "web"])\n') + POLICY.format("each.value.id", TEXT, "  for_each = aws_iam_role.r\n")},
        {"main.tf": TWO.format("dev") + TWO.format("prod") + DOCUMENT},
        {"main.tf": TWO.format("dev") + TWO.format("prod").replace("data.aws_iam_policy_document.d.json", TEXT) + DOCUMENT},
    ],
)  # fmt: skip
def test_it_is_left(propose: Any, less: tuple[Policy, ...], files: dict[str, str]) -> None:
    change = propose(files, "inline", less)
    assert change.contents == {}
    assert len(change.left) == 1


@pytest.mark.parametrize(
    "files",
    [
        {"main.tf": CALL.format("a", '"ecs-api"', ""), "m/x.tf": MODULE},
        {"main.tf": CALL.format("a", "each.key", '  for_each = toset(["ecs-api"])\n'), "m/x.tf": MODULE},
        {"main.tf": POLICY.format('"ecs-api"', TEXT, "  count = var.on ? 1 : 0\n") + "moved {\n  from = aws_iam_role_policy.p\n  to   = aws_iam_role_policy.p[0]\n}\n"},
        {"main.tf": POLICY.format('"ecs-api"', TEXT, "") + "moved {\n  from = aws_iam_role_policy.old\n  to   = aws_iam_role_policy.p\n}\n"},
    ],
)  # fmt: skip
def test_it_is_edited(propose: Any, less: tuple[Policy, ...], files: dict[str, str]) -> None:
    change = propose(files, "inline", less)
    assert change.left == ()
    path = RelPath("m/x.tf" if "m/x.tf" in files else "main.tf")
    assert change.contents == {path: files[path].replace(', "s3:PutObject"', "").encode()}


def test_a_file_is_read_once_until_it_changes() -> None:
    read: list[bytes] = []

    def reading(_: RelPath, raw: bytes) -> Found:
        read.append(raw)
        return Found()

    known = Known()
    for raw in (b"a", b"a", b"b", b"b"):
        known.file(RelPath("x.json"), raw, reading)
    assert read == [b"a", b"b"]
    assert known.blocks(RelPath("x.tf"), b"a {}\n") is known.blocks(RelPath("x.tf"), b"a {}\n")
    assert known.blocks(RelPath("x.tf"), b"b {}\n")[0].type == "b"
