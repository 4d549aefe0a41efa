"""The report for people."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

import pytest

from setsquare.surfaces.cli.report.places import Report
from setsquare.surfaces.cli.report.text import text, window
from setsquare.surfaces.cli.style import width

Build = Callable[[Mapping[str, bytes]], Report]
PATH = ".kiro/specs/a/requirements.md"
HEAD = "### Requirement 1\n#### Acceptance Criteria\n"


def shown(report: Build, criterion: str) -> list[str]:
    return text(report({PATH: f"{HEAD}1. {criterion}\n".encode()})).splitlines()


# req: check/3.3
def test_a_finding_has_place_excerpt_carets_and_hint(report: Build) -> None:
    assert shown(report, "THE Store should go") == [
        f"../{PATH}",
        f'../{PATH}:3:14 error EARS002 "should" states a wish',
        "    3 | 1. THE Store should go",
        "      |              ^^^^^^",
        "      hint: say SHALL if it is required; leave the criterion out if it is not",
        "",
        "left out  ../a link: a symbolic link",
        "",
        "1 error in 1 file.",
    ]


def test_carets_stand_under_wide_characters(report: Build) -> None:
    lines = shown(report, "The 系统 and the 用户 must go")
    excerpt, carets = lines[2], lines[3]
    start = excerpt.index("must")
    assert width(carets[: carets.index("^")]) == width(excerpt[:start])
    assert carets.count("^") == 4


def test_tabs_and_control_characters_show(report: Build) -> None:
    lines = shown(report, "THE\tStore \x1b[31m\u202e should go")
    assert "\x1b" not in "".join(lines)
    assert "\u202e" not in "".join(lines)
    assert "\\x1b" in lines[2]
    assert lines[3].index("^") == lines[2].index("should")


@pytest.mark.parametrize("before", [0, 10, 200, 5000])
def test_long_lines_are_cut_around_the_place(report: Build, before: int) -> None:
    lines = shown(report, f"THE {'x' * before} Store should {'y' * 5000}")
    excerpt, carets = lines[2], lines[3]
    assert len(excerpt) < 130
    assert excerpt[carets.index("^") : carets.rindex("^") + 1] == "should"


def test_window_shows_the_end_of_an_empty_place() -> None:
    assert window(list("ab"), 2, 2) == ("ab", "  ^")
    assert window([], 0, 0) == ("", "^")


def test_colours_only_when_asked(report: Build) -> None:
    files = {PATH: f"{HEAD}1. THE X should go\n".encode()}
    assert "\x1b[" not in text(report(files))
    coloured = text(report(files), is_coloured=True)
    assert "\x1b[31merror\x1b[0m" in coloured


def test_no_findings(report: Build) -> None:
    assert text(report({PATH: b""})) == "left out  ../a link: a symbolic link\n\nNo findings in 1 file.\n"


def test_fixable_findings_are_counted(report: Build) -> None:
    assert shown(report, "THE X must go")[-1] == "1 warning in 1 file; 1 can be mended with --fix."


@pytest.mark.parametrize(
    ("path", "raw"),
    [
        (".kiro/settings/mcp.json", '{"mcpServers": {"s": {"env": {"API_KEY": "SECRET"}}}}'),
        (".kiro/settings/mcp.json", '{"mcpServers": {"s": {"env": {"API_KEY": "SECRET'),
        (".kiro/settings/mcp.json", '{"mcpServers": {"s": {"env": {"API_KEY" "SECRET"'),
        (".kiro/settings.json", '{"mcpServers": {"s": {"env": {"API_KEY": "SECRET"}}}, "agnet": 1}'),
        (".kiro/settings.json", '{"agnet": 1, "mcpServers": {"s": {"env": {"API_KEY": "SECRET"'),
        (".kiro/settings.json", '{"mcpServers": {"s": {"env": {"A": "9f86d081884c7d659a2feaa0c55ad015"}}}, "agnet": 1}'),
    ],
)
def test_a_credential_is_never_shown(report: Build, path: str, raw: str) -> None:
    secret = "q7Rt55zzPl0kWx" if "SECRET" in raw else "9f86d081884c7d659a2feaa0c55ad015"
    found = text(report({path: raw.replace("SECRET", secret).encode()}))
    assert "error" in found or "warning" in found
    assert secret[:6] not in found


def test_a_hidden_stretch_does_not_move_the_carets(report: Build) -> None:
    raw = json.dumps({"mcpServers": {"s": {"env": {"A": "9f86d081884c7d659a2feaa0c55ad015"}}}, "agnet": 1}).encode()
    lines = text(report({".kiro/settings.json": raw})).splitlines()
    carets = next(number for number, line in enumerate(lines) if "CFG001" in line) + 2
    assert lines[carets - 1][lines[carets].index("^") :].startswith('"agnet"')
