"""What the world does to a run: signals, damaged journals, a jumping clock, a second process, a state folder that goes."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from setsquare.adapters.clock import SystemClock
from setsquare.adapters.state import state_folder
from setsquare.events.entry import decode_entry
from setsquare.events.facts import RunParked

pytestmark = [pytest.mark.network, pytest.mark.usefixtures("sandboxed"), pytest.mark.parametrize("spoken", ["chat"], indirect=True)]

GOOD = "def add(a, b):\n    return a + b\n"
RUNNING = (
    "import signal, sys; signal.signal(signal.SIGHUP, signal.SIG_DFL); from setsquare.__main__ import main; sys.exit(main(sys.argv[1:]))"
)


@pytest.fixture
def project(sum_project, spoken):
    return sum_project(spoken.provider, spoken.origin)


def good(spoken):
    return (spoken.call("write", {"path": "src/calc.py", "content": GOOD}), spoken.text("Added add(). ", "See src/calc.py."))


def journals(project):
    return sorted(Path(state_folder(str(project.folder), os.environ)).rglob("journal.jsonl"))


def events(journal):
    return [decode_entry(line).event for line in journal.read_bytes().splitlines()]


def begun(project, spoken, *argv, folder=None):
    """Start a run whose model takes its time; give the process once the model is asked."""
    slow = spoken.text("Hm.")
    slow.pause_s = 30.0
    spoken.says(slow)
    command = [sys.executable, "-c", RUNNING, *(argv or ("run", "sum"))]
    process = subprocess.Popen(command, cwd=folder or project.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    until = time.monotonic() + 30
    while not spoken.requests:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < until
        time.sleep(0.02)
    return process


@pytest.mark.parametrize("numbers", [("SIGTERM",), ("SIGHUP",), ("SIGINT",), ("SIGINT", "SIGINT"), ("SIGTERM", "SIGINT", "SIGHUP")])
def test_a_signal_parks_the_run_however_many_come(numbers, run, project, spoken):
    process = begun(project, spoken)
    for number in numbers:
        process.send_signal(getattr(signal, number))
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130, out + err
    assert "[interrupted]" in out
    last = events(*journals(project))[-1]
    assert isinstance(last, RunParked)
    assert last.worked_s >= 0
    assert len(numbers) > 1 or numbers == ("SIGINT",) or numbers[0] in last.reason
    spoken.says(*good(spoken))
    done = run("run", "--resume")
    assert done.code == 0, done.err
    assert "It was parked" in done.out


def test_a_torn_last_line_is_set_aside_and_the_run_goes_on(run, project, spoken):
    spoken.says(spoken.error(401))
    assert run("run", "sum").code == 4
    (journal,) = journals(project)
    with journal.open("ab") as file:
        file.write(b'{"seq": 99, "at": "2026-')
    spoken.says(*good(spoken))
    assert run("status").code == 0
    done = run("run", "--resume")
    assert done.code == 0, done.err
    assert journal.with_name("journal.jsonl.torn").read_bytes().startswith(b'{"seq": 99')


@pytest.mark.parametrize("damage", ["changed", "missing", "swapped"])
def test_a_damaged_journal_is_named_and_stands_in_nobodys_way(damage, run, project, spoken):
    spoken.says(spoken.error(401))
    assert run("run", "sum").code == 4
    (journal,) = journals(project)
    lines = journal.read_bytes().splitlines(keepends=True)
    lines[2:4] = {"changed": [b"\x00garbage\n", lines[3]], "missing": [lines[3]], "swapped": [lines[3], lines[2]]}[damage]
    journal.write_bytes(b"".join(lines))
    before, name = project.files(), journal.parent.name
    refused = run("run", "--resume", name, "--format", "json")
    assert (refused.code, refused.json["error"]["code"]) == (4, "journal-damaged")
    assert "line 3" in refused.json["error"]["message"]
    assert refused.json["error"]["hint"]
    assert name in run("status").out
    assert project.files() == before
    assert journal.read_bytes() == b"".join(lines), "a damaged journal was written to"
    spoken.says(*good(spoken))
    assert run("run", "sum").code == 0


@pytest.mark.parametrize("jump_s", [-86_400, 86_400])
def test_a_clock_that_jumps_a_day_neither_ends_nor_hides_a_run(jump_s, run, project, spoken, monkeypatch):
    """The wall clock jumps while the model is asked and stays there; the next run still counts as the later one."""
    real, jumped = SystemClock.now, []

    def shifted(self):
        jumped.append(0)
        at = time.gmtime(time.time() + (jump_s if len(jumped) > 4 else 0))
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", at)

    monkeypatch.setattr(SystemClock, "now", shifted)
    spoken.says(*good(spoken))
    done = run("run", "sum", "--format", "json")
    assert (done.code, done.json["status"]) == (0, "done"), done.out
    new_id = SystemClock.new_id

    def older(self):
        """The clock was set back by two days since."""
        return "0" + new_id(self)[1:]

    monkeypatch.setattr(SystemClock, "now", real)
    monkeypatch.setattr(SystemClock, "new_id", older)
    spoken.says(spoken.error(401))
    parked = run("run", "sum", "--format", "json")
    assert parked.code == 4
    assert parked.json["run"] > done.json["run"]
    assert run("status", "--format", "json").json["specs"][0]["open_run"] == parked.json["run"]
    assert run("run", "sum").code == 3, "a second run would work on top of the first"


def test_two_runs_at_the_same_moment_are_one_run(run, project, spoken):
    spoken.says(*good(spoken))
    command = [sys.executable, "-c", RUNNING, "run", "sum", "--task", "1"]
    commits = int(project.git("rev-list", "--count", "HEAD"))
    both = [
        subprocess.Popen(command, cwd=project.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(os.environ))
        for _ in range(2)
    ]
    said = [process.communicate(timeout=120) for process in both]
    codes = sorted(process.returncode for process in both)
    assert codes in ([0, 1], [0, 2], [0, 3]), said
    assert int(project.git("rev-list", "--count", "HEAD")) == commits + 1
    assert (project.folder / ".kiro/task-log.md").read_text().count("\n## ") == 1
    assert project.git("status", "--porcelain") == ""


def test_a_second_run_names_the_holder_and_how_to_stop_it(run, project, spoken):
    first = begun(project, spoken)
    try:
        (journal,) = journals(project)
        second = run("run", "sum", "--format", "json")
        assert second.code == 3
        assert f"run {journal.parent.name}, process {first.pid}" in second.json["error"]["message"]
        assert "setsquare stop" in second.json["error"]["hint"]
    finally:
        first.kill()
        first.communicate()


def test_two_worktrees_of_a_repository_run_beside_each_other(run, project, spoken, tmp_path):
    other = tmp_path / "other"
    project.git("worktree", "add", "-q", "-b", "second", str(other))
    first = begun(project, spoken)
    try:
        trusted = subprocess.run([sys.executable, "-c", RUNNING, "trust"], cwd=other, capture_output=True, check=False, text=True)
        assert trusted.returncode == 0, trusted.stderr
        spoken.says(*good(spoken))
        done = subprocess.run([sys.executable, "-c", RUNNING, "run", "sum"], cwd=other, capture_output=True, check=False, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        assert (
            "Task: 1"
            in subprocess.run(["git", "log", "-1", "--format=%B", "second"], cwd=other, capture_output=True, check=True, text=True).stdout
        )
        assert project.git("log", "-1", "--format=%s", "main").startswith("Approve")
        assert project.git("status", "--porcelain") == ""
        assert first.poll() is None
        stopped = subprocess.run([sys.executable, "-c", RUNNING, "stop"], cwd=other, capture_output=True, check=False, text=True)
        assert "No run was going on" in stopped.stdout, "a stop here reached the other worktree"
        assert first.poll() is None
    finally:
        first.kill()
        first.communicate()


def test_a_state_folder_that_is_deleted_stops_the_run(run, project, spoken):
    process = begun(project, spoken)
    before = project.files()
    shutil.rmtree(state_folder(str(project.folder), os.environ))
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=30)
    assert process.returncode in {4, 130}, out + err
    assert "Traceback" not in out + err
    assert "internal" not in out + err
    assert project.files() == before


def test_a_journal_that_is_deleted_is_noticed_before_the_next_effect(run, project, spoken):
    calling, done = good(spoken)
    calling.pause_s = 0.3
    spoken.says(calling, done)
    command = [sys.executable, "-c", RUNNING, "run", "sum"]
    process = subprocess.Popen(command, cwd=project.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while not spoken.requests and process.poll() is None:
        time.sleep(0.02)
    for journal in journals(project):
        journal.unlink()
    out, err = process.communicate(timeout=60)
    assert process.returncode == 4, out + err
    assert "was deleted" in err
    assert not (project.folder / "src/calc.py").exists()


def test_a_read_only_state_folder_is_refused_by_name(run, project, spoken):
    state = Path(state_folder(str(project.folder), os.environ))
    if subprocess.run(["mount", "--bind", str(state), str(state)], check=False, capture_output=True).returncode:
        pytest.skip("no file system can be mounted here")
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", str(state)], check=True)
        before = project.files()
        refused = run("run", "sum", "--format", "json")
        assert (refused.code, refused.json["error"]["code"]) == (4, "storage-failed")
        assert str(state) in refused.json["error"]["message"]
        assert project.files() == before
        assert run("status").code == 0
    finally:
        subprocess.run(["umount", str(state)], check=True)


# req: agent-runtime/6.8
def test_a_damaged_journal_of_a_run_that_left_work_stops_the_next_one_until_a_person_takes_it_away(run, project, spoken):
    spoken.says(spoken.call("write", {"path": "src/calc.py", "content": "half\n"}), spoken.error(401))
    assert run("run", "sum").code == 4
    (journal,) = journals(project)
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join([*lines[:4], b"\x00garbage\n", *lines[5:]]))
    name = journal.parent.name
    refused = run("run", "sum", "--format", "json")
    assert (refused.code, refused.json["error"]["code"]) == (3, "refused")
    assert f"line 5 of {journal}" in refused.json["error"]["message"]
    assert f"setsquare revert {name} --set-aside" in refused.json["error"]["hint"]
    assert run("revert", "--set-aside").code == 2
    aside = run("revert", name, "--set-aside", "--format", "json")
    assert aside.code == 0, aside.err
    assert Path(aside.json["aside"]).read_bytes().count(b"garbage") == 1
    assert (project.folder / "src/calc.py").read_text() == "half\n", "nothing was taken back"
    (project.folder / "src/calc.py").unlink()
    spoken.says(*good(spoken))
    assert run("run", "sum").code == 0
