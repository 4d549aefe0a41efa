"""A list that would make its line too long is spread over lines, as the languages' own formatters have it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from msgspec.structs import replace

from setsquare.powers.iam.infrastructure.editing import CannotEdit, edited
from setsquare.powers.iam.infrastructure.reading import policies_in
from setsquare.text.paths import RelPath
from setsquare.text.span import apply_edits

MANY = tuple(f"dynamodb:{verb}{noun}" for verb in ("Get", "Put", "Update", "Delete", "Describe") for noun in ("Item", "Table"))

ENCODED = """resource "aws_iam_role_policy" "x" {
  name = "base"
  role = "ecs-api"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "All"
        Effect   = "Allow"
        %s
        Resource = "*"
      },
      { Effect = "Allow", Action = "sqs:*", Resource = "*" }
    ]
  })
}
"""
BLOCKS = """data "aws_iam_policy_document" "x" {
  statement {
    sid       = "All"
    actions   = ["dynamodb:*"]
    resources = ["*"]
  }
}

resource "aws_iam_policy" "x" {
  name   = "base"
  policy = data.aws_iam_policy_document.x.json
}
"""
NOT = """resource "aws_iam_role_policy" "x" {
  role = "ecs-api"
  policy = jsonencode({
    Statement = [
      {
        NotAction = "s3:*"
        Effect    = "Allow"
        Resource  = "*"
      }
    ]
  })
}
"""
TEXTS = {
    "word": ENCODED % 'Action   = "dynamodb:*"',
    "list": ENCODED % 'Action   = ["dynamodb:*"]',
    "blocks": BLOCKS,
    "not": NOT,
    "crlf": (ENCODED % 'Action   = "dynamodb:*"').replace("\n", "\r\n"),
}


def narrowed(raw: bytes, words: tuple[str, ...], path: str = "main.tf") -> str:
    files = {RelPath(path): raw}
    source = policies_in(files)[0]
    first, *rest = source.policy.statements
    after = replace(source.policy, statements=(replace(first, actions=words, not_actions=None), *rest))
    plan = edited(files, source, source.policy, after)
    assert not isinstance(plan, CannotEdit), plan
    new = apply_edits(raw, plan.changes[0].edits)
    assert policies_in({RelPath(path): new})[0].policy.statements[0].actions == words
    return new.decode()


def is_formatted(folder: Path, text: str) -> bool:
    program = shutil.which("terraform")
    if program is None:
        return True
    (folder / "main.tf").write_bytes(text.encode())
    done = subprocess.run([program, "fmt", "-check", "-diff", "main.tf"], cwd=folder, capture_output=True, check=False)
    assert done.returncode in {0, 3}, done.stderr
    return done.returncode == 0


# req: iam-autopilot/6.1
@pytest.mark.parametrize("words", [MANY, MANY[:2]], ids=["long", "short"])
@pytest.mark.parametrize("kind", sorted(TEXTS))
def test_what_was_formatted_stays_formatted(tmp_path: Path, kind: str, words: tuple[str, ...]) -> None:
    raw = TEXTS[kind]
    assert is_formatted(tmp_path, raw) or kind == "crlf"
    new = narrowed(raw.encode(), words)
    assert max(map(len, new.splitlines())) <= 100
    is_spread = f'\n{" " * (6 if kind == "blocks" else 10)}"dynamodb:GetItem",' in new
    assert is_spread == (words == MANY)
    assert kind == "crlf" or (kind == "not" and words != MANY) or is_formatted(tmp_path, new), new


def test_the_rows_around_are_set_anew_and_nothing_else() -> None:
    new = narrowed(TEXTS["word"].encode(), MANY)
    before, _, after = TEXTS["word"].partition('        Sid      = "All"\n        Effect   = "Allow"\n        Action   = "dynamodb:*"\n')
    words = "".join(f'          "{word}",\n' for word in MANY)
    assert new == f'{before}        Sid    = "All"\n        Effect = "Allow"\n        Action = [\n{words}        ]\n{after}'


def test_rows_that_were_not_set_below_each_other_stay_as_they_are() -> None:
    raw = TEXTS["word"].replace("Sid      =", "Sid =")
    new = narrowed(raw.encode(), MANY)
    assert '        Sid = "All"\n        Effect   = "Allow"\n        Action   = [\n' in new


def test_json_is_spread_too_and_a_line_that_was_long_stays_one() -> None:
    text = '{\n  "Statement": [\n    {\n      "Effect": "Allow",\n      "Action": ["dynamodb:*"],\n      "Resource": "*"\n    }\n  ]\n}\n'
    new = narrowed(text.encode(), MANY, "a.json")
    words = ",\n".join(f'        "{word}"' for word in MANY)
    assert f'      "Action": [\n{words}\n      ],\n' in new
    many = ", ".join(f'"{word}"' for word in (*MANY, "dynamodb:*"))
    assert narrowed(text.replace('"dynamodb:*"', many).encode(), MANY, "a.json").count("\n") == text.count("\n")
