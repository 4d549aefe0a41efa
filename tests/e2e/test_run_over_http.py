"""`setsquare run` against a real HTTP server in both wire formats, with a real sandbox and real git."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from setsquare import wire
from setsquare.adapters.clock import SystemClock
from setsquare.adapters.journal import FileJournals
from setsquare.adapters.state import state_folder
from setsquare.agent.machine import replay
from setsquare.agent.state import Phase

pytestmark = [pytest.mark.network, pytest.mark.usefixtures("sandboxed")]

GOOD = "def add(a, b):\n    return a + b\n"
TASKS = ".kiro/specs/sum/tasks.md"


@pytest.fixture
def project(sum_project, spoken):
    return sum_project(spoken.provider, spoken.origin)


def good(spoken):
    return (spoken.call("write", {"path": "src/calc.py", "content": GOOD}), spoken.text("Added add(). ", "See src/calc.py."))


def replayed(project, run_id):
    """The state to which the journal on the disk leads, from its beginning."""
    journal = FileJournals(state_folder(str(project.folder), os.environ), SystemClock()).open(run_id)
    return replay(entry.event for entry in journal.entries())


def untouched(project):
    """No box is ticked and nothing is committed."""
    assert "[x]" not in (project.folder / TASKS).read_text()
    assert project.git("log", "-1", "--format=%s").startswith("Approve tasks")
    assert not (project.folder / ".kiro/task-log.md").exists()


# req: guarded-run/3.3
def test_a_task_end_to_end_then_its_log_its_replay_and_its_revert(run, project, spoken):
    before = project.files()
    commits = int(project.git("rev-list", "--count", "HEAD"))
    spoken.says(*good(spoken))
    done = run("run", "sum", "--format", "json")
    assert (done.code, done.json["status"], done.err) == (0, "done", "")
    assert {tool.get("name") or tool["function"]["name"] for tool in spoken.requests[0]["tools"]} >= {"write", "edit", "shell"}
    assert "return their sum" in json.dumps(spoken.requests[0])

    assert int(project.git("rev-list", "--count", "HEAD")) == commits + 1
    assert project.git("status", "--porcelain") == ""
    old, new = before[TASKS], project.files()[TASKS]
    assert [index for index, (a, b) in enumerate(zip(old, new, strict=True)) if a != b] == [old.index(b"[ ]") + 1]
    name = done.json["run"]
    trailers = project.git("log", "-1", "--format=%(trailers:only)").split("\n")[:4]
    assert trailers == ["Spec: sum", "Task: 1", "Requirement: 1.1", f"Run: {name}"]
    assert f"- run: {name} |" in (project.folder / ".kiro/task-log.md").read_text()

    state = replayed(project, name)
    assert (state.phase, state.position, state.run) == (Phase.ENDED, 1, name)
    assert state == replayed(project, name)
    steps = run("log", name, "--format", "json").json["steps"]
    assert [step["result"] for step in steps if step["what"].startswith("verified")] == ["ok"]
    assert [item["run"] for item in run("log", "--format", "json").json["runs"]] == [name]

    taken = run("revert", name, "--format", "json")
    assert (taken.code, taken.json["kept"]) == (0, [])
    assert project.files() == before


def test_a_dead_server_parks_the_run_and_resume_goes_on_when_it_is_back(run, project, spoken):
    spoken.says(*good(spoken))
    assert run("run", "sum").code == 0
    spoken.dies()
    parked = run("run", "sum", "--format", "json")
    assert (parked.code, parked.json["status"], parked.json["code"], parked.json["task"]) == (4, "parked", "model-transient", "2")
    assert spoken.origin.removeprefix("http://") in parked.json["reason"]
    assert "setsquare run --resume" in parked.json["hint"]
    assert replayed(project, parked.json["run"]).phase is Phase.RESTING
    assert run("status", "--format", "json").json["specs"][0]["open_run"] == parked.json["run"]
    spoken.comes_back()
    spoken.says(
        spoken.call("write", {"path": "src/more.py", "content": "def times(a, b, c):\n    return a * b * c\n"}), spoken.text("Done.")
    )
    done = run("run", "--resume", "--format", "json")
    assert (done.code, done.json["status"], done.json["run"]) == (0, "done", parked.json["run"])
    assert (project.folder / TASKS).read_text().count("[x]") == 2


def test_a_stream_that_is_cut_within_a_call_is_asked_again_and_nothing_is_done_twice(run, project, spoken):
    whole, done = good(spoken)
    cut = spoken.call("write", {"path": "src/calc.py", "content": GOOD})
    cut.pieces, cut.is_cut = cut.pieces[:2], True
    spoken.says(cut, whole, done)
    ran = run("run", "sum", "--format", "json")
    assert (ran.code, len(spoken.requests)) == (0, 3)
    steps = run("log", ran.json["run"], "--format", "json").json["steps"]
    assert len([step for step in steps if step["permission"]]) == 1


def unusable(spoken, kind):
    """One kind of bad model, for ever."""
    return {
        "words only": lambda: (spoken.text("Banana."),),
        "empty": lambda: (spoken.text(""),),
        "unknown tool": lambda: (spoken.call("fly", {"to": "the moon"}),),
        "broken arguments": lambda: (spoken.call("write", '{"path": "src/calc.py", "content": "de'),),
        "wrong arguments": lambda: (spoken.call("write", {"file": 7}),),
        "one call for ever": lambda: (spoken.call("list", {"path": "src"}),),
        "no stream": lambda: (spoken.raw(b"<html><body>Sign in to the hotel's network</body></html>"),),
        "cut for ever": lambda: (spoken.text("Well, first I will look at", is_cut=True),),
        "refused key": lambda: (spoken.error(401),),
        "wrong address": lambda: (spoken.error(404),),
    }[kind]()


@pytest.mark.parametrize(
    ("kind", "exit_code", "codes"),
    [
        ("words only", 1, {"verification-failed"}),
        ("empty", 4, {"model-nonsense"}),
        ("unknown tool", 4, {"model-nonsense", "looping"}),
        ("broken arguments", 4, {"model-nonsense", "looping"}),
        ("wrong arguments", 4, {"model-nonsense", "looping"}),
        ("one call for ever", 4, {"looping"}),
        ("no stream", 4, {"model-nonsense"}),
        ("cut for ever", 4, {"model-transient"}),
        ("refused key", 4, {"model-auth"}),
        ("wrong address", 4, {"model-failed", "model-nonsense"}),
    ],
)
def test_an_unusable_model_parks_the_run_and_loses_nothing(kind, exit_code, codes, run, project, spoken):
    before = project.files()
    spoken.says(*unusable(spoken, kind))
    parked = run("run", "sum", "--format", "json")
    assert (parked.code, parked.json["status"]) == (exit_code, "parked")
    assert parked.json["code"] in codes
    assert parked.json["reason"]
    assert parked.json["hint"]
    assert project.files() == before
    untouched(project)
    assert replayed(project, parked.json["run"]).phase is Phase.RESTING
    shown = run("log", parked.json["run"]).out
    assert f"parked ({parked.json['code']})" in shown
    spoken.says(*good(spoken))
    assert run("run", "--resume").code == 0, "a better model cannot go on"


RUNNING = "import sys; from setsquare.__main__ import main; sys.exit(main(['run', 'sum']))"


@pytest.mark.parametrize("spoken", ["chat"], indirect=True)
def test_a_second_run_in_the_same_workspace_is_refused_until_the_first_has_ended(run, project, spoken):
    slow = spoken.text("Hm.")
    slow.pause_s = 30.0
    spoken.says(slow)
    first = subprocess.Popen([sys.executable, "-c", RUNNING], cwd=project.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        until = time.monotonic() + 20
        while not spoken.requests and time.monotonic() < until:
            time.sleep(0.02)
        (name,) = [item["run"] for item in run("log", "--format", "json").json["runs"]]
        before = project.files()
        for argv in (("run", "sum"), ("run", "--resume"), ("run", "--resume", name), ("revert", name)):
            second = run(*argv, "--format", "json")
            assert second.code == 3, argv
            assert f"run {name}, process {first.pid}" in second.json["error"]["message"]
            assert second.json["error"]["hint"]
        assert project.files() == before
        assert len(run("log", "--format", "json").json["runs"]) == 1, "a refused run left a journal behind"
        assert run("status").code == 0
    finally:
        first.send_signal(signal.SIGKILL)
        first.communicate()
    spoken.says(*good(spoken))
    assert run("run", "--resume").code == 0, "the lock of a dead process is an obstacle"


@pytest.mark.parametrize("spoken", ["chat"], indirect=True)
@pytest.mark.parametrize("name", ["MERGE_HEAD", "index.lock"])
def test_a_busy_repository_parks_the_verified_task_and_resume_commits_it_once(name, run, project, spoken):
    commits = int(project.git("rev-list", "--count", "HEAD"))
    busy = project.folder / ".git" / name
    busy.write_text(project.git("rev-parse", "HEAD") if name == "MERGE_HEAD" else "")
    spoken.says(*good(spoken))
    parked = run("run", "sum", "--format", "json")
    assert (parked.code, parked.json["code"], parked.json["done"]) == (4, "git-failed", [])
    assert "setsquare run --resume" in parked.json["hint"]
    busy.unlink()
    asked = len(spoken.requests)
    assert run("run", "--resume").code == 0
    assert len(spoken.requests) == asked, "the model was asked again although the task was verified"
    assert int(project.git("rev-list", "--count", "HEAD")) == commits + 1
    assert project.git("status", "--porcelain") == ""
    assert (project.folder / ".kiro/task-log.md").read_text().count("\n## ") == 1


@pytest.mark.parametrize("spoken", ["messages"], indirect=True)
def test_uncommitted_edits_of_a_person_stay_out_of_the_commit(run, project, spoken, seasoned):
    mine = "def add(a, b):\n    return 0  # not finished\n"
    (project.folder / "src/calc.py").write_text(mine)
    spoken.says(good(spoken)[0])
    asked = run("run", "sum", "--format", "json")
    assert (asked.code, asked.json["code"]) == (3, "needs-answer")
    assert run("revert", asked.json["run"]).code == 0
    seasoned(wire.app_for(project.folder), "sum")
    denied = run("run", "sum", "--mode", "autonomous", "--format", "json")
    assert (denied.code, denied.json["code"]) == (3, "denied")
    assert "Commit or stash" in denied.json["hint"]
    assert (project.folder / "src/calc.py").read_text() == mine
    untouched(project)
    project.git("add", "-A")
    project.git("commit", "-q", "-m", "mine")
    spoken.says(*good(spoken))
    assert run("run", "--resume").code == 0
    assert project.git("show", "--stat", "--format=", "HEAD").count("src/calc.py") == 1


@pytest.mark.parametrize("provider", ["openai-compatible", "anthropic"])
def test_the_scripted_server_beside_the_project(provider, run, sum_project, peers):
    script = peers / "fake_llm.py"
    command = [sys.executable, str(script), "--file", "src/calc.py", "--text", GOOD, "--tool", "write"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as serving:
        assert serving.stdout
        try:
            project = sum_project(provider, f"http://127.0.0.1:{serving.stdout.readline().split()[-1]}")
            done = run("run", "sum", "--format", "json")
            assert (done.code, done.json["status"]) == (0, "done")
        finally:
            serving.terminate()
    assert (project.folder / "src/calc.py").read_text() == GOOD
    assert replayed(project, done.json["run"]).phase is Phase.ENDED
