"""Reads test results from JUnit XML as pytest, jest-junit, vitest, surefire, go-junit-report, gotestsum and their kin write it.

Source: the JUnit XML of Apache Ant and Maven Surefire; pytest's `junitxml`; Hypothesis' statistics in it.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final
from xml.parsers import expat

from msgspec import Struct

from setsquare.spec.results import Outcome, TestResult

LIMIT_BYTES: Final = 64 * 1024 * 1024
_LIMIT_DEPTH: Final = 64
_LIMIT_TEXT: Final = 64 * 1024
_STATISTICS: Final = "hypothesis-statistics-"
_EXAMPLES: Final = re.compile(r"(\d+) passing(?: examples)?, (\d+) failing(?: examples)?, and (\d+) invalid")
_FEWEST: Final = 10


class Report(Struct, frozen=True, kw_only=True):
    """The results of one file in order; `problem` says why the rest of it cannot be read, empty when all of it was."""

    results: tuple[TestResult, ...] = ()
    problem: str = ""
    at: str = ""


# req: spec-engine/3.3
def read_junit(raw: bytes) -> Report:
    """Read a report; document types and entities are refused, so that a small file cannot become a large one.

    >>> report = read_junit(b'<testsuite><testcase classname="tests.test_a" name="test_b"/></testsuite>')
    >>> [(result.place, result.name, result.outcome.value) for result in report.results]
    [('tests.test_a', 'test_b', 'passed')]
    >>> read_junit(b"<!DOCTYPE x><testsuite/>").problem
    'It declares a document type, which is refused.'
    """
    if len(raw) > LIMIT_BYTES:
        return Report(problem=f"It is larger than {LIMIT_BYTES // (1024 * 1024)} MB.")
    reader = _Reader()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = reader.refuse
    parser.EntityDeclHandler = reader.refuse
    try:
        parser.Parse(raw, True)
    except _RefusedError as error:
        return Report(results=reader.finished(), problem=str(error), at=reader.at)
    except (expat.ExpatError, ValueError, LookupError) as error:
        return Report(results=reader.finished(), problem=f"It is no well-formed XML: {error}.", at=reader.at)
    problem = "" if reader.is_junit else "It holds no test suite."
    return Report(results=reader.finished(), problem=problem, at=reader.at)


class _RefusedError(Exception):
    """The document is of a kind that is not read."""


class _Reader:
    """Collects test cases while expat walks through a file."""

    def __init__(self) -> None:
        """Start with nothing."""
        self.is_junit = False
        self.at = ""
        self._depth = 0
        self._suites: list[dict[str, str]] = []
        self._case: dict[str, str] | None = None
        self._outcome = Outcome.PASSED
        self._detail = ""
        self._text: list[str] = []
        self._held = 0
        self._results: list[TestResult] = []
        self._statistics: dict[str, str] = {}

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Enter an element."""
        self._depth += 1
        if self._depth > _LIMIT_DEPTH:
            message = "It is nested too deeply."
            raise _RefusedError(message)
        match tag.rpartition(":")[2]:
            case "testsuites":
                self.is_junit = True
            case "testsuite":
                self.is_junit = True
                self._suites.append(attributes)
                self.at = self.at or attributes.get("timestamp", "")
            case "testcase":
                self._case, self._outcome, self._detail, self._text, self._held = attributes, Outcome.PASSED, "", [], 0
                if attributes.get("status", "") in {"notrun", "skipped", "disabled"}:
                    self._outcome = Outcome.SKIPPED
            case "failure":
                self._end_as(Outcome.FAILED, attributes)
            case "error":
                self._end_as(Outcome.FAILED, attributes)
            case "skipped":
                is_expected = "xfail" in attributes.get("type", "") or attributes.get("message", "").startswith("xfail")
                self._end_as(Outcome.EXPECTED_FAILURE if is_expected else Outcome.SKIPPED, attributes)
            case "property":
                self._property(attributes)
            case _:
                pass

    def end(self, tag: str) -> None:
        """Leave an element."""
        self._depth -= 1
        match tag.rpartition(":")[2]:
            case "testsuite":
                self._suites.pop()
            case "testcase" if self._case is not None:
                case = self._case
                suite = self._suites[-1] if self._suites else {}
                if self._outcome is Outcome.PASSED and (vacuous := _vacuous("".join(self._text))):
                    self._outcome, self._detail = Outcome.VACUOUS, vacuous
                self._results.append(
                    TestResult(
                        place=case.get("classname", "") or suite.get("name", ""),
                        name=case.get("name", ""),
                        file=case.get("file", "") or suite.get("file", "") or suite.get("filepath", ""),
                        outcome=self._outcome,
                        detail=self._detail,
                    )
                )
                self._case = None
            case _:
                pass

    def text(self, data: str) -> None:
        """Keep what a test printed, up to a limit."""
        if self._case is not None and self._held < _LIMIT_TEXT:
            self._held += len(data)
            self._text.append(data)

    def refuse(self, *_declared: object) -> None:
        """Refuse a document type or an entity."""
        message = "It declares a document type, which is refused."
        raise _RefusedError(message)

    def finished(self) -> tuple[TestResult, ...]:
        """Give the results; a property test that hardly ran is told by its statistics, which stand beside the cases."""
        if not self._statistics:
            return tuple(self._results)
        return tuple(self._judged(result) for result in self._results)

    def _judged(self, result: TestResult) -> TestResult:
        """Mark one result as vacuous where its statistics say so."""
        if result.outcome is not Outcome.PASSED:
            return result
        path = result.place.replace(".", "/")
        for node, problem in self._statistics.items():
            file, _, rest = node.partition("::")
            name = rest.rpartition("::")[2]
            module = file.removesuffix(".py")
            if name == result.name and (path == module or path.startswith(f"{module}/") or path.endswith(module)):
                return TestResult(place=result.place, name=result.name, file=result.file, outcome=Outcome.VACUOUS, detail=problem)
        return result

    def _end_as(self, outcome: Outcome, attributes: dict[str, str]) -> None:
        """Note how a case ended; the worst counts."""
        if self._case is not None and self._outcome is not Outcome.FAILED:
            self._outcome = outcome
            self._detail = " ".join(attributes.get("message", "").split())[:200]

    def _property(self, attributes: dict[str, str]) -> None:
        """Keep the statistics of a Hypothesis test that say that it proved nothing."""
        name = attributes.get("name", "")
        if not name.startswith(_STATISTICS):
            return
        try:
            said = base64.b64decode(attributes.get("value", ""), validate=True).decode("utf-8", "replace")
        except (binascii.Error, ValueError):
            return
        if problem := _vacuous(said):
            self._statistics[name.removeprefix(_STATISTICS)] = problem


def _vacuous(said: str) -> str:
    """Say why a property test that passed proves nothing; empty when its output does not show that.

    >>> _vacuous("0 passing examples, 0 failing examples, and 40 invalid examples")
    'No example met its conditions.'
    """
    if "nsatisfiable" in said:
        return "No example met its conditions."
    counted = [tuple(map(int, found)) for found in _EXAMPLES.findall(said)]
    if not counted:
        return ""
    passing, invalid = sum(item[0] for item in counted), sum(item[2] for item in counted)
    if not passing:
        return "No example met its conditions."
    if passing < _FEWEST and "nothing left to do" not in said:
        return f"Only {passing} examples ran."
    return f"Its conditions threw {invalid} of {passing + invalid} examples away." if invalid > 9 * passing else ""
