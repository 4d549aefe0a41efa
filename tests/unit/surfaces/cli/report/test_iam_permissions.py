"""Few permissions are rows, many are what weighs and folded lists; nothing is left out, and nothing of them is markup."""

from __future__ import annotations

import re
from html import unescape

import pytest

from setsquare.surfaces.cli.iam_results import PermissionResult
from setsquare.surfaces.cli.report.iam_permissions import MOST_ROWS, kind_of, of_kept, of_unused

HOSTILE = "<img src=x>\x1b[31m"


def row(action: str, level: str = "Read", *, verdict: str = "unused", grant: str = "app#0", reason: str = "no call") -> PermissionResult:
    return PermissionResult(
        action=action,
        level=level,
        verdict=verdict,
        count=0,
        denied=0,
        last_used="",
        resources=(),
        grants=(grant,),
        confidence="high",
        layer="",
        reason=reason,
    )


def many(count: int, *, verdict: str = "unused", reason: str = "no call") -> list[PermissionResult]:
    return [row(f"ec2:Describe{index}", verdict=verdict, reason=reason) for index in range(count)]


def test_few_are_rows_with_their_evidence() -> None:
    text = of_unused([row("s3:GetObject"), row("iam:PutRolePolicy", "Permissions management")], ())
    assert text.index("iam:PutRolePolicy") < text.index("s3:GetObject")
    assert text.count("no call") == 2
    assert "<details" not in text


def test_of_many_what_weighs_is_a_row_and_all_stand_under_their_service() -> None:
    weighty = [row("iam:PutRolePolicy", "Permissions management"), row("secretsmanager:GetSecretValue")]
    text = of_unused([*many(MOST_ROWS), *weighty], ())
    top, below = text.split("All of them, by service")
    assert re.findall(r"<td[^>]*><code>([^<]*)</code></td>", top) == ["iam:PutRolePolicy", "secretsmanager:GetSecretValue"]
    assert "ec2:Describe" not in top
    assert all(f"Describe{index}" in below for index in range(MOST_ROWS))
    assert "GetSecretValue" in below
    assert below.count("<details>") == 3
    assert top.count("no call") == 1, "what all rows share is said once"


def test_evidence_that_differs_stays_with_its_names() -> None:
    text = of_unused([*many(MOST_ROWS), row("ec2:Other", reason="seen late"), row("iam:CreateUser", "Write", reason="young role")], ())
    assert "seen late" in text
    assert "young role" in text


def test_what_is_kept_is_folded_by_the_reason() -> None:
    rows = [*many(MOST_ROWS, verdict="unjudged", reason="of data"), row("s3:GetObject", verdict="unjudged", reason="other")]
    text = of_kept(rows)
    assert text.index("of data <b>(200)</b>") < text.index("other <b>(1)</b>")
    assert "<table" not in text


@pytest.mark.parametrize("count", [1, MOST_ROWS + 1])
def test_nothing_that_was_read_is_markup(count: int) -> None:
    hostile = [row(f"ec2:{HOSTILE}", reason=HOSTILE, grant=HOSTILE)] * count
    for text in (of_unused(hostile, ()), of_kept(hostile)):
        assert "<img" not in text
        assert "\x1b" not in text
        assert "<img src=x>" in unescape(text)


def test_none_is_nothing() -> None:
    assert (of_unused([], ()), of_kept([])) == ("", "")


def test_a_part_of_a_way_to_more_rights_weighs_whatever_its_level() -> None:
    assert kind_of(row("ec2:RunInstances", "Write"), frozenset({"ec2:runinstances"})) == "a part of a way to more rights"
    assert kind_of(row("ec2:RunInstances", "Write"), frozenset()) == ""
