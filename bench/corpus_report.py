"""Prints, as Markdown, what the reader and the rules make of a folder of real repositories.

Run it as `python -m bench.corpus_report [FOLDER]`; by default the corpus beside the project, or the one that `SETSQUARE_CORPUS` names. Names are
those of the folders, which are public repositories as `owner+repository`; no path of the machine is printed.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from msgspec import Struct

import setsquare
from setsquare.rules.check import check
from setsquare.spec.trace import trace
from setsquare.workspace.model import Workspace

BESIDE = Path(__file__).resolve().parents[2] / "shared" / "corpus"


class Row(Struct, frozen=True, kw_only=True):
    """What one repository gave; `seconds` are the CPU seconds of a whole cold `check`."""

    name: str
    files: int
    specs: int
    criteria: int
    tasks: int
    resolved: int
    dangling: int
    prose: int
    ambiguous: int
    covered: float
    counted: int
    findings: tuple[tuple[str, int], ...]
    is_identical: bool
    seconds: float

    @property
    def references(self) -> int:
        """Count all written targets."""
        return self.resolved + self.dangling + self.prose


def row(folder: Path) -> Row:
    """Load, trace and judge one repository."""
    workspace = setsquare.load(folder)
    traced = trace(workspace).specs
    counts = [item.references for item in traced]
    shares = [(item.coverage, len(item.states)) for item in traced if item.coverage is not None]
    return Row(
        name=folder.name.replace("+", "/", 1),
        files=len(workspace.paths),
        specs=len(workspace.specs),
        criteria=sum(len(spec.requirements.criteria) for spec in workspace.specs if spec.requirements),
        tasks=sum(len(spec.tasks.tasks) for spec in workspace.specs if spec.tasks),
        resolved=sum(each.resolved for each in counts),
        dangling=sum(each.dangling for each in counts),
        prose=sum(each.prose for each in counts),
        ambiguous=sum(each.ambiguous for each in counts),
        covered=sum(share * weight for share, weight in shares),
        counted=sum(weight for _, weight in shares),
        findings=tuple(sorted(Counter(finding.code for finding in check(workspace)).items())),
        is_identical=_is_identical(workspace, folder),
        seconds=cold_check(folder),
    )


def _is_identical(workspace: Workspace, folder: Path) -> bool:
    """Tell whether every loaded file renders back to its bytes."""
    return all(workspace.render(path) == (folder / path).read_bytes() for path in workspace.paths)


def cold_check(folder: Path) -> float:
    """Measure a whole process of `check`, start-up included: user and system CPU seconds, the better of two."""
    best = float("inf")
    for _ in range(2):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        command = [sys.executable, "-m", "setsquare", "check", ".", "--format", "json"]
        done = subprocess.run(command, cwd=folder, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        if done.returncode not in (0, 1):
            sys.exit(f"check failed in {folder.name}: {(done.stderr.strip().splitlines() or ['no message'])[-1]}")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        best = min(best, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return best


def report(rows: Iterable[Row]) -> str:
    """Lay the rows out as Markdown."""
    listed = list(rows)
    return "\n".join([*_table(listed), "", *_rules(listed), ""])


def _table(rows: list[Row]) -> Iterator[str]:
    """Write one line for each repository that has specs, and one for the sum."""
    with_specs = [each for each in rows if each.specs]
    rest = [each for each in rows if not each.specs]
    yield "| Repository | Files | Specs | Criteria | Tasks | References | Resolved | Dangling | Prose | Ambiguous | Covered | Findings | CPU s |"
    yield "|---|---|---|---|---|---|---|---|---|---|---|---|---|"
    for each in with_specs:
        yield _line(each.name, [each])
    yield _line(f"{len(rest)} repositories without Kiro specs", rest)
    yield _line("all", rows)
    identical = sum(each.is_identical for each in rows)
    yield ""
    yield f"{sum(each.files for each in rows)} files of {len(rows)} repositories; byte-identical after load and render in {identical} of {len(rows)}."


def _line(name: str, rows: list[Row]) -> str:
    """Write one line of the table; seconds of several repositories are their largest."""
    counted = sum(each.counted for each in rows)
    share = f"{100 * sum(each.covered for each in rows) / counted:.0f} %" if counted else "–"
    numbers = (
        *(sum(getattr(each, key) for each in rows) for key in ("files", "specs", "criteria", "tasks", "references")),
        *(sum(getattr(each, key) for each in rows) for key in ("resolved", "dangling", "prose", "ambiguous")),
        share,
        sum(count for each in rows for _, count in each.findings),
        f"{max((each.seconds for each in rows), default=0):.2f}"
        if len(rows) == 1
        else f"≤ {max((each.seconds for each in rows), default=0):.2f}",
    )
    return f"| {name} | {' | '.join(map(str, numbers))} |"


def _rules(rows: list[Row]) -> Iterator[str]:
    """Write how often each rule fired, and in how many repositories."""
    found: Counter[str] = Counter()
    places: Counter[str] = Counter()
    for each in rows:
        for code, count in each.findings:
            found[code] += count
            places[code] += 1
    criteria = sum(each.criteria for each in rows) or 1
    yield "| Rule | Findings | Repositories | In 100 criteria |"
    yield "|---|---|---|---|"
    for code in sorted(found):
        yield f"| {code} | {found[code]} | {places[code]} | {100 * found[code] / criteria:.2f} |"


def main() -> None:
    """Print the report, or as JSON with `--json`."""
    arguments = [argument for argument in sys.argv[1:] if argument != "--json"]
    named = arguments[0] if arguments else os.environ.get("SETSQUARE_CORPUS")
    corpus = Path(named) if named else BESIDE
    folder = corpus / "workspaces" if (corpus / "workspaces").is_dir() else corpus
    if not folder.is_dir():
        sys.exit("no folder of repositories: name one, or set SETSQUARE_CORPUS")
    rows = [row(each) for each in sorted(folder.iterdir()) if each.is_dir()]
    if "--json" in sys.argv:
        print(json.dumps([{name: getattr(each, name) for name in each.__struct_fields__} for each in rows]))
        return
    print(report(rows))


if __name__ == "__main__":
    main()
