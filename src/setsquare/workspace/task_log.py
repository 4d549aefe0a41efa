"""Writes entries of the task log.

Source: Setsquare's workspace specification, section 11.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct

TASK_LOG_TITLE: Final = b"# Task log\n"


class LogEntry(Struct, frozen=True, kw_only=True):
    """What one finished task leaves in the log: `at` is UTC in ISO 8601, `summary` at most two sentences, the rest computed facts.

    `commit` is the one that the task's work stands on; its own commit holds the entry. `passed` and `failed` are `None` when the output had no counts.
    """

    at: str
    spec: str
    task: str
    summary: str
    run: str
    commit: str
    files: int
    passed: int | None
    failed: int | None
    corrections: int = 0


def log_entry(entry: LogEntry, *, is_first: bool = False) -> bytes:
    """Write one entry, after the log's title when it is the first; a summary stays one line and cannot open a heading or a list.

    >>> made = LogEntry(
    ...     at="2026-11-21T10:15:02Z", spec="login", task="3", summary="Did it.", run="01J", commit="4f2c9ab", files=1, passed=3, failed=0
    ... )
    >>> print(log_entry(made).decode(), end="")
    <BLANKLINE>
    ## 2026-11-21T10:15:02Z login 3
    Did it.
    - run: 01J | base: 4f2c9ab | files: 1 | tests: 3 passed, 0 failed | corrections: 0
    """
    tests = (
        f"{entry.passed or 0} passed, {entry.failed or 0} failed"
        if entry.passed is not None or entry.failed is not None
        else "passed, not counted"
    )
    facts = (
        f"- run: {_line(entry.run)} | base: {_line(entry.commit)} | files: {entry.files}"
        f" | tests: {tests} | corrections: {entry.corrections}"
    )
    head = f"## {_line(entry.at)} {_line(entry.spec)} {_line(entry.task)}"
    block = f"\n{head}\n{_line(entry.summary).lstrip('#-*+>|`~ ')}\n{facts}\n".encode("utf-8", "surrogateescape")
    return TASK_LOG_TITLE + block if is_first else block


def _line(text: str) -> str:
    """Make one line of a text: every run of white space and control characters is one blank."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())
