"""Files whose names are not UTF-8: created, changed and deleted by a run, seen in its records, and taken back."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from setsquare.events.entry import decode_entry
from setsquare.events.facts import ActionObserved, ScopeEnforced, TaskDone

MADE = os.fsdecode(b"src/made \xe9%41.txt")
CHANGED = os.fsdecode(b"src/caf\xe9.txt")
DELETED = os.fsdecode(b"src/gone\xff.txt")
OUTSIDE = os.fsdecode(b"docs/\xe9t\xe9.txt")
OUTSIDE_GONE = os.fsdecode(b"docs/gone\xe9.txt")
PROGRAM = """import os
open(b'src/made \\xe9%41.txt', 'w').write('made\\n')
open(b'src/caf\\xe9.txt', 'a').write('by the run\\n')
os.unlink(b'src/gone\\xff.txt')
open(b'docs/\\xe9t\\xe9.txt', 'w').write('out of scope\\n')
os.unlink(b'docs/gone\\xe9.txt')
"""
CALC = ("write", {"path": "src/calc.py", "content": "def add(a, b):\n    return a + b\n"})


@pytest.fixture
def ready(scripted):
    (scripted.folder / "docs").mkdir(exist_ok=True)
    for name in (CHANGED, DELETED, OUTSIDE_GONE):
        (scripted.folder / name).write_text("of a person\n")
    scripted.project.git("add", "-A")
    scripted.project.git("commit", "-q", "-m", "odd names")
    return scripted


@pytest.fixture
def ran(ready):
    name = ready(CALC, ("write", {"path": "src/make.py", "content": PROGRAM}), ("shell", {"command": "python3 src/make.py"}))
    return ready, name


def events(name: str) -> list[object]:
    state = Path(os.environ["XDG_STATE_HOME"])
    journal = next(path for path in state.rglob("journal.jsonl") if name in str(path))
    return [decode_entry(line).event for line in journal.read_bytes().splitlines()]


# req: agent-runtime/4.5
def test_scope_holds_and_the_journal_names_the_files_exactly(ran):
    ready, name = ran
    assert not os.path.exists(ready.folder / OUTSIDE)
    assert (ready.folder / OUTSIDE_GONE).read_text() == "of a person\n"
    seen = next(event for event in events(name) if isinstance(event, ActionObserved) and MADE in event.changed)
    assert {MADE, CHANGED, DELETED} <= set(seen.changed)
    assert {OUTSIDE, OUTSIDE_GONE} <= {path for event in events(name) if isinstance(event, ScopeEnforced) for path in event.reverted}
    (done,) = (event for event in events(name) if isinstance(event, TaskDone))
    assert {MADE, CHANGED, DELETED} <= set(done.changed)
    assert ready.project.git("status", "--porcelain", "-z") == ""


def test_everything_is_shown(ran, run):
    _, name = ran
    assert run("log", name).code == 0
    assert run("log", name, "--format", "json").code == 0
    assert run("log", name, "--html", "page.html").code == 0
    shown = run("diff", name)
    assert shown.code == 0
    assert "caf\\xe9.txt" in shown.out
    assert "by the run" in shown.out
    assert run("diff", name, "--format", "json").code == 0
    assert run("evidence", name).code == 0
    assert run("checkpoints", name).code == 0
    assert run("case", "export", name, "case.json").code in (0, 3)


@pytest.mark.parametrize("extra", [(), ("--commit",), ("--task", "1")])
def test_a_revert_takes_it_back(ran, run, extra):
    ready, name = ran
    assert run("revert", name, "--dry-run").code == 0
    done = run("revert", name, "--format", "json", *extra)
    assert done.code == 0, done.out + done.err
    assert not os.path.exists(ready.folder / MADE)
    assert (ready.folder / CHANGED).read_text() == "of a person\n"
    assert (ready.folder / DELETED).read_text() == "of a person\n"
    assert run("log", name).code == 0
    assert run("restore", name, "--undo").code == 0
    assert (ready.folder / MADE).read_text() == "made\n"


def test_a_persons_later_lines_stay(ran, run):
    ready, name = ran
    file = ready.folder / CHANGED
    file.write_text("a person's first\n" + file.read_text())
    assert run("revert", name).code == 0
    assert file.read_text() == "a person's first\nof a person\n"


def test_a_restore_puts_it_back(ran, run):
    ready, name = ran
    assert run("restore", name, "--step", "0", "--dry-run").code == 0
    assert run("restore", name, "--step", "0").code == 0
    assert not os.path.exists(ready.folder / MADE)
    assert (ready.folder / DELETED).read_text() == "of a person\n"


def test_a_journal_written_before_is_read(ran, run):
    _, name = ran
    state = Path(os.environ["XDG_STATE_HOME"])
    journal = next(path for path in state.rglob("journal.jsonl") if name in str(path))
    lines = [json.loads(line) for line in journal.read_bytes().splitlines()]
    assert any(line.pop("names", "") for line in lines)
    journal.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert run("log", name).code == 0


def test_the_teams_files_stay_text(ran):
    ready, _ = ran
    for path in (".kiro/task-log.md", ".kiro/specs/sum/tasks.md", *map(str, (ready.folder / ".setsquare").rglob("*.jsonl"))):
        (ready.folder / path).read_bytes().decode()
    ready.project.git("log", "-1", "--format=%B").encode().decode()
