"""Judges whether the test that names a criterion passed on the files as they are."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Mapping
from typing import Final

from msgspec import Struct

from setsquare.spec.link import TraceLink
from setsquare.text.paths import RelPath, base_name, parent

_PARAMETERS: Final = re.compile(r"(?:\[.*\]|\(.*\)|\s*\{.*\})+\Z", re.DOTALL)
_PLACEHOLDER: Final = re.compile(r"%[sdifjop#$]|\$\{[^}]*\}|\$\w+")
_WORDS: Final = re.compile(r"\W+")
_PLACES: Final = re.compile(r"[./\\\\$:]+")
_EXTENSION: Final = re.compile(r"\.\w+\Z")


class Outcome(enum.Enum):
    """How a test ended. `VACUOUS`: it passed without having tried anything worth the name."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"
    EXPECTED_FAILURE = "expected-failure"
    VACUOUS = "vacuous"


class TestResult(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One test's result as reported: `place` is its class, module, package or file, `file` a path where the report names one."""

    __test__ = False

    place: str
    name: str
    outcome: Outcome
    file: str = ""
    detail: str = ""


class TestRun(Struct, frozen=True, kw_only=True):
    """Results with what they are bound to: the commit, a digest over all sources, and a digest of every linked file.

    `at` is when they were recorded, in ISO 8601.
    """

    __test__ = False

    at: str
    commit: str
    sources: str
    files: Mapping[RelPath, str]
    results: tuple[TestResult, ...]


class Sources(Struct, frozen=True, kw_only=True):
    """The source files as they are now: a digest over all of them, and of each linked one."""

    whole: str
    files: Mapping[RelPath, str]


class Verdict(Struct, frozen=True):
    """What a test link's last result says: its outcome, `None` where there is none; whether it is of the files as they are; one sentence."""

    outcome: Outcome | None
    is_current: bool = False
    detail: str = ""

    @property
    def is_proof(self) -> bool:
        """Tell whether the test passed, tried something, and did so on the files as they are."""
        return self.outcome is Outcome.PASSED and self.is_current


# req: spec-engine/3.2
class ResultBook:
    """The recorded runs, newest first, with the sources as they are now."""

    def __init__(self, runs: Iterable[TestRun], sources: Sources) -> None:
        """Index the results of every run by the last word of their names."""
        self._sources = sources
        self._runs = tuple((run, _by_word(run.results)) for run in runs)

    def verdict(self, link: TraceLink, code: Iterable[RelPath]) -> Verdict:
        """Judge a test link; `code` are the files that are linked to the same criterion.

        >>> book = ResultBook((), Sources(whole="", files={}))
        >>> from setsquare.spec.link import LinkKind
        >>> link = TraceLink(kind=LinkKind.VERIFIES, spec="s", source="t.py", target="1.1", target_spec="s", path=RelPath("t.py"), line=1)
        >>> book.verdict(link, ())
        Verdict(outcome=None, is_current=False, detail='no result is recorded')
        """
        for run, index in self._runs:
            found = [result for result in _candidates(index, link) if is_of(result, link)]
            if found:
                outcome, detail = _joined(found)
                stale = self._stale(run, (link.path, *code))
                return Verdict(outcome, is_current=not stale, detail=stale or detail)
        return Verdict(None, detail="no result is recorded")

    def _stale(self, run: TestRun, paths: tuple[RelPath, ...]) -> str:
        """Say what changed since a run; empty when nothing that counts did."""
        if run.sources == self._sources.whole:
            return ""
        changed = [path for path in paths if run.files.get(path) is None or run.files.get(path) != self._sources.files.get(path)]
        if changed:
            return f"{changed[0]} changed since the result was recorded"
        return "" if len(paths) > 1 else "sources changed since the result was recorded, and no code is linked that could be compared"


def is_of(result: TestResult, link: TraceLink) -> bool:
    """Tell whether a result is that of the test that holds a link.

    >>> from setsquare.spec.link import LinkKind
    >>> link = TraceLink(
    ...     kind=LinkKind.VERIFIES,
    ...     spec="s",
    ...     source="",
    ...     target="1.1",
    ...     target_spec="s",
    ...     path=RelPath("tests/test_a.py"),
    ...     line=3,
    ...     symbol="TestA.test_b",
    ... )
    >>> is_of(TestResult(place="tests.test_a.TestA", name="test_b[1]", outcome=Outcome.PASSED), link)
    True
    >>> is_of(TestResult(place="tests.test_c.TestA", name="test_b", outcome=Outcome.PASSED), link)
    False
    """
    placed = _is_placed(result, link.path)
    if not link.symbol:
        return placed
    return _is_titled(result, link, placed=placed) if " > " in link.symbol or " " in link.symbol else placed and _is_named(result, link)


def worth_keeping(results: Iterable[TestResult], paths: Iterable[RelPath]) -> tuple[TestResult, ...]:
    """Keep the results that may belong to these files of linked tests.

    >>> result = TestResult(place="tests.test_a", name="test_b", outcome=Outcome.PASSED)
    >>> worth_keeping((result,), (RelPath("tests/test_a.py"),)) == (result,), worth_keeping((result,), (RelPath("tests/test_c.py"),))
    (True, ())
    """
    listed = tuple(paths)
    if any(not path.endswith((".py", ".go", ".java", ".kt")) for path in listed):
        return tuple(results)
    names = {base_name(_EXTENSION.sub("", path)) for path in listed} | {base_name(parent(path)) for path in listed if path.endswith(".go")}
    return tuple(result for result in results if "" in names or names & {*_PLACES.split(result.place), *_PLACES.split(result.file)})


def told(results: Iterable[TestResult], links: Iterable[TraceLink]) -> tuple[TestResult, ...]:
    """Keep what a verdict on these test links rests on: of each one's results the first with each outcome, however many cases ran.

    >>> told((TestResult(place="tests.test_a", name="test_b", outcome=Outcome.PASSED),), ())
    ()
    """
    index = _by_word(results)
    kept: dict[TestResult, None] = {}
    for link in dict.fromkeys(links):
        by_outcome: dict[Outcome, TestResult] = {}
        for result in _candidates(index, link):
            if result.outcome not in by_outcome and is_of(result, link):
                by_outcome[result.outcome] = result
        kept.update(dict.fromkeys(by_outcome.values()))
    return tuple(kept)


def _is_placed(result: TestResult, path: str) -> bool:
    """Tell whether a result's place is a file: by path, by dotted module or class, or by package."""
    if result.file:
        named = result.file.replace("\\", "/").removeprefix("./")
        return path == named or named.endswith(f"/{path}") or path.endswith(f"/{named}")
    place = result.place.replace("\\", "/").removeprefix("./")
    if place == path or (place and (place.endswith(f"/{path}") or path.endswith(f"/{place}"))):
        return True
    stem = _EXTENSION.sub("", path)
    if path.endswith("_test.go"):
        folder = parent(path)
        return not folder or place == folder or place.endswith(f"/{folder}") or folder.endswith(f"/{place}") or place == base_name(folder)
    dotted, parts = stem.replace("/", "."), re.split(r"[.$:]+|::", place)
    name = base_name(stem)
    if name not in parts:
        return False
    before = ".".join(parts[: parts.index(name) + 1])
    return dotted == before or dotted.endswith(f".{before}") or before.endswith(f".{dotted}")


def _is_named(result: TestResult, link: TraceLink) -> bool:
    """Tell whether a result's name is the symbol's, parameters apart; a class stands for all of its tests."""
    wanted = link.symbol.split(".")
    name = _PARAMETERS.sub("", result.name).strip()
    leaf = re.split(r"::|/|\.| > ", name)[0 if link.path.endswith(".go") else -1]
    within = re.split(r"[.$:]+|::", result.place)
    if leaf == wanted[-1]:
        return len(wanted) < 2 or not link.path.endswith(".py") or within[-len(wanted) + 1 :] == wanted[:-1]
    return within[-len(wanted) :] == wanted or (wanted[-1] in within and link.path.endswith((".java", ".kt", ".scala", ".cs")))


def _is_titled(result: TestResult, link: TraceLink, *, placed: bool) -> bool:
    """Tell whether a result bears the titles of `describe` and `it`, placeholders apart."""
    titles = link.symbol.split(" > ")
    said = _plain(f"{result.place} {result.name}" if not placed else result.name)
    wanted = [_plain(_PLACEHOLDER.split(title)[0]) for title in titles]
    if placed:
        return bool(wanted[-1]) and wanted[-1] in said
    return all(part in said for part in wanted) and bool(wanted[-1]) and len(titles) > 1


def _plain(text: str) -> str:
    return f" {' '.join(_WORDS.split(text.casefold())).strip()} " if text.strip() else ""


def _by_word(results: Iterable[TestResult]) -> Mapping[str, tuple[TestResult, ...]]:
    """Index results by the last part of their plain names; the same one twice counts once."""
    index: dict[str, list[TestResult]] = {}
    for result in dict.fromkeys(results):
        name = _PARAMETERS.sub("", result.name).strip()
        keys = {re.split(r"::|/|\.", name)[-1], name.partition("/")[0], *re.split(r"[.$:/]+", result.place)}
        for key in keys:
            index.setdefault(key, []).append(result)
        index.setdefault("", []).append(result)
    return {key: tuple(found) for key, found in index.items()}


def _candidates(index: Mapping[str, tuple[TestResult, ...]], link: TraceLink) -> tuple[TestResult, ...]:
    """Narrow the results to those that can be a link's."""
    if " " in link.symbol:
        return index.get("", ())
    if not link.symbol:
        return index.get(base_name(_EXTENSION.sub("", link.path)), ()) or index.get("", ())
    return index.get(link.symbol.rpartition(".")[2], ())


def _joined(found: Iterable[TestResult]) -> tuple[Outcome, str]:
    """Join the results of one test's cases: one that failed fails it, one that passed is needed."""
    by_outcome: dict[Outcome, TestResult] = {}
    for result in found:
        by_outcome.setdefault(result.outcome, result)
    for outcome in (Outcome.FAILED, Outcome.VACUOUS, Outcome.PASSED, Outcome.EXPECTED_FAILURE, Outcome.SKIPPED):
        if outcome in by_outcome:
            return outcome, by_outcome[outcome].detail
    return Outcome.SKIPPED, ""
