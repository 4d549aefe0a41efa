"""Measures whole processes, which take turns so that a busy moment of the machine hits all of them alike."""

from __future__ import annotations

import os
import shutil
import signal
import statistics
import subprocess
import tempfile
import threading
from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct

TURNS = 5
LIMIT_S = float(os.environ.get("SETSQUARE_BENCH_LIMIT", "240"))
"""After so many seconds of wall time a process is stopped, and what it used until then is reported."""


class Command(Struct, frozen=True, kw_only=True):
    """A process to measure. `is_warm` lets our cache of results stand between its turns; otherwise each turn begins with an empty one.

    `fresh` are folders, below the command's own folder, that are emptied before each turn. `turns` is a limit of its own, 0 for none.
    `good` are the exit codes that mean that it worked.
    """

    name: str
    argv: tuple[str, ...]
    folder: Path
    is_warm: bool = False
    fresh: tuple[str, ...] = ()
    turns: int = 0
    good: tuple[int, ...] = (0, 1)


class Cost(Struct, frozen=True, kw_only=True):
    """What a command used: CPU seconds (user and system, with its children) of each turn, and the most memory of one process in MB."""

    name: str
    seconds: tuple[float, ...]
    memory: float
    problem: str = ""

    @property
    def least(self) -> float:
        """Give the fewest CPU seconds."""
        return min(self.seconds)

    @property
    def median(self) -> float:
        """Give the median of the CPU seconds."""
        return statistics.median(self.seconds)


def take_turns(commands: Iterable[Command], turns: int = TURNS) -> list[Cost]:
    """Run the commands in turn, all of them as often as `turns` says or as they allow."""
    listed = list(commands)
    spent: list[list[float]] = [[] for _ in listed]
    memory = [0.0] * len(listed)
    problems = [""] * len(listed)
    with tempfile.TemporaryDirectory() as scratch:
        for turn in range(turns):
            for at, command in enumerate(listed):
                if problems[at] or (command.turns and turn >= command.turns):
                    continue
                if command.is_warm and turn == 0:
                    _run(command, Path(scratch, f"warm-{at}"))
                seconds, megabytes, problems[at] = _run(command, Path(scratch, f"warm-{at}" if command.is_warm else f"cold-{at}-{turn}"))
                spent[at].append(seconds)
                memory[at] = max(memory[at], megabytes)
    return [Cost(name=command.name, seconds=tuple(spent[at]), memory=memory[at], problem=problems[at]) for at, command in enumerate(listed)]


def _run(command: Command, cache: Path) -> tuple[float, float, str]:
    """Run one process to its end: CPU seconds, MB, and what went wrong."""
    for name in command.fresh:
        shutil.rmtree(command.folder / name, ignore_errors=True)
        (command.folder / name).mkdir(parents=True)
    cache.mkdir(exist_ok=True)
    environment = {**os.environ, "XDG_CACHE_HOME": str(cache), "TMPDIR": str(cache)}
    process = subprocess.Popen(
        command.argv,
        cwd=command.folder,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    stopped = threading.Event()

    def stop() -> None:
        stopped.set()
        os.killpg(process.pid, signal.SIGKILL)

    timer = threading.Timer(LIMIT_S, stop)
    timer.start()
    _, status, used = os.wait4(process.pid, 0)
    timer.cancel()
    code = process.returncode = os.waitstatus_to_exitcode(status)
    problem = f"stopped after {LIMIT_S:.0f} s" if stopped.is_set() else "" if code in command.good else f"ended with {code}"
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, problem


def line(cost: Cost, against: Cost | None = None, bar: str = "") -> str:
    """Lay one cost out: seconds, memory, and the ratio of the medians to a yardstick.

    >>> line(Cost(name="check", seconds=(1.0, 2.0, 3.0), memory=60.0), Cost(name="peer", seconds=(4.0,), memory=90.0))
    '  check                                   min   1.00  median   2.00 CPU s   60 MB  = 0.50 x peer'
    """
    beside = f"  = {cost.median / against.median:.2f} x {against.name}" if against and not cost.problem else ""
    note = f"  ({bar})" if bar else ""
    if cost.problem:
        note += f"  {cost.problem}"
    return f"  {cost.name:<38}  min {cost.least:6.2f}  median {cost.median:6.2f} CPU s {cost.memory:4.0f} MB{beside}{note}"
