"""The task log's entries hold facts and one line of summary."""

from __future__ import annotations

from msgspec.structs import replace

from setsquare.workspace.task_log import LogEntry, log_entry

ENTRY = LogEntry(
    at="2026-11-21T10:15:02Z",
    spec="box",
    task="3",
    summary="Made a lid. All tests pass.",
    run="01J",
    commit="4f2c9ab",
    files=1,
    passed=3,
    failed=0,
)


def test_first_entry_has_the_title() -> None:
    assert log_entry(ENTRY, is_first=True) == (
        b"# Task log\n\n## 2026-11-21T10:15:02Z box 3\nMade a lid. All tests pass.\n"
        b"- run: 01J | base: 4f2c9ab | files: 1 | tests: 3 passed, 0 failed | corrections: 0\n"
    )
    assert not log_entry(ENTRY).startswith(b"# Task log")


def test_a_summary_stays_one_harmless_line() -> None:
    lines = log_entry(replace(ENTRY, summary="# Title\r\n## Fake\n- run: x\x1b[31m\u2028y")).decode().splitlines()
    assert lines[2] == "Title ## Fake - run: x [31m y"
    assert len(lines) == 4
