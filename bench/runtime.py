"""Measures what the guard, the sandbox, a checkpoint, a shell step and a stop cost, and how large the first request of a task is: one JSON object.

The workspace has 3,000 files. `sandbox` is the whole command `true` in the sandbox beside the same command without it, in turns, so that the
difference is the sandbox's own; `own_cpu` is the CPU time of our process in it. `checkpoint` is one checkpoint after one file was changed, and
after none was. `shell_step` is a real run whose every step is the command `true`: a step beside the time in its parts. `stop` is the time from
the start of `setsquare stop` in another process to the end of the run, and of the command that it stopped, which ignores every signal it can.

Times are milliseconds of wall time, `min` and median: on a busy machine only the least is the product's own.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import cast

import msgspec
from msgspec.structs import replace

from bench.agent_overhead import FILES as PROJECT
from bench.agent_overhead import Timed, project
from setsquare import wire
from setsquare.agent.brief import brief
from setsquare.agent.tools import OFFERED
from setsquare.events.conversation import Reply, ToolCall
from setsquare.guard.action import Action, EditText, Facts, Read, Shell, Write
from setsquare.guard.capability import Capability, Mode, Permission, PermissionRule
from setsquare.guard.confine import protected_prefixes
from setsquare.guard.decide import decide
from setsquare.guard.secrets import redacted, variants
from setsquare.journeys.opening import named_spec, opened
from setsquare.journeys.run_task import RunRequest, start
from setsquare.ports.files import Files
from setsquare.ports.git import Checkpoints
from setsquare.ports.language_model import Request
from setsquare.ports.sandbox import Confinement, Sandbox
from setsquare.workspace.settings import AgentSettings, Autonomy
from setsquare.workspace.spec import Task

FILES = 3_000
STEPS = 40
WRITTEN = "def add(a, b):\n    return a + b  # done\n"
STOPS = 10
BODY = "def add(a, b):\n    return a + b\n" * 40
ACTIONS = (
    Read("src/calc.py"),
    Write("src/calc.py", BODY),
    EditText("src/calc.py", "a", "b"),
    Shell("git status"),
    Shell("cat src/calc.py src/other.py tests/test_calc.py"),
    Shell("npm run build -- --mode production"),
    Shell("timeout 60 python3 -m pytest tests -q"),
    Shell("git commit -m 'add numbers and more'"),
    Shell("git push --force origin main"),
    Shell("cd src && grep -rn add . | head -5"),
    Shell("cd src && grep -rn add . | head -5; git status --short"),
    Shell("for f in a b c; do cat $f; done > out.txt"),
)
_RULES = (
    *(("shell", "allow", "npm *"), ("shell", "allow", "git status*"), ("shell", "deny", "git push*"), ("shell", "ask", "git commit*")),
    *(("shell", "deny", "rm *"), ("shell", "allow", "python3 -m pytest*"), ("shell", "ask", "docker *"), ("shell", "deny", "curl *")),
    *(("shell", "allow", "ls*"), ("shell", "ask", "* | sh"), ("fs_write", "allow", "src/**"), ("fs_write", "deny", "infra/**")),
    *(
        ("fs_write", "ask", "*.sql"),
        ("fs_write", "deny", "**/generated/**"),
        ("fs_read", "deny", "data/private/**"),
        ("fs_read", "allow", "**"),
    ),
    *(
        ("fs_write", "ask", "docs/**"),
        ("fs_read", "ask", "*.csv"),
        ("filesystem", "deny", "vendor/**"),
        ("web_fetch", "allow", "https://docs.python.org/*"),
    ),
)
"""Twenty permission rules."""

STUBBORN = "import pathlib, signal, time\nfor each in (1, 2, 15):\n    signal.signal(each, signal.SIG_IGN)\npathlib.Path('begun.txt').write_text('x')\ntime.sleep(600)\n"
STUBBORN_FILES = MappingProxyType(
    {
        "stubborn.py": STUBBORN,
        ".kiro/settings.json": PROJECT[".kiro/settings.json"].replace(
            '"autonomyLevel": "full"', '"autonomyLevel": "full", "allowedCommands": ["python3 stubborn.py"]'
        ),
    }
)


def times_ms(action: Callable[[], object], runs: int) -> dict[str, float]:
    """Time an action: the least and the median in milliseconds."""
    taken = []
    for _ in range(runs):
        began = time.perf_counter()
        action()
        taken.append(1e3 * (time.perf_counter() - began))
    return told(taken)


def told(taken: list[float]) -> dict[str, float]:
    """Give the least and the median."""
    return {"min": round(min(taken), 3), "median": round(statistics.median(taken), 3)}


def decisions_ms() -> dict[str, dict[str, float]]:
    """Time each kind of decision with twenty permission rules; what is compiled for the task is compiled once, as in a run."""
    capability = Capability(
        task="1",
        mode=Mode.SUPERVISED,
        agent=AgentSettings(
            autonomy=Autonomy.BALANCED, allowed_commands=("npm test", "make *", "python3 -m pytest"), protected_paths=("secret/**",)
        ),
        writable=("src/**", "tests/**"),
        root="/w",
        permissions=tuple(PermissionRule(capability=name, effect=Permission(effect), match=(match,)) for name, effect, match in _RULES),
    )
    facts = Facts(exists=True, real_path="src/calc.py", old_lines=100, changed_lines=3)

    def deciding(action: Action) -> Callable[[], object]:
        return lambda: decide(capability, action, facts)

    return {_named(action): times_ms(deciding(action), 400) for action in ACTIONS}


def _named(action: Action) -> str:
    """Name an action for the table."""
    return action.command if isinstance(action, Shell) else f"{type(action).__name__.lower()} {action.path}"


def redaction_ms() -> dict[str, dict[str, float]]:
    """Time the search for secrets in a text of 20,000 characters, with none and with five known secrets in all their spellings."""
    text = "\n".join(f"tests/unit/test_{number}.py::test_thing_{number} PASSED token=3 https://x.y/z" for number in range(400))[:20_000]
    known = variants(f"s3cr3t-value-{number:04d}-abcdef" for number in range(5))
    return {"none known": times_ms(lambda: redacted(text), 100), "five known": times_ms(lambda: redacted(text, known), 100)}


@contextmanager
def workspace(more: Mapping[str, str] = MappingProxyType({})) -> Iterator[Path]:
    """Make an approved workspace of 3,000 files, with its own state."""
    with tempfile.TemporaryDirectory() as place:
        os.environ["SETSQUARE_STATE"] = str(Path(place) / "state")
        folder = Path(place) / "project"
        folder.mkdir()
        for number in range(FILES):
            path = folder / f"src/part{number % 30}/module{number}.py"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"VALUE = {number}\n" * 20, encoding="utf-8")
        project(folder, more)
        yield folder


def sandbox_ms(folder: Path) -> dict[str, object]:
    """Time a command with and without the sandbox, in turns."""
    sandbox = wire.find_sandbox(str(folder))
    if sandbox is None:
        return {"not measured": "there is no sandbox on this machine"}
    masks = protected_prefixes(())
    bare = Confinement(writable=("",), read_only=(".git", ".kiro"))
    of_task = Confinement(writable=("",), read_only=masks.read_only, hidden=masks.hidden)
    time.sleep(2.1)  # What was made just now is looked at again each time.
    return {
        "backend": sandbox.name,
        "two protected folders": _beside_plain(sandbox, bare),
        f"a task's {len(masks.read_only) + len(masks.hidden)} protected names": _beside_plain(sandbox, of_task),
    }


def _beside_plain(sandbox: Sandbox, confinement: Confinement) -> dict[str, object]:
    """Time `true` inside and without, in turns."""
    inside: list[float] = []
    plain: list[float] = []
    own_cpu: list[float] = []
    for _ in range(60):
        began, cpu = time.perf_counter(), time.process_time()
        sandbox.run(("true",), confinement)
        inside.append(1e3 * (time.perf_counter() - began))
        own_cpu.append(1e3 * (time.process_time() - cpu))
        began = time.perf_counter()
        subprocess.run(("true",), check=True)
        plain.append(1e3 * (time.perf_counter() - began))
    return {
        "inside": told(inside),
        "plain": told(plain),
        "own": {"min": round(min(inside) - min(plain), 3), "median": round(statistics.median(inside) - statistics.median(plain), 3)},
        "own_cpu": told(own_cpu),
    }


def checkpoint_ms(folder: Path) -> dict[str, dict[str, float]]:
    """Time checkpoints after one changed file and after none."""
    checkpoints = wire.app_for(folder).checkpoints
    checkpoints.take()
    path, count = folder / "src/part0/module0.py", iter(range(10_000))

    def changed() -> None:
        path.write_text(f"VALUE = {next(count)}\n", encoding="utf-8")
        checkpoints.take()

    return {"one changed": times_ms(changed, 30), "none changed": times_ms(checkpoints.take, 30)}


class Commanding:
    """A model that asks for the command `true` at each step, then writes the task's file and says that it is done; it notes when it was asked."""

    id = "scripted:m"

    def __init__(self, steps: int) -> None:
        """Take the number of steps."""
        self.steps = steps
        self.asked_s: list[float] = []
        self.at: list[tuple[float, ...]] = []
        self.read: Callable[[], tuple[float, ...]] = tuple

    def complete(self, _request: Request, _on_text: Callable[[str], None] | None = None) -> Reply:
        """Answer at once."""
        self.asked_s.append(time.perf_counter())
        self.at.append(self.read())
        number = len(self.asked_s)
        if number == self.steps + 1:
            return Reply(calls=(ToolCall("w", "write", json.dumps({"path": "src/calc.py", "content": WRITTEN})),), stop="tools")
        if number > self.steps:
            return Reply(text="Done.")
        # The same call again and again would be taken for a loop.
        return Reply(text="", calls=(ToolCall(f"c{number}", "shell", json.dumps({"command": f"true {number}"})),), stop="tools")


def shell_step_ms(folder: Path) -> dict[str, object]:
    """Time the steps of a real run that only runs commands, with the time in each part of a step."""
    model = Commanding(STEPS)
    app = wire.app_for(folder, is_sandboxed=True, model=model)
    if app.sandbox is None:
        return {"not measured": "there is no sandbox on this machine"}
    parts = (Timed(app.sandbox), Timed(app.checkpoints), Timed(app.files))
    sandbox, checkpoints, files = (cast("Sandbox", parts[0]), cast("Checkpoints", parts[1]), cast("Files", parts[2]))
    model.read = lambda: (time.process_time(), *(part.watch_s.wall_s for part in parts), *(part.watch_s.cpu_s for part in parts))
    report = start(replace(app, sandbox=sandbox, checkpoints=checkpoints, files=files), RunRequest(spec="sum", limit_steps=STEPS + 10))
    asked, at = model.asked_s[: STEPS + 1], model.at[: STEPS + 1]
    steps = [1e3 * (later - earlier) for earlier, later in itertools.pairwise(asked)]
    spent = [[1e3 * (late - early) for early, late in zip(one, two, strict=True)] for one, two in itertools.pairwise(at)]
    return {
        "step": told(steps),
        "sandboxed command": told([each[1] for each in spent]),
        "checkpoints": told([each[2] for each in spent]),
        "files looked at": told([each[3] for each in spent]),
        "the loop's own CPU": told([each[0] - sum(each[4:]) for each in spent]),
        "exit": report.code or report.status,
    }


def first_request_bytes(folder: Path) -> dict[str, int]:
    """Count the first request of a task without what the project itself contributes: instructions, frame and tools."""
    workspace_ = opened(wire.app_for(folder))
    spec = named_spec(workspace_, "sum")
    task: Task = spec.tasks.tasks[0] if spec.tasks else sys.exit("the sample has no tasks")
    said = brief(workspace_, spec, task, Capability(task="1", mode=Mode.SUPERVISED, agent=AgentSettings()))
    tools = len(msgspec.json.encode([(tool.name, tool.description, tool.schema) for tool in OFFERED]))
    sizes = {"system": len(said.system.encode()), "brief": len(said.text.encode()), "tools": tools}
    return {**sizes, "all": sum(sizes.values())}


class Stubborn:
    """A model whose every call is a command that ignores signals."""

    id = "scripted:m"

    def complete(self, _request: Request, _on_text: Callable[[str], None] | None = None) -> Reply:
        """Start the command."""
        return Reply(text="", calls=(ToolCall("c1", "shell", json.dumps({"command": "python3 stubborn.py"})),), stop="tools")


def run_stubbornly(folder: Path) -> None:
    """Drive a run until somebody stops it; this is the process that is stopped."""
    start(wire.app_for(folder, is_sandboxed=True, model=Stubborn()), RunRequest(spec="sum", limit_steps=5))


def stop_s(turns: int) -> dict[str, object]:
    """Stop real runs from another process: the seconds until the run's process was over, and until `setsquare stop` was, start-up included."""
    ended: list[float] = []
    answered: list[float] = []
    said: list[float] = []
    exits: set[int] = set()
    for _ in range(turns):
        with workspace(STUBBORN_FILES) as folder:
            command = (sys.executable, "-m", "bench.runtime", "--stubborn", str(folder))
            process = subprocess.Popen(command, cwd=Path(__file__).parent.parent, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            if not _is_there(folder / "begun.txt"):
                process.kill()
                process.wait()
                return {"not measured": "the command did not begin"}
            began = time.perf_counter()
            stopping = subprocess.Popen(
                (str(Path(sys.executable).with_name("setsquare")), "stop", "--format", "json"), cwd=folder, stdout=subprocess.PIPE
            )
            process.wait()
            ended.append(time.perf_counter() - began)
            told_text = stopping.communicate()[0]
            answered.append(time.perf_counter() - began)
            exits.add(stopping.returncode)
            said.append(float(json.loads(told_text)["took_s"]))
    return {
        "turns": turns,
        "run over_s": {"median": round(statistics.median(ended), 2), "worst": round(max(ended), 2)},
        "stop answered_s": {"median": round(statistics.median(answered), 2), "worst": round(max(answered), 2)},
        "as stop says_s": {"median": round(statistics.median(said), 2), "worst": round(max(said), 2)},
        "exits": sorted(exits),
    }


def _is_there(place: Path, limit_s: float = 60.0) -> bool:
    """Wait for a file."""
    until = time.monotonic() + limit_s
    while not place.exists():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def measured(turns: int) -> dict[str, object]:
    """Measure everything."""
    figures: dict[str, object] = {"load": os.getloadavg(), "decision_ms": decisions_ms(), "redaction_ms": redaction_ms()}
    with workspace() as folder:
        figures["sandbox_ms"] = sandbox_ms(folder)
        figures["checkpoint_ms"] = checkpoint_ms(folder)
        figures["first_request_bytes"] = first_request_bytes(folder)
        figures["shell_step_ms"] = shell_step_ms(folder)
    figures["stop"] = stop_s(turns)
    figures["rss_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return figures


def main() -> None:
    """Print the figures, or be the run that is stopped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stubborn", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--stops", type=int, default=STOPS)
    chosen = parser.parse_args()
    if chosen.stubborn:
        run_stubbornly(chosen.stubborn)
    else:
        print(json.dumps(measured(chosen.stops)))


if __name__ == "__main__":
    main()
