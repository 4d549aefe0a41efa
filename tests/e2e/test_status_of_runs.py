"""What `status`, `log` and exit codes say of a run that goes on, rests, was taken back, or cannot start."""

from __future__ import annotations

import json

import msgspec
import pytest

from setsquare import wire
from setsquare.adapters.scripted import Scripted, ScriptedCall, Turn
from setsquare.guard.capability import Mode
from setsquare.journeys.run_task import RunRequest, start
from setsquare.ports.approver import Answer, Question, Verdict

GOOD = ("write", {"path": "src/calc.py", "content": "def add(a, b):\n    return a + b\n"})
BAD = ("write", {"path": "src/calc.py", "content": "def add(a, b):\n    return a - b\n"})


class Agreeing:
    """Says yes to everything."""

    def ask(self, question: Question) -> Verdict:
        return Verdict(answer=Answer.YES, digest=question.digest, by="Ada")


def first(run):
    return run("status", "--format", "json").json["specs"][0]


# req: agent-runtime/8.3
def test_a_run_that_goes_on_is_not_called_parked(scripted, run):
    seen = []
    name = scripted(GOOD, meanwhile=lambda number: seen.append(first(run)) if number == 2 else None)
    (found,) = seen
    assert (found["open_run"], found["next"], found["reason"]) == (name, f"setsquare log {name}", "a run is going on")


def test_after_a_revert_that_is_not_committed_the_commit_comes_first(scripted, run):
    name = scripted(GOOD)
    assert run("revert", name).code == 0
    found = first(run)
    assert found["next"].startswith("git add .kiro/specs/sum/tasks.md")
    assert "&& git commit" in found["next"]
    scripted.project.git("commit", "-qam", "back")
    assert first(run)["next"] == "setsquare run sum"


def test_a_run_that_stopped_after_a_group_rests(scripted, run):
    scripted(GOOD, tasks="1")
    run("revert", scripted.id, "--commit")
    again = run_of(scripted, GOOD)
    assert first(run)["reason"] == "a run rests after a group of tasks, as it was told to"
    shown = run("log", again).out
    assert "rests, as it was told to" in shown
    assert "parked" not in shown


def run_of(scripted, *turns):
    """Run all tasks and stop after each group."""
    calls = (Turn(calls=(ScriptedCall(tool=tool, arguments=msgspec.Raw(json.dumps(arguments).encode())),)) for tool, arguments in turns)
    model = Scripted((*calls, Turn(text="Done.")))
    app = wire.app_for(scripted.folder, is_sandboxed=True, approver=Agreeing(), model=model)
    return start(app, RunRequest(spec="sum", tasks="all", mode=Mode.SUPERVISED, stops_after_group=True)).run


def test_the_log_shows_what_a_failed_verification_printed(scripted, run):
    name = scripted(BAD, Turn(text="Done."), BAD)
    shown = run("log", name).out
    assert "AssertionError: -1 != 3" in shown
    assert any("AssertionError" in step["output"] for step in run("log", name, "--format", "json").json["steps"])


@pytest.mark.parametrize(
    "argv",
    [
        ("run", "sum", "--tasks", "2-1"),
        ("run", "sum", "--tasks", "7-9"),
        ("run", "sum", "--tasks", "9"),
        ("freeze", "on"),
        ("autonomy", "sum", "--restore"),
        ("keys", "rotated"),
        ("budget", "reset", "daily"),
    ],
)
def test_what_is_mistyped_is_usage(scripted, run, argv):
    del scripted
    assert run(*argv).code == 2


def test_settings_that_are_no_json_are_named_with_their_line(scripted, run):
    (scripted.folder / ".kiro/settings.json").write_text('{\n  "agent": {\n    "autonomyLevel": "full"\n    "x": 1\n  }\n}\n')
    run("trust")
    for argv in (("run", "sum"), ("policy", "explain", "ls", "--spec", "sum", "--task", "1"), ("doctor",)):
        found = run(*argv)
        assert "`.kiro/settings.json` cannot be read as JSON (line 4: expected" in found.out + found.err, argv
        assert "forbiddenCommands" not in found.out + found.err


def test_one_thing_is_not_counted_as_several(scripted, run):
    settings = scripted.folder / ".kiro/settings.json"
    settings.write_text(settings.read_text().replace('"maxSelfCorrections": 1', '"maxMinutesPerTask": 1, "maxFileEditsPerTask": 1'))
    shown = run("policy", "show", "--spec", "sum").out
    assert "1 minute, 1 file" in shown
