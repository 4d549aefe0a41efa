"""Prints the figures that the documentation quotes, each beside its yardstick in the same run: `make bench`, or `python -m bench SECTION…`.

Machines are shared and noisy: compare the ratios of one run, never the seconds of two.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from bench.agent_overhead import MIXED
from bench.engine import beside_peers, largest_repository, other_benches, over_5000
from bench.iam_usage import iam_usage
from bench.openspec import openspec

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


def start_up() -> None:
    """Start-up beside the interpreter with the two libraries that may load."""
    yard_least, yard = wall_ms([sys.executable, "-c", "import click, msgspec"])
    least, median = wall_ms([*SCRIPT, "--version"])
    print(f"setsquare --version        min {least:6.1f} ms  median {median:6.1f} ms  (budget 60 ms where the yardstick takes 46 ms)")
    print(
        f"  yardstick: import click, msgspec  min {yard_least:6.1f} ms  median {yard:6.1f} ms   ratio {median / yard:.2f} (budget {60 / 46:.2f})"
    )


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


def runtime() -> None:
    """What the guard, the sandbox, a checkpoint, a shell step and a stop cost on 3,000 files."""
    command = [sys.executable, "-m", "bench.runtime"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parent.parent)
    if done.returncode:
        print(f"runtime failed: {done.stderr.strip().splitlines()[-1] if done.stderr else done.returncode}")
        return
    print(
        "the runtime on 3,000 files (bars: decision 0.2 ms, sandbox 6 ms of its own, checkpoint 20 ms, stop 2 s, first request 12,000 bytes):"
    )
    for name, figures in json.loads(done.stdout).items():
        print(f"  {name}: {json.dumps(figures)}")


SECTIONS: dict[str, Callable[[], None]] = {
    "start-up": start_up,
    "engine": over_5000,
    "largest": largest_repository,
    "peers": beside_peers,
    "others": other_benches,
    "agent": agent_loop,
    "runtime": runtime,
    "openspec": openspec,
    "iam-usage": iam_usage,
}


def main() -> None:
    """Run all benches, or those that are named."""
    named = sys.argv[1:] or list(SECTIONS)
    unknown = [name for name in named if name not in SECTIONS]
    if unknown:
        sys.exit(f"no bench is called {', '.join(unknown)}; there are {', '.join(SECTIONS)}")
    print(json.dumps({"python": sys.version.split()[0], "cores": os.cpu_count(), "load": os.getloadavg()}))
    for name in named:
        SECTIONS[name]()
        sys.stdout.flush()


if __name__ == "__main__":
    main()
