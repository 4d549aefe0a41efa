"""Measures the spec engine over 5,000 criteria in 100 specs, and its peers on the same requirements, taking turns.

Peers run where environment variables name them, all on the tree that `gen_reqs.py 5000 OUT` wrote and `SETSQUARE_PEER_REQS=OUT` names:
`SETSQUARE_PEER_TRLC`, `SETSQUARE_PEER_DOORSTOP`, `SETSQUARE_PEER_STRICTDOC` and `SETSQUARE_PEER_MARKDOWNLINT` (markdownlint-cli2) are the
paths of their commands. Slow peers take one turn, and every process is stopped after `SETSQUARE_BENCH_LIMIT` seconds (240).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.corpus_folder import corpus_folder, repositories, repository_name
from bench.timing import TURNS, Command, Cost, line, take_turns
from bench.workspaces import write_code, write_workspace

SETSQUARE = (str(Path(sys.executable).with_name("setsquare")),)
CRITERIA = 5_000
CHECK_BAR, TRACE_BAR, WARM_BAR, MEMORY_BAR, LARGEST_BAR = 0.8, 2.0, 0.25, 90, 1.0
FLOOR = "the floor"


def over_5000() -> None:
    """Print what our commands cost over a generated workspace with code, beside the floor."""
    with tempfile.TemporaryDirectory() as scratch:
        folder, bare = Path(scratch, "with-code"), Path(scratch, "bare")
        for place in (folder, bare):
            write_workspace(place, CRITERIA)
        write_code(folder, CRITERIA)
        sentences = folder / "sentences.txt"
        sentences.write_text("\n".join(_sentences(folder)) + "\n")
        code = sum(path.read_bytes().count(b"\n") for path in folder.rglob("*.py"))
        print(f"5,000 criteria in 100 specs of 3 files, {code:,} lines of code that names them; {TURNS} turns.")
        print("The floor is a script that reads the files and classes each line by one expression (bench/floor.py):")
        _print(
            [
                _floor(folder),
                *_ours(folder, bare),
                Command(
                    name="ears parse, 5,000 lines", argv=(*SETSQUARE, "ears", "parse", str(sentences), "--format", "json"), folder=folder
                ),
                Command(name="consistency", argv=(*SETSQUARE, "consistency", "--format", "json"), folder=folder),
            ]
        )


def beside_peers() -> None:
    """Print what our commands and the peers that are named cost on the same 5,000 requirements."""
    named = os.environ.get("SETSQUARE_PEER_REQS")
    if not named:
        print("peers: none; SETSQUARE_PEER_REQS names no folder that gen_reqs.py wrote")
        return
    tree = Path(named)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch, "ours")
        bare = Path(scratch, "bare")
        for place in (folder, bare):
            shutil.copytree(tree / "kiro", place)
        write_code(folder, CRITERIA)
        peers = list(_peers(tree, Path(scratch)))
        print(f"the requirements of gen_reqs.py, ours as Kiro specs with code, each peer's in its own format; {TURNS} turns:")
        _print([_floor(folder), *_ours(folder, bare), *(command for command, _ in peers)])
        for command, version in peers:
            print(f"    {command.name}: {version}")


def largest_repository() -> None:
    """Print what the repository of the corpus with the most bytes of specs costs, cold."""
    corpus = corpus_folder()
    if corpus is None:
        print("largest repository: the corpus is absent (SETSQUARE_CORPUS)")
        return
    sizes = {folder: sum(path.stat().st_size for path in folder.rglob(".kiro/specs/**/*.md")) for folder in repositories(corpus)}
    folder = max(sizes, key=lambda each: sizes[each])
    (cost,) = take_turns([Command(name="check, cold", argv=(*SETSQUARE, "check", ".", "--format", "json"), folder=folder)])
    print(f"largest repository of the corpus, {repository_name(folder)}, {sizes[folder] / 1e6:.1f} MB of specs:")
    print(line(cost, None, f"bar {LARGEST_BAR:.1f} CPU s"))


def other_benches() -> None:
    """Print what the benches say that are scripts of their own, where they are there."""
    for name in ("recheck", "lsp_recheck", "drift_replay"):
        if not Path(__file__).with_name(f"{name}.py").is_file():
            continue
        done = subprocess.run([sys.executable, "-m", f"bench.{name}"], capture_output=True, text=True, check=False)
        print(f"bench.{name}:")
        said = done.stdout if done.returncode == 0 else f"failed: {(done.stderr.strip().splitlines() or [str(done.returncode)])[-1]}"
        print("\n".join(f"  {each}" for each in said.strip().splitlines()))


def _sentences(folder: Path) -> Iterator[str]:
    for path in sorted(folder.rglob("requirements.md")):
        yield from (each for each in path.read_text().splitlines() if each[:1].isdigit())


def _floor(folder: Path) -> Command:
    script = str(Path(__file__).with_name("floor.py"))
    return Command(name=FLOOR, argv=(sys.executable, script, str(folder / ".kiro")), folder=folder)


def _ours(folder: Path, bare: Path) -> list[Command]:
    """Give the commands that are measured on every workspace; `bare` is the same without code."""
    check, trace = (*SETSQUARE, "check", ".", "--format", "json"), (*SETSQUARE, "trace", "status", "--format", "json")
    return [
        Command(name="check, cold", argv=check, folder=folder),
        Command(name="check, nothing changed", argv=check, folder=folder, is_warm=True),
        Command(name="trace status, no code", argv=trace, folder=bare),
        Command(name="trace status with code scan", argv=trace, folder=folder),
    ]


def _peers(tree: Path, scratch: Path) -> Iterator[tuple[Command, str]]:
    """Give the peers that environment variables name, each on a copy of its own tree, with what it says of its version."""
    trlc, doorstop, strictdoc, markdownlint = (
        os.environ.get(f"SETSQUARE_PEER_{name}", "") for name in ("TRLC", "DOORSTOP", "STRICTDOC", "MARKDOWNLINT")
    )
    if trlc:
        yield Command(name="TRLC, check", argv=(trlc, "."), folder=_copy(tree, "trlc", scratch)), _version(trlc, "--version")
    if markdownlint:
        globbed = (markdownlint, ".kiro/specs/*/requirements.md")
        yield Command(name="markdownlint-cli2", argv=globbed, folder=_copy(tree, "kiro", scratch)), _version(markdownlint, "--help")
    if strictdoc:
        argv = (strictdoc, "export", "--formats=json", "--output-dir", "made", ".")
        folder = _copy(tree, "strictdoc", scratch)
        yield Command(name="StrictDoc, export json", argv=argv, folder=folder, fresh=("made",), turns=1), _version(strictdoc, "--version")
    if doorstop:
        folder = _copy(tree, "doorstop", scratch)
        subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
        yield Command(name="Doorstop, validate", argv=(doorstop,), folder=folder, turns=1), _version(doorstop, "--version")


def _copy(tree: Path, name: str, scratch: Path) -> Path:
    shutil.copytree(tree / name, scratch / "peers" / name)
    return scratch / "peers" / name


def _version(command: str, argument: str) -> str:
    done = subprocess.run([command, argument], capture_output=True, text=True, check=False)
    return next((each for each in (done.stdout + done.stderr).splitlines() if any(letter.isdigit() for letter in each)), "version unknown")


def _print(commands: list[Command]) -> None:
    """Measure, and print each cost with its bar; the second column of ratios is to the first peer."""
    costs = take_turns(commands)
    bars = {
        "check, cold": f"bar {CHECK_BAR} CPU s, {MEMORY_BAR} MB",
        "check, nothing changed": f"bar {WARM_BAR} CPU s",
        "trace status, no code": "",
        "trace status with code scan": f"bar {TRACE_BAR:.1f} CPU s",
    }
    for cost in costs:
        print(line(cost, None if cost is costs[0] else costs[0], bars.get(cost.name, "")))
    ours = {cost.name: cost for cost in costs if cost.name in bars and not cost.problem}
    for peer in costs:
        if peer.name in PEERS:
            print(f"    {_ratios(ours, peer)}")


PEERS = ("TRLC, check", "markdownlint-cli2", "StrictDoc, export json", "Doorstop, validate")


def _ratios(ours: dict[str, Cost], peer: Cost) -> str:
    """Say how many times our commands cost what a peer does, by the medians."""
    limit = "at most " if peer.problem.startswith("stopped") else ""
    told = ", ".join(f"{name} {limit}{cost.median / peer.median:.3f}" for name, cost in ours.items())
    return f"x {peer.name}: {told}"
