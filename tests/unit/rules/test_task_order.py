"""The rules about dependencies and waves, beyond their examples."""

from __future__ import annotations

import time

import pytest

from setsquare.rules.check import check
from setsquare.rules.finding import Finding
from setsquare.text.paths import RelPath
from setsquare.workspace.load import load

PATH = RelPath(".kiro/specs/orders/tasks.md")


def found(tasks: str, *codes: str) -> tuple[Finding, ...]:
    return check(load({PATH: tasks.encode()}), codes)


def pointed(tasks: str, code: str) -> list[str]:
    return [tasks.encode()[finding.span.start : finding.span.end].decode() for finding in found(tasks, code)]


def test_a_circle_is_told_in_its_order_and_points_at_a_dependency() -> None:
    tasks = "- [ ] 1. A\n  - Depends on: 12\n- [ ] 2. B\n  - Depends on: 1\n- [ ] 12. C\n  - Depends on: 2\n"
    (finding,) = found(tasks, "TSK004")
    assert finding.message == "tasks wait for each other: 1 → 2 → 12 → 1"
    assert pointed(tasks, "TSK004") == ["12"]


def test_a_circle_through_a_graph_points_into_the_graph() -> None:
    tasks = '- [ ] 1. A\n- [ ] 2. B\n\n```json\n{"dependencies": {"1": ["2"], "2": ["1"]}}\n```\n'
    (finding,) = found(tasks, "TSK004")
    assert tasks.encode()[: finding.span.start].count(b"\n") == 4
    assert pointed(tasks, "TSK004") == ["1"]


@pytest.mark.parametrize("count", [3_000])
def test_a_long_chain_is_judged_in_linear_time(count: int) -> None:
    chain = "".join(f"- [ ] {number}. Part\n  - Depends on: {number - 1}\n" for number in range(2, count))
    workspace = load({PATH: f"- [ ] 1. Part\n{chain}".encode()})
    began = time.process_time()
    assert check(workspace, ["TSK004", "TSK006", "TSK007"]) == ()
    assert time.process_time() - began < 2


def test_the_number_of_circles_is_bounded() -> None:
    pairs = "".join(f"- [ ] {n}. A\n  - Depends on: {n + 1}\n- [ ] {n + 1}. B\n  - Depends on: {n}\n" for n in range(1, 200, 2))
    assert len(found(pairs, "TSK004")) == 20


def test_a_wave_names_a_parent_and_so_its_parts() -> None:
    tasks = '- [ ] 1. A\n  - [ ] 1.1 B\n- [ ] 2. C\n  - Depends on: 1.1\n\n```json\n{"waves": [["1"], ["2"]]}\n```\n'
    assert found(tasks, "TSK005", "TSK007") == ()
    assert len(found(tasks.replace('[["1"], ["2"]]', '[["2"], ["1"]]'), "TSK007")) == 1


def test_what_differs_is_pointed_at() -> None:
    graph = '- [ ] 1. A\n- [ ] 2. B\n\n```json\n{{"waves": {0}}}\n```\n'
    assert pointed(graph.format('[["1", "2"], ["3"]]'), "TSK005") == ["3"]
    assert pointed(graph.format('[["1"], ["2", "1"]]'), "TSK005") == ["1"]
    assert pointed(graph.format('[["1"]]'), "TSK005") == ["```json"]


@pytest.mark.parametrize(
    ("line", "fires"),
    [
        ("Depends on: 4", 1),
        ("depends on tasks 1 and 4", 1),
        ("Depends on 4 services", 0),
        ("Depends on: phase 4", 0),
        ("Depends on issue #4", 0),
        ("depends on version 4", 0),
    ],
)
def test_only_names_of_tasks_are_dependencies(line: str, fires: int) -> None:
    assert len(found(f"- [ ] 1. A\n- [ ] 2. B\n  - {line}\n", "TSK006")) == fires


def test_references_below_the_last_part_are_those_of_the_whole() -> None:
    needs = "### Requirement 1\n\n#### Acceptance Criteria\n\n1. THE Store SHALL keep orders\n"
    tasks = "- [ ] 1. A\n  - [ ] B\n  - [ ] C\n{0}- _Requirements: 1.1_\n- [ ] 2. D\n  - _Requirements: 1.1_\n"
    for indent, expected in (("  ", 0), ("    ", 1)):
        files = {PATH: tasks.format(indent).encode(), RelPath(".kiro/specs/orders/requirements.md"): needs.encode()}
        assert len(check(load(files), ["TSK001"])) == expected


def test_a_front_matter_that_yaml_takes_for_an_alias_is_quoted_where_asked() -> None:
    text = b"---\r\ninclusion: fileMatch\r\nfileMatchPattern: *.ts\r\n---\r\nText\r\n"
    (finding,) = check(load({RelPath(".kiro/steering/a.md"): text}), ["CFG003"])
    assert finding.fix is not None
    assert not finding.fix.is_safe
    (edit,) = finding.fix.edits
    mended = text[: edit.span.start] + edit.new + text[edit.span.end :]
    assert b'fileMatchPattern: "*.ts"\r\n' in mended
    assert check(load({RelPath(".kiro/steering/a.md"): mended}), ["CFG003"]) == ()
