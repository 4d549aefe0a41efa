"""A safe fix never changes what a requirement says."""

from __future__ import annotations

from setsquare.rules.finding import Finding, Fix, Severity
from setsquare.rules.fixing import meanings, mended
from setsquare.text.paths import RelPath
from setsquare.text.span import Edit, Span

PATH = RelPath(".kiro/specs/a/requirements.md")
RAW = b"### Requirement 1\n\n#### Acceptance Criteria\n\n1. THE X must go\n2. THE Y must go\n3. THE Z must stay\n"


def swap(old: bytes, new: bytes, *, nth: int = 0, is_safe: bool = True) -> Finding:
    at = -1
    for _ in range(nth + 1):
        at = RAW.index(old, at + 1)
    span = Span(at, at + len(old))
    return Finding(
        code="EARS002",
        severity=Severity.WARNING,
        path=PATH,
        span=span,
        message="m",
        fix=Fix(title="t", edits=(Edit(span, new),), is_safe=is_safe),
    )


def test_meanings_are_read() -> None:
    assert len(meanings(PATH, RAW)) == 3


def test_fixes_that_keep_the_meaning_are_made() -> None:
    done = mended(PATH, RAW, [swap(b"must", b"shall", nth=number) for number in range(3)])
    assert done.raw == RAW.replace(b"must", b"shall")
    assert done.refused == ()


def test_only_the_fix_that_changes_a_meaning_is_refused() -> None:
    wrong = swap(b"must", b"shall not", nth=1)
    done = mended(PATH, RAW, [swap(b"must", b"shall"), wrong, swap(b"must", b"shall", nth=2)])
    assert done.raw == RAW.replace(b"X must", b"X shall").replace(b"Z must", b"Z shall")
    assert done.refused == (wrong,)


def test_a_fix_that_loses_or_makes_a_criterion_is_refused() -> None:
    for new in (b"", b"2. THE Y must go\n3. THE Q must go\n"):
        done = mended(PATH, RAW, [swap(b"2. THE Y must go\n", new)])
        assert (done.raw, len(done.refused)) == (RAW, 1)


def test_unsafe_fixes_are_made_only_when_asked_for() -> None:
    unsafe = swap(b"must", b"should", is_safe=False)
    assert mended(PATH, RAW, [unsafe]).raw == RAW
    assert mended(PATH, RAW, [unsafe], is_unsafe=True).raw == RAW.replace(b"X must", b"X should")


def test_files_without_criteria_are_mended_freely() -> None:
    path = RelPath("notes.txt")
    span = Span(0, 1)
    finding = Finding(
        code="X", severity=Severity.NOTE, path=path, span=span, message="m", fix=Fix(title="t", edits=(Edit(span, b"b"),), is_safe=True)
    )
    assert mended(path, b"a", [finding]).raw == b"b"
