"""What holds records: whatever it is, none is lost and none is made up."""

from __future__ import annotations

import json
from typing import Any

import pytest

from setsquare.powers.iam.usage.envelopes import NO_EVENT_JSON, NO_RECORD, read_into
from setsquare.powers.iam.usage.folding import Fold, Folded


def event(name: str = "DescribeInstances", **fields: Any) -> dict[str, Any]:
    who = {"type": "AssumedRole", "sessionContext": {"sessionIssuer": {"arn": "arn:aws:iam::1:role/app", "principalId": "AROA1"}}}
    return {"userIdentity": who, "eventTime": "2026-01-05T00:00:00Z", "eventSource": "ec2.amazonaws.com", "eventName": name} | fields


def read(raw: bytes | str) -> tuple[Folded, str]:
    fold = Fold()
    told = read_into(fold, raw.encode() if isinstance(raw, str) else raw)
    return fold.folded(), told


def file_of(*names: str) -> dict[str, Any]:
    return {"Records": [event(name) for name in names]}


@pytest.mark.parametrize("between", ["", " ", "\n", "\n\n", "\r\n", "\x1e", "\ufeff"])
@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("first", [file_of("A"), event("A"), [event("A")], {"detail": event("A")}])
def test_documents_one_after_another_are_all_read(between: str, indent: int | None, first: Any) -> None:
    found, told = read(between.join(json.dumps(each, indent=indent) for each in (first, file_of("B", "C"), event("D"))))
    assert (found.events, found.unread, told) == (4, 0, "")


def test_a_line_may_hold_several_documents() -> None:
    lines = "\n".join(json.dumps(file_of(f"A{at}")) + json.dumps(file_of(f"B{at}")) for at in range(3))
    assert (read(lines)[0].events, read(lines)[1]) == (6, "")


def test_a_stray_line_does_not_hide_the_lines_after_it() -> None:
    lines = [json.dumps(event("A")), "  stray", json.dumps(event("B")), '} {"cut', json.dumps([event("C")])]
    found, told = read("\n".join(lines))
    assert (found.events - found.unread, found.reasons, told) == (3, ((NO_RECORD, 2),), "2 of 5 lines no events")


def test_the_last_of_several_documents_may_break_off() -> None:
    whole = json.dumps(file_of("A")) + json.dumps(file_of("B", "C"))
    found, told = read(whole[:-40])
    assert (found.events, found.unread) == (2, 0)
    assert told == "it breaks off or is no JSON: 1 record before the break, after 1 whole document"


def test_what_follows_documents_and_is_none_is_told() -> None:
    found, told = read(json.dumps(file_of("A")) + json.dumps(file_of("B")) + "and more")
    assert (found.events, told) == (2, "it breaks off or is no JSON: 0 records before the break, after 2 whole documents")


@pytest.mark.parametrize(
    "raw", ['{"Records": NaN}{"Records": []}', '{"Records": [NaN]}{"a": Infinity}', "[[[[" * 5_000, '{"a":' * 5_000, "5 6", "nope"]
)
def test_what_is_no_document_ends(raw: str) -> None:
    found, told = read(raw)
    assert told or found.unread


def test_a_control_message_is_no_event() -> None:
    control = {"messageType": "CONTROL_MESSAGE", "logEvents": [{"id": "", "timestamp": 1, "message": "CWL CONTROL MESSAGE: healthy"}]}
    data = {"messageType": "DATA_MESSAGE", "logEvents": [{"id": "1", "timestamp": 1, "message": json.dumps(event())}]}
    found, told = read(json.dumps(control) + json.dumps(data))
    assert (found.events, found.unread, told) == (1, 0, "")
    alone = {"messageType": "DATA_MESSAGE", "logEvents": [{"id": "1", "timestamp": 1, "message": "no event"}]}
    assert read(json.dumps(alone))[0].reasons == ((NO_RECORD, 1),)


@pytest.mark.parametrize("column", ["eventJson", "eventjson"])
def test_saved_rows_of_lake_are_read_by_the_event_as_a_whole(column: str) -> None:
    rows = [[{"eventID": str(at)}, {column: json.dumps(event(name))}] for at, name in enumerate("AB")]
    found, told = read(json.dumps({"QueryStatus": "FINISHED", "QueryResultRows": rows}))
    assert (found.events, found.unread, told) == (2, 0, "")


def test_rows_of_other_columns_are_told_as_that() -> None:
    rows = [[{"eventName": "RunInstances"}, {"useridentity": "{type=AssumedRole}"}], [{"eventJson": None}]]
    assert read(json.dumps({"QueryResultRows": rows}))[0].reasons == ((NO_EVENT_JSON, 2),)


def test_a_word_of_the_envelopes_in_a_record_makes_it_none() -> None:
    for fields in ({"messageType": 7}, {"QueryResultRows": "x"}, {"messageType": "CONTROL"}):
        assert read(json.dumps({"Records": [event(**fields)]}))[0].unread == 0
        assert read(json.dumps(event(**fields)))[0].unread == 0
