"""Whether a role is still the one that is meant."""

from __future__ import annotations

import msgspec
import pytest

from setsquare.powers.iam.usage.events import Log
from setsquare.powers.iam.usage.folding import fold
from setsquare.powers.iam.usage.model import Coverage, Namesake, Outcome, Principal, RoleChange, Usage, Use, Window
from setsquare.powers.iam.usage.remaking import changes_in, changes_of, namesakes_of, remade, since

WINDOW = Window("2026-01-01", "2026-12-31")
ARN = "arn:aws:iam::111122223333:role/app"


def use(unique: str, first: str, last: str = "") -> Use:
    last = last or first
    return Use(
        principal=Principal("role", ARN, unique),
        source="ec2.amazonaws.com",
        event="DescribeInstances",
        resource="*",
        outcome=Outcome.USED,
        day=last,
        count=1,
        first=f"{first}T00:00:00Z",
        last=f"{last}T00:00:00Z",
    )


def usage(*uses: Use, unique: str = "AROA1", namesakes: tuple[Namesake, ...] = (), changes: tuple[RoleChange, ...] = ()) -> Usage:
    principal = Principal("role", ARN, unique)
    return Usage(principal=principal, window=WINDOW, uses=uses, coverage=Coverage(), namesakes=namesakes, changes=changes)


def made(day: str) -> RoleChange:
    return RoleChange("app", "111122223333", f"{day}T00:00:00Z", is_made=True)


def deleted(day: str) -> RoleChange:
    return RoleChange("app", "111122223333", f"{day}T00:00:00Z", is_made=False)


def test_one_role_of_one_id_is_the_one_that_is_meant() -> None:
    assert list(remade(usage(use("AROA1", "2026-02-01")), "AROA1", "2024-01-01")) == []


def test_a_namesake_with_calls_in_the_window_is_told() -> None:
    found = usage(use("AROA1", "2026-02-01"), namesakes=(Namesake("AROA2", "2026-03-01", "2026-11-01"),))
    (told,) = remade(found, "AROA1", "2024-01-01")
    assert told == "the role was made anew under the same name: the trail also knows it as AROA2, not only as AROA1"


def test_policies_of_a_role_that_the_trail_never_saw_may_be_those_of_an_earlier_one() -> None:
    (told,) = remade(usage(namesakes=(Namesake("AROA2", "2026-03-01", "2026-11-01"),)), "AROA1", "2024-01-01")
    assert "knows it as AROA2, and never as AROA1" in told


@pytest.mark.parametrize(
    ("last", "first", "way_out"),
    [("2026-03-01", "2026-03-05", "--days 305"), ("2026-11-01", "2026-11-05", ""), ("2026-03-06", "2026-03-05", "")],
)
def test_a_window_after_the_namesakes_last_call_is_named_where_it_is_long_enough(last: str, first: str, way_out: str) -> None:
    (told,) = remade(usage(use("AROA1", first), namesakes=(Namesake("AROA2", "2026-01-01", last),)), "AROA1", "2024-01-01")
    assert way_out in told
    assert ("--days" in told) == bool(way_out)


@pytest.mark.parametrize(
    ("changes", "created", "told"),
    [
        ((deleted("2026-02-01"), made("2026-02-01")), "2024-01-01", "made the role anew on 2026-02-01"),
        ((deleted("2026-02-01"), made("2026-02-02")), "2026-02-02", ""),
        ((made("2026-02-02"), deleted("2026-05-01")), "2026-02-02", "deleted the role on 2026-05-01"),
        ((made("2025-12-31"),), "", ""),
        ((deleted("2025-12-30"), made("2025-12-31")), "", ""),
        ((made("2026-02-01"),), "", "made the role on 2026-02-01, after the window began on 2026-01-01; --days 334"),
        ((made("2026-11-01"),), "", "made the role on 2026-11-01, after the window began on 2026-01-01"),
        ((deleted("2025-12-30"),), "", "deleted the role on 2025-12-30"),
    ],
)
def test_calls_that_made_or_deleted_the_role_after_what_is_known_of_it_are_told(
    changes: tuple[RoleChange, ...], created: str, told: str
) -> None:
    found = list(remade(usage(use("AROA1", "2026-06-01"), changes=changes), "AROA1", created))
    assert len(found) == bool(told)
    assert told in " ".join(found)


def test_what_is_no_day_names_no_window() -> None:
    assert since("yesterday", "2026-12-31") == since("", "2026-12-31") == ""


def record(event: str, name: str, at: str, **fields: object) -> dict[str, object]:
    who = {
        "type": "AssumedRole",
        "sessionContext": {"sessionIssuer": {"arn": "arn:aws:iam::111122223333:role/deploy", "principalId": "AROAD"}},
    }
    whole = {
        "userIdentity": who,
        "eventTime": at,
        "eventSource": "iam.amazonaws.com",
        "eventName": event,
        "requestParameters": {"roleName": name},
    }
    return whole | {"awsRegion": "us-east-1", "readOnly": False} | fields


def test_events_tell_which_roles_were_made_and_deleted() -> None:
    records = [
        record("DeleteRole", "a,b=c", "2026-02-01T10:00:00Z"),
        record("CreateRole", "a,b=c", "2026-02-01T10:00:05Z"),
        record("CreateRole", "other", "2026-02-01T10:00:05Z", errorCode="EntityAlreadyExists"),
        record("CreateRole", "other", "2026-02-01T10:00:05Z", errorCode="AccessDenied"),
        record("GetRole", "other", "2026-02-01T10:00:05Z", readOnly=True),
        record("CreateRole", "other", "2026-02-01T10:00:05Z", requestParameters={"roleName": 7}),
        record("CreateRole", "other", "2026-02-01T10:00:05Z", eventSource="sts.amazonaws.com"),
    ]
    log = msgspec.json.decode(msgspec.json.encode({"Records": records}), type=Log)
    assert fold(log.Records).seen.roles == (
        RoleChange("a,b=c", "111122223333", "2026-02-01T10:00:00Z", is_made=False),
        RoleChange("a,b=c", "111122223333", "2026-02-01T10:00:05Z", is_made=True),
    )


def test_of_one_second_the_making_is_the_later_one() -> None:
    same = [made("2026-02-01"), deleted("2026-02-01")]
    assert [each.is_made for each in changes_of(same, "app", "")] == [False, True]


def test_namesakes_carry_their_days() -> None:
    others = [
        usage(use("AROA2", "2026-03-01", "2026-04-01"), unique="AROA2"),
        usage(use("AROA2", "2026-02-01"), unique="AROA2"),
        usage(unique="AROA3"),
    ]
    assert namesakes_of(others) == (Namesake("AROA2", "2026-02-01", "2026-04-01"),)


def test_no_calls_make_no_changes() -> None:
    assert changes_in({Principal("role", ARN, "AROA1"): {}}) == ()
