"""`setsquare draft tasks … --changed` with a model behind a real HTTP server in both wire formats."""

from __future__ import annotations

import json

import pytest

pytestmark = pytest.mark.network

REQUIREMENTS = ".kiro/specs/sum/requirements.md"
TASKS = ".kiro/specs/sum/tasks.md"
UNIT = "=== unit 2 ===\n- [ ] 2. Multiply numbers\n  - Write `src/more.py`, rounded\n  - _Requirements: 1.2_\n=== end ===\n"


@pytest.fixture
def project(sum_project, spoken, run):
    project = sum_project(spoken.provider, spoken.origin)
    path = project.folder / REQUIREMENTS
    path.write_text(path.read_text().replace("return their product", "return their rounded product"))
    assert run("approve", "sum", "requirements").code == 0
    return project


def redraft(run, *options: str):
    ran = run("draft", "tasks", "sum", "--changed", "--write", "--format", "json", *options)
    return ran.code, json.loads(ran.out)


def test_only_the_unit_is_asked_for_and_replaced_once(run, project, spoken):
    before = (project.folder / TASKS).read_text()
    spoken.says(spoken.text(UNIT))
    code, made = redraft(run)
    assert (code, made["outcome"], made["attempts"]) == (0, "applied", 1)
    assert made["units"] == [{"key": "2", "title": "Multiply numbers", "action": "replaced"}]
    assert (project.folder / TASKS).read_text() == before.replace("`src/more.py`", "`src/more.py`, rounded")
    (asked,) = spoken.requests
    said = json.dumps(asked["messages"])
    assert "rounded product" in said
    assert "src/calc.py" not in said
    code, made = redraft(run)
    assert (code, made["outcome"], len(spoken.requests)) == (0, "unchanged", 1)


def test_an_answer_for_another_unit_is_repaired(run, project, spoken):
    spoken.says(spoken.text(UNIT.replace("2", "1")), spoken.text(UNIT))
    code, made = redraft(run)
    assert (code, made["outcome"], made["attempts"]) == (0, "applied", 2)
    assert "the unit `1` was not asked for" in json.dumps(spoken.requests[1]["messages"])


def test_after_two_repairs_a_workshop_is_proposed_and_nothing_written(run, project, spoken):
    before = project.files()
    spoken.says(spoken.text("Hello!"))
    ran = run("draft", "tasks", "sum", "--changed", "--write")
    assert (ran.code, len(spoken.requests)) == (1, 3)
    assert "design workshop" in ran.out
    assert project.files() == before


def test_a_failing_server_writes_nothing(run, project, spoken):
    before = project.files()
    spoken.says(spoken.error(401))
    assert redraft(run)[0] == 4
    assert project.files() == before
