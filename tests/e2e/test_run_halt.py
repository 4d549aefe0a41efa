"""A run stops before its next step when a document that was approved for it changes."""

from __future__ import annotations

import threading

import pytest

from setsquare import wire

pytestmark = [pytest.mark.network, pytest.mark.usefixtures("sandboxed")]

GOOD = "def add(a, b):\n    return a + b\n"


@pytest.fixture
def project(sum_project, spoken, seasoned):
    made = sum_project(spoken.provider, spoken.origin)
    seasoned(wire.app_for(made.folder), "sum")
    return made


class Meddling:
    """A model's answer before which a person edits a file."""

    def __init__(self, path, old, new):
        self.path, self.old, self.new = path, old, new
        self.done = threading.Event()

    def __call__(self):
        text = self.path.read_text()
        assert self.old in text
        self.path.write_text(text.replace(self.old, self.new))
        self.done.set()


def edited_while(monkeypatch, edit, at):
    """Make an edit when the model is asked for the `at`-th time, from 1."""
    from setsquare.journeys import run_driver, run_model

    asked = []
    real = run_model.ask_model

    def meddled(run, step):
        real(run, step)
        asked.append(step)
        if len(asked) == at:
            edit()

    monkeypatch.setattr(run_driver, "ask_model", meddled)


@pytest.mark.parametrize(
    ("document", "old", "new"),
    [
        ("requirements.md", "return their sum", "return their difference"),
        ("design.md", "holds `add`", "holds `plus`"),
        ("tasks.md", "Add numbers", "Add all numbers"),
    ],
)
# req: spec-engine/4.4
def test_an_edit_stops_the_run_and_nothing_is_done_under_it(document, old, new, run, project, spoken, monkeypatch):
    spoken.says(spoken.call("write", {"path": "src/calc.py", "content": GOOD}), spoken.text("Done."))
    edit = Meddling(project.folder / ".kiro/specs/sum" / document, old, new)
    edited_while(monkeypatch, edit, 1)
    stopped = run("run", "sum", "--mode", "autonomous", "--format", "json")
    assert edit.done.is_set()
    assert stopped.code == 3
    assert (stopped.json["status"], stopped.json["code"]) == ("parked", "spec-changed")
    assert len(spoken.requests) == 1
    assert not (project.folder / "src/calc.py").exists()
    assert new in (project.folder / ".kiro/specs/sum" / document).read_text()
    assert run("run", "--resume").code == 3


def test_a_ticked_box_stops_nothing(run, project, spoken, monkeypatch):
    spoken.says(spoken.call("write", {"path": "src/calc.py", "content": GOOD}), spoken.text("Done."))
    edit = Meddling(project.folder / ".kiro/specs/sum/tasks.md", "- [ ] 2.", "- [x] 2.")
    edited_while(monkeypatch, edit, 1)
    done = run("run", "sum", "--mode", "autonomous", "--format", "json")
    assert edit.done.is_set()
    assert done.json.get("code") != "spec-changed"


def test_a_task_that_is_done_again_is_pinned_to_what_its_criterion_says_now(run, project, spoken):
    requirements = project.folder / ".kiro/specs/sum/requirements.md"
    spoken.says(spoken.call("write", {"path": "src/calc.py", "content": GOOD}), spoken.text("Done."))
    assert run("run", "sum", "--mode", "autonomous").code == 0
    requirements.write_text(requirements.read_text().replace("return their sum.", "return their exact sum."))
    tasks = project.folder / ".kiro/specs/sum/tasks.md"
    tasks.write_text(tasks.read_text().replace("- [x] 1.", "- [ ] 1."))
    assert "1.1" in run("trace", "suspect", "sum").out
    for stage in ("requirements", "design", "tasks"):
        assert run("approve", "sum", stage).code == 0
    project.git("add", "-A")
    if project.git("status", "--porcelain"):
        project.git("commit", "-q", "-m", "again")
    spoken.says(spoken.call("write", {"path": "src/calc.py", "content": GOOD + "\n"}), spoken.text("Done again."))
    done = run("run", "sum", "--mode", "autonomous")
    assert done.code == 0, done.err
    assert project.git("status", "--porcelain") == ""
    assert "1.1" not in run("trace", "suspect", "sum").out
