"""What a person sees of work that goes on: a task done again, what a run left alone, how far a spec is delegated, why a run without a plan is refused."""

from __future__ import annotations

import json

import pytest

from setsquare import wire
from setsquare.adapters.scripted import Scripted, Turn
from setsquare.journeys.run_task import RunRequest, start

ADD = ("write", {"path": "src/calc.py", "content": "def add(a, b):\n    return a + b\n"})
REQUIREMENTS = ".kiro/specs/sum/requirements.md"


def shown(run, *argv):
    ran = run(*argv, "--format", "json")
    assert ran.out, ran.err
    return json.loads(ran.out)


def test_a_run_without_a_spec_is_refused_with_the_way_to_one(folder, run):
    ran = run("run")
    assert ran.code == 2
    assert "setsquare spec new NAME" in ran.err
    assert "notes" in ran.err


def test_a_task_that_needs_revision_is_done_again_and_what_was_seen_names_the_new_text(scripted, run):
    first = scripted(ADD)
    path = scripted.folder / REQUIREMENTS
    path.write_text(path.read_text().replace("return their sum.", "return their sum within 1 second."))
    assert run("impact", "sum", "--mark").code == 0
    assert run("approve", "sum", "requirements").code == 0
    scripted.project.git("commit", "-qam", "changed")
    assert "--again" in run("run", "sum", "--task", "1").err

    app = wire.app_for(scripted.folder, is_sandboxed=True, model=Scripted((Turn(text="It is fast enough."),)))
    second = start(app, RunRequest(spec="sum", tasks="1", is_again=True)).run
    log = shown(run, "log", second)
    assert [(each["from_state"], each["is_passed"]) for each in log["handoffs"]] == [
        ("setup", True),
        ("execution", True),
        ("validation", True),
    ]
    assert (log["compared_files"], log["guarded_files"]) == (0, [])
    assert "No shared or protected file changed" in run("log", second).out
    (explained,) = shown(run, "trace", "explain", "sum/1.1")["criteria"]
    assert [(line["run"], line["reason"] == "the criterion says something else now") for line in explained["evidence"]] == [
        (first, True),
        (second, False),
    ]
    assert "says something else now" in run("trace", "explain", "sum/1.1").out
    assert "Needs revision" not in (scripted.folder / ".kiro/specs/sum/tasks.md").read_text()


def test_a_split_takes_the_evidence_along(scripted, run):
    name = scripted(ADD)
    path = scripted.folder / REQUIREMENTS
    path.write_text(path.read_text() + "\n### Requirement 2: Log\n\n#### Acceptance Criteria\n\n1. THE system SHALL log each sum.\n")
    scripted.project.git("commit", "-qam", "more")
    assert run("spec", "split", "sum", "adding", "--requirements", "1", "--write").code == 0
    assert [line["run"] for line in shown(run, "evidence", "adding")["evidence"]] == [name]
    assert shown(run, "evidence", "sum")["evidence"] == []


def test_a_split_leaves_evidence_alone_that_cannot_be_read(scripted, run):
    scripted(ADD)
    path = scripted.folder / REQUIREMENTS
    path.write_text(path.read_text() + "\n### Requirement 2: Log\n\n#### Acceptance Criteria\n\n1. THE system SHALL log each sum.\n")
    filed = scripted.folder / ".setsquare/evidence/sum.jsonl"
    filed.write_text(filed.read_text() + "nonsense\n")
    ran = run("spec", "split", "sum", "adding", "--requirements", "1", "--write")
    assert ran.code == 3
    assert "evidence" in ran.err


def test_status_says_how_far_a_spec_is_delegated_and_what_holds_it(scripted, run):
    def of(status):
        (spec,) = status["specs"]
        return spec["delegation"], spec["supervised"]

    assert of(shown(run, "status")) == ("supervised", 0)
    scripted(ADD)
    assert of(shown(run, "status")) == ("supervised", 1)
    assert "1 of 2" in run("status").out
    scripted(("write", {"path": "src/more.py", "content": "def times(a, b, c):\n    return a * b * c\n"}), tasks="2")
    assert of(shown(run, "status")) == ("autonomous", 2)
    assert run("stop", "--spec", "sum", "--reason", "wait").code == 0
    assert "wait" in shown(run, "status")["specs"][0]["stopped"]
    assert "stopped" in run("status").out
    assert run("freeze", "on", "--reason", "release").code == 0
    assert "release" in shown(run, "status")["freeze"]
    assert "everything is frozen" in run("status").out


@pytest.mark.parametrize("entry", ["nothing.md", "../elsewhere"])
def test_a_context_that_is_not_there_is_named(scripted, run, entry):
    ran = run("run", "sum", "--task", "1", "--context", entry)
    assert ran.code == 2
    assert entry in ran.err
