"""Comments that switch rules off: what they reach, and what is said of wrong ones."""

from __future__ import annotations

import time

import pytest

from setsquare.rules.check import check, judge
from setsquare.text.paths import RelPath
from setsquare.workspace.load import load

PATH = RelPath(".kiro/specs/a/requirements.md")
HEAD = "# Requirements Document\n\n### Requirement 1: A\n\n#### Acceptance Criteria\n\n"
OFF = "<!-- setsquare: disable=EARS002 by decision -->"


def standing(text: str, path: RelPath = PATH) -> list[str]:
    """List the words that EARS002 flags in a file."""
    raw = (HEAD + text).encode()
    return [raw[one.span.start : one.span.end].decode() for one in check(load({path: raw}), ["EARS002"])]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (f"1. THE X should go {OFF}\n2. THE Y may go\n", ["may"]),
        (f"{OFF}\n1. THE X should go\n2. THE Y may go\n", ["may"]),
        (f"{OFF}\n\n1. THE X should go\n2. THE Y may go\n", ["may"]),
        (f"1. WHEN a user pays,\n   THE X should go {OFF}\n2. THE Y may go\n", ["may"]),
        (f"1. WHEN a user pays {OFF},\n   THE X should go\n2. THE Y may go\n", ["may"]),
        ("1. THE X should go <!-- spec-lint: disable=EARS002 -->\n2. THE Y may go\n", ["may"]),
        ("1. THE X should go <!-- spec-lint:disable=ears -->\n2. THE Y may go\n", ["may"]),
        ("1. THE X should go <!--\tsetsquare : disable=modal-is-not-shall,TRC why -->\n2. THE Y may go\n", ["may"]),
        ("1. THE X should go <!-- setsquare: disable=TRC001 why -->\n2. THE Y may go\n", ["should", "may"]),
        ("1. THE X should go `<!-- setsquare: disable=EARS002 why -->`\n2. THE Y may go\n", ["should", "may"]),
        ("1. THE X should go\n2. THE Y may go\n\n<!-- setsquare: disable-file=EARS002 why -->\n", []),
        (
            "1. THE X should go\n<!-- setsquare: disable-section=EARS002\nwhy -->\n2. THE Y may go\n\n### Requirement 2: B\n\n#### Acceptance Criteria\n\n1. THE Z can go\n",
            ["can"],
        ),
        ("1. THE X should go\n~~~\n<!-- setsquare: disable-file=EARS002 why -->\n~~~\n", ["should"]),
        ("1. THE X should go <!-- setsquare: disable=EARS002 never closed\n", ["should"]),
        (f"1. THE X should go {OFF}\r\n2. THE Y may go\r\n".replace("\n", "\r\n"), ["may"]),
    ],
)
def test_what_a_comment_reaches(text: str, left: list[str]) -> None:
    assert standing(text) == left


def test_a_section_ends_at_the_next_heading_of_its_level() -> None:
    text = "1. THE X should go\n\n### Requirement 2: B\n\n<!-- setsquare: disable-section=EARS002 why -->\n\n#### Acceptance Criteria\n\n1. THE Y may go\n\n### Requirement 3: C\n\n#### Acceptance Criteria\n\n1. THE Z can go\n"
    assert standing(text) == ["should", "can"]


def test_what_is_switched_off_is_kept_with_its_reason() -> None:
    verdict = judge(load({PATH: f"{HEAD}1. THE X should go {OFF}\n".encode()}), ["EARS002"])
    assert [(off.finding.code, off.reason) for off in verdict.disabled] == [("EARS002", "by decision")]


def test_comments_cannot_silence_what_is_said_of_comments() -> None:
    raw = f"{HEAD}<!-- setsquare: disable-file=SUP,SUP001,EARS002 -->\n\n1. THE X should go\n".encode()
    assert "SUP001" in {one.code for one in check(load({PATH: raw}))}


def test_an_unused_name_is_found_only_when_asked_for() -> None:
    raw = f"{HEAD}1. THE X SHALL go {OFF}\n".encode()
    assert "SUP003" not in {one.code for one in check(load({PATH: raw}))}
    settings = {RelPath(".setsquare/check.toml"): b'[rules.SUP003]\nseverity = "warning"\n'}
    (found,) = (one for one in check(load({PATH: raw, **settings})) if one.code == "SUP003")
    assert raw[found.span.start : found.span.end] == b"EARS002"


def test_the_nearest_name_is_offered() -> None:
    raw = f"{HEAD}1. THE X SHALL go <!-- setsquare: disable=TRC0001 why -->\n".encode()
    assert 'did you mean "TRC001"?' in check(load({PATH: raw}), ["SUP002"])[0].message


@pytest.mark.parametrize(
    "text",
    ["<!-- setsquare: disable " * 60_000, ("<!-- setsquare: disable=" + "a," * 30) * 2000, "<!-- setsquare: disable=EARS002 x -->" * 3000],
)
def test_time_is_linear_in_hostile_comments(text: str) -> None:
    started = time.process_time()
    check(load({PATH: text.encode()}), ["SUP001", "SUP002"])
    assert time.process_time() - started < 5
