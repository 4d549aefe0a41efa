"""What the platform saw is written down with the task, shown again, and kept apart from what anybody claims."""

from __future__ import annotations

import json

import msgspec
import pytest

from setsquare import wire
from setsquare.adapters.approver_absent import AbsentApprover
from setsquare.adapters.scripted import Scripted, ScriptedCall, Turn
from setsquare.guard.capability import Mode
from setsquare.journeys.run_task import RunRequest, start

pytestmark = pytest.mark.usefixtures("sandboxed")

EVIDENCE = ".setsquare/evidence/sum.jsonl"


@pytest.fixture
def project(sum_project):
    return sum_project("scripted", "")


def work(project, task: str, *files: tuple[str, str]):
    """Let a model write files and say that it is done."""
    turns = [
        Turn(calls=(ScriptedCall(tool="write", arguments=msgspec.Raw(json.dumps({"path": path, "content": text}).encode())),))
        for path, text in files
    ]
    app = wire.app_for(project.folder, is_sandboxed=True, approver=AbsentApprover(), model=Scripted((*turns, Turn(text="Done."))))
    return start(app, RunRequest(spec="sum", mode=Mode.SUPERVISED, tasks=task))


GOOD = ("src/calc.py", "def add(a, b):\n    return a + b\n")
LINKED = (
    "tests/test_sum.py",
    "import unittest\nfrom src.calc import add\n\n\nclass S(unittest.TestCase):\n    def test_sum(self):\n        # req: sum/1.1\n        self.assertEqual(add(2, 2), 4)\n",
)


def linked(project) -> None:
    (project.folder / LINKED[0]).write_text(LINKED[1])
    project.git("add", "-A")
    project.git("commit", "-qm", "a test that names its criterion")


# req: guarded-run/3.1
# req: agent-runtime/7.2
def test_a_verified_task_leaves_a_line_for_each_of_its_criteria(project, run):
    linked(project)
    report = work(project, "1", GOOD)
    assert report.status == "done"
    assert project.git("status", "--porcelain") == ""
    assert EVIDENCE in project.git("show", "--name-only", "--format=", "HEAD").split()
    header, line = (project.folder / EVIDENCE).read_text().splitlines()
    assert json.loads(header) == {"setsquare": "evidence", "v": 1, "spec": "sum"}
    assert json.loads(line)["criterion"] == "1.1"
    shown = run("evidence", "sum", "--format", "json")
    told = json.loads(shown.out)["evidence"][0]
    assert (shown.code, told["kind"], told["exit"], told["passed"], told["failed"]) == (0, "green", 0, 2, 0)
    assert told["commit"] == project.git("rev-parse", "HEAD").strip()
    assert told["base"] == project.git("rev-parse", "HEAD~1").strip()
    assert ([test["path"] for test in told["tests"]], told["is_current"], told["run"]) == (["tests/test_sum.py"], True, report.run)
    assert json.loads(run("evidence", report.run, "--format", "json").out)["evidence"] == [told]
    assert "current" in run("evidence", report.run).out


def test_a_test_that_changed_since_and_a_criterion_that_says_something_else(project, run):
    linked(project)
    work(project, "1", GOOD)
    path = project.folder / "tests/test_sum.py"
    path.write_text(path.read_text().replace("2, 2), 4", "2, 3), 5"))
    told = json.loads(run("evidence", "sum", "--criterion", "1.1", "--format", "json").out)["evidence"][0]
    assert (told["is_current"], told["reason"]) == (False, "changed since: tests/test_sum.py")
    project.git("checkout", "-q", "--", ".")
    requirements = project.folder / ".kiro/specs/sum/requirements.md"
    requirements.write_text(requirements.read_text().replace("return their sum", "refuse them"))
    told = json.loads(run("evidence", "sum", "--format", "json").out)["evidence"][0]
    assert (told["is_current"], told["reason"]) == (False, "the criterion says something else now")


def test_an_unverified_task_leaves_nothing(project, run):
    report = work(project, "1", ("src/calc.py", "def add(a, b):\n    return a - b\n"))
    assert report.status == "parked"
    assert not (project.folder / EVIDENCE).exists()
    shown = run("evidence", report.run)
    assert (shown.code, "Nothing was seen yet" in shown.out) == (0, True)


@pytest.mark.parametrize("damage", ["<<<<<<< HEAD\n", '{"criterion":"1.1"}\n', "half a li"])
def test_a_damaged_file_is_told_and_left_as_it_is(project, run, damage):
    work(project, "1", GOOD)
    path = project.folder / EVIDENCE
    path.write_text(path.read_text() + damage)
    project.git("commit", "-qam", "damage")
    raw = path.read_bytes()
    assert work(project, "2", ("src/more.py", "def times(a, b, c):\n    return a * b * c\n")).status == "done"
    assert path.read_bytes() == raw
    shown = run("evidence", "sum")
    assert (shown.code, f"{EVIDENCE}:3" in shown.out) == (1, True)
    assert "CFG007" in run("check").out


def test_evidence_goes_where_its_spec_goes_and_disturbs_nothing(project, run):
    work(project, "1", GOOD)
    before = (run("trace", "status").out, run("check").code)
    assert run("evidence", "nobody").code == 2
    assert run("evidence", "sum", "--criterion", "9.9").code == 2
    assert run("spec", "rename", "sum", "total", "--write").code == 0
    assert not (project.folder / EVIDENCE).exists()
    told = json.loads(run("evidence", "total", "--format", "json").out)
    assert ([one["criterion"] for one in told["evidence"]], told["problems"]) == (["1.1"], [])
    assert run("check").code == before[1]


def test_a_tasks_own_command_runs_besides_the_settings_one(project, run):
    tasks = project.folder / ".kiro/specs/sum/tasks.md"
    tasks.write_text(
        tasks.read_text().replace("  - _Requirements: 1.1_\n", "  - _Requirements: 1.1_\n  - _Verify: grep -q Sum src/calc.py_\n")
    )
    project.git("commit", "-qam", "own command")
    assert run("approve", "sum", "tasks").code == 0
    report = work(project, "1", GOOD)
    assert report.status == "parked"
    assert "[x]" not in tasks.read_text()
    done = run("revert", report.run)
    assert done.code == 0, (report, done)
    report = work(project, "1", (GOOD[0], f"# Sum\n{GOOD[1]}"))
    assert report.status == "done"
    assert "[x] 1." in tasks.read_text()
