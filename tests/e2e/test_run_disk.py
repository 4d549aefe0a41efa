"""Runs on a real disk, with real git, a real sandbox and a real `kill -9`."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from setsquare import wire
from setsquare.events.conversation import AssistantMessage, Reply, ToolCall
from setsquare.guard.capability import Mode
from setsquare.journeys.approving import approve_stage
from setsquare.journeys.opening import opened
from setsquare.journeys.run_log import log
from setsquare.journeys.run_resume import resume
from setsquare.journeys.run_revert import revert
from setsquare.journeys.run_task import RunRequest, start
from setsquare.journeys.trusting import grant
from setsquare.ports.approver import Answer, Verdict
from setsquare.spec.stage import APPROVED_STAGES

SPEC = {
    "requirements.md": "# Requirements Document\n\n## Requirements\n\n### Requirement 1: Sum\n\n**User Story:** As a user, I want sums.\n\n"
    "#### Acceptance Criteria\n\n1. WHEN two numbers are given THEN the system SHALL return their sum.\n",
    "design.md": "# Design Document\n\n## Overview\n\n`src/calc.py` holds `add`.\n",
    "tasks.md": "# Implementation Plan\n\n- [ ] 1. Add numbers\n  - Write `src/calc.py` and `tests/test_calc.py`\n  - _Requirements: 1.1_\n",
}
SETTINGS = """{
  "agent": {"autonomyLevel": "full"},
  "models": {"primary": {"provider": "scripted", "model": "m"}, "fast": {"provider": "scripted", "model": "m"}},
  "verify": {"command": "python3 -m unittest discover -s tests -t ."}
}
"""
TEST = "import unittest\nfrom src.calc import add\n\n\nclass T(unittest.TestCase):\n    def test_add(self):\n        self.assertEqual(add(1, 2), 3)\n"
STRAY = """
import pathlib
for name in ("README.new", "README.md", ".env", ".kiro/settings.json", ".git/config", "src/calc.py"):
    try:
        pathlib.Path(name).write_text("def add(a, b): return a - b")
    except OSError as error:
        print(error)
"""
TURNS = (
    ("write", {"path": "tests/test_calc.py", "content": TEST}),
    ("write", {"path": "src/calc.py", "content": "def add(a, b):\n    return a - b\n"}),
    ("shell", {"command": f"python3 -c {shlex.quote(STRAY)}"}),
    None,
    ("edit", {"path": "src/calc.py", "old": "a - b", "new": "a + b"}),
    None,
)


class Recorded:
    """Answers by the number of answers in the conversation."""

    id = "scripted:m"

    def __init__(self, turns=TURNS):
        self.turns = turns

    def complete(self, request, on_text=None):
        import json

        number = sum(isinstance(message, AssistantMessage) for message in request.messages)
        turn = self.turns[number]
        if turn is None:
            return Reply(text="Added add() to src/calc.py.")
        return Reply(calls=(ToolCall(f"c{number}", turn[0], json.dumps(turn[1])),), stop="tools")


class Yes:
    """Says yes to everything."""

    def ask(self, question):
        return Verdict(answer=Answer.YES, digest=question.digest, by="Ada")


def git(folder, *arguments):
    return subprocess.run(("git", *arguments), cwd=folder, check=True, capture_output=True, text=True).stdout


def app_at(folder, turns=TURNS):
    return wire.app_for(folder, is_sandboxed=True, approver=Yes(), model=Recorded(turns))


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "project"
    for name, text in SPEC.items():
        path = folder / ".kiro/specs/sum" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (folder / ".kiro/settings.json").write_text(SETTINGS)
    (folder / "README.md").write_text("# Sum\n")
    for package in ("src", "tests"):
        (folder / package).mkdir()
        (folder / package / "__init__.py").write_text("")
    git(folder, "init", "-q", "-b", "main")
    git(folder, "config", "user.name", "Ada")
    git(folder, "config", "user.email", "ada@example.org")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "start")
    app = app_at(folder)
    if app.sandbox is None:
        pytest.skip("there is no sandbox on this machine")
    grant(app, opened(app))
    for stage in APPROVED_STAGES:
        approve_stage(app, "sum", stage, "owner")
    return folder


def files_of(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".git" not in path.parts
    }


def check_whole(folder, report, commits_before):
    assert (report.status, report.reason) == ("done", "")
    assert git(folder, "status", "--porcelain", "--ignored") == ""
    assert int(git(folder, "rev-list", "--count", "HEAD")) == commits_before + 1
    assert (folder / ".kiro/specs/sum/tasks.md").read_text() == SPEC["tasks.md"].replace("[ ]", "[x]")
    assert (folder / ".kiro/task-log.md").read_text().count("\n## ") == 1
    assert (folder / ".kiro/settings.json").read_text() == SETTINGS
    assert not (folder / "README.new").exists()
    assert (folder / "README.md").read_text() == "# Sum\n"
    assert (folder / "src/calc.py").read_text().count("a + b") == 1
    trailers = git(folder, "log", "-1", "--format=%(trailers:only)").split("\n")
    assert trailers[:4] == ["Spec: sum", "Task: 1", "Requirement: 1.1", f"Run: {report.run}"]


def test_a_run_its_log_and_its_revert(project):
    before = files_of(project)
    commits = int(git(project, "rev-list", "--count", "HEAD"))
    report = start(app_at(project), RunRequest(spec="sum", mode=Mode.SUPERVISED))
    check_whole(project, report, commits)
    steps = log(app_at(project), report.run).steps
    assert [step.number for step in steps] == sorted(step.number for step in steps)
    assert any(step.what.startswith("put back what was out of scope") for step in steps)
    assert [step.result for step in steps if step.what.startswith("verified")] == ["failed", "ok"]
    assert len(log(app_at(project), report.run, last=3).steps) == 3
    (project / "person.txt").write_text("mine")
    done = revert(app_at(project), report.run)
    assert done.kept == ()
    assert files_of(project) == {**before, "person.txt": b"mine"}


KILLING = """
import os, signal, sys
sys.path.insert(0, sys.argv[3])
import test_run_disk as here
from setsquare.adapters.journal import FileJournal
append, left = FileJournal.append, [int(sys.argv[2])]
def counting(self, actor, event, **more):
    entry = append(self, actor, event, **more)
    left[0] -= 1
    if left[0] == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return entry
FileJournal.append = counting
here.start(here.app_at(sys.argv[1]), here.RunRequest(spec="sum"))
"""


@pytest.mark.parametrize("position", [pytest.param(n, marks=() if n in {11, 32} else pytest.mark.soak) for n in range(1, 40, 3)] + [11, 32])
def test_a_real_kill_at_a_journal_position(project, position):
    commits = int(git(project, "rev-list", "--count", "HEAD"))
    here = str(Path(__file__).parent)
    ended = subprocess.run(
        (sys.executable, "-c", KILLING, str(project), str(position), here), env=dict(os.environ), check=False, capture_output=True
    )
    assert ended.returncode == -signal.SIGKILL, ended.stderr.decode()
    check_whole(project, resume(app_at(project)), commits)


def test_a_hostile_model_reaches_nothing_outside(project, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.txt").write_text("top secret text")
    (project / "src" / "way").symlink_to(outside)
    link = f"import os; os.symlink({str(outside)!r}, 'src/door'); os.symlink({str(outside / 'secret.txt')!r}, 'src/calc.py')"
    hostile = (
        ("read", {"path": "src/way/secret.txt"}),
        ("write", {"path": "src/way/new.txt", "content": "x"}),
        ("read", {"path": str(outside / "secret.txt")}),
        ("search", {"pattern": "top", "path": "src"}),
        ("list", {"path": "src/way"}),
        ("shell", {"command": f"python3 -c {shlex.quote(link)}"}),
        ("read", {"path": "src/calc.py"}),
        ("write", {"path": "src/door/new.txt", "content": "x"}),
        ("list", {"path": "."}),
        ("write", {"path": ".kiro/specs/sum/tasks.md", "content": "- [x] 1. Add numbers"}),
        ("write", {"path": ".git/hooks/pre-commit", "content": "x"}),
    )
    # Something permitted in between, so that the run is not stopped for insisting.
    turns = (*(turn for each in hostile for turn in (("list", {"path": "tests"}), each)), *TURNS)
    report = start(app_at(project, turns), RunRequest(spec="sum"))
    assert sorted(path.name for path in outside.iterdir()) == ["secret.txt"]
    assert (outside / "secret.txt").read_text() == "top secret text"
    assert not (project / ".git/hooks/pre-commit").exists()
    journal = "".join(path.read_text() for path in Path(os.environ["XDG_STATE_HOME"]).rglob("journal.jsonl"))
    assert journal
    assert "top secret text" not in journal
    assert report.status == "done"
    steps = log(app_at(project), report.run).steps
    assert [step.result for step in steps if step.what.startswith("write") and "src/" not in step.what and "tests/" not in step.what] == [
        "refused"
    ] * 2


INTERRUPTED = """
import sys
sys.path.insert(0, sys.argv[2])
import test_run_disk as here
slow = (("shell", {"command": "python3 -c 'import os, time; open(\\"src/calc.py\\", \\"w\\").write(\\"half\\"); os.path.isdir(\\"go\\") or time.sleep(600)'"}), *here.TURNS)
print(here.start(here.app_at(sys.argv[1], slow), here.RunRequest(spec="sum")).code)
"""


def test_a_real_interruption_of_a_running_command(project):
    commits = int(git(project, "rev-list", "--count", "HEAD"))
    command = (sys.executable, "-c", INTERRUPTED, str(project), str(Path(__file__).parent))
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)
    try:
        until = time.monotonic() + 120
        while not (project / "src/calc.py").exists() and running.poll() is None and time.monotonic() < until:
            time.sleep(0.05)
        os.kill(running.pid, signal.SIGINT)
        # The command sleeps ten minutes: it is stopped, not waited for, nor for its own limit, which would not be an interruption.
        out, err = running.communicate(timeout=90)
    finally:
        running.kill()
    assert out.strip() == "interrupted", err
    assert not (project / "src/calc.py").exists()
    (project / "go").mkdir()  # the command is run again, and is quick this time; no checkpoint holds an empty folder
    check_whole(project, resume(app_at(project, (TURNS[0], *TURNS))), commits)


def test_a_kill_during_a_command_leaves_no_placeholder_for_longer_than_to_the_next_command(project):
    command = (sys.executable, "-c", INTERRUPTED, str(project), str(Path(__file__).parent))
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True)
    until = time.monotonic() + 120
    while not (project / "src/calc.py").exists() and running.poll() is None and time.monotonic() < until:
        time.sleep(0.05)
    running.kill()
    _, err = running.communicate(timeout=90)
    assert (project / "src/calc.py").exists(), err.decode()

    was_guarded = (project / "AGENTS.md").is_dir()
    status = subprocess.run((sys.executable, "-m", "setsquare", "status"), cwd=project, check=False, capture_output=True, text=True)
    assert status.returncode in {0, 1, 3}, status.stderr
    # Without bubblewrap the cache folders of test programs are made ready; git ignores them.
    caches = {".hypothesis", ".mypy_cache", ".pytest_cache", ".ruff_cache"}
    assert sorted(set(os.listdir(project)) - caches) == [".git", ".kiro", ".setsquare", "README.md", "src", "tests"]
    assert was_guarded == (app_at(project).sandbox.name == "bubblewrap"), "there was something to take away"


IGNORED_TURNS = (
    ("write", {"path": "local/kept.txt", "content": "the run's\n"}),
    ("write", {"path": "local/kept.txt", "content": "the run's again\n"}),
    ("write", {"path": "local/new.txt", "content": "made by the run\n"}),
    ("write", {"path": "local/new.txt", "content": "made by the run, twice\n"}),
    ("write", {"path": "tests/test_calc.py", "content": TEST}),
    ("write", {"path": "src/calc.py", "content": "def add(a, b):\n    return a + b\n"}),
    None,
)


def test_a_revert_gives_an_ignored_file_its_bytes_back(project):
    """Ignored files are in no checkpoint until the run is about to write over one."""
    (project / ".gitignore").write_text("local/\n")
    (project / "local").mkdir()
    (project / "local" / "kept.txt").write_text("a person's\n")
    git(project, "add", "-A")
    git(project, "commit", "-q", "-m", "ignore")
    app = app_at(project, IGNORED_TURNS)
    report = start(app, RunRequest(spec="sum", tasks="1"))
    assert report.status == "done", report
    assert (project / "local" / "kept.txt").read_text() == "the run's again\n"
    done = revert(app_at(project), report.run)
    assert (project / "local" / "kept.txt").read_text() == "a person's\n"
    assert not (project / "local" / "new.txt").exists()
    assert {"local/kept.txt", "local/new.txt"} <= set(done.restored)
