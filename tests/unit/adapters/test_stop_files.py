"""Orders stand as files, also where there is hardly room, and processes are found and reached without any."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest

from setsquare.adapters.run_mailboxes import ProcessRunners
from setsquare.adapters.stop_files import FileStops
from setsquare.ports.stops import Scope, StopOrder


@pytest.fixture
def stops(tmp_path):
    return FileStops("/nowhere/w", str(tmp_path / "root" / "w1"))


@pytest.mark.parametrize(
    ("scope", "name"), [(Scope.EVERYTHING, ""), (Scope.WORKSPACE, ""), (Scope.SPEC, "login"), (Scope.SPEC, "a/../ü 'x'")]
)
def test_an_order_stands_until_it_is_lifted(stops, tmp_path, scope, name):
    order = StopOrder(scope=scope, name=name, by="ada", reason="why", at="t")
    assert stops.standing("login") is None
    assert stops.order(order)
    again = FileStops("/nowhere/w", str(tmp_path / "root" / "w1"))
    assert again.standing(name or "login") == order
    assert again.orders() == (order,)
    assert again.standing("other") == (None if scope is Scope.SPEC else order)
    assert stops.lift(scope, name)
    assert not stops.lift(scope, name)
    assert again.standing(name or "login") is None
    assert not [path for path in (tmp_path / "root").rglob("*") if path.is_file()]


def test_everything_concerns_other_workspaces_and_the_rest_does_not(stops, tmp_path):
    other = FileStops("/nowhere/v", str(tmp_path / "root" / "w2"))
    stops.order(StopOrder(scope=Scope.WORKSPACE))
    assert other.standing("login") is None
    stops.order(StopOrder(scope=Scope.EVERYTHING, reason="fire"))
    found = other.standing("login")
    assert found
    assert found.reason == "fire"


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff\x00", b'{"scope": "run"}', b"[]", b"x" * 100_000])
def test_a_file_that_cannot_be_read_is_an_order(stops, tmp_path, raw):
    stops.order(StopOrder(scope=Scope.WORKSPACE))
    (path,) = (tmp_path / "root").rglob("workspace.json")
    path.write_bytes(raw)
    assert stops.standing("login") == StopOrder(scope=Scope.WORKSPACE)


def test_where_there_is_no_room_an_empty_file_is_the_order(tmp_path):
    script = (
        "import resource, signal, sys; from setsquare.adapters.stop_files import FileStops; from setsquare.ports.stops import *\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))\n"
        "stops = FileStops('/nowhere/w', sys.argv[1]); order = StopOrder(scope=Scope.WORKSPACE, by='ada')\n"
        "print(stops.order(order), stops.standing('x') is not None)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path / "root/w1")], capture_output=True, text=True, check=True)
    assert done.stdout == "True True\n"
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 0


def test_what_cannot_be_recorded_is_said(tmp_path):
    (tmp_path / "root").write_text("a file where a folder should be")
    assert not FileStops("/nowhere/w", str(tmp_path / "root" / "w1")).order(StopOrder(scope=Scope.WORKSPACE))


def test_a_process_is_found_reached_and_forgotten(stops, tmp_path):
    runners = ProcessRunners(str(tmp_path / "root"))
    (tmp_path / "root").mkdir(exist_ok=True)
    assert runners.running() == ()
    mailbox = stops.opened("r1", "login")
    (runner,) = runners.running()
    assert (runner.run, runner.spec, runner.folder, runner.pid) == ("r1", "login", "/nowhere/w", os.getpid())
    assert runners.is_running(runner)
    assert mailbox.ordered() is None
    order = StopOrder(scope=Scope.RUN, name="r1", by="ada")
    runners.ask(runner, order)
    assert mailbox.ordered() == order
    assert ProcessRunners(str(tmp_path / "elsewhere")).running() == (), "a process of another state folder is reached"
    mailbox.close()
    mailbox.close()
    assert mailbox.ordered() is None
    assert not runners.is_running(runner)
    assert runners.running() == ()


def test_looking_for_an_order_costs_next_to_nothing(stops):
    mailbox = stops.opened("r1", "login")
    began = time.process_time()
    for _ in range(1_000):
        mailbox.ordered()
        stops.standing("login")
    assert time.process_time() - began < 0.5
    mailbox.close()


SLEEPER = (
    "import os, signal, sys, time\n"
    "from setsquare.adapters.stop_files import FileStops\n"
    "for number in (1, 2, 15): signal.signal(number, signal.SIG_IGN)\n"
    "for _ in range(3):\n"
    "    if os.fork() == 0:\n"
    "        time.sleep(600)\n"
    "box = FileStops('/nowhere/w', sys.argv[1]).opened('r1', 'login')\n"
    "print('ready', flush=True)\n"
    "time.sleep(600)\n"
)


def test_a_process_and_its_children_are_killed_and_no_other(tmp_path):
    runners = ProcessRunners(str(tmp_path / "root"))
    processes = [
        subprocess.Popen([sys.executable, "-c", SLEEPER, str(tmp_path / root / "w1")], stdout=subprocess.PIPE, text=True)
        for root in ("root", "other")
    ]
    try:
        for process in processes:
            assert process.stdout
            assert process.stdout.readline() == "ready\n"
        (runner,) = runners.running()
        children = Path(f"/proc/{runner.pid}/task/{runner.pid}/children").read_text().split()
        assert len(children) == 3
        began = time.monotonic()
        assert runners.end((runner,), 1.0) == ()
        assert time.monotonic() - began < 1.5
        assert processes[0].wait(5) == -9
        assert [
            child for child in children if Path(f"/proc/{child}/stat").exists() and " Z " not in Path(f"/proc/{child}/stat").read_text()
        ] == []
        assert processes[1].poll() is None
    finally:
        ProcessRunners(str(tmp_path / "other")).end(ProcessRunners(str(tmp_path / "other")).running(), 1.0)
        for process in processes:
            process.kill()
            process.communicate()


def test_a_number_that_another_process_has_now_is_left_alone(tmp_path):
    (tmp_path / "root").mkdir()
    stops = FileStops("/nowhere/w", str(tmp_path / "root" / "w1"))
    mailbox = stops.opened("r1", "login")
    (runner,) = ProcessRunners(str(tmp_path / "root")).running()
    mailbox.close()
    from msgspec.structs import replace

    with subprocess.Popen(["sleep", "600"]) as other:
        try:
            stale = replace(runner, pid=other.pid)
            assert not ProcessRunners(str(tmp_path / "root")).is_running(stale)
            assert ProcessRunners(str(tmp_path / "root")).end((stale,), 0.2) == ()
            assert other.poll() is None
        finally:
            other.kill()
