from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from setsquare.agent.machine import replay
from setsquare.agent.state import Phase
from setsquare.events.entry import Entry, decode_entry, encode_entry
from setsquare.events.facts import HumanAnswered, RunParked

GOLDEN = Path(__file__).resolve().parents[2] / "golden" / "journals"


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.jsonl")), ids=lambda path: path.stem)
def test_old_journals_always_load_and_replay(path: Path):
    lines = path.read_bytes().splitlines(keepends=True)
    entries = [decode_entry(line) for line in lines]
    assert [entry.seq for entry in entries] == list(range(1, len(entries) + 1))
    state = replay(tuple(entry.event for entry in entries))
    assert state.phase is Phase.ENDED
    assert len(entries) > 50


def test_what_is_written_is_read():
    entry = Entry(seq=1, at="2026-11-21T10:15:02Z", actor="platform", event=RunParked(step=3, code="loop", reason="a\nb", hint="需求"))
    line = encode_entry(entry)
    assert line.count(b"\n") == 1
    assert decode_entry(line) == entry


@given(st.binary(max_size=80))
def test_anything_else_is_refused_with_one_kind_of_error(raw: bytes):
    try:
        decode_entry(raw)
    except msgspec.MsgspecError:
        return
    except UnicodeDecodeError:
        pytest.fail("bytes that are not UTF-8 escape the one kind of error")


@pytest.mark.parametrize("line", [b'{"seq":1}', b'{"seq":1,"at":"","actor":"","event":{"type":"future-fact"},"v":1}', b"[]"])
def test_a_fact_of_a_later_version_is_refused(line: bytes):
    with pytest.raises(msgspec.MsgspecError):
        decode_entry(line)


def test_bytes_that_are_no_text_inside_a_string_are_refused_the_same_way():
    with pytest.raises(msgspec.MsgspecError):
        decode_entry(b'{"seq":1,"at":"\xff","actor":"","event":{"type":"run-parked"},"v":1}')


def test_equal_facts_are_equal():
    assert HumanAnswered(step=1, digest="d", answer="yes", by="a") == HumanAnswered(step=1, digest="d", answer="yes", by="a")
