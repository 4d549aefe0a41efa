"""Puts steps of published histories into repositories of their own and asks `setsquare drift`: does the command flag what the replay counts?

Each public function, method and class of the changed files gets a criterion and a comment above it that names it; `trace lock` pins them; then the
next version takes the files' place, and the comments move with the code.

Run it with `python -m bench.drift_command [PACKAGE…]`; it takes the newest steps of each history.
"""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from bench.drift_histories import PINS, Files, Tree, cache_folder, followed, fresh_parts, pinned, public, sources, stamps, wheels
from bench.drift_replay import read_code
from setsquare.spec.drift_parts import CodePart
from setsquare.text.paths import RelPath

STEPS = 5
IN_ONE_REQUIREMENT = 40
SETSQUARE = str(Path(sys.executable).with_name("setsquare"))

Notes = Mapping[RelPath, list[tuple[CodePart, str]]]


class Agreement(Struct, frozen=True, kw_only=True):
    """One step: how many links there were, which criteria the replay flags, and which the command."""

    links: int
    expected: frozenset[str]
    told: frozenset[str]


def asked(before: Tree, after: Tree, folder: Path) -> Agreement:
    """Make a repository of what a step changed, pin it, take the step and ask."""
    then: Files = {path: read_code(path, raw) for path, raw in before.items() if raw != after.get(path)}
    now: Files = {path: read_code(path, raw) for path, raw in after.items() if raw != before.get(path)}
    fresh = fresh_parts(then, now)
    old: dict[RelPath, list[tuple[CodePart, str]]] = {}
    new: dict[RelPath, list[tuple[CodePart, str]]] = {}
    expected: set[str] = set()
    links = [(path, part) for path, file in then.items() for part in public(file)]
    for number, (path, part) in enumerate(links):
        name = f"{number // IN_ONE_REQUIREMENT + 1}.{number % IN_ONE_REQUIREMENT + 1}"
        home, to, is_flagged = followed(part, path, then, now, fresh)
        old.setdefault(path, []).append((part, name))
        if to is not None:
            new.setdefault(home, []).append((to, name))
        if is_flagged:
            expected.add(name)
    _run(folder, "git", "init", "--quiet")
    spec = folder / ".kiro" / "specs" / "history"
    spec.mkdir(parents=True)
    (spec / "requirements.md").write_text(_requirements(len(links)), encoding="utf-8")
    _write(folder, {path: before[path] for path in then}, old)
    _run(folder, "git", "add", "--all")
    _run(folder, "git", "-c", "user.name=bench", "-c", "user.email=bench@localhost", "commit", "--quiet", "--message", "before")
    _run(folder, SETSQUARE, "trace", "lock")
    for path in then:
        (folder / path).unlink()
    _write(folder, {path: after[path] for path in now}, new)
    said = json.loads(_run(folder, SETSQUARE, "drift", "--format", "json"))
    told = frozenset(item["criterion"].rpartition("/")[2] for item in said["findings"] if item["level"] == "D1")
    return Agreement(links=len(links), expected=frozenset(expected), told=told)


def _requirements(number: int) -> str:
    rows = ["# Requirements Document", "", "## Introduction", "", "A library.", "", "## Requirements"]
    for at in range(number):
        requirement, place = divmod(at, IN_ONE_REQUIREMENT)
        if not place:
            story = f"**User Story:** As a caller, I want group {requirement}, so that it works."
            rows += ["", f"### Requirement {requirement + 1}", "", story, "", "#### Acceptance Criteria", ""]
        rows.append(f"{place + 1}. WHEN signal {at} arrives THE Library SHALL serve part {at}")
    return "\n".join([*rows, ""])


def _write(folder: Path, tree: Tree, notes: Notes) -> None:
    """Write files with a comment above each linked part."""
    for path, raw in tree.items():
        rows = raw.decode("utf-8", "surrogateescape").split("\n")
        for part, name in sorted(notes.get(path, ()), key=lambda item: -item[0].line):
            row = rows[part.line - 1]
            rows.insert(part.line - 1, f"{row[: len(row) - len(row.lstrip())]}# req: history/{name}")
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes("\n".join(rows).encode("utf-8", "surrogateescape"))


def _run(folder: Path, *argv: str) -> str:
    """Run a command that ends with 0 or, where drift fails, with 1."""
    done = subprocess.run(argv, cwd=folder, check=False, capture_output=True, text=True)
    if done.returncode not in (0, 1):
        raise SystemExit(f"{' '.join(argv)}: {done.returncode}\n{done.stderr}")
    return done.stdout


def main() -> None:
    """Print one line a history, and end with 1 where the command says anything else than the replay."""
    is_other = False
    print(f"{'history':<24}{'steps':>6}{'links':>8}{'replay flags':>14}{'drift flags':>13}{'differ':>8}")
    for history in pinned(PINS.read_text(encoding="utf-8")):
        if sys.argv[1:] and history.package not in sys.argv[1:]:
            continue
        found = wheels(history, cache_folder())
        without = stamps(sources(wheel) for wheel in found) if history.steps == "nightly" else frozenset()
        trees = [{path: raw for path, raw in sources(wheel).items() if path not in without} for wheel in found[-STEPS - 1 :]]
        steps: list[Agreement] = []
        for before, after in itertools.pairwise(trees):
            with tempfile.TemporaryDirectory() as folder:
                steps.append(asked(before, after, Path(folder)))
        links, expected, told = (sum(it.links for it in steps), sum(len(it.expected) for it in steps), sum(len(it.told) for it in steps))
        differ = sum(len(it.expected ^ it.told) for it in steps)
        is_other = is_other or differ > 0
        print(f"{history.package:<24}{len(steps):>6}{links:>8}{expected:>14}{told:>13}{differ:>8}", flush=True)
    sys.exit(is_other)


if __name__ == "__main__":
    main()
