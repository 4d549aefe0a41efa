"""Prints, as Markdown, what the reader and the rules make of a folder of real repositories.

Run it as `python -m bench.corpus_report [FOLDER]`; by default the corpus beside the project, or the one that `SETSQUARE_CORPUS` names. Names are
those of the folders, which are public repositories as `owner+repository`; no path of the machine is printed. With `--write` it writes
`docs/reference/corpus.md`, with the findings that a person reviewed.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from msgspec import Struct

import setsquare
from bench.corpus_folder import corpus_folder, repositories, repository_name
from bench.reviews import keys, page, reviews, seen_in
from bench.timing import Command, take_turns
from setsquare.rules.check import check
from setsquare.rules.finding import Finding
from setsquare.spec.trace import trace
from setsquare.workspace.model import Workspace

PAGE = "docs/reference/corpus.md"
REPOSITORY = Path(__file__).resolve().parents[1]
SEVERITIES = ("error", "warning", "note")


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
    severities: tuple[int, int, int]
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
    findings = check(workspace)
    shares = [(item.coverage, len(item.states)) for item in traced if item.coverage is not None]
    return Row(
        name=repository_name(folder),
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
        findings=tuple(sorted(Counter(finding.code for finding in findings).items())),
        severities=_severities(findings),
        is_identical=_is_identical(workspace, folder),
        seconds=cold_check(folder),
    )


def _is_identical(workspace: Workspace, folder: Path) -> bool:
    """Tell whether every loaded file renders back to its bytes."""
    return all(workspace.render(path) == (folder / path).read_bytes() for path in workspace.paths)


def _severities(findings: tuple[Finding, ...]) -> tuple[int, int, int]:
    """Count errors, warnings and notes."""
    counts = Counter(finding.severity.value for finding in findings)
    return counts["error"], counts["warning"], counts["note"]


def cold_check(folder: Path) -> float:
    """Measure a whole process of `check` without a cache, start-up included: user and system CPU seconds, the better of two."""
    argv = (sys.executable, "-m", "setsquare", "check", ".", "--format", "json")
    (cost,) = take_turns([Command(name="check", argv=argv, folder=folder)], 2)
    if cost.problem:
        sys.exit(f"check failed in {folder.name}: {cost.problem}")
    return cost.least


def report(rows: Iterable[Row]) -> str:
    """Lay the rows out as Markdown."""
    listed = list(rows)
    return "\n".join([*_table(listed), "", *_flagged(listed), "", *_rules(listed), ""])


def _table(rows: list[Row]) -> Iterator[str]:
    """Write one line for each repository that has specs, and one for the sum."""
    with_specs = [each for each in rows if each.specs]
    rest = [each for each in rows if not each.specs]
    yield "| Repository | Files | Specs | Criteria | Tasks | References | Resolved | Dangling | Prose | Ambiguous | Covered | Errors | Warnings | Notes | CPU s |"
    yield f"|{'---|' * 15}"
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
        *(sum(each.severities[at] for each in rows) for at in range(len(SEVERITIES))),
        f"{max((each.seconds for each in rows), default=0):.2f}"
        if len(rows) == 1
        else f"≤ {max((each.seconds for each in rows), default=0):.2f}",
    )
    return f"| {name} | {' | '.join(map(str, numbers))} |"


def _flagged(rows: list[Row]) -> Iterator[str]:
    """Write which rules fired in each repository."""
    yield "| Repository | What was flagged |"
    yield "|---|---|"
    for each in rows:
        if each.findings:
            yield f"| {each.name} | {', '.join(f'{code} {count}' for code, count in each.findings)} |"
    yield f"| the other {sum(not each.findings for each in rows)} | nothing |"


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


OPENING = """# The corpus of real workspaces

Written by `python -m bench.corpus_report --write`; the corpus itself is not part of this repository. Each row is a public repository as somebody
wrote it: what was loaded, how its references resolve, and what the rules say with the settings that they ship with. CPU seconds are those
of a whole cold process on a machine that did other work too. Dangling references are the authors' slips: each was looked up, and stands with
its class in `tests/corpus/dangling.tsv`.
"""

REVIEWED = """## Twenty findings, reviewed

Chosen by `bench/reviews.py` without looking at them: errors before warnings, of each rule one, from the repository that was chosen least, there
the middle one. One reader opened each file and judged whether a careful reviewer of the spec would agree. The choice was made once; where a rule
has changed since, the finding is marked as no longer found.
"""


def whole_page(rows: list[Row], corpus: Path) -> str:
    """Write the page."""
    listed = reviews()
    folders = [folder for folder in repositories(corpus) if folder.name in {review.repository for review in listed}]
    standing = {key for folder in folders for key in keys(seen_in(setsquare.load(folder), folder.name))}
    return f"{OPENING}\n{report(rows)}\n{REVIEWED}\n{page(listed, standing)}\n"


def main() -> None:
    """Print the report, as JSON with `--json`, or write the page with `--write`."""
    named = [argument for argument in sys.argv[1:] if not argument.startswith("--")]
    corpus = corpus_folder(*named[:1])
    if corpus is None:
        sys.exit("no folder of repositories: name one that holds `workspaces`, or set SETSQUARE_CORPUS")
    rows = [row(each) for each in repositories(corpus)]
    if "--json" in sys.argv:
        print(json.dumps([{name: getattr(each, name) for name in each.__struct_fields__} for each in rows]))
    elif "--write" in sys.argv:
        (REPOSITORY / PAGE).write_text(whole_page(rows, corpus), encoding="utf-8")
    else:
        print(report(rows))


if __name__ == "__main__":
    main()
