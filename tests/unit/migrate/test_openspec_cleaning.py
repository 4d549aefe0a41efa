"""What becomes of OpenSpec's old files, and the text of `project.md` in `config.yaml`."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from setsquare.migrate.openspec_cleaning import Fate, config_with_context, legacy_files, without_blocks
from setsquare.text.paths import RelPath

BLOCK = "<!-- OPENSPEC:START -->\nold\n<!-- OPENSPEC:END -->\n"
LINES = st.lists(st.sampled_from(["# A", "", "  indented", "\ttab", "a: b # c", "- x", "---", "...", "'q", "%TAG", "名"]), max_size=8)


@given(LINES)
def test_the_context_holds_every_line(lines: list[str]) -> None:
    text = "\n".join(lines)
    config = config_with_context("schema: mine # kept\n", text)
    if config is None:
        assert not text.strip() or "\t" in text
        return
    assert config.startswith("schema: mine # kept\n")
    read = yaml.safe_load(config)
    assert read["schema"] == "mine"
    assert [line.rstrip() for line in read["context"].split("\n") if line.strip()] == [line.rstrip() for line in lines if line.strip()]


@pytest.mark.parametrize("config", ["context: mine\n", "context:\n", "- a list\n", "{broken\n"])
def test_a_config_that_has_a_context_or_cannot_be_read_stays(config: str) -> None:
    assert config_with_context(config, "# Project\n") is None


def test_a_text_that_is_too_long_stays() -> None:
    assert config_with_context(None, "x" * 51_201) is None
    assert config_with_context(None, "x" * 51_200) is not None


# req: openspec-interop/5.2
def test_one_mark_alone_takes_nothing_with_it() -> None:
    raw = b"mine\n<!-- OPENSPEC:START -->\nmine, too\n"
    [file] = legacy_files({RelPath("CLAUDE.md"): raw})
    assert (file.fate, file.new, "line 2" in file.why) == (Fate.KEPT, None, True)


def test_marks_in_a_line_are_text() -> None:
    text = "see `<!-- OPENSPEC:START -->` and `<!-- OPENSPEC:END -->`\n"
    assert without_blocks(text) == (text, ())


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_every_block_goes_and_every_other_line_stays(end: str) -> None:
    text = f"a\n\n{BLOCK}\nb\n{BLOCK}c".replace("\n", end)
    kept, blocks = without_blocks(text)
    assert kept == "a\n\nb\nc".replace("\n", end)
    assert [line for line, _ in blocks] == [3, 8]
