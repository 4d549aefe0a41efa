"""Selection, order and the fixing of findings."""

from __future__ import annotations

import pytest

from setsquare.rules.check import check, chosen
from setsquare.rules.evidence import Evidence, character_span
from setsquare.rules.finding import Finding, Fix, Severity
from setsquare.rules.fixing import fixed
from setsquare.rules.page import index, page
from setsquare.rules.regions import Lines
from setsquare.rules.registry import RULES
from setsquare.rules.similar import nearest
from setsquare.text.paths import RelPath
from setsquare.text.span import Edit, Span
from setsquare.workspace.load import load

HEAD = "# Requirements Document\n\n### Requirement 1: A\n\n#### Acceptance Criteria\n\n"


def finding(start: int, end: int, new: bytes, *, is_safe: bool = True) -> Finding:
    fix = Fix(title="t", edits=(Edit(Span(start, end), new),), is_safe=is_safe)
    return Finding(code="X", severity=Severity.ERROR, path=RelPath("a"), span=Span(start, end), message="m", fix=fix)


def test_rules_are_chosen_by_code_and_family() -> None:
    assert chosen() == tuple(rule for rule in RULES if rule.is_default)
    assert {"EARS002", "TSK001", "TSK002", "TSK003"} <= {rule.code for rule in chosen(["tsk", "modal-is-not-shall"])}
    assert {rule.family for rule in chosen(["tsk", "ears002"])} == {"TSK", "EARS"}
    assert chosen([]) == ()
    assert chosen(["NOPE"]) == ()


# req: check/1.5
def test_findings_are_sorted_and_the_same_each_time() -> None:
    files = {
        RelPath(".kiro/specs/b/requirements.md"): f"{HEAD}1. THE X must go\n2. THE X should go\n".encode(),
        RelPath(".kiro/specs/a/requirements.md"): f"{HEAD}1. THE X must go\n".encode(),
        RelPath(".kiro/settings.json"): b'{"agnet": 1}',
    }
    found = check(load(files))
    keys = [(item.path, item.span, item.code) for item in found]
    assert keys == sorted(keys)
    assert len(keys) == 4
    assert check(load(dict(reversed(files.items())))) == found


def test_only_safe_fixes_are_applied_and_the_first_of_two_that_overlap() -> None:
    assert fixed(b"abcdef", [finding(0, 2, b"X"), finding(1, 3, b"Y"), finding(4, 5, b"Z", is_safe=False)]) == b"Xcdef"
    assert fixed(b"abcdef", [finding(4, 5, b"Z"), finding(0, 1, b"X")]) == b"XbcdZf"
    assert fixed(b"ab", [finding(1, 1, b"X"), finding(1, 1, b"Y")]) == b"aXb"


def test_a_place_in_a_criterion_of_several_lines() -> None:
    raw = f"{HEAD}1. WHEN 用户 pays,\n   THE X must go\n".encode()
    workspace = load({RelPath(".kiro/specs/a/requirements.md"): raw})
    (found,) = check(workspace, ["EARS002"])
    assert raw[found.span.start : found.span.end] == b"must"
    assert fixed(raw, [found]) == raw.replace(b"must", b"shall")


def test_a_place_that_cannot_be_found_is_the_whole_text() -> None:
    assert character_span("other text", "a must b", 2, 6) is None
    workspace = load({RelPath(".kiro/specs/a/requirements.md"): f"{HEAD}1. THE X must go\n".encode()})
    criterion = workspace.specs[0].requirements.criteria[0]  # type: ignore[union-attr]
    assert Evidence(workspace).span_in(criterion, 0, len(criterion.text)) == criterion.text_span


def test_crlf_and_bytes_that_are_no_text_survive_a_fix() -> None:
    raw = f"{HEAD}1. THE X must go\n2. THE Y must go".replace("\n", "\r\n").encode() + b" \x92 away\r\n"
    path = RelPath(".kiro/specs/a/requirements.md")
    found = check(load({path: raw}), ["EARS002"])
    assert fixed(raw, found) == raw.replace(b"must", b"shall")


def test_regions_count_characters() -> None:
    lines = Lines("需求\r\n\nab".encode())
    region = lines.region(Span(3, 6))
    assert (region.line, region.column, region.end_line, region.end_column) == (1, 2, 1, 3)
    assert lines.region(Span(9, 11)).line == 3
    assert lines.region(Span(0, 999)).end_line == 3
    assert [lines.text(number) for number in (1, 2, 3)] == ["需求", "", "ab"]


def test_pages_name_every_rule() -> None:
    listed = index(RULES)
    for rule in RULES:
        assert f"({rule.code}.md)" in listed
        assert page(rule).startswith(f"# {rule.code} {rule.name}\n")
        assert "## Fix safety" in page(rule)


def test_nearest() -> None:
    assert nearest("autonomylevel", ["autonomyLevel"]) == "autonomyLevel"
    assert nearest("x", []) == ""


# req: check/2.2
def test_dangling_reference_names_what_was_meant() -> None:
    files = {
        RelPath(".kiro/specs/a/requirements.md"): f"{HEAD}1. THE X SHALL a\n2. THE X SHALL b\n".encode(),
        RelPath(".kiro/specs/a/tasks.md"): b"- [ ] 1. Go\n  - _Requirements: 1.1, 1.2, 1.7_\n",
    }
    (found,) = check(load(files))
    assert (found.code, found.severity) == ("TRC001", Severity.ERROR)
    assert "did you mean 1.2?" in found.message
    assert files[found.path][found.span.start : found.span.end] == b"1.7"


def test_many_untraced_tasks_are_one_finding() -> None:
    tasks = "- [ ] 1. A\n  - _Requirements: 1.1_\n" + "".join(f"- [ ] {number}. B\n" for number in range(2, 40))
    files = {
        RelPath(".kiro/specs/a/requirements.md"): f"{HEAD}1. THE X SHALL a\n".encode(),
        RelPath(".kiro/specs/a/tasks.md"): tasks.encode(),
    }
    assert [item.code for item in check(load(files), ["TSK001"])] == ["TSK001"]


def test_archived_specs_are_left_in_peace() -> None:
    files = {
        RelPath(".kiro/specs/_archived/a/requirements.md"): f"{HEAD}1. THE X SHALL a\n".encode(),
        RelPath(".kiro/specs/_archived/a/tasks.md"): b"- [ ] 1. Go\n  - _Requirements: 9.9_\n",
        RelPath(".kiro/specs/_archived/a/design.md"): b"# Design\n\nText\n",
    }
    assert check(load(files)) == ()


# req: check/2.2
@pytest.mark.parametrize(
    ("requirements", "message"),
    [
        (None, "3 references, and there is no requirements.md to resolve them against"),
        (b"\xef\xbb\xbf \n", "3 references, and requirements.md is empty"),
        (b"# Requirements\n\nTo be written.\n", None),
    ],
)
def test_references_to_requirements_that_nobody_wrote_are_one_error(requirements: bytes | None, message: str | None) -> None:
    folder = ".kiro/specs/a"
    files = {
        RelPath(f"{folder}/tasks.md"): b"- [ ] 1. Go\n  - _Requirements: 1.1, 1.2_\n- [ ] 2. On\n  - _Requirements: 2.1, other/1.1_\n",
        RelPath(f"{folder}/design.md"): b"# Design\n\n## Overview\n\nThe bell answers requirement 1.1.\n",
    }
    if requirements is not None:
        files[RelPath(f"{folder}/requirements.md")] = requirements
    found = [
        (finding.path, finding.span.start, finding.message) for finding in check(load(files), ["TRC001"]) if "other" not in finding.message
    ]
    assert found == ([(f"{folder}/tasks.md", 31, message)] if message else [])
