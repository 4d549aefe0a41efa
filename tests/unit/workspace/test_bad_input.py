"""Input that no person would write: loading stays total and linear, and gives every byte back."""

from __future__ import annotations

import time

import pytest

from setsquare.spec.trace import trace
from setsquare.text.paths import RelPath
from setsquare.workspace.load import load
from setsquare.workspace.model import Workspace

NAMES = ("requirements", "design", "tasks")
HEAD = b"# Requirements\n## Requirements\n### Requirement 1: A\n#### Acceptance Criteria\n- [ ] 1. x\n"


def loaded(**contents: bytes) -> Workspace:
    files = {RelPath(f".kiro/specs/a/{name}.md"): raw for name, raw in contents.items()}
    workspace = load(files)
    assert {path: workspace.render(path) for path in workspace.paths} == files
    trace(workspace)
    return workspace


def seconds(**contents: bytes) -> float:
    started = time.process_time()
    loaded(**contents)
    return time.process_time() - started


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("opening", [b"- [ ] 1. ", b"### Requirement 1", b"1. ", b"", b"**", b"| ", b"  - _Requirements: "])
def test_a_line_of_a_megabyte_is_no_trouble(name: str, opening: bytes) -> None:
    signs = (b"(", b"*", b"| ", b"1.1, ", "需".encode(), b"WHEN ", b"_*")
    for sign in signs:
        line = sign * (120_000 // len(sign))
        assert seconds(**{name: HEAD + opening + line + b"\n1. THE S SHALL b\n"}) < 4


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("tasks", b"- [ ] 1. Go\n  - Write code\n  - _Requirements: 1.1_\n\n"),
        ("requirements", b"1. WHEN a, THE S SHALL b\n"),
        ("requirements", b"### Requirement 1\n#### Acceptance Criteria\n1. THE S SHALL a\n"),
        ("requirements", b"- GIVEN a\n- WHEN x\n- THEN y\n"),
        ("requirements", b"**Requirement 1: x**\n\nAcceptance Criteria\n1. THE S SHALL b\n\n"),
        ("requirements", b"| 1.1 | THE S SHALL x |\n"),
        ("requirements", b"THE S does x\n"),
        ("requirements", b"   - more text here\n"),
        ("design", b"Property 1: x\n\n"),
        ("design", b"# a\n## b\n### c\n#### d\n##### e\n###### Validates: Requirements 1.1\n"),
        ("tasks", b"<!-- a\n"),
        ("tasks", b"```\n~~~\n````\n"),
        ("tasks", b'```json\n{"waves": [x\n```\n'),
        ("tasks", b"---\n"),
        ("requirements", b"a\n===\n"),
        ("tasks", b"***_\n"),
    ],
)
def test_twice_the_lines_take_about_twice_the_time(name: str, unit: bytes) -> None:
    few = HEAD + b"1. WHEN a\n" + unit * (30_000 // len(unit))
    many = few + unit * (90_000 // len(unit))
    taken = min(seconds(**{name: many}) for _ in range(2))
    # Four times the lines: sixteen times the time would be quadratic.
    assert taken < 9 * max(min(seconds(**{name: few}) for _ in range(2)), 0.02)


def test_ten_thousand_criteria_in_one_file() -> None:
    rows = b"".join(b"%d. WHEN a %d, THE S SHALL b\n" % (number, number) for number in range(1, 10_001))
    workspace = loaded(
        requirements=b"### Requirement 1: A\n#### Acceptance Criteria\n" + rows,
        tasks=b"- [ ] 1. A\n  - _Requirements: 1.1-1.900, 1.10000_\n",
    )
    spec = workspace.specs[0]
    assert spec.requirements
    assert len(spec.requirements.criteria) == 10_000
    assert trace(workspace).specs[0].references.resolved == 2


def test_lists_nested_five_hundred_deep() -> None:
    needs = b"".join(b" " * (2 * depth) + b"- THE S SHALL:\n" for depth in range(500))
    tasks = b"".join(b" " * (2 * depth) + b"- [ ] t%d\n" % depth for depth in range(500))
    spec = loaded(requirements=b"### Requirement 1\n#### Acceptance Criteria\n" + needs, tasks=tasks).specs[0]
    assert spec.requirements
    assert spec.tasks
    assert [criterion.id for criterion in spec.requirements.criteria] == ["1.1"]
    assert [task.parent for task in spec.tasks.tasks] == [None, *range(499)]


@pytest.mark.parametrize("newline", [b"\n", b"\r\n"])
@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"])
def test_bytes_that_are_no_text_inside_a_keyword_cost_only_their_line(newline: bytes, start: bytes) -> None:
    lines = [
        b"### Requirement 1",
        b"#### Acceptance Criteria",
        b"1. WH\xffEN a, THE S SHALL b",
        b"2. THE S SHALL c",
        b"3. THE S SHA\x92LL d",
    ]
    workspace = loaded(requirements=start + newline.join(lines))
    needs = workspace.specs[0].requirements
    assert needs
    assert [criterion.id for criterion in needs.criteria] == ["1.1", "1.2", "1.3"]
    assert [problem.reason for problem in workspace.malformed] == ["byte 0xff is not UTF-8; the file is kept as it is"]


@pytest.mark.parametrize(
    "raw",
    [
        *(
            b"- [ ] 1. Go\r- [ ] 2. Stop\r",
            b"- [ ] 1. Go\r\n- [ ] 2. Stop\n\r",
            b"- [ ] 1. Go\x00\n",
            b"\xff\xfe-\x00",
            b"```\n- [ ] 1. Go\n",
        ),
        *(b"~~~\n```\n- [ ] 1. Go\n~~~\n- [ ] 2. Go\n", b"<!--\n- [ ] 1. Go\n", b"---\na: 1\n", b"<details>\n- [ ] 1. Go\n</details>\n"),
        *(b"````\n```\n# no heading\n```\n````\n", b"\xef\xbb\xbf\xef\xbb\xbf# T\n", b"\r", b"\n\r\n\r", b"- [ ] 1. Go\x0b\x0c\n"),
    ],
)
def test_any_bytes_come_back(raw: bytes) -> None:
    for name in NAMES:
        loaded(**{name: raw})
