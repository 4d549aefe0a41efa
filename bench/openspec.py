"""Times OpenSpec's commands as ours, beside OpenSpec itself where `SETSQUARE_OPENSPEC` names it: each on a workspace of its own, taking turns.

The workspaces are made by `gen_openspec.py` of the peers' folder (`SETSQUARE_PEERS`, or `../shared/peers` beside the project).
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SIZE = 1000
TURNS = 5
BARS = {
    "validate --all --strict --json": 6.0,
    "list --json": 5.0,
    "list --specs --json": 0.0,
    "archive {change} -y --json": 3.0,
    "--version": 0.0,
}
"""The commands, each with how many times faster than OpenSpec it must be; 0 for no bar."""


def generator() -> Path | None:
    """Find the script that makes workspaces."""
    named = os.environ.get("SETSQUARE_PEERS")
    script = (Path(named) if named else Path(__file__).resolve().parents[2] / "shared" / "peers") / "gen_openspec.py"
    return script if script.is_file() else None


def measured(script: Path, commands: dict[str, list[str]], size: int = SIZE) -> dict[str, dict[str, list[float]]]:
    """Give the wall seconds of each turn, by command line and by whose it is; commands take turns."""
    with tempfile.TemporaryDirectory() as place:
        environment = {**os.environ, "OPENSPEC_TELEMETRY": "0", "DO_NOT_TRACK": "1", "CI": "1", "NO_COLOR": "1"}
        environment |= {name: f"{place}/{name.lower()}" for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME")}
        for who in commands:
            made = [sys.executable, str(script), f"{place}/{who}", "--specs", str(size), "--changes", str(size), "--clean"]
            subprocess.run(made, check=True, stdout=subprocess.DEVNULL)
        taken: dict[str, dict[str, list[float]]] = {line: {who: [] for who in commands} for line in BARS}
        for turn in range(TURNS):
            for line, by in taken.items():
                arguments = line.format(change=f"chg-{turn:04d}").split()
                for who, command in commands.items():
                    began = time.perf_counter()
                    subprocess.run(
                        [*command, *arguments],
                        check=True,
                        cwd=f"{place}/{who}",
                        env=environment,
                        stdin=subprocess.DEVNULL,
                        capture_output=True,
                    )
                    by[who].append(time.perf_counter() - began)
        return taken


def openspec() -> None:
    """What OpenSpec's commands cost on 1,000 specs and 1,000 changes."""
    script = generator()
    if script is None:
        print("openspec: the generator of workspaces is absent (../shared/peers, or SETSQUARE_PEERS)")
        return
    commands = {"ours": [str(Path(sys.executable).with_name("setsquare")), "openspec"]}
    if os.environ.get("SETSQUARE_OPENSPEC"):
        commands["theirs"] = shlex.split(os.environ["SETSQUARE_OPENSPEC"])
    print(f"setsquare openspec on {SIZE:,} specs and {SIZE:,} changes, wall s (least of {TURNS}, in turns):")
    for line, by in measured(script, commands).items():
        ours = min(by["ours"])
        beside = f"  OpenSpec {min(by['theirs']):5.2f}  ratio {min(by['theirs']) / ours:4.1f}" if "theirs" in by else ""
        bar = f" (bar {BARS[line]:.0f})" if BARS[line] else ""
        print(f"  {line:32s} {ours:5.2f}{beside}{bar if beside else ''}")
