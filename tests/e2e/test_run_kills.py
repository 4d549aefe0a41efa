"""A real `setsquare run` against a real server is killed, or finds no room, at a journal position; resumed, it ends as if nothing had been."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from setsquare.adapters.state import state_folder
from setsquare.events.entry import decode_entry
from setsquare.events.facts import Committed, ModelReplied, RunFinished, RunParked, RunResumed, TaskDone

pytestmark = [pytest.mark.network, pytest.mark.usefixtures("sandboxed")]

BAD, GOOD = "def add(a, b):\n    return a - b\n", "def add(a, b):\n    return a + b\n"
POSITIONS = 48
"""No fewer than the entries of the undisturbed run; a test below holds it."""

AT_POSITION = """
import os, resource, signal, sys
from setsquare.__main__ import main
from setsquare.adapters.journal import FileJournal
append, left, what = FileJournal.append, [int(sys.argv[1])], sys.argv[2]
def counting(self, actor, event, **more):
    left[0] -= 1
    if left[0] == 0 and what == "no-room":
        # Half of the line fits: the kernel's own limit, for this file and everything larger.
        resource.setrlimit(resource.RLIMIT_FSIZE, (os.path.getsize(self._path) + 20, resource.RLIM_INFINITY))
    if left[0] == 0 and what == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    entry = append(self, actor, event, **more)
    if left[0] == 0 and what == "after":
        os.kill(os.getpid(), signal.SIGKILL)
    return entry
FileJournal.append = counting
sys.exit(main(["run", "sum"]))
"""


def answers(spoken):
    """A write, a look, a command, a claim that does not verify, its repair, a claim that does."""
    return (
        spoken.call("write", {"path": "src/calc.py", "content": BAD}),
        spoken.call("read", {"path": "src/calc.py"}),
        spoken.call("shell", {"command": "python3 -m unittest discover -s tests -t ."}),
        spoken.text("Done."),
        spoken.call("edit", {"path": "src/calc.py", "old": "a - b", "new": "a + b"}),
        spoken.text("Added add(). ", "See src/calc.py."),
    )


@pytest.fixture
def project(sum_project, spoken):
    return sum_project(spoken.provider, spoken.origin)


def events_of(project):
    *_, journal = sorted(Path(state_folder(str(project.folder), os.environ)).rglob("journal.jsonl"))
    return [decode_entry(line).event for line in journal.read_bytes().splitlines(keepends=True) if line.endswith(b"\n")]


def outcome(project):
    """Everything that a person finds afterwards, without the names and times that differ from run to run."""

    def plain(text):
        text = re.sub(r"\b01[0-9a-z]{16}\b", "RUN", text)
        return re.sub(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\dZ| \d\d:\d\d)?|\b[0-9a-f]{7,64}\b", "…", text)

    files = {name: plain(raw.decode()) for name, raw in project.files().items()}
    commits = [plain(line) for line in project.git("log", "--format=%B%x00%T").split("\n\0")]
    return files, [re.sub(r"\0.*", "", commit) for commit in commits], project.git("status", "--porcelain", "--ignored")


@pytest.fixture
def undisturbed(spoken, run, project, tmp_path):
    """How the run ends by itself, and the project as it was before."""
    spoken.says(*answers(spoken))
    kept = tmp_path / "kept"
    shutil.copytree(project.folder, kept, symlinks=True)
    done = run("run", "sum")
    assert done.code == 0, done.out + done.err
    found = outcome(project), len(events_of(project))
    (journal,) = Path(state_folder(str(project.folder), os.environ)).rglob("journal.jsonl")
    shutil.rmtree(journal.parent)
    for path in project.folder.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    shutil.copytree(kept, project.folder, symlinks=True, dirs_exist_ok=True)
    return found


def same(found, expected):
    """Compare part by part, so that a failure shows what differs."""
    for name in sorted({*found[0], *expected[0]}):
        assert found[0].get(name) == expected[0].get(name), name
    assert found[1:] == expected[1:]


def disturbed(project, spoken, position, what):
    spoken.says(*answers(spoken))
    return subprocess.run(
        (sys.executable, "-c", AT_POSITION, str(position), what), cwd=project.folder, check=False, capture_output=True, text=True
    )


def gone_on(project, spoken, run):
    """Resume with the answers that have not been heard yet."""
    events = events_of(project)
    if not events:
        spoken.says(*answers(spoken))
        return run("run", "sum")
    heard = sum(isinstance(event, ModelReplied) for event in events)
    spoken.says(*answers(spoken)[heard:] or answers(spoken)[-1:])
    return run("run", "--resume")


SAMPLE = {("before", 1), ("after", 5), ("before", 10), ("after", 13), ("before", 17), ("after", 28), ("before", 38)}


def sampled(whats, sample):
    """Every position of every kind; those that are not sampled only where there is time."""
    places = [(what, number) for what in whats for number in range(1, POSITIONS + 1)]
    return [pytest.param(*place, marks=() if place in sample else pytest.mark.soak) for place in places]


@pytest.mark.parametrize("spoken", ["chat"], indirect=True)
def test_the_positions_cover_the_whole_run(run, project, spoken):
    spoken.says(*answers(spoken))
    done = run("run", "sum")
    assert done.code == 0, done.out + done.err
    assert 30 < len(events_of(project)) <= POSITIONS


@pytest.mark.parametrize("spoken", ["chat"], indirect=True)
@pytest.mark.parametrize(("what", "position"), sampled(("before", "after"), SAMPLE))
# req: guarded-run/4.2
def test_killed_at_a_position(what, position, run, project, spoken, undisturbed):
    expected, count = undisturbed
    killed = disturbed(project, spoken, position, what)
    if position > count:
        assert killed.returncode == 0
        return
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    shown = run("status")
    assert shown.code in {0, 1, 3}
    found = events_of(project)
    if found and isinstance(found[-1], RunFinished):
        assert run("run", "--resume").code == 3, "it had ended, and nothing is left to go on with"
        same(outcome(project), expected)
        return
    done = gone_on(project, spoken, run)
    assert done.code == 0, done.out + done.err
    same(outcome(project), expected)
    events = [event for event in events_of(project) if isinstance(event, TaskDone | Committed)]
    assert len(events) == 2
    if any(isinstance(event, RunResumed) for event in events_of(project)):
        assert "It ended without a word" in done.out or "It was parked" in done.out
        assert "It goes on" in done.out


@pytest.mark.parametrize("spoken", ["chat"], indirect=True)
@pytest.mark.parametrize(("what", "position"), sampled(("no-room",), {("no-room", 2), ("no-room", 14), ("no-room", 28)}))
def test_no_room_at_a_position(what, position, run, project, spoken, undisturbed):
    expected, count = undisturbed
    failed = disturbed(project, spoken, position, what)
    if position > count:
        assert failed.returncode == 0
        return
    # The journal's last line goes back; where even that cannot be told in it, the run fails with what to do, and rests.
    assert failed.returncode in {3, 4}, failed.stdout + failed.stderr
    said = failed.stdout + failed.stderr
    assert "Traceback" not in said
    assert "internal" not in said
    assert "make room on the disk" in said or isinstance(events_of(project)[-1], RunParked)
    done = gone_on(project, spoken, run)
    assert done.code == 0, done.out + done.err
    same(outcome(project), expected)
