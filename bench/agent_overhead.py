"""Measures what a step of the agent loop costs beside the model and the command: one JSON object on standard output.

Everything is real (journal with fdatasync, guard, conversation, files), only the model is scripted in the process and answers at once. With
`--peer PATH` the named script is run with the same number of steps and its figures are printed beside ours.
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
from collections.abc import Callable
from pathlib import Path

from setsquare import wire
from setsquare.events.conversation import Reply, ToolCall
from setsquare.journeys.approving import approve_stage
from setsquare.journeys.opening import opened
from setsquare.journeys.run_task import RunRequest, start
from setsquare.journeys.trusting import grant
from setsquare.ports.language_model import Request
from setsquare.spec.stage import APPROVED_STAGES

FILES = {
    ".kiro/specs/sum/requirements.md": "# Requirements\n\n### Requirement 1: Sum\n\n#### Acceptance Criteria\n\n1. THE system SHALL add numbers.\n",
    ".kiro/specs/sum/design.md": "# Design Document\n\n## Overview\n\nA function.\n",
    ".kiro/specs/sum/tasks.md": "# Implementation Plan\n\n- [ ] 1. Add numbers\n  - _Requirements: 1.1_\n",
    ".kiro/settings.json": '{"agent": {"autonomyLevel": "full"}, "verify": {"command": "true"},'
    ' "models": {"primary": {"provider": "scripted", "model": "m"}, "fast": {"provider": "scripted", "model": "m"}}}',
    "src/calc.py": "def add(a, b):\n    return a + b\n",
}


class Instant:
    """A model that wants to read a file, another part each time, and says that it is done after `steps`; it notes when it was asked."""

    id = "scripted:m"

    def __init__(self, steps: int) -> None:
        self.steps = steps
        self.asked_s: list[float] = []

    def complete(self, _request: Request, _on_text: Callable[[str], None] | None = None) -> Reply:
        """Answer at once."""
        self.asked_s.append(time.perf_counter())
        number = len(self.asked_s)
        if number > self.steps:
            return Reply(text="Done.")
        return Reply(
            text="thinking " * 20,
            calls=(ToolCall(f"c{number}", "read", f'{{"path": "src/calc.py", "last_line": {number}}}'),),
            stop="tools",
        )


def project(folder: Path) -> None:
    """Make an approved, trusted, committed workspace."""
    for name, text in FILES.items():
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
        app = wire.app_for(folder, model=model)
        wall, cpu = time.perf_counter(), time.process_time()
        report = start(app, RunRequest(spec="sum", limit_steps=steps + 10))
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        journal = sum(path.stat().st_size for path in (Path(place) / "state").rglob("journal.jsonl"))
    took = [later - earlier for earlier, later in zip(model.asked_s, model.asked_s[1:], strict=False)]
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


def main() -> None:
    """Print our figures, and the peer's."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=5_000)
    parser.add_argument("--peer", help="a script that takes the number of steps and prints a JSON object with its figures")
    parser.add_argument("--peer-python", default=sys.executable, help="the interpreter that has the peer installed")
    parser.add_argument("--peer-steps", type=int, default=400)
    chosen = parser.parse_args()
    result = measured(chosen.steps)
    if chosen.peer:
        command = (chosen.peer_python, chosen.peer, str(chosen.peer_steps), "--trajectory")
        ended = subprocess.run(command, check=False, capture_output=True, text=True)
        result["peer"] = (
            json.loads(ended.stdout.splitlines()[-1]) if ended.returncode == 0 and ended.stdout else {"failed": ended.stderr[-300:]}
        )
    print(json.dumps(result))


if __name__ == "__main__":
    main()
