"""The block in AGENTS.md comes and goes without a trace."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setsquare.integrations.block import DamagedBlock, FoundBlock, block_state, found_block, with_block, without_block
from setsquare.integrations.stamp import FileState

BODY = "hello\n- there\n"
PARTS = ["a", " ", "\n", "\r\n", "\r", "é", "# Title\n", "<!-- OPENSPEC:START -->\n", "<!-- OPENSPEC:END -->\n", "```\n", "\ufeff"]
FILES = st.lists(st.sampled_from(PARTS), max_size=14).map(lambda parts: "".join(parts).encode()) | st.binary(max_size=40)


@given(FILES)
def test_it_is_appended_replaced_and_taken_out_to_the_byte(raw: bytes) -> None:
    once = with_block(raw, BODY, "1.0.0")
    assert once.startswith(raw)
    again = with_block(once, "other\n", "2.0.0")
    assert again.startswith(raw)
    assert without_block(once) == without_block(again) == raw
    assert block_state(once, BODY, "1.0.0") == (FileState.CURRENT, "1.0.0")
    assert block_state(again, BODY, "3.0.0") == (FileState.OUTDATED, "2.0.0")
    assert block_state(again, BODY, "1.0.0") == (FileState.NEWER, "2.0.0")


@given(FILES, FILES)
def test_what_people_write_around_it_stays(before: bytes, after: bytes) -> None:
    raw = with_block(before + b"\n", BODY, "1.0.0")
    if isinstance(found_block(raw + after), FoundBlock):
        assert without_block(raw + after) == before + b"\n" + after


def test_a_file_that_setsquare_made_goes_with_it_unless_somebody_wrote_into_it() -> None:
    made = with_block(None, BODY, "1.0.0")
    assert without_block(made) is None
    assert without_block(b"# Mine\n\n" + made) == b"# Mine\n\n"
    assert without_block(with_block(b"", BODY, "1.0.0")) == b""


def test_line_ends_of_the_file_are_kept() -> None:
    raw = with_block(b"# A\r\n\r\ntext\r\n", BODY, "1.0.0")
    assert raw.count(b"\n") == raw.count(b"\r\n")
    assert block_state(raw.replace(b"\r\n", b"\n"), BODY, "1.0.0")[0] is FileState.CURRENT


@pytest.mark.parametrize("mark", [b"<!-- SETSQUARE:START", b"<!-- SETSQUARE:END -->"])
def test_marks_that_are_no_block_are_left_alone(mark: bytes) -> None:
    raw = with_block(b"# A\n", BODY, "1.0.0")
    for damaged in (raw.replace(mark, b"<!-- x"), raw + mark + b"\n", raw + raw, mark, raw.replace(b"digest: sha256:", b"digest: ")):
        assert isinstance(found_block(damaged), DamagedBlock)
        assert block_state(damaged, BODY, "1.0.0")[0] is FileState.FOREIGN
        assert without_block(damaged) == damaged


def test_an_edited_block_is_seen() -> None:
    assert block_state(with_block(b"", BODY, "1.0.0").replace(b"there", b"here"), BODY, "1.0.0") == (FileState.EDITED, "1.0.0")
