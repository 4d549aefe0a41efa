from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from setsquare.adapters.event_stream import EventDecoder, ServerEvent

RAW = b"\xef\xbb\xbf: c\r\nevent: a\rdata:1\ndata: \xc3\xbc\r\n\r\nid: 3\n\ndata\n\ndata: last\r\rdata: unfinished\n"
EVENTS = (ServerEvent("a", b"1\n\xc3\xbc"), ServerEvent("", b""), ServerEvent("", b"last"))


@given(st.lists(st.integers(0, len(RAW)), max_size=30))
def test_events_do_not_depend_on_how_bytes_are_cut(cuts: list[int]) -> None:
    places = sorted({0, len(RAW), *cuts})
    decoder = EventDecoder()
    found = [event for start, end in itertools.pairwise(places) for event in decoder.feed(RAW[start:end])]
    assert tuple(found) == EVENTS


@given(st.binary(max_size=200), st.integers(0, 200))
def test_any_bytes_are_taken(raw: bytes, cut: int) -> None:
    decoder, whole = EventDecoder(), EventDecoder()
    assert decoder.feed(raw[:cut]) + decoder.feed(raw[cut:]) == whole.feed(raw)
    assert decoder.pending_bytes <= len(raw) + 1


def test_pending_bytes_count_many_data_lines() -> None:
    decoder = EventDecoder()
    decoder.feed(b"data: x\n" * 1000)
    assert decoder.pending_bytes == 2000
