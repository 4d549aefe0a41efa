"""Words that a statement takes from a local or puts together are edited where they stand, if nothing else uses them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from setsquare.powers.iam.policy.document import Policy
from setsquare.text.paths import RelPath

CODE = """data "aws_iam_policy_document" "d" {
  statement {
    sid       = "A"
    actions   = ACTIONS
    resources = ["arn:aws:s3:::logs/*"]
  }

  statement {
    sid       = "B"
    actions   = ["sqs:SendMessage", "sqs:PurgeQueue"]
    resources = ["*"]
  }
}

resource "aws_iam_role_policy" "x" {
  name   = "base"
  role   = "ecs-api"
  policy = data.aws_iam_policy_document.d.json
}
"""
LOCALS = """locals {
  objects = [
    "s3:GetObject",
    "s3:PutObject", # to write
  ]
}
"""


@pytest.fixture
def less(shares: tuple[Policy, Policy]) -> tuple[Policy, ...]:
    return (Policy(version=shares[0].version, statements=(*shares[0].statements, *shares[1].statements)),)


@pytest.mark.parametrize("actions", ["local.objects", "distinct(local.objects)", "concat(local.objects, [])", "toset(local.objects)"])
def test_a_local_that_one_statement_uses_loses_the_word(
    propose: Any, terraform: Callable[..., None], less: tuple[Policy, ...], actions: str
) -> None:
    files = {"main.tf": CODE.replace("ACTIONS", actions), "locals.tf": LOCALS}
    change = propose(files, "inline", less)
    assert change.left == ()
    assert change.contents == {RelPath("locals.tf"): LOCALS.replace('    "s3:PutObject", # to write\n', "").encode()}
    terraform(files, change.contents)


def test_each_list_loses_its_own(propose: Any, less: tuple[Policy, ...]) -> None:
    code = CODE.replace("ACTIONS", 'concat(["s3:PutObject"], local.objects)')
    change = propose({"main.tf": code + LOCALS}, "inline", less)
    text = (code + LOCALS).replace('    "s3:PutObject", # to write\n', "").replace('["s3:PutObject"]', "[]")
    assert change.contents == {RelPath("main.tf"): text.encode()}


@pytest.mark.parametrize(
    ("actions", "more", "words"),
    [
        ("local.objects", {"o.tf": 'output "o" {\n  value = local.objects\n}\n'}, "used elsewhere too"),
        ("local.objects", {"o.tf.json": '{"output": {"o": {"value": "${local.objects}"}}}'}, "used elsewhere too"),
        ("concat(local.objects, var.more)", {}, "known to the language's engine alone"),
        ("var.objects", {}, "known to the language's engine alone"),
        ("setsubtract(local.objects, [])", {}, "known to the language's engine alone"),
        ("local.missing", {}, "does not stand in this folder"),
        ("[for each in local.objects : each]", {}, "known to the language's engine alone"),
    ],
)
def test_what_others_use_or_nobody_can_read_stays(
    propose: Any, less: tuple[Policy, ...], actions: str, more: dict[str, str], words: str
) -> None:
    change = propose({"main.tf": CODE.replace("ACTIONS", actions), "locals.tf": LOCALS, **more}, "inline", less)
    assert change.contents == {}
    assert words in change.left[0]
    assert "main.tf:4 stays as it is" in change.left[0]


def test_one_that_lists_other_words_than_the_account_has_stays(propose: Any, less: tuple[Policy, ...]) -> None:
    other = LOCALS.replace("PutObject", "DeleteObject")
    change = propose({"main.tf": CODE.replace("ACTIONS", "local.objects"), "locals.tf": other}, "inline", less)
    assert change.contents == {}
    assert "is not what the account has" in change.left[0]
