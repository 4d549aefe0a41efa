"""The event history is asked in one place: paced, patient, bounded."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from setsquare.adapters.aws_history import EventHistory
from setsquare.errors import CloudBusy

botocore = pytest.importorskip("botocore.exceptions")

BEGIN, END = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 2, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def monotonic_s(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


class Client:
    """Answers from a list; a number is how often it asks to wait first."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.asked: list[dict[str, Any]] = []

    def lookup_events(self, **parameters: Any) -> Any:
        self.asked.append(parameters)
        answer = self.answers.pop(0)
        if answer == "busy":
            raise botocore.ClientError({"Error": {"Code": "ThrottlingException", "Message": "slow down"}}, "LookupEvents")
        return answer


def page(*names: str, token: str = "") -> dict[str, Any]:
    return {"Events": [{"EventId": name} for name in names], **({"NextToken": token} if token else {})}


def history(most: int = 10) -> tuple[EventHistory, Clock]:
    clock = Clock()
    # Of the access only the clock is used.
    return EventHistory(cast("Any", SimpleNamespace(clock=clock)), most), clock


def read(asked: EventHistory, client: Client, **about: Any) -> list[list[str] | None]:
    return [None if each is None else [event["EventId"] for event in each] for each in asked.pages(client, BEGIN, END, **about)]


def test_pages_follow_one_another_no_faster_than_aws_permits() -> None:
    asked, clock = history()
    client = Client(page("a", token="t"), page("b"), page("c"))
    assert read(asked, client, LookupAttributes=[1]) == [["a"], ["b"]]
    assert read(asked, client) == [["c"]]
    assert [each.get("NextToken") for each in client.asked] == [None, "t", None]
    assert client.asked[1]["LookupAttributes"] == [1]
    assert clock.slept[1:] == [0.5, 0.5]


def test_a_token_that_leads_to_itself_ends_the_reading() -> None:
    asked, _ = history()
    assert read(asked, Client(page("a", token="t"), page("b", token="t"))) == [["a"], ["b"]]


def test_what_is_not_read_is_told_where_the_calls_are_used_up() -> None:
    asked, _ = history(most=1)
    assert read(asked, Client(page("a", token="t"))) == [["a"], None]
    assert read(asked, Client()) == [None]
    asked.renew()
    assert read(asked, Client(page("b"))) == [["b"]]


def test_asked_to_wait_it_waits_longer_each_time_and_gives_up() -> None:
    asked, clock = history()
    assert read(asked, Client("busy", "busy", page("a"))) == [["a"]]
    assert [each for each in clock.slept if each >= 2] == [2.0, 4.0]
    with pytest.raises(CloudBusy):
        read(asked, Client(*["busy"] * 6))
