"""The twenty findings that a person looked up: whole, still found or shown as gone, and counted on the page as they are in the file."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from bench.corpus_report import PAGE
from bench.reviews import HOW_MANY, REVIEWS, Review, Seen, choose, keys, page, reviews, seen_in

import setsquare
from setsquare.rules.registry import RULES

LEAST_RULES = LEAST_REPOSITORIES = 12
MOST_GONE = 5


@pytest.fixture(scope="module")
def standing(corpus: Path) -> set[tuple[str, str, str, int]]:
    found: set[tuple[str, str, str, int]] = set()
    for name in {review.repository for review in reviews()}:
        found |= keys(seen_in(setsquare.load(corpus / "workspaces" / name), name))
    return found


def test_the_reviews_are_of_many_rules_and_repositories() -> None:
    listed = reviews()
    assert len({review.key for review in listed}) == len(listed) == HOW_MANY
    assert len({review.code for review in listed}) >= LEAST_RULES
    assert len({review.repository for review in listed}) >= LEAST_REPOSITORIES
    assert {review.code for review in listed} <= {rule.code for rule in RULES}
    assert all(review.severity in {"error", "warning"} and review.why.endswith(".") and ". " not in review.why for review in listed)


@pytest.mark.corpus
def test_every_reviewed_line_stands_where_the_review_says(corpus: Path) -> None:
    for review in reviews():
        raw = (corpus / "workspaces" / review.repository / review.path).read_text(encoding="utf-8", errors="replace")
        assert review.text in raw.split("\n")[review.line - 1], review


@pytest.mark.corpus
def test_every_reviewed_finding_is_found_or_listed_as_gone(standing: set[tuple[str, str, str, int]], repository: Path) -> None:
    gone = [review for review in reviews() if review.key not in standing]
    assert len(gone) <= MOST_GONE, "review other findings: python -m bench.reviews"
    shown = (repository / PAGE).read_text(encoding="utf-8")
    assert page(reviews(), standing) in shown, "the page is stale: python -m bench.corpus_report --write"


def test_the_page_counts_what_the_file_holds(repository: Path) -> None:
    listed = reviews()
    counts = re.search(
        r"(\d+) findings of (\d+) rules in (\d+) repositories, .*: (\d+) right, (\d+) wrong, ", (repository / PAGE).read_text()
    )
    assert counts
    right = sum(review.right for review in listed)
    rules, repositories = {review.code for review in listed}, {review.repository for review in listed}
    assert [int(each) for each in counts.groups()] == [len(listed), len(rules), len(repositories), right, len(listed) - right]
    assert REVIEWS.read_bytes().count(b"\n") == len(listed)


def seen(code: str, severity: str, repository: str, line: int) -> Seen:
    return Seen(repository=repository, code=code, severity=severity, path="a.md", line=line, message="m", text="t")


def test_the_choice_takes_errors_first_and_spreads() -> None:
    found = [
        seen("B1", "warning", "x", 1),
        seen("B1", "warning", "y", 2),
        seen("A1", "error", "x", 3),
        seen("A1", "error", "x", 4),
        seen("A1", "error", "x", 5),
        seen("C1", "note", "z", 6),
    ]
    assert [(each.code, each.repository, each.line) for each in choose(found)] == [("A1", "x", 4), ("B1", "y", 2)]
    assert choose(reversed(found)) == choose(found)
    assert [each.code for each in choose(found, 1)] == ["A1"]


def test_a_finding_that_went_is_shown_as_gone() -> None:
    review = Review(repository="a+b", code="A1", severity="error", path="p.md", line=3, text="x | y", right=False, why="It is not.")
    assert "1 wrong, 1 no longer found" in page([review], set())
    assert "| A1 error | a/b, p.md:3 | `x \\| y` | wrong, no longer found | It is not. |" in page([review], set())
    assert "| wrong | It is not. |" in page([review], {review.key})
