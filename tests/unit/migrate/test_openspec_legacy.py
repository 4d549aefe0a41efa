"""What becomes of files that older versions of OpenSpec wrote."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setsquare.migrate.openspec_legacy import PLACES, is_legacy, legacy_of, without_block
from setsquare.text.paths import RelPath

START, END = b"<!-- OPENSPEC:START -->", b"<!-- OPENSPEC:END -->"
BLOCK = START + b"\nx\n" + END + b"\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"# Mine\n\n" + BLOCK + b"\nafter\n", b"# Mine\n\nafter\n"),
        (BLOCK, b""),
        (START + b"\nx\n", START + b"\nx\n"),
        (b"pre\r\n" + BLOCK.replace(b"\n", b"\r\n") + b"post\r\n", b"pre\r\npost\r\n"),
        (b"a " + START + b" x " + END + b" b\n\n\n\nq\n" + BLOCK[:-1], b"a " + START + b" x " + END + b" b\n\n\n\nq\n"),
        (START + b"\nmy text\n" + BLOCK, START + b"\nmy text\n"),
        (BLOCK + b"between\n" + BLOCK, b"between\n"),
        (b"\xef\xbb\xbfhead\n" + BLOCK, b"\xef\xbb\xbfhead\n"),
    ],
)
# req: openspec-interop/5.2
def test_only_the_marked_block_goes(before: bytes, after: bytes) -> None:
    assert without_block(before) == after


@given(st.lists(st.sampled_from([b"a\n", b"\n", START + b"\n", END + b"\n", b" " + START + b"\r\n", b"b", b"\xff\n"]), max_size=12))
def test_lines_of_a_person_outside_of_blocks_are_kept(lines: list[bytes]) -> None:
    raw = b"".join(lines)
    after = without_block(raw)
    assert without_block(after) == after
    if START not in raw or END not in raw:
        assert after == raw


# req: openspec-interop/5.2
def test_generated_commands_go_and_a_persons_own_stay() -> None:
    files = {
        RelPath(path): raw
        for path, raw in {
            ".claude/commands/openspec/apply.md": BLOCK,
            ".claude/commands/openspec/proposal.md": b"own\n",
            ".claude/commands/openspec/mine.md": BLOCK,
            ".gemini/commands/openspec/apply.toml": b'prompt = """\n' + BLOCK + b'"""\n',
            ".cursor/commands/openspec-foo.md": b"any\n",
            ".cursor/commands/other.md": b"own\n",
            ".kiro/prompts/openspec-apply.prompt.md": b"any\n",
            ".kiro/prompts/openspec-zzz.md": b"own\n",
            ".kilocode/workflows/openspec-foo.md": b"own\n",
            ".kilocode/workflows/opsx-apply.md": b"any\n",
            "openspec/AGENTS.md": b"old\n",
            "openspec/project.md": b"# Project\n",
            "AGENTS.md": BLOCK,
            "README.md": BLOCK,
        }.items()
    }
    found = legacy_of(files)
    assert set(found.removed) == {
        ".claude/commands/openspec/apply.md",
        ".gemini/commands/openspec/apply.toml",
        ".cursor/commands/openspec-foo.md",
        ".kiro/prompts/openspec-apply.prompt.md",
        ".kilocode/workflows/opsx-apply.md",
        "openspec/AGENTS.md",
    }
    assert found.stripped == ((RelPath("AGENTS.md"), b""),)
    assert found.kept == (".claude/commands/openspec/mine.md", ".claude/commands/openspec/proposal.md")
    assert found.has_project
    assert set(found.tools) == {"claude", "gemini", "cursor", "kiro", "kilocode"}
    assert all(is_legacy(path) for path in found.removed)
    assert all(path.rpartition("/")[0] in PLACES for path in found.removed if path.count("/") > 1)
    assert legacy_of({}).is_nothing
