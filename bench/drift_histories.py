"""Replays histories that were published, version by version, and counts flags of links by file beside flags by symbol (D1).

Every public function, method and class of a version is linked; the next version is one step, after which all flags count as looked at. Wheels come
from the package index through pip, in the versions that `drift_histories.toml` pins, and are kept in `$XDG_CACHE_HOME/setsquare-bench`.
Nothing of them is installed or run. Of nightly builds, files that change in every step by a few lines hold the build's own stamp and are left out.

Run it with `python -m bench.drift_histories [PACKAGE…]`.
"""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import tomllib
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
from msgspec import Struct

from bench.drift_replay import read_code, words_at
from setsquare.spec.drift_parts import Became, CodeFile, CodePart, Remembered, fates
from setsquare.text.paths import RelPath

PINS = Path(__file__).with_suffix(".toml")
DOWNLOADS_AT_ONCE = 3
LEAST_STEPS_FOR_STAMPS = 10
MOST_STAMPED_LINES = 10
# Wheels of any machine: they hold the source.
PURE = ("--implementation", "py", "--abi", "none", "--platform", "any", "--only-binary", ":all:", "--no-deps", "--ignore-requires-python")

Tree = Mapping[RelPath, bytes]
Files = Mapping[RelPath, CodeFile]


class History(Struct, frozen=True, kw_only=True):
    """A package with its versions, oldest first; `steps` says what lies between two of them: `nightly` or `release`."""

    package: str
    steps: str
    versions: tuple[str, ...]


class Count(Struct, frozen=True, kw_only=True):
    """Flags of one history: `links` are those that stood at the steps together, `changed` the steps that changed a linked file.

    `needless` are flags by symbol whose words are as before; `missed` links whose words changed without a flag.
    """

    steps: int = 0
    changed: int = 0
    links: int = 0
    by_path: int = 0
    by_symbol: int = 0
    needless: int = 0
    missed: int = 0

    @property
    def ratio(self) -> float:
        """Say how many times fewer flags there are by symbol."""
        return self.by_path / max(1, self.by_symbol)

    def plus(self, other: Count) -> Count:
        """Add another count."""
        return Count(**{name: getattr(self, name) + getattr(other, name) for name in self.__struct_fields__})


def pinned(text: str) -> tuple[History, ...]:
    r"""Read the histories that are pinned.

    >>> pinned('[[history]]\npackage = "a"\nsteps = "release"\nversions = "1 2"')[0].versions
    ('1', '2')
    """
    listed = tomllib.loads(text)["history"]
    return tuple(History(package=it["package"], steps=it["steps"], versions=tuple(it["versions"].split())) for it in listed)


def wheels(history: History, cache: Path) -> tuple[Path, ...]:
    """Fetch the wheels that are not there yet, and list all, oldest first; a version that cannot be had any more is told and left out."""

    def fetched(version: str) -> Path | None:
        folder = cache / history.package / version
        if not any(folder.glob("*.whl")):
            wish = f"{history.package}=={version}"
            argv = [sys.executable, "-m", "pip", "download", "--quiet", *PURE, "--dest", str(folder), wish]
            if subprocess.run(argv, check=False, capture_output=True).returncode:
                print(f"{wish}: no pure wheel, left out", file=sys.stderr)
        return next(iter(folder.glob("*.whl")), None)

    with ThreadPoolExecutor(DOWNLOADS_AT_ONCE) as pool:
        return tuple(path for path in pool.map(fetched, history.versions) if path)


def sources(wheel: Path) -> dict[RelPath, bytes]:
    """Read the Python files of a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if name.endswith(".py")]
        return {RelPath(name): archive.read(name) for name in names}


def stamps(trees: Iterable[Tree]) -> frozenset[RelPath]:
    """Find the files that differ in every step of a long history of builds, each time by a few lines.

    >>> trees = [{RelPath("v.py"): b"%d" % day, RelPath("a.py"): b""} for day in range(LEAST_STEPS_FOR_STAMPS + 1)]
    >>> sorted(stamps(trees))
    ['v.py']
    """
    changes: Counter[RelPath] = Counter()
    steps = 0
    for before, after in itertools.pairwise(trees):
        steps += 1
        changes.update(path for path, raw in after.items() if path in before and before[path] != raw and _is_small(before[path], raw))
    return frozenset(path for path, number in changes.items() if number == steps) if steps >= LEAST_STEPS_FOR_STAMPS else frozenset()


def _is_small(old: bytes, new: bytes) -> bool:
    then, now = Counter(old.split(b"\n")), Counter(new.split(b"\n"))
    return ((then - now) + (now - then)).total() <= MOST_STAMPED_LINES


def replay(trees: Iterable[Tree], *, without: frozenset[RelPath] = frozenset()) -> Count:
    r"""Count flags from version to version.

    >>> old = b"def a():\n    return 1\ndef b():\n    return 2\n"
    >>> found = replay([{RelPath("m.py"): old}, {RelPath("m.py"): old.replace(b"2", b"3")}])
    >>> found.by_path, found.by_symbol, found.missed
    (2, 1, 0)
    """
    kept = ({path: raw for path, raw in tree.items() if path not in without} for tree in trees)
    total = Count()
    linked: dict[RelPath, tuple[bytes, int]] = {}
    for before, after in itertools.pairwise(kept):
        links = 0
        for path, raw in before.items():
            if linked.get(path, (b"",))[0] != raw or path not in linked:
                linked[path] = (raw, len(public(read_code(path, raw))))
            links += linked[path][1]
        found = _step(before, after)
        total = total.plus(msgspec.structs.replace(found, steps=1, changed=int(found.by_path > 0), links=links))
    return total


def public(file: CodeFile) -> tuple[CodePart, ...]:
    """List the parts that are linked: all whose dotted names hold no part that begins with an underscore, and no second bearer of a name."""
    return tuple(part for part in file.parts or () if "#" not in part.name and not any(it.startswith("_") for it in part.name.split(".")))


def _step(before: Tree, after: Tree) -> Count:
    """Count the flags of one step."""
    then = {path: read_code(path, raw) for path, raw in before.items() if raw != after.get(path)}
    now = {path: read_code(path, raw) for path, raw in after.items() if raw != before.get(path)}
    fresh = fresh_parts(then, now)
    total = Count()
    for path, file in then.items():
        for part in public(file):
            home, to, is_flagged = followed(part, path, then, now, fresh)
            is_real = to is None or words_at(file, part.line, None) != words_at(now[home], to.line, to)
            needless, missed = is_flagged and not is_real, is_real and not is_flagged
            total = total.plus(Count(by_path=1, by_symbol=int(is_flagged), needless=int(needless), missed=int(missed)))
    return total


def fresh_parts(then: Files, now: Files) -> dict[tuple[str, str], tuple[RelPath, CodePart]]:
    """Index the parts that stand where none of that name stood before, by the last part of their names and what they say."""
    names = {(path, part.name) for path, file in then.items() for part in file.parts or ()}
    parts = [(path, part) for path, file in now.items() for part in file.parts or ()]
    return {(_own_name(part), part.digest): (path, part) for path, part in parts if (path, part.name) not in names}


def followed(
    part: CodePart, path: RelPath, then: Files, now: Files, fresh: Mapping[tuple[str, str], tuple[RelPath, CodePart]]
) -> tuple[RelPath, CodePart | None, bool]:
    """Say in which file a part is, as which part, and whether it is flagged; what moved word for word took its link, the comment above it, along."""
    moved = fresh.get((_own_name(part), part.digest))
    if path in now:
        known = {it.name for it in then[path].parts or ()}
        linked = [it.name for it in now[path].parts or () if it.digest == part.digest and it.name not in known]
        (fate,) = fates((Remembered(part.name, part.digest),), now[path], linked)
        if fate.became is not Became.GONE or moved is None:
            return path, fate.now, fate.became is not Became.SAME
    return (*moved, False) if moved else (path, None, True)


def _own_name(part: CodePart) -> str:
    return part.name.rpartition(".")[2]


def cache_folder() -> Path:
    """Name the folder outside the repository where wheels are kept."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "setsquare-bench" / "wheels"


def counted(history: History, cache: Path) -> Count:
    """Fetch and replay one history."""
    found = wheels(history, cache)
    without = stamps(sources(wheel) for wheel in found) if history.steps == "nightly" else frozenset()
    for path in sorted(without):
        print(f"{history.package}: {path} changes with every build, left out", file=sys.stderr)
    return replay((sources(wheel) for wheel in found), without=without)


def rows(chosen: Iterable[str], cache: Path) -> Iterator[tuple[str, str, Count]]:
    """Count one history after the other, then the sums of the nightly builds and of the releases."""
    names = frozenset(chosen)
    sums: dict[str, Count] = {}
    for history in pinned(PINS.read_text(encoding="utf-8")):
        if not names or history.package in names:
            count = counted(history, cache)
            sums[history.steps] = sums.get(history.steps, Count()).plus(count)
            yield history.package, history.steps, count
    for steps, count in sums.items():
        yield f"all, {steps}", steps, count


def main() -> None:
    """Print one line a history."""
    print(
        f"{'history':<24}{'steps':>14}{'with change':>13}{'links':>9}{'by path':>9}{'by symbol':>11}{'fewer':>8}{'needless':>10}{'missed':>8}"
    )
    for name, steps, it in rows(sys.argv[1:], cache_folder()):
        less = f"{it.ratio:.1f}x" if it.by_symbol else "-"
        flags = f"{it.links:>9}{it.by_path:>9}{it.by_symbol:>11}{less:>8}{it.needless:>10}{it.missed:>8}"
        print(f"{name:<24}{it.steps:>6} {steps:<7}{it.changed:>13}{flags}", flush=True)


if __name__ == "__main__":
    main()
