"""Measures what a step of the agent loop costs beside the model and the command: one JSON object on standard output.

Everything is real (journal, guard, conversation, files, sandbox), only the model is scripted in the process and answers at once. Two loops:

- The first only reads files, so that no effect on the workspace and no other process comes in between. It is the loop's own overhead. One
  edit after the last step that is measured makes the task one that ends done.
- `with checkpoints and sandbox` reads and edits in turn, and every tenth step is the command `true` in the sandbox. An edit is a checkpoint
  (git, another process) and a plan (files replaced and synced); a command is a sandbox that is built and taken down, and the comparison
  of the files with those before it.

What waits for the disk: every entry of the journal is written at once, but four kinds of facts do not wait until the disk has them
(fdatasync): `model-asked`, `model-replied`, `action-decided` and `action-observed`, on which nothing in the workspace rests yet. All others
wait, and take the earlier ones along: among them `checkpoint-taken` and `action-started`, before an edit or a command begins, what a
person was asked and answered, `scope-enforced`, the verification, the end of a task and of a run. So a step that reads waits for no disk,
which a step that edits or runs a command does; `fdatasync_ms` is what one such wait costs here.

With `--peer PATH` the named script is run too and its figures are printed beside ours.
"""

from __future__ import annotations

import argparse
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

from msgspec.structs import replace

from setsquare import wire
from setsquare.events.conversation import Reply, ToolCall
from setsquare.journeys.approving import approve_stage
from setsquare.journeys.opening import opened
from setsquare.journeys.run_task import RunRequest, start
from setsquare.journeys.trusting import grant
from setsquare.ports.git import Checkpoints
from setsquare.ports.language_model import Request
from setsquare.ports.sandbox import Sandbox
from setsquare.spec.stage import APPROVED_STAGES

MIXED = "with checkpoints and sandbox"

FILES = {
    ".kiro/specs/sum/requirements.md": "# Requirements\n\n### Requirement 1: Sum\n\n#### Acceptance Criteria\n\n1. THE system SHALL add numbers.\n",
    ".kiro/specs/sum/design.md": "# Design Document\n\n## Overview\n\nA function.\n",
    ".kiro/specs/sum/tasks.md": "# Implementation Plan\n\n- [ ] 1. Add numbers\n  - Write `src/calc.py`\n  - _Requirements: 1.1_\n",
    ".kiro/settings.json": '{"agent": {"autonomyLevel": "full"}, "verify": {"command": "true"},'
    ' "models": {"primary": {"provider": "scripted", "model": "m"}, "fast": {"provider": "scripted", "model": "m"}}}',
    "src/calc.py": "def add(a, b):\n    return a + b  # version 0\n",
}


class Instant:
    """A model that calls a tool each time, never the same way twice, and says that it is done after `steps`; it notes when it was asked.

    It only reads, with one edit after `steps`, or, when `is_mixed`, reads and edits in turn and runs a command at every tenth step.
    """

    id = "scripted:m"

    def __init__(self, steps: int, *, is_mixed: bool = False) -> None:
        self.steps = steps
        self.is_mixed = is_mixed
        self.asked_s: list[float] = []
        self.kinds: list[str] = []
        self._edits = 0

    def complete(self, _request: Request, _on_text: Callable[[str], None] | None = None) -> Reply:
        """Answer at once."""
        self.asked_s.append(time.perf_counter())
        number = len(self.asked_s)
        if number > self.steps:
            return Reply(text="Done.") if self._edits else self._call(number, "edit")
        kind = self._kind(number)
        self.kinds.append(kind)
        return self._call(number, kind)

    def _call(self, number: int, kind: str) -> Reply:
        """Call a tool."""
        call = ToolCall(f"c{number}", kind, json.dumps(self._arguments(kind, number)))
        return Reply(text="thinking " * 20, calls=(call,), stop="tools")

    def _kind(self, number: int) -> str:
        """Choose a tool."""
        if not self.is_mixed or number % 2:
            return "read"
        return "shell" if number % 10 == 0 else "edit"

    def _arguments(self, kind: str, number: int) -> dict[str, object]:
        """Give a tool something that changes each time."""
        if kind == "read":
            return {"path": "src/calc.py", "last_line": number}
        if kind == "shell":
            return {"command": "true"}
        self._edits += 1
        return {"path": "src/calc.py", "old": f"# version {self._edits - 1}\n", "new": f"# version {self._edits}\n"}


class Stopwatch:
    """Adds up wall time, with that of the processes that were waited for, and this process's own CPU time, both in seconds."""

    def __init__(self) -> None:
        """Start at zero."""
        self.wall_s = 0.0
        self.cpu_s = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Measure what is done meanwhile."""
        wall_s, cpu_s = time.perf_counter(), time.process_time()
        try:
            yield
        finally:
            self.wall_s += time.perf_counter() - wall_s
            self.cpu_s += time.process_time() - cpu_s


class Timed:
    """Anything of the product whose calls are measured; what it does is what the real one does."""

    def __init__(self, real: object) -> None:
        """Measure `real`."""
        self._real = real
        self.watch_s = Stopwatch()

    def __getattr__(self, name: str) -> object:
        """Give what the real one has; a function is measured when it is called."""
        found: object = getattr(self._real, name)
        if not callable(found):
            return found

        def measured_call(*given: object) -> object:
            with self.watch_s.running():
                result: object = found(*given)
                return result

        return measured_call


def project(folder: Path, more: Mapping[str, str] = MappingProxyType({})) -> None:
    """Make an approved, trusted, committed workspace; `more` are files beside or instead of the usual ones."""
    for name, text in {**FILES, **more}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    for command in ("init -q", "config user.name Ada", "config user.email ada@example.org", "add -A", "commit -q -m start"):
        subprocess.run(("git", *command.split()), cwd=folder, check=True)
    app = wire.app_for(folder)
    grant(app, opened(app))
    for stage in APPROVED_STAGES:
        approve_stage(app, "sum", stage, "owner")


def sync_ms(folder: Path) -> float:
    """Measure one append of 400 bytes with fdatasync on this disk, the part of a step that is the disk's."""
    took = []
    descriptor = os.open(folder / "probe", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for _ in range(200):
        began = time.perf_counter()
        os.write(descriptor, b"x" * 400)
        os.fdatasync(descriptor)
        took.append(time.perf_counter() - began)
    os.close(descriptor)
    return statistics.median(took) * 1e3


def figures(steps_s: list[float]) -> dict[str, float]:
    """Give median and 95th percentile in milliseconds."""
    ordered = sorted(steps_s)
    return {"p50": round(1e3 * ordered[len(ordered) // 2], 3), "p95": round(1e3 * ordered[int(len(ordered) * 0.95)], 3)}


def measured(steps: int) -> dict[str, object]:
    """Run the loop and measure it."""
    with tempfile.TemporaryDirectory() as place:
        os.environ["SETSQUARE_STATE"] = str(Path(place) / "state")
        folder = Path(place) / "project"
        folder.mkdir()
        project(folder)
        probe_ms = sync_ms(Path(place))
        model = Instant(steps)
        app = wire.app_for(folder, is_sandboxed=True, model=model)
        wall, cpu = time.perf_counter(), time.process_time()
        report = start(app, RunRequest(spec="sum", limit_steps=steps + 10))
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        journal = sum(path.stat().st_size for path in (Path(place) / "state").rglob("journal.jsonl"))
    took = [later - earlier for earlier, later in zip(model.asked_s, model.asked_s[1:], strict=False)][:steps]
    part = min(500, len(took))
    return {
        "steps": steps,
        "wall_ms_per_step": {"all": figures(took), "first": figures(took[:part]), "last": figures(took[-part:])},
        "wall_s": round(wall, 2),
        "cpu_ms_per_step": round(1e3 * cpu / steps, 3),
        "fdatasync_ms": round(probe_ms, 3),
        "journal_bytes_per_step": journal // steps,
        "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "exit": report.code or report.status,
    }


def mixed(steps: int) -> dict[str, object]:
    """Run the loop with edits and commands and measure its parts.

    `wall_ms` is by kind of step. `mean_ms` spreads the whole run, its start and its verification included, over all steps: `own_cpu` is the
    CPU time of this process outside of checkpoints and sandbox, those two are wall time with the processes that they start, and `rest` is
    what is left of the wall time: waiting for the disk, and for git outside of checkpoints.
    """
    with tempfile.TemporaryDirectory() as place:
        os.environ["SETSQUARE_STATE"] = str(Path(place) / "state")
        folder = Path(place) / "project"
        folder.mkdir()
        project(folder)
        model = Instant(steps, is_mixed=True)
        app = wire.app_for(folder, is_sandboxed=True, model=model)
        if app.sandbox is None:
            return {"not measured": "there is no sandbox on this machine"}
        checkpoints, sandbox = Timed(app.checkpoints), Timed(app.sandbox)
        app = replace(app, checkpoints=cast("Checkpoints", checkpoints), sandbox=cast("Sandbox", sandbox))
        wall, cpu = time.perf_counter(), time.process_time()
        report = start(app, RunRequest(spec="sum", limit_steps=steps + 10))
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        edits = (folder / "src/calc.py").read_text(encoding="utf-8").rpartition("version ")[2].strip()
    took = list(zip(model.kinds, (later - earlier for earlier, later in zip(model.asked_s, model.asked_s[1:], strict=False)), strict=False))
    own = cpu - checkpoints.watch_s.cpu_s - sandbox.watch_s.cpu_s
    return {
        "steps": {kind: model.kinds.count(kind) for kind in ("read", "edit", "shell")},
        "edits_made": int(edits),
        "wall_ms": {kind: figures([spent for name, spent in took if name == kind]) for kind in ("read", "edit", "shell")},
        "mean_ms": {
            "wall": _each(wall, steps),
            "own_cpu": _each(own, steps),
            "checkpoints": _each(checkpoints.watch_s.wall_s, steps),
            "sandbox": _each(sandbox.watch_s.wall_s, steps),
            "rest": _each(wall - own - checkpoints.watch_s.wall_s - sandbox.watch_s.wall_s, steps),
        },
        "wall_s": round(wall, 2),
        "exit": report.code or report.status,
    }


def _each(seconds: float, steps: int) -> float:
    """Give milliseconds a step."""
    return round(1e3 * seconds / steps, 3)


def main() -> None:
    """Print our figures, and the peer's."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=5_000)
    parser.add_argument("--mixed-steps", type=int, default=300)
    parser.add_argument("--peer", help="a script that takes the number of steps and prints a JSON object with its figures")
    parser.add_argument("--peer-python", default=sys.executable, help="the interpreter that has the peer installed")
    parser.add_argument("--peer-steps", type=int, default=400)
    chosen = parser.parse_args()
    result = measured(chosen.steps)
    result[MIXED] = mixed(chosen.mixed_steps)
    if chosen.peer:
        command = (chosen.peer_python, chosen.peer, str(chosen.peer_steps), "--trajectory")
        ended = subprocess.run(command, check=False, capture_output=True, text=True)
        result["peer"] = (
            json.loads(ended.stdout.splitlines()[-1]) if ended.returncode == 0 and ended.stdout else {"failed": ended.stderr[-300:]}
        )
    print(json.dumps(result))


if __name__ == "__main__":
    main()
