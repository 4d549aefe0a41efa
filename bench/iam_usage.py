"""Times the reading of CloudTrail trails beside a bare decode-and-fold of the same files, and beside trailscraper where it is named.

The trails are made by `gen_cloudtrail.py` of the peers' folder (`SETSQUARE_PEERS`, or `../shared/peers` beside the project); `SETSQUARE_TRAILS` names a folder where
they are kept for the next time. `SETSQUARE_TRAILSCRAPER` names the program of trailscraper. Seconds are CPU seconds with all children's, unless they are called wall.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from setsquare.adapters.trail_folder import FolderTrail
from setsquare.adapters.usage_store import open_usage_store
from setsquare.journeys.iam_usage import gathered, usages
from setsquare.powers.iam.usage.model import Outcome, Usage, Window

EVENTS = 1_000_000
FEW = 50_000
TURNS = 3
WINDOW = Window("2026-06-01", "2026-08-29")
BARS = {"ratio": 1.3, "memory": 300, "wall": 0.75, "second": 1.0, "trailscraper": 20.0}

Figures = dict[str, float]


def main() -> None:
    """Scan one folder in this process and print what it cost; the bench starts this program for every run."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("folder")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--state", help="folder of the store; a private one without it")
    parser.add_argument("--role", default="", help="join the uses of this role alone, not of all")
    parser.add_argument("--truth", type=Path, help="compare with the generator's answer")
    chosen = parser.parse_args()
    began = time.perf_counter()
    store = open_usage_store(chosen.state)
    found = gathered(FolderTrail(chosen.folder, store.holds, chosen.workers), store, WINDOW, lambda _line: None)
    answer: dict[str, list[int | str]] = {}
    uses = 0
    for usage in usages(found, chosen.role):
        uses += len(usage.uses)
        if chosen.truth is not None:
            _add(answer, usage)
    store.close()
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1024
    figures: dict[str, float | bool] = {
        "cpu_s": round(sum(os.times()[:4]), 2),
        "wall_s": round(time.perf_counter() - began, 2),
        "rss_mb": round(peak),
        "events": found.events,
        "fresh": found.fresh,
        "uses": uses,
    }
    if chosen.truth is not None:
        figures["equals_truth"] = answer == json.loads(chosen.truth.read_text("utf-8"))
    print(json.dumps(figures))


def _add(answer: dict[str, list[int | str]], usage: Usage) -> None:
    for use in usage.uses:
        if use.outcome is Outcome.USED:
            key = f"{use.principal.arn}|{use.source}|{use.event}|{use.resource}"
            before = answer.get(key)
            answer[key] = [use.count, use.last] if before is None else [int(before[0]) + use.count, max(str(before[1]), use.last)]


def peers() -> Path | None:
    """Find the folder with the generator and the bare scan."""
    named = os.environ.get("SETSQUARE_PEERS")
    folder = Path(named) if named else Path(__file__).resolve().parents[2] / "shared" / "peers"
    return folder if (folder / "gen_cloudtrail.py").is_file() else None


def iam_usage() -> None:
    """What reading a million events costs, first and again, beside the bare scan; and 50,000 beside trailscraper."""
    folder = peers()
    if folder is None:
        print("iam usage: the generator of trails is absent (../shared/peers, or SETSQUARE_PEERS)")
        return
    with _place() as place:
        _million(folder, place)
        _beside_trailscraper(folder, place)


def _million(folder: Path, place: Path) -> None:
    trail = _made(folder, place, EVENTS)
    runs: dict[str, list[Figures]] = {"floor": [], "one": [], "again": [], "two": []}
    for _turn in range(TURNS):
        runs["floor"].append(_floor(folder, trail))
        with tempfile.TemporaryDirectory() as state:
            runs["one"].append(_ours(trail, "--workers", "1", "--state", state))
            runs["again"].append(_ours(trail, "--workers", "1", "--state", state))
        with tempfile.TemporaryDirectory() as state:
            runs["two"].append(_ours(trail, "--workers", "2", "--state", state))
    floor, one, again, two = (statistics.median(run["cpu_s"] for run in runs[name]) for name in ("floor", "one", "again", "two"))
    memory = max(run["rss_mb"] for name in ("one", "two") for run in runs[name])
    wall = statistics.median(two_run["wall_s"] / one_run["wall_s"] for one_run, two_run in zip(runs["one"], runs["two"], strict=True))
    least = min(run["wall_s"] for run in runs["again"])
    print(f"iam usage of {EVENTS:,} events, all roles, median of {TURNS} in turns, {os.getloadavg()[0]:.1f} others at work:")
    print(
        f"  bare scan (msgspec) {floor:.2f} s; ours, kept in a store {one:.2f} s, ratio {one / floor:.2f} (bar {BARS['ratio']}); largest process {memory:.0f} MB (bar {BARS['memory']})"
    )
    print(f"  two workers {two:.2f} s, ratio {two / floor:.2f}; wall of two beside one {wall:.2f} (bar {BARS['wall']}, on two idle cores)")
    print(f"  again, nothing new: {again:.2f} s, wall {least:.2f} s (bar {BARS['second']})")


def _beside_trailscraper(folder: Path, place: Path) -> None:
    program = os.environ.get("SETSQUARE_TRAILSCRAPER")
    if not program:
        print(f"iam usage of {FEW:,} events beside trailscraper: name its program in SETSQUARE_TRAILSCRAPER")
        return
    trail = _made(folder, place, FEW)
    ours, theirs = [], []
    for _turn in range(TURNS):
        ours.append(_ours(trail, "--workers", "1")["cpu_s"])
        before = _children()
        with tempfile.TemporaryFile() as selected:
            subprocess.run([program, "select", "--log-dir", str(trail)], check=True, stdout=selected, stderr=subprocess.DEVNULL)
            selected.seek(0)
            subprocess.run([program, "generate"], check=True, stdin=selected, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        theirs.append(_children() - before)
    one, other = statistics.median(ours), statistics.median(theirs)
    print(
        f"iam usage of {FEW:,} events: ours {one:.2f} s, trailscraper's select and generate {other:.2f} s, ratio {other / one:.0f} (bar {BARS['trailscraper']:.0f})"
    )


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _floor(folder: Path, trail: Path) -> Figures:
    command = [sys.executable, str(folder / "bench_scan.py"), "msgspec", str(trail), str(_truth(trail))]
    return dict(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))


def _ours(trail: Path, *options: str) -> Figures:
    command = [sys.executable, "-m", "bench.iam_usage", str(trail), *options]
    return dict(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))


def _made(folder: Path, place: Path, events: int) -> Path:
    trail = place / f"trail-{events}"
    if not _truth(trail).is_file():
        shutil.rmtree(trail, ignore_errors=True)
        subprocess.run([sys.executable, str(folder / "gen_cloudtrail.py"), str(trail), str(events)], check=True, stdout=subprocess.DEVNULL)
    return trail


def _truth(trail: Path) -> Path:
    return trail.with_name(f"{trail.name}.truth.json")


@contextlib.contextmanager
def _place() -> Iterator[Path]:
    named = os.environ.get("SETSQUARE_TRAILS")
    if named:
        yield Path(named)
        return
    with tempfile.TemporaryDirectory() as place:
        yield Path(place)


if __name__ == "__main__":
    main()
