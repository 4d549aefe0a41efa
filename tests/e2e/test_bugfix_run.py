"""A bug is fixed through the real run: red before the fix, green after it, and nothing between can be cheated."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import msgspec
import pytest

from setsquare import wire
from setsquare.adapters.approver_absent import AbsentApprover
from setsquare.adapters.scripted import Scripted, ScriptedCall, Turn
from setsquare.errors import Refused
from setsquare.events.entry import decode_entry
from setsquare.events.facts import EvidenceTaken, VerificationFinished
from setsquare.guard.capability import Mode
from setsquare.journeys.approving import approve_stage
from setsquare.journeys.evidence import evidence
from setsquare.journeys.opening import opened
from setsquare.journeys.run_report import RunReport
from setsquare.journeys.run_resume import resume
from setsquare.journeys.run_task import RunRequest, start
from setsquare.journeys.trusting import grant
from setsquare.ports.approver import Answer, Approver, Question, Verdict
from setsquare.spec.stage import Stage

pytestmark = pytest.mark.usefixtures("sandboxed")

TASKS = ".kiro/specs/carry/tasks.md"
EVIDENCE = ".setsquare/evidence/carry.jsonl"
FILES = {
    ".kiro/specs/carry/bugfix.md": "# Bugfix Requirements Document\n\n## Introduction\n\nDigits.\n\n## Bug Analysis\n\n### Current Behavior (Defect)\n\n"
    "1.1 WHEN a negative number is given THEN the system counts the sign as a digit\n\n### Expected Behavior (Correct)\n\n"
    "2.1 WHEN a negative number is given THEN the system SHALL count its digits only\n\n### Unchanged Behavior (Regression Prevention)\n\n"
    "3.1 WHEN a positive number is given THEN the system SHALL CONTINUE TO count its digits\n",
    ".kiro/specs/carry/design.md": "# Design\n\n## Overview\n\n`digits`.\n",
    TASKS: "# Implementation Plan\n\n- [ ] 1. Write bug condition exploration test\n  - **Property 1: Bug Condition** - the sign is counted\n"
    "  - _Requirements: 1.1_\n- [ ] 2. Write preservation property tests (BEFORE implementing fix)\n  - **Property 2: Preservation** - positive numbers\n"
    "  - _Requirements: 3.1_\n- [ ] 3. Fix for the counted sign\n  - [ ] 3.1 Implement the fix\n    - _Bug_Condition: n < 0_\n    - _Requirements: 2.1_\n"
    "  - [ ] 3.2 Verify bug condition exploration test now passes\n    - _Requirements: 2.1_\n- [ ] 4. Checkpoint - Ensure all tests pass\n",
    ".kiro/settings.json": json.dumps(
        {
            "agent": {"autonomyLevel": "full", "maxSelfCorrections": 1},
            "models": {"primary": {"provider": "scripted", "model": "m"}, "fast": {"provider": "scripted", "model": "m"}},
            "verify": {"command": "python3 -m unittest discover -s tests -t ."},
        }
    ),
    "src/__init__.py": "",
    "src/digits.py": "def digits(n):\n    return len(str(n))\n",
    "tests/__init__.py": "",
    "tests/test_old.py": "import unittest\nfrom src.digits import digits\n\n\nclass Old(unittest.TestCase):\n    def test_one(self):\n        self.assertEqual(digits(7), 1)\n",
}


def unit(name: str, *lines: str) -> str:
    body = "".join(f"        {line}\n" for line in lines)
    return (
        f"import unittest\nfrom src.digits import digits\n\n\nclass {name}(unittest.TestCase):\n    def test_{name.lower()}(self):\n{body}"
    )


EXPLORE, PRESERVE = "tests/test_bug.py", "tests/test_kept.py"
RED = unit("Bug", "self.assertEqual(digits(-12), 2)")
KEPT = unit("Kept", "self.assertEqual(digits(12), 2)")
FIXED = "def digits(n):\n    return len(str(abs(n)))\n"


def act(tool: str, **arguments: object) -> Turn:
    return Turn(calls=(ScriptedCall(tool=tool, arguments=msgspec.Raw(json.dumps(arguments).encode())),))


def write(path: str, content: str) -> Turn:
    return act("write", path=path, content=content)


DONE = Turn(text="Done.")


class Person:
    """Answers every question alike."""

    def __init__(self, answer: Answer = Answer.YES) -> None:
        self.answer, self.asked = answer, list[Question]()

    def ask(self, question: Question) -> Verdict:
        self.asked.append(question)
        return Verdict(answer=self.answer if question.kind == "verify" else Answer.YES, digest=question.digest, by="Ada")


class Bench:
    """One repository with a bug, its spec approved."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.reports: list[RunReport] = []

    def run(self, task: str, *turns: Turn, approver: Approver | None = None) -> RunReport:
        app = wire.app_for(self.folder, is_sandboxed=True, approver=approver or AbsentApprover(), model=Scripted(turns))
        if app.sandbox is None:
            pytest.skip("no sandbox on this machine")
        self.reports.append(start(app, RunRequest(spec="carry", mode=Mode.SUPERVISED, tasks=task)))
        return self.reports[-1]

    @property
    def events(self) -> list[object]:
        state = Path(os.environ["XDG_STATE_HOME"])
        journal = next(path for path in state.rglob("journal.jsonl") if self.reports[-1].run in str(path))
        return [decode_entry(line).event for line in journal.read_bytes().splitlines()]

    @property
    def verdicts(self) -> list[str]:
        return [event.verdict for event in self.events if isinstance(event, VerificationFinished)]

    def text(self, name: str) -> str:
        return (self.folder / name).read_text()

    def git(self, *argv: str) -> str:
        return subprocess.run(("git", *argv), cwd=self.folder, check=True, capture_output=True, text=True).stdout

    def red(self) -> Bench:
        """Do the exploration task."""
        assert self.run("1", write(EXPLORE, RED), DONE).status == "done"
        return self

    def kept(self) -> Bench:
        """Do the preservation task."""
        assert self.run("2", write(PRESERVE, KEPT), DONE).status == "done"
        return self


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bugfix") / "project"
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    for command in (
        ("init", "-q", "-b", "main"),
        ("config", "user.name", "Ada"),
        ("config", "user.email", "ada@example.org"),
        ("add", "-A"),
        ("commit", "-qm", "start"),
    ):
        subprocess.run(("git", *command), cwd=folder, check=True)
    app = wire.app_for(folder)
    for stage in (Stage.REQUIREMENTS, Stage.DESIGN, Stage.TASKS):
        approve_stage(app, "carry", stage, "owner")
    return folder


def trusted(made: Path, folder: Path) -> Bench:
    """Copy a repository, as a clone on a machine that knows nothing of its runs, and trust it."""
    shutil.copytree(made, folder)
    app = wire.app_for(folder)
    grant(app, opened(app))
    return Bench(folder)


@pytest.fixture(scope="module")
def after_red(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return trusted(made, tmp_path_factory.mktemp("red") / "project").red().folder


@pytest.fixture(scope="module")
def after_kept(after_red: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return trusted(after_red, tmp_path_factory.mktemp("kept") / "project").kept().folder


@pytest.fixture
def bench(made: Path, tmp_path: Path) -> Bench:
    """A repository in which nothing is done yet."""
    return trusted(made, tmp_path / "project")


@pytest.fixture
def red(after_red: Path, tmp_path: Path) -> Bench:
    """A repository with the test that shows the bug."""
    return trusted(after_red, tmp_path / "project")


@pytest.fixture
def kept(after_kept: Path, tmp_path: Path) -> Bench:
    """A repository with both tests, before the fix."""
    return trusted(after_kept, tmp_path / "project")


# req: guarded-run/3.1
# req: agent-runtime/7.3
def test_red_then_green_across_runs_with_evidence_for_each_criterion(bench):
    bench.red()
    seen = [event for event in bench.events if isinstance(event, EvidenceTaken)]
    assert [(event.kind, event.criteria, event.exit_code != 0, [path for path, _ in event.tests]) for event in seen] == [
        ("red", ("1.1",), True, [EXPLORE])
    ]
    assert bench.verdicts == ["red"]
    assert "- [x] 1." in bench.text(TASKS)
    assert bench.git("status", "--porcelain") == ""
    bench.kept()
    assert bench.run("3.1", write("src/digits.py", FIXED), DONE).status == "done"
    assert bench.run("3.2", DONE).status == "done"
    shelf = evidence(wire.app_for(bench.folder), "carry")
    told = {(one.seen.criterion, one.seen.task, one.seen.kind.value, one.passage, one.is_current) for one in shelf.shown}
    assert told == {
        ("1.1", "1", "red", "", True),
        ("2.1", "3.1", "green", "red → green", True),
        ("2.1", "3.2", "green", "red → green", True),
        ("3.1", "2", "preserved", "", True),
        ("3.1", "3.1", "preserved", "green → green", True),
        ("3.1", "3.2", "preserved", "green → green", True),
    }
    assert {one.commit for one in shelf.shown if one.seen.task == "1"} == {bench.git("log", "--format=%H", "--grep", "^Task: 1$").strip()}
    assert not shelf.problems


CHEATS = {
    "a test that never fails": write(EXPLORE, unit("Bug", "self.assertEqual(digits(12), 2)")),
    "no test at all": act("list", path="."),
    "a test that always fails": write(EXPLORE, unit("Bug", "digits(-12)", "self.fail('bug')")),
    "a constant": write(EXPLORE, unit("Bug", "assert False, digits(-1)")),
    "a test that cannot be loaded": write(EXPLORE, "import nowhere_at_all\n" + RED),
    "a test that is no Python": write(EXPLORE, RED + "\n    )"),
    "an expected failure": write(EXPLORE, RED.replace("    def ", "    @unittest.expectedFailure\n    def ")),
    "a skipped test": write(EXPLORE, RED.replace("    def ", "    @unittest.skip('x')\n    def ")),
}


@pytest.mark.parametrize("name", CHEATS)
def test_what_does_not_show_the_bug_is_not_accepted(bench, name):
    report = bench.run("1", CHEATS[name], DONE, DONE)
    assert (report.status, report.code) == ("parked", "not-red")
    assert bench.verdicts == ["not-red", "not-red"]
    assert "[x]" not in bench.text(TASKS)
    assert not (bench.folder / EVIDENCE).exists()


def test_the_model_may_mend_a_test_that_does_not_show_the_bug(bench):
    report = bench.run("1", write(EXPLORE, unit("Bug", "self.assertEqual(digits(1), 1)")), DONE, write(EXPLORE, RED), DONE)
    assert (report.status, bench.verdicts) == ("done", ["not-red", "red"])


# req: agent-runtime/7.4
def test_a_fix_in_the_exploration_task_is_refused(bench):
    report = bench.run("1", write(EXPLORE, RED), write("src/digits.py", FIXED), DONE, DONE)
    assert (report.status, report.code) == ("parked", "source-changed")


def test_a_test_that_always_fails_never_gets_a_green_fix(bench):
    """Two numbers that cannot both be right look like a bug, and no fix can make them so."""
    assert bench.run("1", write(EXPLORE, unit("Bug", "self.assertEqual((digits(-12), digits(-12)), (2, 3))")), DONE).status == "done"
    bench.kept()
    report = bench.run("3.1", write("src/digits.py", FIXED), DONE, DONE)
    assert (report.status, report.code) == ("parked", "verification-failed")


CHANGED = {
    "changed": (write(EXPLORE, RED.replace("-12", "12")), "exploration-test-changed"),
    "added to": (write(EXPLORE, RED + "\n    def test_more(self):\n        self.assertEqual(digits(-1), 1)\n"), "exploration-test-changed"),
    "a changed preservation test": (write(PRESERVE, KEPT.replace("12), 2", "123), 3")), "preservation-test-changed"),
}


@pytest.mark.parametrize("name", CHANGED)
def test_the_fix_may_not_touch_the_tests_that_it_is_held_against(kept, name):
    turn, code = CHANGED[name]
    report = kept.run("3.1", write("src/digits.py", FIXED), turn, DONE, DONE, approver=Person())
    assert (report.status, report.code) == ("parked", code)
    assert "[x] 3.1" not in kept.text(TASKS)


@pytest.mark.parametrize(("path", "code"), [(EXPLORE, "exploration-test-changed"), (PRESERVE, "preservation-test-changed")])
def test_a_deleted_test_is_missed(kept, path, code):
    report = kept.run("3.1", write("src/digits.py", FIXED), act("shell", command=f"rm {path}"), DONE, DONE, approver=Person())
    assert (report.status, report.code) == ("parked", code)


def test_preservation_is_looked_at_without_the_test_that_shows_the_bug(red):
    report = red.run("2", write(PRESERVE, KEPT), DONE)
    assert report.status == "done"
    assert red.text(EXPLORE) == RED
    told = next(event for event in red.events if isinstance(event, EvidenceTaken))
    assert (told.kind, told.failed, told.passed) == ("preserved", 0, 2)


def test_a_preservation_test_that_fails_on_the_unfixed_code_is_not_accepted(red):
    report = red.run("2", write(PRESERVE, unit("Kept", "self.assertEqual(digits(-3), 1)")), DONE, DONE)
    assert (report.status, report.code) == ("parked", "verification-failed")


def test_a_preservation_task_needs_a_test(red):
    report = red.run("2", DONE, DONE)
    assert (report.status, report.code) == ("parked", "no-preservation-test")


def test_a_fix_that_does_not_fix_is_not_accepted(kept):
    report = kept.run("3.1", write("src/digits.py", "def digits(n):\n    return len(str(n)) + 0\n"), DONE, DONE)
    assert (report.status, report.code) == ("parked", "verification-failed")


@pytest.mark.parametrize("task", ["3.1", "3.2", "4", "2,3.1"])
def test_a_fix_without_a_test_that_was_seen_to_fail_is_refused_before_the_model_works(bench, task):
    with pytest.raises(Refused) as caught:
        bench.run(task, write("src/digits.py", FIXED), DONE)
    assert "setsquare run carry --task 1`" in caught.value.hint
    assert bench.text("src/digits.py") == FILES["src/digits.py"]


def test_the_exploration_task_before_it_in_the_same_run_is_enough_to_begin(bench):
    report = bench.run("1,3.1", write(EXPLORE, RED), DONE, write("src/digits.py", FIXED), DONE)
    assert [task for task, _ in report.done] == ["1", "3.1"]


def test_a_done_exploration_task_without_evidence_is_to_be_done_again(bench):
    path = bench.folder / TASKS
    path.write_text(path.read_text().replace("- [ ] 1.", "- [x] 1."))
    bench.git("commit", "-qam", "ticked by hand")
    with pytest.raises(Refused) as caught:
        bench.run("3.1", write("src/digits.py", FIXED), DONE)
    assert "--task 1 --again" in caught.value.hint


def test_damaged_evidence_stops_the_fix_and_stays_as_it_is(red):
    raw = red.text(EVIDENCE).replace('"kind":"red"', '"kind":"green"')
    (red.folder / EVIDENCE).write_text(raw)
    red.git("commit", "-qam", "by hand")
    with pytest.raises(Refused, match="contradicts itself"):
        red.run("3.1", write("src/digits.py", FIXED), DONE)
    assert red.text(EVIDENCE) == raw
    assert red.text("src/digits.py") == FILES["src/digits.py"]


def test_a_run_that_ends_while_a_test_is_set_aside_puts_it_back(red, monkeypatch):
    app = wire.app_for(red.folder, is_sandboxed=True, approver=AbsentApprover(), model=Scripted((write(PRESERVE, KEPT), DONE)))
    seen: list[bool] = []

    def killed(*_: object) -> object:
        seen.append((red.folder / EXPLORE).exists())
        raise SystemExit(9)

    with monkeypatch.context() as patched:
        patched.setattr(type(app.sandbox), "run", killed)
        with pytest.raises(SystemExit):
            start(app, RunRequest(spec="carry", mode=Mode.SUPERVISED, tasks="2"))
    assert seen == [False]
    report = resume(wire.app_for(red.folder, is_sandboxed=True, approver=AbsentApprover(), model=Scripted((DONE,))))
    assert (report.status, red.text(EXPLORE)) == ("done", RED)
