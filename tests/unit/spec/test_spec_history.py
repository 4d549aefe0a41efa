from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from setsquare.spec.spec_history import Happening, Kind, Status, encode_happening, history_path, read_history
from setsquare.text.paths import RelPath
from setsquare.workspace.spec import Spec


def line(day: int, kind: Kind = Kind.STATUS, **fields: object) -> bytes:
    return encode_happening(Happening(at=f"2026-01-{day:02}T00:00:00Z", by="Ada", kind=kind, **fields))  # type: ignore[arg-type]


LOG = (
    line(1, Kind.CREATED),
    line(2, status=Status.ACTIVE, owner="Ada", labels=("q1", "core")),
    line(3, Kind.VERIFIED, detail="by hand"),
    line(4, status=Status.ON_HOLD, labels=("-core",)),
    line(5, owner="Eve"),
    line(6, Kind.DRILL),
)


def test_the_lines_add_up() -> None:
    found = read_history(b"".join(LOG))
    assert (found.status, found.owner, found.labels) == (Status.ON_HOLD, "Eve", ("q1",))
    assert (found.created_at[:10], found.verified_at[:10], found.drilled_at[:10]) == ("2026-01-01", "2026-01-03", "2026-01-06")
    assert found.last_at == "2026-01-06T00:00:00Z"


def test_a_merge_in_any_order_says_the_same() -> None:
    expected = read_history(b"".join(LOG))
    for shuffled in itertools.islice(itertools.permutations(LOG), 0, None, 37):
        assert read_history(b"".join(shuffled)) == expected


def test_a_line_that_both_sides_have_counts_once() -> None:
    assert read_history(b"".join((*LOG, LOG[1]))) == read_history(b"".join(LOG))


@pytest.mark.parametrize("broken", [b"<<<<<<< HEAD\n", b"{}\n", b"\xff\n", b'{"at":"x","by":"y","kind":"exploded"}\n', LOG[0][:20] + b"\n"])
def test_broken_lines_are_reported_and_the_rest_counts(broken: bytes) -> None:
    found = read_history(LOG[0] + broken + b"".join(LOG[1:]))
    assert found.broken == (2,)
    assert found.happenings == read_history(b"".join(LOG)).happenings


def test_a_line_of_a_newer_version_is_reported() -> None:
    assert read_history(LOG[0].replace(b"}", b',"v":2}')).broken == (1,)


@given(st.binary(max_size=300))
@settings(max_examples=80, deadline=None)
def test_reading_never_raises(raw: bytes) -> None:
    read_history(raw)


@given(st.text(max_size=20), st.text(max_size=20))
@settings(max_examples=80, deadline=None)
def test_what_is_written_is_read(by: str, detail: str) -> None:
    happening = Happening(at="2026-01-01T00:00:00Z", by=by, kind=Kind.APPROVED, detail=detail)
    raw = encode_happening(happening)
    assert raw.count(b"\n") == 1
    assert len(read_history(raw).happenings) == 1


def test_bytes_that_are_no_text_are_spelled() -> None:
    raw = encode_happening(Happening(at="", by="caf\udce9", kind=Kind.CREATED))
    assert read_history(raw).happenings[0].by == "caf\\udce9"


def test_places() -> None:
    spec = Spec(name="Phase 1/login", path=RelPath("api/.kiro/specs/Phase 1/login"), root=RelPath("api/.kiro"))
    assert history_path(spec) == ".setsquare/history/api/Phase 1/login.jsonl"
