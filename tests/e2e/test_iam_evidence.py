"""What shows that something was never used: quiet days, digests, a person's statement; and which account a trail is about."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.iam_local import ACCOUNT, GRANTED, LAST, ROLE, event, made_project, make_trail, on_local_files


@pytest.fixture(scope="module")
def made_trail(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_trail(tmp_path_factory.mktemp("made") / "trail")


@pytest.fixture
def project(folder: Path, made_trail: Path) -> Path:
    return made_project(folder, made_trail)


@pytest.fixture
def iam(run: Any, project: Path) -> Callable[..., Any]:
    return on_local_files(run)


def day_folder(project: Path, ago: int) -> Path:
    return project / "trail" / "AWSLogs" / ACCOUNT / "CloudTrail" / "us-east-1" / f"{LAST - timedelta(ago):%Y/%m/%d}"


def digests(project: Path, days: int = 92, without: tuple[tuple[int, int], ...] = (), region: str = "us-east-1") -> None:
    """Write the digest of every hour of the window, each with the log files of its hour; those of another region have none."""
    for ago in range(days):
        day = LAST - timedelta(ago)
        for hour in range(24):
            begin = datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
            end = begin + timedelta(hours=1)
            logs = (
                [f"{file.relative_to(project / 'trail')}" for file in day_folder(project, ago).glob("*")]
                if hour == 10 and region == "us-east-1"
                else []
            )
            told = {
                "digestStartTime": f"{begin:%Y-%m-%dT%H:%M:%SZ}",
                "digestEndTime": f"{end:%Y-%m-%dT%H:%M:%SZ}",
                "logFiles": [{"s3Object": key} for key in logs],
            }
            place = project / "trail" / "AWSLogs" / ACCOUNT / "CloudTrail-Digest" / region / f"{end:%Y/%m/%d}"
            place.mkdir(parents=True, exist_ok=True)
            if (ago, hour) not in without:
                name = f"{ACCOUNT}_CloudTrail-Digest_{region}_main_us-east-1_{end:%Y%m%dT%H%M%SZ}.json.gz"
                (place / name).write_bytes(gzip.compress(json.dumps(told).encode()))


@pytest.fixture
def quiet(project: Path) -> Path:
    """A trail in which three days have no event."""
    for ago in (20, 21, 40):
        shutil.rmtree(day_folder(project, ago))
    return project


def test_a_quiet_trail_lists_what_shows_no_use_and_claims_nothing(iam, quiet):
    text = iam("analyze", ROLE).out
    lines = text.splitlines()
    assert lines[1:4] == [
        "3 permissions used, 0 granted but never used",
        "3 permissions show no use, but the trail is not enough to call them unused (insufficient evidence)",
        "2 permissions kept, because no event of this trail could show their use",
    ]
    at = lines.index("No use seen, but the trail is not enough to call them unused")
    assert [line.split()[0] for line in lines[at + 1 : at + 4]] == ["iam:AttachRolePolicy", "ec2:StartInstances", "ec2:TerminateInstances"]
    (role,) = iam("analyze", ROLE, "--format", "json").json["roles"]
    assert (role["unjudged"], role["insufficient"], role["unobservable"], role["statement"]) == (5, 3, 2, "")
    assert {each["action"] for each in role["permissions"] if each["insufficient"]} == {
        "iam:AttachRolePolicy",
        "ec2:StartInstances",
        "ec2:TerminateInstances",
    }
    assert "shows no use, but the trail is not enough" in iam("explain", ROLE, "ec2:StartInstances").out


def test_a_person_may_state_that_the_trail_is_complete_and_it_is_recorded(run, iam, quiet):
    said = "a person stated that the trail is complete: 3 days without events count as quiet"
    text = iam("analyze", ROLE, "--trail-is-complete", "--html", "role.html").out
    assert text.splitlines()[1] == "3 permissions used, 3 granted but never used"
    assert text.count(said) == 1
    assert said in (quiet / "role.html").read_text()
    (role,) = iam("analyze", ROLE, "--trail-is-complete", "--format", "json").json["roles"]
    assert said in role["statement"]
    assert {each["confidence"] for each in role["permissions"] if each["verdict"] == "unused"} == {"medium"}
    assert any(said in note for note in iam("recommend", ROLE, "--trail-is-complete", "--format", "json").json["role"]["notes"])
    explained = iam("explain", ROLE, "ec2:StartInstances", "--trail-is-complete")
    assert (said in explained.out, "granted and never used" in explained.out) == (True, True)
    seen = run("iam", "coverage", "--trail", "trail", "--trail-is-complete", "--format", "json").json
    assert (len(seen["stated_days"]), seen["gaps"], said in seen["statement"]) == (3, [], True)


def test_a_statement_lifts_no_other_gap(iam, quiet):
    (day_folder(quiet, 3) / "broken.json.gz").write_bytes(b"\x1f\x8bnonsense")
    (role,) = iam("analyze", ROLE, "--trail-is-complete", "--format", "json").json["roles"]
    assert (role["unused"], [gap["code"] for gap in role["gaps"]]) == (0, ["unreadable-file"])
    (role,) = iam("analyze", ROLE, "--trail-is-complete", "--days", "120", "--format", "json").json["roles"]
    assert (role["unused"], [gap["code"] for gap in role["gaps"]]) == (0, ["unreadable-file", "younger-than-window"])


def test_digests_prove_the_quiet_days(run, iam, quiet):
    digests(quiet)
    (role,) = iam("analyze", ROLE, "--format", "json").json["roles"]
    assert (role["unused"], [gap["code"] for gap in role["gaps"]], role["statement"]) == (3, ["one-region"], "")
    assert role["caution"] == "low confidence in 2 of 3 removals: the trail shows no region but us-east-1"
    digests(quiet, region="eu-west-1")
    (role,) = iam("analyze", ROLE, "--format", "json").json["roles"]
    assert (role["unused"], role["gaps"], role["statement"], role["caution"]) == (3, [], "", "")
    assert role["end"] == str(LAST)
    assert "high" in {each["confidence"] for each in role["permissions"] if each["verdict"] == "unused"}
    seen = run("iam", "coverage", "--trail", "trail", "--format", "json").json
    assert (len(seen["seen_days"]), len(seen["quiet_days"]), seen["events"]) == (87, 3, 266)


def test_an_hour_without_a_digest_and_a_file_that_one_names_are_gaps(iam, quiet):
    digests(quiet, without=((21, 5),))
    (role,) = iam("analyze", ROLE, "--format", "json").json["roles"]
    assert (role["unused"], {gap["code"] for gap in role["gaps"]}) == (0, {"days-missing", "one-region"})
    assert any("us-east-1 from 2026-10-30T05:00:00Z to 2026-10-30T06:00:00Z" in gap["reason"] for gap in role["gaps"])
    digests(quiet)
    next(iter(day_folder(quiet, 7).glob("*"))).unlink()
    (role,) = iam("analyze", ROLE, "--trail-is-complete", "--format", "json").json["roles"]
    assert (role["unused"], [gap["code"] for gap in role["gaps"]]) == (0, ["files-missing"])


def test_a_reviewer_sees_low_confidence_first(iam, quiet):
    digests(quiet)
    iam("analyze", ROLE, "--html", "role.html")
    page = (quiet / "role.html").read_text()
    assert page.index("low confidence in 2 of 3 removals") < page.index("of the level permissions management never used")
    said = "! low confidence in 2 of 3 removals: the trail shows no region but us-east-1"
    for command in ("analyze", "recommend"):
        lines = iam(command, ROLE).out.splitlines()
        assert lines.index(said) < next(at for at, line in enumerate(lines) if line.startswith(("Never used", "--- a/")))


def test_a_role_of_another_id_than_the_policies_say_loses_nothing(run, iam, project):
    account = json.loads((project / "account.json").read_text())
    account["RoleDetailList"][0]["RoleId"] = "AROANOTHERID"
    (project / "account.json").write_text(json.dumps(account))
    (role,) = iam("analyze", ROLE, "--format", "json").json["roles"]
    assert (role["unused"], role["used"]) == (0, 0)
    assert any("and never as AROANOTHERID: its policies may be those of an earlier role" in note for note in role["notes"])


def test_a_name_in_two_accounts_asks_for_the_arn(run, project):
    other = f"arn:aws:iam::999988887777:role/{ROLE}"
    issuer = {"type": "Role", "principalId": "AROAOTHER", "arn": other}
    called = event(LAST, "ec2", "StartInstances", userIdentity={"type": "AssumedRole", "sessionContext": {"sessionIssuer": issuer}})
    (day_folder(project, 0) / "other.json").write_text(json.dumps({"Records": [called]}))
    (project / "policy.json").write_text(json.dumps(GRANTED))
    files = ("--trail", "trail", "--policies", "policy.json", "--format", "json")
    refused = run("iam", "analyze", ROLE, *files[:4])
    assert (refused.code, other in refused.err, "ARN" in refused.err) == (2, True, True)
    arn = f"arn:aws:iam::{ACCOUNT}:role/{ROLE}"

    def verdict(named: str) -> str:
        (role,) = run("iam", "analyze", named, *files).json["roles"]
        assert role["arn"] == named
        return next(str(each["verdict"]) for each in role["permissions"] if each["action"] == "ec2:StartInstances")

    assert (verdict(arn), verdict(other)) == ("unused", "used")
    mixed = run("iam", "analyze", other, "--trail", "trail", "--policies", "account.json")
    assert (mixed.code, arn in mixed.err) == (2, True)
