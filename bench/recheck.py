"""Measures how long a session of the language server needs after one file changed: `python -m bench.recheck`.

The session runs in this process, without the protocol; a file of another spec changes each time, and every change stays.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

from bench.workspaces import write_workspace
from setsquare.journeys.rechecking import opened
from setsquare.text.paths import RelPath

CRITERIA = 5_000
BAR_MS = 20
EDITS = 90


def main() -> None:
    """Print CPU and wall time of changes to each kind of file."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        write_workspace(folder, CRITERIA)
        files = {RelPath(path.relative_to(folder).as_posix()): path.read_bytes() for path in sorted(folder.rglob("*.md"))}
    started = time.process_time()
    session = opened(files)
    whole = 1e3 * (time.process_time() - started)
    taken: dict[str, list[tuple[float, float]]] = {"requirements.md": [], "design.md": [], "tasks.md": []}
    for number in range(EDITS):
        name = tuple(taken)[number % len(taken)]
        path = RelPath(f".kiro/specs/feature-{number:03d}/{name}")
        raw = files[path].replace(b"behaviour", b"conduct", 1).replace(b"500 ms", b"600 ms", 1) + b"\nOne more line.\n"
        started, clock = time.process_time(), time.perf_counter()
        session = session.recheck({path: raw}).session
        taken[name].append((1e3 * (time.process_time() - started), 1e3 * (time.perf_counter() - clock)))
    every = [each for values in taken.values() for each in values]
    ratio = statistics.median(used for used, _ in every) / whole
    print(f"one file of {CRITERIA:,} criteria changed, judged again as the language server does; opening all of them: {whole:.0f} CPU ms")
    print(f"  any file          {_told(every)}  = {ratio:.4f} x opening  (bar {BAR_MS} ms)")
    for name, values in taken.items():
        print(f"  {name:<16}  {_told(values)}")


def _told(values: list[tuple[float, float]]) -> str:
    """Write CPU and wall milliseconds."""
    told = []
    for at, name in enumerate(("CPU", "wall")):
        least, median, most = _spread([each[at] for each in values])
        told.append(f"{name} ms min {least:.1f} p50 {median:.1f} p95 {most:.1f}")
    return "; ".join(told)


def _spread(values: list[float]) -> tuple[float, float, float]:
    """Give least, median and the value that 95 % are not above.

    >>> _spread([3.0, 1.0, 2.0])
    (1.0, 2.0, 3.0)
    """
    ordered = sorted(values)
    return ordered[0], statistics.median(ordered), ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]


if __name__ == "__main__":
    main()
