"""Changes of IAM in local files that grow, arrive, are half written, or are none."""

from __future__ import annotations

import gzip
import io
import json
import os
from pathlib import Path
from typing import Any

import pytest

from setsquare.adapters import change_files
from setsquare.adapters.change_files import ChangeFiles
from setsquare.adapters.feed_marks_file import FileFeedMarks
from setsquare.adapters.told_file import FileTold
from setsquare.errors import Unreadable
from setsquare.ports.change_feed import Fresh


def event(user: str, at: str = "") -> dict[str, Any]:
    return {"eventSource": "iam.amazonaws.com", "eventName": "CreateAccessKey", "eventTime": at, "requestParameters": {"userName": user}}


def line(user: str) -> str:
    return json.dumps({"detail": event(user)}) + "\n"


def users(found: Fresh) -> list[str]:
    return [change.principal for change in found.changes]


def test_of_a_file_that_grows_only_what_was_added_is_given(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    file.write_text(line("a") + "no event\n\n")
    feed = ChangeFiles(str(file))
    first = feed.fresh()
    assert (users(first), first.events, first.lines) == (["a"], 1, (2,))
    assert feed.fresh() == Fresh()
    with file.open("a") as more:
        more.write(line("b") + "x\n" + line("a"))
    second = feed.fresh()
    # The same change made again is a change; lines are counted from the beginning of the file.
    assert (users(second), second.lines) == (["b", "a"], (5,))


def test_a_line_that_is_still_being_written_counts_when_it_is_whole(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    whole = line("a") + line("b")
    file.write_text(whole[:-20])
    feed = ChangeFiles(str(file))
    first = feed.fresh()
    assert (users(first), first.lines) == (["a"], (2,))
    file.write_text(whole + line("c").rstrip("\n"))
    assert users(feed.fresh()) == ["b", "c"]
    file.write_text(whole + line("c"))
    assert feed.fresh().changes == ()


def test_a_file_that_was_written_anew_is_read_anew(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    file.write_text(line("a") + line("b"))
    feed = ChangeFiles(str(file))
    feed.fresh()
    file.write_text(line("c"))
    assert users(feed.fresh()) == ["c"]
    file.write_text(line("d") + line("e") + line("f"))
    assert users(feed.fresh()) == ["d", "e", "f"]


@pytest.mark.parametrize("indent", [None, 2])
def test_a_document_that_is_half_there_is_read_when_it_is_whole(tmp_path: Path, indent: int | None) -> None:
    text = json.dumps({"Records": [event("a"), event("b")]}, indent=indent)
    file = tmp_path / "records.json"
    feed = ChangeFiles(str(tmp_path))
    for size in (1, len(text) // 2, len(text) - 1):
        file.write_text(text[:size])
        assert feed.fresh().changes == ()
    file.write_text(text)
    assert users(feed.fresh()) == ["a", "b"]


def test_files_that_arrive_in_a_folder_are_given_by_the_time_of_their_events(tmp_path: Path) -> None:
    logs = tmp_path / "AWSLogs" / "123456789012" / "CloudTrail" / "us-east-1"
    logs.mkdir(parents=True)
    late = {"Records": [event("late", "2026-11-26T11:00:00Z"), event("last", "2026-11-26T12:00:00Z")]}
    (logs / "a.json.gz").write_bytes(gzip.compress(json.dumps(late).encode()))
    (logs / "b.json").write_text(json.dumps({"Records": [event("early", "2026-11-26T10:00:00Z"), {"eventName": "GetRole"}]}))
    (tmp_path / "CloudTrail-Digest").mkdir()
    (tmp_path / "CloudTrail-Digest" / "d.json").write_text(line("digest"))
    (tmp_path / ".hidden.json").write_text(line("hidden"))
    (tmp_path / "notes.txt").write_text(line("notes"))
    feed = ChangeFiles(str(tmp_path))
    found = feed.fresh()
    assert (users(found), found.events) == (["early", "late", "last"], 4)
    members = gzip.compress(line("one").encode()) + gzip.compress(line("two").encode())
    (logs / "c.json.gz").write_bytes(members)
    assert users(feed.fresh()) == ["one", "two"]


def test_a_damaged_file_is_named_once_and_the_rest_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.json.gz").write_bytes(gzip.compress(json.dumps({"Records": [event("a")]}).encode())[:-12])
    (tmp_path / "b.json").write_text("[]")
    (tmp_path / "c.json").write_text("words\n")
    os.mkfifo(tmp_path / "d.json")
    (tmp_path / "e.json").write_text(line("e"))
    feed = ChangeFiles(str(tmp_path))
    found = feed.fresh()
    assert users(found) == ["e"]
    said = " ".join(found.problems)
    assert "a.json.gz could not be read: its compression is damaged" in said
    assert "c.json:1 is no event" in said
    assert "d.json could not be read: it is no ordinary file" in said
    assert not any("a.json.gz" in problem for problem in feed.fresh().problems)
    (tmp_path / "a.json.gz").write_bytes(gzip.compress(json.dumps({"Records": [event("mended")]}).encode()))
    assert users(feed.fresh()) == ["mended"]


def test_what_is_too_long_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(change_files, "MOST_BYTES", 1_000)
    (tmp_path / "bomb.json.gz").write_bytes(gzip.compress(b" " * 100_000))
    (tmp_path / "long.json").write_text(" " * 1_001)
    assert [problem.partition(" ")[0] for problem in ChangeFiles(str(tmp_path)).fresh().problems] == ["bomb.json.gz", "long.json"]


def test_a_name_that_is_none_and_a_file_that_vanishes(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="nowhere"):
        ChangeFiles(str(tmp_path / "nowhere")).fresh()
    file = tmp_path / "events.jsonl"
    file.write_text(line("a"))
    feed = ChangeFiles(str(file))
    feed.fresh()
    file.unlink()
    with pytest.raises(Unreadable):
        feed.fresh()
    file.write_text(line("a") + line("b"))
    assert users(feed.fresh()) == ["b"]


def test_standard_input_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(line("a").encode())))
    feed = ChangeFiles("-")
    assert (users(feed.fresh()), feed.fresh()) == (["a"], Fresh())


def test_marks_outlive_the_process_and_a_damaged_file_only_forgets(tmp_path: Path) -> None:
    place = str(tmp_path / "state")
    FileFeedMarks(place).keep("lookup 1", "2026-11-26T10:00:00Z")
    FileFeedMarks(place).keep("lookup 2", "2026-11-27T10:00:00Z")
    assert [FileFeedMarks(place).at(f"lookup {number}") for number in (1, 2, 3)] == ["2026-11-26T10:00:00Z", "2026-11-27T10:00:00Z", ""]
    (tmp_path / "state" / "iam-feeds.json").write_text("{")
    assert FileFeedMarks(place).at("lookup 1") == ""
    FileFeedMarks(None).keep("lookup 1", "x")
    assert FileFeedMarks(None).at("lookup 1") == ""


def test_the_last_line_of_a_key_says_how_its_telling_ended(tmp_path: Path) -> None:
    told = FileTold(str(tmp_path))
    with told.alone():
        told.begin(("a", "b", "c"))
        told.remember(("a",))
        told.give_up(("b",))
    again = FileTold(str(tmp_path))
    assert (again.untold("abcd"), again.cut_off("abcd")) == (("b", "c", "d"), ("c",))
    with FileTold(None).alone():
        assert FileTold(None).cut_off("a") == ()
