"""`run --allow` and `--deny`: what a person says for one run alone."""

from __future__ import annotations

import json
import os
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from setsquare import wire
from setsquare.adapters.approver_absent import AbsentApprover
from setsquare.adapters.scripted import Scripted, ScriptedCall, Turn
from setsquare.errors import Refused, Usage
from setsquare.events.facts import ActionDecided, RunStarted
from setsquare.guard.capability import Mode
from setsquare.journeys.run_resume import resume
from setsquare.journeys.run_task import RunRequest, start
from setsquare.ports.approver import Answer, Question, Verdict

CALC = ("write", {"path": "src/calc.py", "content": "def add(a, b):\n    return a + b\n"})


class Agreeing:
    """Says yes to everything."""

    def ask(self, question: Question) -> Verdict:
        return Verdict(answer=Answer.YES, digest=question.digest, by="Ada")


def turn(tool: str, **arguments: object) -> Turn:
    return Turn(calls=(ScriptedCall(tool=tool, arguments=msgspec.Raw(json.dumps(arguments).encode())),))


def app_of(scripted, *turns):
    return wire.app_for(scripted.folder, is_sandboxed=True, approver=AbsentApprover(), model=Scripted((*turns, Turn(text="Done."))))


def begun(app, *session: str, mode: Mode = Mode.SUPERVISED):
    report = start(app, RunRequest(spec="sum", tasks="1", mode=mode, session=session))
    events = [entry.event for entry in app.journals.open(report.run).entries()]
    return report, events


def settle(scripted, run, key: str, value: str) -> None:
    """Set a key of `agent`, trust it, commit it."""
    place = scripted.folder / ".kiro/settings.json"
    settings = json.loads(place.read_text())
    settings["agent"][key] = value
    place.write_text(json.dumps(settings, indent=2))
    assert run("trust").code == 0
    scripted.project.git("commit", "-qam", "settings")


# req: agent-runtime/1.7
def test_rules_hold_for_the_run_and_are_recorded(scripted, run):
    app = app_of(scripted, turn("shell", command="ls src"), turn("write", **CALC[1]))
    report, events = begun(app, "deny ls *")
    decided = next(event for event in events if isinstance(event, ActionDecided))
    assert decided.permission == "deny"
    assert "--deny" in decided.rule + decided.reason
    assert isinstance(events[0], RunStarted)
    assert events[0].session == ("deny ls *",)
    audit = "".join(path.read_text() for path in Path(os.environ["XDG_STATE_HOME"]).rglob("audit*.jsonl"))
    assert '"session":["deny ls *"]' in audit
    again = run("policy", "simulate", report.run, "--format", "json")
    assert again.code == 0, again.err
    assert again.json["actions"][0]["now"] == "deny"


def test_a_resumed_run_keeps_its_rules(scripted):
    app = app_of(scripted, turn("shell", command="make nothing"))
    report, _ = begun(app, "deny ls *")
    assert report.status == "parked"
    later = replace(app_of(scripted, turn("shell", command="ls src"), turn("write", **CALC[1])), approver=Agreeing())
    resume(later, report.run)
    events = [entry.event for entry in later.journals.open(report.run).entries()]
    assert [event.permission for event in events if isinstance(event, ActionDecided) and "ls src" in event.arguments] == ["deny"]


@pytest.mark.parametrize(
    ("value", "mode", "is_refused"),
    [
        ("attended", Mode.AUTONOMOUS, True),
        ("attended", Mode.SUPERVISED, False),
        ("none", Mode.SUPERVISED, True),
        ("any", Mode.AUTONOMOUS, False),
        ("sometimes", Mode.SUPERVISED, True),
    ],
)
def test_the_settings_say_where_allowing_is_open(scripted, run, seasoned, value, mode, is_refused):
    settle(scripted, run, "sessionAllow", value)
    app = app_of(scripted, turn("write", **CALC[1]))
    seasoned(app, "sum")
    if is_refused:
        with pytest.raises(Refused, match="sessionAllow"):
            begun(app, "allow make *", mode=mode)
        begun(app, "deny make *", mode=mode)
    else:
        begun(app, "allow make *", mode=mode)


def test_a_rule_that_is_not_understood_starts_nothing(scripted, run):
    app = app_of(scripted)
    with pytest.raises(Usage, match="no capability"):
        begun(app, "deny fs_wirte:docs/**")
    assert run("run", "sum", "--deny", "fs_wirte:docs/**").code == 2
    assert run("run", "--resume", "--deny", "ls *").code == 2
    assert "No runs yet" in run("log").out


def test_a_rule_with_a_secret_is_not_recorded(scripted):
    with pytest.raises(Usage, match="secret"):
        begun(app_of(scripted), "allow curl -H 'Authorization: Bearer abcdef0123456789abcd' *")
    (scripted.folder / ".env").write_text("API_TOKEN=four-plain-words-only\n")
    with pytest.raises(Usage, match="secret"):
        begun(app_of(scripted), "deny curl *four-plain-words-only*")


def test_policy_explain_names_the_rule_of_the_run(scripted, run):
    del scripted
    found = run("policy", "explain", "ls src", "--spec", "sum", "--deny", "ls *", "--format", "json").json
    assert found["permission"] == "deny"
    assert found["source"] == 'this run: --deny "ls *"'
    assert "this run: --deny" in run("policy", "show", "--spec", "sum", "--deny", "ls *").out
