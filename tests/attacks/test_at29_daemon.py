"""AT29: a command leaves processes behind that outlive their parents and ignore signals; none survives the command, and none survives `stop`.

Defence: adapters/confined_process.py and the sandboxes: all processes of a command end with it
Twin: test_at29_the_test_sees_a_daemon_that_nothing_ends
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from setsquare import wire
from setsquare.adapters import bubblewrap, landlock
from setsquare.ports.sandbox import Confinement, Execution

BACKENDS = {"bubblewrap": bubblewrap, "landlock": landlock}

DAEMON = (
    "import os, signal, sys, time\n"
    "for number in (1, 2, 3, 13, 14, 15): signal.signal(number, signal.SIG_IGN)\n"
    "for _ in range(3):\n"
    "    if os.fork(): os._exit(0)\n"
    "    os.setsid()\n"
    "open('src/alive', 'a').close()\n"
    "while True: time.sleep(0.05); os.utime('src/alive')\n"
)
WAYS = {
    "daemon": 'python3 -c "$D" {nap}; sleep 0.3',
    "nohup": 'nohup setsid python3 -c "$D" {nap} >/dev/null 2>&1 & sleep 0.3',
    "many": 'for i in 1 2 3 4 5 6 7 8; do (setsid python3 -c "$D" {nap} &) ; done; sleep 0.5',
}


def marked(word: str) -> list[int]:
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            line = Path(f"/proc/{name}/cmdline").read_bytes().decode(errors="replace")
            if word in line and Path(f"/proc/{name}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX":
                found.append(int(name))
    return found


@pytest.fixture
def nap() -> Iterator[str]:
    """A word on the command line of everything that a test starts; nothing of it is left afterwards."""
    word = f"nap{os.getpid()}x{time.monotonic_ns()}"
    yield word
    for pid in marked(word):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def command(way: str, nap: str) -> str:
    return f"D={quoted(DAEMON)}; {WAYS[way].format(nap=nap)}"


def quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def settled(nap: str) -> list[int]:
    """What is left after a moment."""
    until = time.monotonic() + 2
    while (left := marked(nap)) and time.monotonic() < until:
        time.sleep(0.02)
    return left


@pytest.mark.attack("AT29")
@pytest.mark.parametrize("backend", list(BACKENDS))
@pytest.mark.parametrize("way", list(WAYS))
def test_at29_no_daemon_survives_its_command(boxed: Any, acts: Any, nap: str, way: str, backend: str) -> None:
    if boxed.sandbox != backend:
        pytest.skip("the other backend's turn")
    _, _, shell = acts
    boxed.attempt(shell(command(way, nap)))
    assert any("exit code" in text for text in boxed.results), boxed.rules
    assert settled(nap) == []
    before = (boxed.folder / "src/alive").stat().st_mtime_ns if (boxed.folder / "src/alive").exists() else 0
    time.sleep(0.2)
    assert before == ((boxed.folder / "src/alive").stat().st_mtime_ns if before else 0)


@pytest.mark.attack("AT29")
@pytest.mark.parametrize("backend", list(BACKENDS))
@pytest.mark.parametrize("is_killed", [True, False], ids=["runner killed", "halted"])
def test_at29_no_daemon_survives_the_end_of_its_run(tmp_path: Path, nap: str, backend: str, *, is_killed: bool) -> None:
    """The process that holds the sandbox is killed, or told to halt, while the command still runs."""
    (tmp_path / "src").mkdir()
    if BACKENDS[backend].find(str(tmp_path)) is None:
        pytest.skip(f"{backend} does not work on this machine")
    script = (
        "import sys, time; from setsquare.adapters import bubblewrap, landlock; from setsquare.ports.sandbox import Confinement\n"
        "found = {'bubblewrap': bubblewrap, 'landlock': landlock}[sys.argv[1]].find(sys.argv[2])\n"
        "began = time.monotonic()\n"
        "found.run(('sh', '-c', sys.argv[3]), Confinement(writable=('',)), lambda: sys.argv[4] == 'halt' and time.monotonic() - began > 1.0)\n"
    )
    argv = (sys.executable, "-c", script, backend, str(tmp_path), command("many", nap) + "; sleep 600", "" if is_killed else "halt")
    process = subprocess.Popen(argv)
    try:
        until = time.monotonic() + 20
        while not (tmp_path / "src/alive").exists():
            assert process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.02)
        if is_killed:
            process.kill()
        assert process.wait(20) == (-signal.SIGKILL if is_killed else 0)
        assert settled(nap) == []
    finally:
        process.kill()
        process.wait()


class Unconfined:
    """Runs commands as they are."""

    name = "none"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def run(self, argv: tuple[str, ...], confinement: Confinement, is_halted: Callable[[], bool] | None = None) -> Execution:
        del confinement, is_halted
        done = subprocess.run(argv, cwd=self._folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        return Execution(exit_code=done.returncode, output=b"", duration_s=0.0)


@pytest.mark.attack("AT29")
def test_at29_the_test_sees_a_daemon_that_nothing_ends(hostile: Any, acts: Any, nap: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _, _, shell = acts
    app_for = wire.app_for

    def permissive(*args: Any, **options: Any) -> Any:
        return replace(app_for(*args, **options), sandbox=Unconfined(hostile.folder))

    monkeypatch.setattr(wire, "app_for", permissive)
    monkeypatch.setattr(hostile, "sandbox", "")
    hostile.attempt(shell(command("daemon", nap)))
    assert settled(nap) != []
