"""Looks for differences to OpenSpec: odd workspaces are validated and archived by both, and everything that they say and leave behind is compared.

`SETSQUARE_OPENSPEC` names OpenSpec (`node …/openspec.js`, or the path of its program). Run it with `python -m bench.openspec_diff`; `--seed` tries
other workspaces, `--archives` and `--items` say how many. It prints each difference with the files that show it, and ends with 1 when there is one.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from msgspec import Struct

from bench.openspec_odd import Files, archiving, workspace

OURS = (str(Path(sys.executable).with_name("setsquare")), "openspec")
AT_ONCE = 2
SHOWN = 10
LIMIT_S = 300.0


class Ended(Struct, frozen=True):
    """How a command ended, and what is below `openspec/` afterwards; paths of the workspace stand as `ROOT`."""

    code: int
    out: str
    files: tuple[tuple[str, bytes], ...]

    @property
    def word(self) -> str:
        """What came of it in one word: the code of the first refusal, `done`, or `no JSON`."""
        try:
            status = json.loads(self.out).get("status")
        except ValueError:
            return "no JSON"
        return str(status[0]["code"]) if status else "done"


def lay(root: Path, files: Files) -> None:
    """Write a workspace."""
    for name in ("openspec/changes/archive", "openspec/specs"):
        (root / name).mkdir(parents=True)
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(text.encode())


def environment(place: Path) -> dict[str, str]:
    """Give a home of its own, and nothing that a person is asked or told."""
    own = {name: str(place / name.lower()) for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME")}
    return {**os.environ, **own, "OPENSPEC_TELEMETRY": "0", "DO_NOT_TRACK": "1", "CI": "1", "NO_COLOR": "1"}


def ended(command: tuple[str, ...], arguments: tuple[str, ...], files: Files) -> Ended:
    """Run a command in a workspace of its own."""
    with tempfile.TemporaryDirectory() as made:
        place = Path(made).resolve()
        root = place / "w"
        lay(root, files)
        done = subprocess.run(
            [*command, *arguments],
            cwd=root,
            env=environment(place),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=LIMIT_S,
        )
        left = tuple(
            (path.relative_to(root).as_posix(), path.read_bytes()) for path in sorted((root / "openspec").rglob("*")) if path.is_file()
        )
        return Ended(done.returncode, done.stdout.replace(str(root), "ROOT"), left)


def items(out: str) -> dict[tuple[str, str], list[tuple[str, str, int, str]]]:
    """Read what `validate --all --json` found, by the kind and the name of what it found it in."""
    return {
        (item["type"], item["id"]): [(issue["level"], issue["path"], issue.get("line", 0), issue["message"]) for issue in item["issues"]]
        for item in json.loads(out)["items"]
    }


def validations(theirs: tuple[str, ...], seed: int, size: int) -> Iterator[str]:
    """Tell each spec and change that is judged otherwise."""
    files = workspace(seed, size)
    told, ours = (ended(command, ("validate", "--all", "--json"), files) for command in (theirs, OURS))
    wanted, found = items(told.out), items(ours.out)
    if list(wanted) != list(found):
        yield f"validate, seed {seed}: other items, or in another order: {sorted(set(wanted) ^ set(found))}"
    for (kind, name), issues in wanted.items():
        if (got := found.get((kind, name))) != issues:
            below = f"openspec/{'changes' if kind == 'change' else 'specs'}/{name}/"
            shown = {path: text for path, text in files.items() if path.startswith(below)}
            missing, extra = ([each for each in one if each not in other] for one, other in ((issues, got or []), (got or [], issues)))
            yield f"validate, seed {seed}, {kind} {name}\n  files   {shown}\n  missing {missing}\n  extra   {extra}"
    print(f"validate, seed {seed}: {len(wanted):,} items, {sum(map(len, wanted.values())):,} findings")


def archives(theirs: tuple[str, ...], seed: int, count: int) -> Iterator[str]:
    """Tell each archive that ends otherwise, or leaves other bytes."""

    def both(number: int) -> tuple[int, Ended, Ended]:
        files, arguments = archiving(number)
        return number, ended(theirs, arguments, files), ended(OURS, arguments, files)

    words: Counter[str] = Counter()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for number, wanted, got in pool.map(both, range(seed, seed + count)):
            words[wanted.word] += 1
            if wanted != got:
                files, arguments = archiving(number)
                other = [
                    path
                    for path in sorted({*dict(wanted.files), *dict(got.files)})
                    if dict(wanted.files).get(path) != dict(got.files).get(path)
                ]
                yield f"{' '.join(arguments)}, seed {number}\n  files  {files}\n  wanted {wanted.code} {wanted.out}\n  got    {got.code} {got.out}\n  left otherwise: {other}"
    print(f"archive, seeds {seed} to {seed + count - 1}: {dict(words.most_common())}")


def main() -> None:
    """Compare, and print what differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    parser.add_argument("--items", type=int, default=200, help="how many specs, and how many changes, are validated")
    parser.add_argument("--archives", type=int, default=50, help="how many changes are archived")
    chosen = parser.parse_args()
    if not os.environ.get("SETSQUARE_OPENSPEC"):
        sys.exit("name OpenSpec in SETSQUARE_OPENSPEC")
    theirs = tuple(shlex.split(os.environ["SETSQUARE_OPENSPEC"]))
    differences = [*validations(theirs, chosen.seed, chosen.items), *archives(theirs, chosen.seed, chosen.archives)]
    print("\n".join(differences[:SHOWN]))
    print(f"{len(differences)} differences" + (f", of which {SHOWN} are shown" if len(differences) > SHOWN else ""))
    sys.exit(bool(differences))


if __name__ == "__main__":
    main()
