"""From a trail to the usage of its roles."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from setsquare.adapters.trail_folder import FolderTrail
from setsquare.adapters.usage_store import open_usage_store
from setsquare.errors import Usage
from setsquare.journeys.iam_usage import MOST_GAPS, gathered, until_now, usage_of, usage_of_role, usages
from setsquare.powers.iam.usage.covering import concerns
from setsquare.powers.iam.usage.model import Namesake, Outcome, Window

WINDOW = Window("2026-01-01", "2026-01-31")


def quiet(_line: str) -> None:
    return None


def event(role="app", unique="AROA1", day="2026-01-05", **fields):
    identity = {"type": "AssumedRole", "sessionContext": {"sessionIssuer": {"arn": f"arn:aws:iam::1:role/{role}", "principalId": unique}}}
    made = {"userIdentity": identity, "eventTime": f"{day}T00:00:00Z", "eventSource": "ec2.amazonaws.com", "eventName": "DescribeInstances"}
    return made | {"awsRegion": "us-east-1", "readOnly": True} | fields


def write(path: Path, *events) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"Records": list(events)}))


def read(trail, store, window=WINDOW):
    return gathered(FolderTrail(str(trail), store.holds, 1), store, window, quiet)


@pytest.fixture
def store(tmp_path):
    made = open_usage_store(str(tmp_path / "state"))
    yield made
    made.close()


def test_a_second_run_reads_only_what_is_new(tmp_path, store):
    trail = tmp_path / "trail"
    write(trail / "a.json", event())
    write(trail / "b.json", event(), event())
    first = read(trail, store)
    assert (first.pieces, first.fresh, first.events) == (2, 2, 3)
    (trail / "a.json").chmod(0)
    write(trail / "c.json", event())
    second = read(trail, store)
    assert (second.pieces, second.fresh, second.events) == (3, 1, 4)
    assert [use.count for use in usage_of_role(second, "app").uses] == [4]
    (trail / "b.json").unlink()
    assert [use.count for use in usage_of_role(read(trail, store), "app").uses] == [2]


def test_a_changed_piece_is_read_again_and_counted_once(tmp_path, store):
    write(tmp_path / "trail" / "a.json", event())
    read(tmp_path / "trail", store)
    write(tmp_path / "trail" / "a.json", event(), event(eventName="RunInstances"))
    assert [(use.event, use.count) for use in usage_of_role(read(tmp_path / "trail", store), "app").uses] == [
        ("DescribeInstances", 1),
        ("RunInstances", 1),
    ]


def test_a_role_made_anew_is_told_from_the_old_one(tmp_path, store):
    write(tmp_path / "a.json", event(unique="AROA1", eventName="Old"), event(unique="AROA2", eventName="New", day="2026-01-09"))
    found = read(tmp_path / "a.json", store)
    assert [usage.principal.unique_id for usage in usages(found, "app")] == ["AROA1", "AROA2"]
    assert [use.event for use in usage_of_role(found, "app", "AROA2").uses] == ["New"]
    both = usage_of_role(found, "app")
    assert ([use.event for use in both.uses], both.principal.unique_id) == (["New", "Old"], "AROA2")


# req: iam-autopilot/3.5
def test_another_role_of_the_name_is_named_with_its_days(tmp_path, store):
    write(
        tmp_path / "a.json",
        event(unique="AROA1", day="2026-01-04"),
        event(unique="AROA1", day="2026-01-06"),
        event(unique="AROA2", day="2026-01-09"),
        event(unique="AROA0", day="2025-12-31"),
        of_account("2", unique="AROA3"),
    )
    found = read(tmp_path / "a.json", store)
    for asked in ("app", "arn:aws:iam::1:role/app", "arn:aws:iam::1:role/team/app"):
        assert usage_of_role(found, asked, "AROA2").namesakes == (Namesake("AROA1", "2026-01-04", "2026-01-06"),)
    assert usage_of_role(found, "arn:aws:iam::1:role/app").namesakes == ()
    silent = usage_of_role(found, "arn:aws:iam::1:role/app", "AROA9")
    assert (silent.uses, [each.unique_id for each in silent.namesakes]) == ((), ["AROA1", "AROA2"])


def test_calls_that_made_or_deleted_the_role_are_told_of_whatever_made_them(tmp_path, store):
    change = {"eventSource": "iam.amazonaws.com", "readOnly": False}
    write(
        tmp_path / "t" / "a.json",
        event(),
        event("deploy", eventName="DeleteRole", requestParameters={"roleName": "app"}, **change),
        event("deploy", eventName="DeleteRole", requestParameters={"roleName": "other"}, **change),
    )
    write(
        tmp_path / "t" / "b.json",
        event("deploy", eventName="CreateRole", day="2026-01-07", requestParameters={"roleName": "app"}, **change),
    )
    for _run in range(2):
        found = usage_of_role(read(tmp_path / "t", store), "arn:aws:iam::1:role/team/app")
        assert [(each.at[:10], each.is_made) for each in found.changes] == [("2026-01-05", False), ("2026-01-07", True)]
    assert usage_of_role(read(tmp_path / "t", store), "arn:aws:iam::2:role/app").changes == ()


def test_rows_of_lake_that_hide_what_was_called_are_a_gap_with_its_mend(tmp_path, store):
    (tmp_path / "a.json").write_text(json.dumps({"QueryResultRows": [[{"eventName": "RunInstances"}]]}))
    gaps = read(tmp_path / "a.json", store).coverage.gaps
    assert [gap.reason for gap in gaps if gap.code == "unreadable-file"] == [
        "1 row of CloudTrail Lake without the event as a whole: save what a query for eventJson answers"
    ]


def test_names_are_matched_whole(tmp_path, store):
    write(tmp_path / "a.json", event("ecs-app"), event("my-ecs-app"), event("team/ecs-app-2"))
    found = read(tmp_path / "a.json", store)
    assert [usage.principal.arn for usage in usages(found, "ecs-app")] == ["arn:aws:iam::1:role/ecs-app"]
    assert [usage.principal.arn for usage in usages(found, "ecs-app-2")] == ["arn:aws:iam::1:role/team/ecs-app-2"]
    assert len(list(usages(found))) == 3


def test_a_role_that_did_nothing_has_an_empty_usage_with_the_coverage(tmp_path, store):
    write(tmp_path / "a.json", event())
    usage = usage_of_role(read(tmp_path / "a.json", store), "other")
    assert (usage.principal.arn, usage.uses, usage.coverage.days, usage.events) == ("other", (), ("2026-01-05",), 1)


def test_all_or_one_through_one_door(tmp_path, store):
    write(tmp_path / "a.json", event("one"), event("two"))
    trail = FolderTrail(str(tmp_path / "a.json"), store.holds, 1)
    assert [usage.principal.arn.rpartition("/")[2] for usage in usage_of(trail, store, None, WINDOW)] == ["one", "two"]
    assert [len(usage.uses) for usage in usage_of(trail, store, "two", WINDOW)] == [1]


def test_what_is_unread_and_broken_is_told(tmp_path, store):
    write(tmp_path / "t" / "a.json", event(), event(userIdentity={}), event(userIdentity=None))
    (tmp_path / "t" / "b.json").write_text("{ broken")
    found = read(tmp_path / "t", store)
    assert (found.events, found.unread, sum(count for _reason, count in found.reasons)) == (3, 2, 2)
    assert "unreadable-file" in [gap.code for gap in found.coverage.gaps]
    again = read(tmp_path / "t", store)
    assert again.coverage == found.coverage


def test_many_broken_pieces_are_counted_not_listed(tmp_path, store):
    (tmp_path / "t").mkdir()
    for at in range(MOST_GAPS + 20):
        (tmp_path / "t" / f"{at}.json").write_text("{ broken")
    gaps = [gap for gap in read(tmp_path / "t", store).coverage.gaps if gap.code == "unreadable-file"]
    assert len(gaps) == MOST_GAPS + 1
    assert gaps[-1].reason.startswith("besides these, 20 pieces")


def test_the_answer_equals_that_of_the_generator(tmp_path, repository):
    script = repository.parent / "shared" / "peers" / "gen_cloudtrail.py"
    if not script.is_file():
        pytest.skip("the generator of trails is absent (../shared/peers)")
    trail = tmp_path / "trail"
    options = ["--per-file", "200", "--roles", "12", "--seed", "5"]
    subprocess.run([sys.executable, str(script), str(trail), "4000", *options], check=True, stdout=subprocess.DEVNULL)
    store = open_usage_store(None)
    found = gathered(FolderTrail(str(trail), store.holds, 2), store, Window("2026-05-31", "2026-09-30"), quiet)
    answer: dict[str, list[Any]] = {}
    for usage in usages(found):
        for use in usage.uses:
            if use.outcome is Outcome.USED:
                seen = answer.setdefault(f"{use.principal.arn}|{use.source}|{use.event}|{use.resource}", [0, ""])
                seen[:] = [seen[0] + use.count, max(seen[1], use.last)]
    assert answer == json.loads((tmp_path / "trail.truth.json").read_text())
    assert (found.events, found.unread) == (4000, 0)
    store.close()


def test_broken_records_lower_the_claim_and_records_of_nobody_do_not(tmp_path, store):
    write(tmp_path / "a.json", event(), event(userIdentity={}))
    write(tmp_path / "b.json", event(), 5, event(eventTime=""))
    codes = {
        name: [gap.reason for gap in read(tmp_path / name, store).coverage.gaps if gap.code == "unreadable-file"]
        for name in ("a.json", "b.json")
    }
    assert codes == {"a.json": [], "b.json": ["broken in the trail: 2 records"]}


def test_pieces_that_were_lost_meanwhile_lower_the_claim(tmp_path, store):
    write(tmp_path / "a.json", event())
    found = gathered(FolderTrail(str(tmp_path / "a.json"), lambda _identity: True, 1), store, WINDOW, quiet)
    assert [gap.reason for gap in found.coverage.gaps if gap.code == "unreadable-file"] == [
        "read before and no longer kept: 1 piece of the trail"
    ]


def of_account(account: str, role: str = "app", unique: str = "AROA1", **fields):
    issuer = {"arn": f"arn:aws:iam::{account}:role/{role}", "principalId": unique}
    return event(userIdentity={"type": "AssumedRole", "sessionContext": {"sessionIssuer": issuer}}, **fields)


def test_a_name_in_two_accounts_is_never_joined_and_its_arn_is_asked_for(tmp_path, store):
    write(tmp_path / "a.json", of_account("111111111111", eventName="One"), of_account("222222222222", unique="AROA2", eventName="Two"))
    found = read(tmp_path / "a.json", store)
    with pytest.raises(Usage) as refused:
        usage_of_role(found, "app")
    assert "arn:aws:iam::111111111111:role/app, arn:aws:iam::222222222222:role/app" in refused.value.message
    assert "arn:aws:iam::222222222222:role/app" in refused.value.hint
    assert [use.event for use in usage_of_role(found, "arn:aws:iam::111111111111:role/app").uses] == ["One"]
    assert [use.event for use in usage_of_role(found, "app", "AROA2").uses] == ["Two"]
    assert usage_of_role(found, "arn:aws:iam::333333333333:role/app").uses == ()


def test_events_that_write_a_role_without_its_path_or_with_its_id_alone_are_its_own(tmp_path, store):
    short = {"type": "AssumedRole", "arn": "arn:aws:sts::111111111111:assumed-role/app/s", "principalId": "AROA1:s"}
    write(
        tmp_path / "a.json",
        of_account("111111111111", "team/app", eventName="Whole"),
        event(userIdentity=short, eventName="Short", day="2026-01-09"),
        event(userIdentity={"type": "AssumedRole", "principalId": "AROA1:s"}, eventName="Id"),
        of_account("111111111111", "app2", eventName="Other"),
    )
    usage = usage_of_role(read(tmp_path / "a.json", store), "arn:aws:iam::111111111111:role/team/app", "AROA1")
    assert [use.event for use in usage.uses] == ["Id", "Short", "Whole"]
    assert usage.principal.arn == "arn:aws:iam::111111111111:role/team/app"


def test_events_after_a_window_that_ends_now_tell_of_a_wrong_clock(tmp_path, store):
    write(tmp_path / "trail" / "a.json", event(), event(day="2026-02-03"))
    trail = FolderTrail(str(tmp_path / "trail"), store.holds, 1)
    found = until_now(gathered(trail, store, WINDOW, quiet))
    assert [gap.reason for gap in found.coverage.gaps if gap.code == "after-window"] == [
        "the trail holds events of 1 day after 2026-01-31, such as 2026-02-03: a clock is wrong, and what they used is not counted"
    ]
    # Of a window that a person ended earlier nothing of the kind is said.
    assert "after-window" not in [gap.code for gap in read(tmp_path / "trail", store).coverage.gaps]


def numbered(*numbers: int, **fields) -> list[dict[str, Any]]:
    # As in CloudTrail, what begins an id says nothing about the event.
    return [event(eventID=hashlib.sha256(str(number).encode()).hexdigest(), **fields) for number in numbers]


# req: iam-autopilot/3.2
def test_a_file_that_was_delivered_or_exported_twice_counts_once(tmp_path, store):
    trail = tmp_path / "trail"
    write(trail / "a.json", *numbered(1, 2, 3))
    (trail / "export.jsonl").write_text("".join(json.dumps(each) + "\n" for each in numbered(3, 1, 2)))
    found = read(trail, store)
    assert (found.events, [use.count for use in usage_of_role(found, "app").uses]) == (3, [3])
    assert [gap.code for gap in found.coverage.gaps if gap.code == "counted-twice"] == []
    again = read(trail, store)
    assert (again.fresh, again.events, [use.count for use in usage_of_role(again, "app").uses]) == (0, 3, [3])
    (trail / "a.json").unlink()
    assert [use.count for use in usage_of_role(read(trail, store), "app").uses] == [3]


def test_events_without_ids_and_files_that_break_off_are_no_copies(tmp_path, store):
    trail = tmp_path / "trail"
    for name in ("a", "b"):
        write(trail / f"{name}.json", *numbered(1), event())
        (trail / f"{name}-broken.json").write_text(json.dumps({"Records": numbered(7, 8)})[:-1])
    assert read(trail, store).events == 8


def test_events_in_two_files_are_named_as_counted_twice_and_lower_no_claim(tmp_path, store):
    trail = tmp_path / "trail"
    write(trail / "AWSLogs" / "1" / "CloudTrail" / "a.json", *numbered(*range(400)))
    write(trail / "AWSLogs" / "o-abc" / "1" / "CloudTrail" / "b.json", *numbered(*range(300, 700)))
    found = read(trail, store)
    (gap,) = [gap for gap in found.coverage.gaps if gap.code == "counted-twice"]
    assert "a.json and b.json" in gap.reason
    assert concerns((gap,), "ec2", is_reading=True) is None
    write(trail / "AWSLogs" / "o-abc" / "1" / "CloudTrail" / "b.json", *numbered(*range(400, 700)))
    assert "counted-twice" not in [each.code for each in read(trail, store).coverage.gaps]
