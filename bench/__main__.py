"""Prints the figures that the documentation quotes, each beside its yardstick in the same run: `make bench`.

Machines are shared and noisy: compare the ratios of one run, never the seconds of two.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.agent_overhead import MIXED
from bench.workspaces import write_workspace

SETSQUARE = [sys.executable, "-m", "setsquare"]
SCRIPT = [str(Path(sys.executable).with_name("setsquare"))]
RUNS = 7


def wall_ms(command: list[str], runs: int = RUNS) -> tuple[float, float]:
    """Time whole processes: minimum and median in ms."""
    taken = []
    for _ in range(runs):
        started = time.perf_counter()
        subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        taken.append(1e3 * (time.perf_counter() - started))
    return min(taken), statistics.median(taken)


def cpu_s(command: list[str], folder: Path, runs: int = 3) -> tuple[float, float]:
    """Measure a whole process: least CPU seconds (user and system) of some runs, and the largest memory of any child in MB."""
    best = float("inf")
    for _ in range(runs):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, cwd=folder, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        best = min(best, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return best, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def start_up() -> None:
    """Start-up beside the interpreter with the two libraries that may load."""
    yard_least, yard = wall_ms([sys.executable, "-c", "import click, msgspec"])
    least, median = wall_ms([*SCRIPT, "--version"])
    print(f"setsquare --version        min {least:6.1f} ms  median {median:6.1f} ms  (budget 60 ms where the yardstick takes 46 ms)")
    print(
        f"  yardstick: import click, msgspec  min {yard_least:6.1f} ms  median {yard:6.1f} ms   ratio {median / yard:.2f} (budget {60 / 46:.2f})"
    )


def checking() -> None:
    """`check` and `status` over a generated workspace of 5,000 criteria."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        write_workspace(folder, 5000)
        seconds, memory = cpu_s([*SETSQUARE, "check", ".", "--format", "json"], folder)
        print(f"check, 5,000 criteria      {seconds:6.2f} CPU s, {memory:.0f} MB  (budget 1.5 CPU s)")


def agent_loop() -> None:
    """The agent loop's own overhead a step, beside the peer when its script is named."""
    command = [sys.executable, str(Path(__file__).with_name("agent_overhead.py"))]
    if os.environ.get("SETSQUARE_PEER_OVERHEAD"):
        command += ["--peer", os.environ["SETSQUARE_PEER_OVERHEAD"]]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        figures = json.loads(done.stdout)
        apart = figures.pop(MIXED)
        print("agent loop that only reads, own overhead a step (which facts wait for the disk: see bench/agent_overhead.py):")
        print(f"  {json.dumps(figures)}")
        print(f"agent loop {MIXED}:")
        print(f"  {json.dumps(apart)}")
    else:
        print(f"agent loop failed: {done.stderr.strip().splitlines()[-1] if done.stderr else done.returncode}")


def main() -> None:
    """Run all benches."""
    print(json.dumps({"python": sys.version.split()[0], "cores": os.cpu_count(), "load": os.getloadavg()}))
    start_up()
    checking()
    agent_loop()


if __name__ == "__main__":
    main()
