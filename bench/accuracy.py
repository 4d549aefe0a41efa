"""Prints how right the engine is, bar by bar: `python -m bench.accuracy`.

It needs the corpus (beside the project, or `SETSQUARE_CORPUS`); with `SETSQUARE_PEER_REQS` it also reads the sentences of `gen_reqs.py`, whose
patterns and smells are known by construction. The bars are B1 to B4, B8 and B9 of docs/reference/bars.md.
"""

from __future__ import annotations

import json
import os
import runpy
import statistics
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from msgspec import Struct, convert

import setsquare
from bench import contradictions, precision
from bench.corpus_folder import corpus_folder, repositories
from bench.noise import MOST_ERRORS_PER_CRITERION, MOST_SENTENCE_FINDINGS_PER_100, noise
from bench.references import LEAST_RESOLVED, defects, followed, read_corpus, references_in
from setsquare.rules.check import check
from setsquare.spec.ears import parse
from setsquare.workspace.model import Workspace

LEAST_ACCURACY, LEAST_FRET, LEAST_PER_CLASS, CLASS_SIZE, LEAST_FOUND = 0.97, 0.95, 0.93, 10, 0.95
BELOW = "  BELOW ITS BAR"
PACK_CRITERIA = Path(__file__).resolve().parents[1] / "tests" / "unit" / "spec" / "test_language_criteria.py"
COMMANDS = (
    ("check", ".", "--no-cache", "--format", "json"),
    ("trace", "status", "--format", "json"),
    ("consistency", "--format", "json"),
)
SMELLS = {
    "vague": ("AMB002",),
    "escape": ("AMB001",),
    "and_or": ("AMB005",),
    "tbd": ("TERM001",),
    "etc": ("AMB003",),
    "passive": ("AMB012",),
    "pronoun": ("AMB004",),
    "compound": ("ATOM001", "ATOM002"),
    "negative_double": ("AMB013",),
    "modal": ("EARS002",),
    "not_ears": ("EARS001",),
}
"""The rules that stand for each smell that the generator injects."""


class Share(Struct, frozen=True):
    """So many right of so many."""

    right: int
    of: int

    @property
    def share(self) -> float:
        """Give the share, 1 where there is nothing to be right of."""
        return self.right / self.of if self.of else 1.0

    def __str__(self) -> str:
        """Write the share with its counts."""
        return f"{self.share:.3f} ({self.right} of {self.of})" if self.of else "none"


class Sentence(Struct, frozen=True, kw_only=True):
    """A sentence whose pattern is known; `lang` is empty where the set has one language, `smells` where it injects none."""

    text: str
    pattern: str
    lang: str = ""
    smells: tuple[str, ...] = ()
    file: str = ""
    line: int = 0


def accuracy(sentences: Iterable[Sentence]) -> Share:
    """Count the sentences whose pattern is read as it is known.

    >>> str(accuracy([Sentence(text="THE Store SHALL close", pattern="ubiquitous"), Sentence(text="Fast.", pattern="event")]))
    '0.500 (1 of 2)'
    """
    hits = [parse(each.text).pattern.value == each.pattern for each in sentences]
    return Share(sum(hits), len(hits))


def by_class(sentences: list[Sentence], least: float = 0.0) -> list[str]:
    """Write precision and recall of each pattern, and the bar of those that have enough sentences, where there is one."""
    pairs = [(each.pattern, parse(each.text).pattern.value) for each in sentences]
    hits = Counter(wanted for wanted, found in pairs if wanted == found)
    wanted, found = Counter(wanted for wanted, _ in pairs), Counter(found for _, found in pairs)
    lines = []
    for pattern, size in sorted(wanted.items()):
        right, recall = Share(hits[pattern], found[pattern]), Share(hits[pattern], size)
        bar = "" if not least else f"  (bar {least} each)" if size >= CLASS_SIZE else "  (too few for a bar)"
        is_below = bool(bar) and size >= CLASS_SIZE and min(right.share, recall.share) < least
        lines.append(f"    {pattern:<11} precision {right}, recall {recall}{bar}{BELOW if is_below else ''}")
    return lines


def bytes_kept(corpus: Path) -> Iterator[str]:
    """B1: every file renders back to its bytes."""
    right = total = crlf = unended = 0
    for folder in repositories(corpus):
        workspace = setsquare.load(folder)
        for path in workspace.paths:
            raw = (folder / path).read_bytes()
            total += 1
            right += workspace.render(path) == raw
            crlf += b"\r\n" in raw
            unended += not raw.endswith(b"\n")
    yield f"B1  byte-identical after load and render: {Share(right, total)}{_below(right < total)}"
    yield f"    of these files {crlf} have CRLF, {unended} no final newline"


def patterns(corpus: Path) -> Iterator[str]:
    """B2: patterns of real sentences, of each language, and of FRET's case studies."""
    gold = _sentences(corpus / "ears" / "kiro_ears_gold.jsonl")
    yield f"B2  pattern of labelled real criteria: {accuracy(gold)}  (bar {LEAST_ACCURACY}){_below(accuracy(gold).share < LEAST_ACCURACY)}"
    yield from by_class(gold, LEAST_PER_CLASS)
    for lang in sorted({each.lang for each in gold}):
        yield f"    labelled, language {lang}: {accuracy(each for each in gold if each.lang == lang)}"
    rows = [json.loads(line) for line in (corpus / "ears" / "fret_case_studies.jsonl").read_text(encoding="utf-8").splitlines()]
    fret = [Sentence(text=row["fretish"], pattern=row["ears_by_keyword"]) for row in rows]
    yield f"    pattern by keyword of FRET's case studies: {accuracy(fret)}  (bar {LEAST_FRET}){_below(accuracy(fret).share < LEAST_FRET)}"
    yield from by_class(fret)


def packs(_: Path) -> Iterator[str]:
    """B2: the criteria that the tests hold for each language pack."""
    held = runpy.run_path(str(PACK_CRITERIA))["CRITERIA"]
    for lang, rows in sorted(held.items()):
        yield f"    criteria of the tests, language {lang}: {accuracy(Sentence(pattern=row[0], text=row[-1]) for row in rows)}"


def generated(_: Path) -> Iterator[str]:
    """B2 and the smells, on sentences that are right or wrong by construction."""
    named = os.environ.get("SETSQUARE_PEER_REQS")
    if not named or not Path(named, "kiro", "gold.jsonl").is_file():
        yield "    generated sentences: none; SETSQUARE_PEER_REQS names no folder that gen_reqs.py wrote"
        return
    folder = Path(named, "kiro")
    gold = _sentences(folder / "gold.jsonl")
    yield f"    pattern of generated sentences: {accuracy(gold)}  (bar {LEAST_ACCURACY}){_below(accuracy(gold).share < LEAST_ACCURACY)}"
    yield from by_class(gold, LEAST_PER_CLASS)
    found = _lines_by_code(setsquare.load(folder))
    yield "    smells injected into them, and the lines that the rules flag (a line may have a smell that nobody injected):"
    measured = []
    for smell, codes in SMELLS.items():
        wanted = {(each.file, each.line) for each in gold if smell in each.smells}
        flagged = set().union(*(found.get(code, set()) for code in codes))
        right, recall = Share(len(wanted & flagged), len(flagged)), Share(len(wanted & flagged), len(wanted))
        measured.append((right.share, recall.share))
        yield f"    {smell:<15} {'+'.join(codes):<15} precision {right}, recall {recall}"
    means = [statistics.fmean(column) for column in zip(*measured, strict=True)]
    is_below = min(means) < precision.LEAST_MEAN
    yield f"    mean of the smells: precision {means[0]:.3f}, recall {means[1]:.3f}  (bar {precision.LEAST_MEAN} each){_below(is_below)}"


def links(corpus: Path) -> Iterator[str]:
    """The references that a person would call resolvable."""
    found, (known, _) = followed({name: graph for name, (_, graph) in read_corpus(corpus).items()}), defects()
    share = found.share(known)
    yield f"    references that a person would call resolvable: {share:.4f} resolve  (bar {LEAST_RESOLVED}){_below(share < LEAST_RESOLVED)}"
    yield f"    {found.resolved} resolve; {references_in(found.unmet)} name nothing, of which a person called {references_in(found.unmet & known)} slips of the authors"


def noisy(corpus: Path) -> Iterator[str]:
    """B3: findings in criteria that teams accepted."""
    seen = noise(setsquare.load(corpus / "workspaces"))
    errors, places = seen.with_error / seen.criteria, seen.places_with_error / seen.criteria
    share = 100 * seen.with_error_or_warning / seen.criteria
    yield f"B3  {seen.criteria} accepted criteria, in 100 of them:"
    is_below = max(errors, places) > MOST_ERRORS_PER_CRITERION
    yield f"    {100 * errors:.2f} get an error of a sentence rule, and {100 * places:.2f} places an error of any rule  (bar {100 * MOST_ERRORS_PER_CRITERION:.0f}){_below(is_below)}"
    yield f"    {share:.2f} get an error or a warning of the sentence families  (bar {MOST_SENTENCE_FINDINGS_PER_100}){_below(share > MOST_SENTENCE_FINDINGS_PER_100)}"


def precise(corpus: Path) -> Iterator[str]:
    """B4: how often each rule is right."""
    counts = precision.counted(setsquare.load(corpus / "workspaces"))
    yield "B4  precision of each rule on labelled findings"
    yield from (f"    {line}" for line in precision.table(counts).splitlines())
    if precision.mean(counts) < precision.LEAST_MEAN:
        yield f"    the mean{BELOW}"


def contradicting(_: Path) -> Iterator[str]:
    """B8: seeded contradictions found, disjoint guards left alone."""
    found, (false, pairs) = Share(*contradictions.seeded()), contradictions.disjoint()
    yield f"B8  seeded contradictions found: {found}  (bar {LEAST_FOUND}){_below(found.share < LEAST_FOUND)}"
    yield f"    conflicts claimed of pairs whose conditions never meet: {false} of {pairs}  (bar 0){_below(false > 0)}"


def the_same(corpus: Path) -> Iterator[str]:
    """B9: the same bytes from two processes whose hashes differ."""
    for command in COMMANDS:
        printed = {_printed(corpus / "workspaces", command, seed) for seed in ("1", "2")}
        is_same = len(printed) == 1 and printed != {b""}
        yield f"B9  {' '.join(command)}: {'the same bytes' if is_same else 'OTHER BYTES'} with two hash seeds{_below(not is_same)}"


def _printed(folder: Path, command: tuple[str, ...], seed: str) -> bytes:
    with tempfile.TemporaryDirectory() as cache:
        environment = {**os.environ, "PYTHONHASHSEED": seed, "XDG_CACHE_HOME": cache}
        return subprocess.run(
            [sys.executable, "-m", "setsquare", *command], cwd=folder, env=environment, capture_output=True, check=False
        ).stdout


def _below(is_below: bool) -> str:
    return BELOW if is_below else ""


def _sentences(path: Path) -> list[Sentence]:
    return [convert(json.loads(line), Sentence) for line in path.read_text(encoding="utf-8").splitlines()]


def _lines_by_code(workspace: Workspace) -> dict[str, set[tuple[str, int]]]:
    """Give the lines that each rule flags."""
    found: dict[str, set[tuple[str, int]]] = {}
    for finding in check(workspace):
        line = workspace.render(finding.path).count(b"\n", 0, finding.span.start) + 1
        found.setdefault(finding.code, set()).add((finding.path, line))
    return found


BARS: dict[str, tuple[Callable[[Path], Iterator[str]], ...]] = {
    "B1": (bytes_kept,),
    "B2": (patterns, packs, generated, links),
    "B3": (noisy,),
    "B4": (precise,),
    "B8": (contradicting,),
    "B9": (the_same,),
}


def main() -> None:
    """Print all bars, or those that are named; ends with 1 when one is missed."""
    corpus = corpus_folder()
    if corpus is None:
        sys.exit("the corpus is absent: put it beside the project (../shared/corpus), or name it in SETSQUARE_CORPUS")
    named = sys.argv[1:] or list(BARS)
    unknown = [name for name in named if name not in BARS]
    if unknown:
        sys.exit(f"no bar is called {', '.join(unknown)}; there are {', '.join(BARS)}")
    missed = 0
    for line in (line for name in named for measure in BARS[name] for line in measure(corpus)):
        print(line, flush=True)
        missed += BELOW in line
    if missed:
        sys.exit(f"{missed} below the bar")


if __name__ == "__main__":
    main()
