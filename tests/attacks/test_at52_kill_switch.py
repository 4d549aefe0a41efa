"""AT52: the kill switch. Whatever a run hangs in and whatever is wrong around it, `stop` ends it within two seconds, and nothing goes on by itself.

Defence: journeys/stopping.py, adapters/stop_files.py and adapters/run_mailboxes.py: stopping needs neither lock, network nor the run's consent
Twin: test_at52_the_test_sees_a_run_that_nothing_stops
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pty
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
from setsquare.adapters.scripted import Scripted, Turn
from setsquare.errors import Refused
from setsquare.events.entry import decode_entry
from setsquare.events.facts import Event, RunParked
from setsquare.journeys.run_resume import resume
from setsquare.journeys.run_task import RunRequest, start
from setsquare.journeys.stopping import StopRequest, World, stop
from setsquare.ports.stops import Runner, Scope, StopOrder

LIMIT_S = 2.0
START_S = 2.5
"""How long a loaded machine may take to start an interpreter; the command's own figure does not count it."""

COMMAND = [sys.executable, "-m", "setsquare"]

RUNNER = r"""
import fcntl, json, os, re, socket, sys, time
from pathlib import Path
from msgspec.structs import replace
from setsquare import wire
from setsquare.adapters import bubblewrap, landlock
from setsquare.adapters.approver_terminal import TerminalApprover
from setsquare.events.conversation import Reply, ToolCall
from setsquare.guard.capability import Mode
from setsquare.journeys.run_task import RunRequest, start
from setsquare.ports.approver import Answer, Verdict

folder, situation, sandbox, aside = sys.argv[1:]

def ready():
    (Path(aside) / "ready").touch()

def swallowing():
    until = time.monotonic() + 600
    while time.monotonic() < until:
        try:
            time.sleep(0.1)
        except BaseException:
            pass

def locked():
    with open(Path(aside) / "locked") as file:
        fcntl.flock(file, fcntl.LOCK_EX)

def reading():
    ours, theirs = socket.socketpair()
    ours.recv(1)

DEAF = "trap '' INT TERM HUP QUIT; echo half > src/calc.py; touch src/going; (trap '' INT TERM HUP; setsid sleep {0} & nohup sleep {0} & sleep {0}) & while :; do sleep 0.2; done"
HANGS = {"model": reading, "lock": locked, "swallow": swallowing, "calculation": lambda: re.match(r"(a|aa)+$", "a" * 200 + "b")}

class Model:
    id = "scripted:m"

    def complete(self, request, on_text=None):
        if situation in HANGS:
            ready()
            HANGS[situation]()
        calls = {
            "command": ("shell", {"command": DEAF.format(os.environ["NAP"])}),
            "approver": ("shell", {"command": "rm -r tests"}),
            "thread": ("shell", {"command": DEAF.format(os.environ["NAP"])}),
        }
        tool, arguments = calls[situation]
        return Reply(calls=(ToolCall("c1", tool, json.dumps(arguments)),), stop="tools")

class Approver(TerminalApprover):
    def ask(self, question):
        if situation != "approver":
            return Verdict(answer=Answer.YES, digest=question.digest, by="Ada")
        ready()
        return super().ask(question)

app = wire.app_for(folder, approver=Approver(), model=Model())
app = replace(app, sandbox={"bubblewrap": bubblewrap, "landlock": landlock}[sandbox].find(folder))
def go():
    print(start(app, RunRequest(spec="sum", mode=Mode.SUPERVISED, tasks="1")).code)

if situation == "thread":
    import threading
    other = threading.Thread(target=go)
    other.start()
    other.join()
else:
    go()
"""


def processes(word: str) -> list[int]:
    """The processes whose command line holds a word, but for those that have ended."""
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            line = Path(f"/proc/{name}/cmdline").read_bytes().decode(errors="replace")
            if word in line and Path(f"/proc/{name}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX":
                found.append(int(name))
    return found


class Going:
    """A run that hangs in a process of its own."""

    def __init__(self, hostile: Any, situation: str, sandbox: str = "") -> None:
        self.folder: Path = hostile.folder
        self.aside = hostile.folder.parent / "aside"
        self.aside.mkdir()
        (self.aside / "locked").touch()
        self.lock = os.open(self.aside / "locked", os.O_RDWR)
        fcntl.flock(self.lock, fcntl.LOCK_EX)
        self.nap = f"7{os.getpid()}.{time.monotonic_ns() % 10**9:09d}"
        self.before = (self.folder / "src/calc.py").read_bytes()
        self._mouth, tongue = pty.openpty()
        argv = (sys.executable, "-c", RUNNER, str(self.folder), situation, sandbox or hostile.sandbox, str(self.aside))
        env = {**os.environ, "NAP": self.nap, "NO_COLOR": "1"}
        self.process = subprocess.Popen(argv, stdin=tongue, stderr=tongue, stdout=subprocess.PIPE, env=env, start_new_session=True)
        os.close(tongue)
        begun = self.folder / "src/going" if situation in {"command", "thread"} else self.aside / "ready"
        until = time.monotonic() + 60
        while not begun.exists():
            assert self.process.poll() is None, os.read(self._mouth, 10_000).decode()
            assert time.monotonic() < until
            time.sleep(0.02)

    def end(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.process.pid, signal.SIGCONT)
        self.process.kill()
        self.process.communicate()
        for pid in processes(self.nap):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        os.close(self._mouth)
        os.close(self.lock)

    @property
    def journal(self) -> Path:
        (found,) = Path(os.environ["XDG_STATE_HOME"]).rglob("journal.jsonl")
        return found

    @property
    def events(self) -> list[Event]:
        return [decode_entry(line).event for line in self.journal.read_bytes().splitlines()]

    @property
    def run(self) -> str:
        return self.journal.parent.name

    def stop(self, *more: str, **options: Any) -> tuple[Any, float]:
        """Stop from another process, as from another terminal; give what it printed and the seconds until every process was gone."""
        began = time.monotonic()
        done = subprocess.Popen(
            [*COMMAND, "stop", *more, "--format", "json"],
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **options,
        )
        try:
            while self.process.poll() is None or processes(self.nap):
                if time.monotonic() - began > 20:
                    break
                time.sleep(0.01)
            took = time.monotonic() - began
            out, err = done.communicate(timeout=60)
        finally:
            done.kill()
        assert done.returncode == 0, out + err
        return json.loads(out), took

    def check(self, told: Any, took: float, how: set[str]) -> None:
        """It is over within the limit, nothing is left, and the run rests as it stood at its last checkpoint."""
        (run,) = told["stopped"]
        assert (run["run"], run["pid"], run["survivors"]) == (self.run, self.process.pid, [])
        assert run["how"] in how
        assert run["took_s"] <= LIMIT_S
        assert told["took_s"] <= LIMIT_S
        assert took <= LIMIT_S + START_S
        assert not processes(self.nap)
        if run["is_settled"]:
            last = self.events[-1]
            assert isinstance(last, RunParked)
            assert last.code == "stopped"
            assert (self.folder / "src/calc.py").read_bytes() == self.before
            assert not (self.folder / "src/going").exists()


@pytest.fixture
def going(hostile: Any) -> Iterator[Callable[..., Going]]:
    made: list[Going] = []

    def begin(situation: str, sandbox: str = "") -> Going:
        made.append(Going(hostile, situation, sandbox))
        return made[-1]

    yield begin
    for each in made:
        each.end()


ASKED, EITHER, KILLED = {"asked"}, {"asked", "killed"}, {"killed"}


# req: agent-runtime/6.1
@pytest.mark.attack("AT52")
@pytest.mark.parametrize(
    ("situation", "how"),
    [
        ("command", EITHER),
        ("model", ASKED),
        ("approver", EITHER),
        ("lock", ASKED),
        ("swallow", KILLED),
        ("calculation", EITHER),
        ("thread", EITHER),
    ],
)
def test_at52_whatever_a_run_hangs_in(going: Callable[..., Going], situation: str, how: set[str]) -> None:
    run = going(situation)
    told, took = run.stop("--reason", "enough")
    run.check(told, took, how)
    assert told["stopped"][0]["is_settled"]
    parked = run.events[-1]
    assert isinstance(parked, RunParked)
    assert "enough" in parked.reason


@pytest.mark.attack("AT52")
@pytest.mark.parametrize("sandbox", ["landlock", "bubblewrap"])
def test_at52_children_that_ignore_signals_in_each_sandbox(going: Callable[..., Going], hostile: Any, sandbox: str) -> None:
    if wire.find_sandbox(str(hostile.folder)) is None:
        pytest.skip("there is no sandbox on this machine")
    run = going("command", sandbox)
    told, took = run.stop(run.run)
    run.check(told, took, EITHER)


@pytest.mark.attack("AT52")
@pytest.mark.parametrize("situation", ["command", "model"])
def test_at52_a_suspended_run(going: Callable[..., Going], situation: str) -> None:
    run = going(situation)
    run.process.send_signal(signal.SIGSTOP)
    time.sleep(0.1)
    told, took = run.stop()
    run.check(told, took, EITHER)
    assert told["stopped"][0]["is_settled"]


@pytest.mark.attack("AT52")
def test_at52_every_file_of_the_state_folder_locked_by_others(going: Callable[..., Going]) -> None:
    run = going("command")
    held = []
    for path in Path(os.environ["XDG_STATE_HOME"]).rglob("*"):
        if path.is_file() and not path.is_symlink():  # what a link leads to is the system's, not the state folder's
            held.append(os.open(path, os.O_RDWR if os.access(path, os.W_OK) else os.O_RDONLY))
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(held[-1], fcntl.LOCK_EX | fcntl.LOCK_NB)
            with contextlib.suppress(OSError):
                fcntl.lockf(held[-1], fcntl.LOCK_EX | fcntl.LOCK_NB)
    told, took = run.stop()
    for descriptor in held:
        os.close(descriptor)
    run.check(told, took, EITHER)


@pytest.mark.attack("AT52")
@pytest.mark.parametrize("trouble", ["full", "gone", "read-only"])
def test_at52_a_state_folder_that_is_full_gone_or_read_only(
    going: Callable[..., Going], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, trouble: str
) -> None:
    small = tmp_path / "small"
    small.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(small)], check=False, capture_output=True).returncode:
        pytest.skip("no small file system can be mounted here")
    try:
        state = Path(os.environ["XDG_STATE_HOME"]) / "setsquare"
        subprocess.run(["cp", "-a", f"{state}/.", str(small)], check=True)
        monkeypatch.setenv("SETSQUARE_STATE", str(small))
        run = going("command")
        if trouble == "full":
            with contextlib.suppress(OSError), (small / "filler").open("wb", buffering=0) as file:
                while file.write(b"x" * 4096):
                    pass
        elif trouble == "gone":
            subprocess.run(["rm", "-rf", *map(str, small.iterdir())], check=True)
        else:
            subprocess.run(["mount", "-o", "remount,ro", str(small)], check=False)
        told, took = run.stop()
        (ended,) = told["stopped"]
        assert (ended["survivors"], ended["pid"]) == ([], run.process.pid)
        assert told["took_s"] <= LIMIT_S
        assert took <= LIMIT_S + START_S
        assert not processes(run.nap)
        assert ended["rests"]
    finally:
        subprocess.run(["umount", "-l", str(small)], check=True)


# req: agent-runtime/6.2
@pytest.mark.attack("AT52")
@pytest.mark.parametrize("options", [("--all",), ("--here",), ("--spec", "sum")])
def test_at52_a_standing_stop_holds_through_a_restart_until_a_person_lifts_it(
    going: Callable[..., Going], hostile: Any, options: tuple[str, ...]
) -> None:
    run = going("model")
    told, took = run.stop(*options, "--reason", "wrong branch")
    run.check(told, took, ASKED)
    assert told["stands"]
    app = wire.app_for(hostile.folder, is_sandboxed=True, model=Scripted((Turn(text="Done."),)))
    for attempt in (lambda: resume(app), lambda: start(app, RunRequest(spec="sum", tasks="2"))):
        with pytest.raises(Refused, match="wrong branch") as refusal:
            attempt()
        assert refusal.value.code == "stopped"
        assert "setsquare stop --lift" in refusal.value.hint
    assert "wrong branch" in subprocess.run([*COMMAND, "status"], cwd=hostile.folder, capture_output=True, text=True, check=False).stdout
    lifting = [*COMMAND, "stop", "--lift", *options]
    unsure = subprocess.run(lifting, cwd=hostile.folder, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    assert unsure.returncode == 3, "nobody is there, and still it is lifted"
    assert subprocess.run([*lifting, "--yes"], cwd=hostile.folder, capture_output=True, check=False).returncode == 0
    assert resume(app).run == run.run


@pytest.mark.attack("AT52")
def test_at52_the_test_sees_a_run_that_nothing_stops(going: Callable[..., Going], hostile: Any) -> None:
    """With runners that cannot be found the same run goes on."""

    class Blind:
        def running(self) -> tuple[Runner, ...]:
            return ()

        def is_running(self, runner: Runner) -> bool:
            del runner
            return False

        def ask(self, runner: Runner, order: StopOrder) -> None:
            """Ask nobody."""

        def end(self, runners: tuple[Runner, ...], limit_s: float) -> tuple[int, ...]:
            del runners, limit_s
            return ()

    run = going("command")
    os.chdir(hostile.folder)
    world: World = replace(wire.stopping_here(), runners=Blind())
    report = stop(world, StopRequest(order=StopOrder(scope=Scope.WORKSPACE)))
    assert report.runs == ()
    time.sleep(LIMIT_S)
    assert run.process.poll() is None
    assert processes(run.nap)
