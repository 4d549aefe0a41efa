"""Baselines: what is known again, what is new, what is gone, and broken files."""

from __future__ import annotations

import pytest

from setsquare.rules.baseline import Baseline, compared, entries_of, read_baseline, written
from setsquare.rules.check import check
from setsquare.rules.finding import Finding, Severity
from setsquare.text.paths import RelPath
from setsquare.text.span import Span
from setsquare.workspace.load import load

PATH = RelPath(".kiro/specs/a/requirements.md")
HEAD = "# Requirements Document\n\n### Requirement 1: A\n\n#### Acceptance Criteria\n\n"
HEADER = b'{"schema":"setsquare/baseline/1"}\n'


def judged(text: str) -> tuple[tuple[Finding, ...], dict[RelPath, bytes]]:
    files = {PATH: (HEAD + text).encode()}
    return check(load(files), ["EARS002"]), files


def baseline(text: str) -> Baseline:
    return read_baseline(RelPath("b"), written(entries_of(*judged(text))))


OLD = "1. THE X should go\n2. THE Y may go\n"


@pytest.mark.parametrize(
    ("text", "new", "known", "stale"),
    [
        (OLD, 0, 2, 0),
        ("1. THE W SHALL stay\n2. THE X should go\n3. THE Y may go\n", 0, 2, 0),
        ("1. THE Y may go\n2. THE X   should go\n", 0, 2, 0),
        ("1. THE X should go\n2. THE Y may go\n3. THE Y may go\n", 1, 2, 0),
        ("1. THE X SHALL go\n2. THE Y may go\n", 0, 1, 1),
        ("1. THE X should leave\n2. THE Y may go\n", 1, 1, 1),
        ("", 0, 0, 2),
    ],
)
def test_findings_are_known_by_their_text(text: str, new: int, known: int, stale: int) -> None:
    parted = compared(*judged(text), baseline(OLD))
    assert (len(parted.new), len(parted.known), sum(entry.count for entry in parted.stale)) == (new, known, stale)


def test_duplicates_are_counted() -> None:
    twice = "1. THE X should go\n2. THE X should go\n"
    (entry,) = baseline(twice).entries
    assert entry.count == 2
    assert len(compared(*judged("1. THE X should go\n" * 3), baseline(twice)).new) == 1


def test_what_was_not_looked_for_is_not_stale() -> None:
    assert compared((), {}, baseline(OLD), lambda entry: entry.path != PATH).stale == ()


def test_a_secret_leaves_no_trace() -> None:
    findings = [
        Finding(code="MCP001", severity=Severity.ERROR, path=PATH, span=Span(0, 6), message="a credential", is_secret=True)
        for _ in range(2)
    ]
    one, two = (written(entries_of([finding], {PATH: raw})) for finding, raw in zip(findings, (b"hunter2", b"other00"), strict=True))
    assert one == two


def test_writing_is_sorted_and_merges_by_line() -> None:
    lines = written(entries_of(*judged(OLD))).splitlines()
    assert lines[1:] == sorted(lines[1:])
    merged = read_baseline(RelPath("b"), b"\n".join([*lines, *lines[1:]]))
    assert compared(*judged(OLD + "3. THE Y may go\n"), merged).new == ()


@pytest.mark.parametrize(
    ("raw", "problems"),
    [
        (b"", 0),
        (b"\n\n", 0),
        (HEADER, 0),
        (b"nonsense\n", 1),
        (b"<<<<<<< HEAD\n" + HEADER, 2),
        (HEADER + b'{"path":"a","rule":"X"}\n', 1),
        (HEADER + b'{"path":"a","rule":"X","text":"0","count":0}\n', 1),
        (HEADER + b"\xff\xfe\n[]\n", 2),
        (b'{"schema":"setsquare/baseline/99"}\n{"new":"form"}\n', 1),
        (HEADER + b"[" * 100_000, 1),
    ],
)
def test_a_broken_baseline_is_a_problem_with_its_line(raw: bytes, problems: int) -> None:
    found = read_baseline(RelPath("b"), raw)
    assert len(found.problems) == problems
    assert all(0 <= one.span.start <= one.span.end <= len(raw) for one in found.problems)
    assert found.entries == ()
