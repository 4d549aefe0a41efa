"""Reads from a verification's output how many tests passed and failed, and whether any could be looked at."""

from __future__ import annotations

import re

from msgspec import Struct


class Counts(Struct, frozen=True):
    """How many tests passed and failed; `None` when the output does not say."""

    passed: int | None = None
    failed: int | None = None


_PYTEST = re.compile(r"(\d+) (passed|failed|error(?:s|ed)?|skipped|xfailed)\b")
_PYTEST_RAN = re.compile(r"\d+ (?:passed|failed|error)")
_UNITTEST = re.compile(r"^Ran (\d+) tests? in ", re.MULTILINE)
_UNITTEST_SKIPPED = re.compile(r"^(?:OK|FAILED) \([^)]*\bskipped=(\d+)", re.MULTILINE)
_UNITTEST_FAILED = re.compile(r"^FAILED \(([^)]*)\)", re.MULTILINE)
_CARGO = re.compile(r"^test result: .*? (\d+) passed; (\d+) failed", re.MULTILINE)
_JEST = re.compile(r"^\s*Tests:?\s+(.*\d+ (?:passed|failed|skipped).*)$", re.MULTILINE)
_TAP = re.compile(r"^(?:#|ℹ) (pass|fail) (\d+)$", re.MULTILINE)
_MOCHA = re.compile(r"^\s*(\d+) (passing|failing)\b", re.MULTILINE)
_GO = re.compile(r"^\s*--- (PASS|FAIL): ", re.MULTILINE)


def counts(output: str) -> Counts:
    r"""Read test counts from the output of common test programs: pytest, unittest, jest, vitest, mocha, node, go, cargo.

    >>> counts("== 2 failed, 3 passed in 0.1s =="), counts("Ran 4 tests in 0.01s\n\nFAILED (failures=1)"), counts("ok")
    (Counts(passed=3, failed=2), Counts(passed=3, failed=1), Counts(passed=None, failed=None))
    """
    if found := _CARGO.findall(output):
        return Counts(sum(int(passed) for passed, _ in found), sum(int(failed) for _, failed in found))
    if found := _UNITTEST.findall(output):
        failed = sum(
            int(number) for group in _UNITTEST_FAILED.findall(output) for number in re.findall(r"(?:failures|errors)=(\d+)", group)
        )
        return Counts(sum(map(int, found)) - failed - sum(map(int, _UNITTEST_SKIPPED.findall(output))), failed)
    if summary := _JEST.findall(output):
        return _named(_PYTEST.findall(summary[-1]))
    if found := _TAP.findall(output) or [(word, number) for number, word in _MOCHA.findall(output)]:
        return _named([(number, "passed" if word.startswith("pass") else "failed") for word, number in found])
    if found := _GO.findall(output):
        return Counts(found.count("PASS"), found.count("FAIL"))
    lines = [line for line in output.splitlines() if _PYTEST.search(line)]
    line = next((line for line in reversed(lines) if _PYTEST_RAN.search(line)), lines[-1] if lines else "")
    return _named(_PYTEST.findall(line))


def _named(found: list[tuple[str, str]]) -> Counts:
    """Add up counts by name."""
    if not found:
        return Counts()
    passed = sum(int(number) for number, word in found if word == "passed")
    return Counts(passed, sum(int(number) for number, word in found if word not in {"passed", "skipped", "xfailed"}))


_NOTHING = re.compile(
    r"^(?:collected 0 items|no tests (?:ran|found|collected)\b.*|No tests found.*|Ran 0 tests in .*|\s*0 passing\b.*|Tests:\s+0 total|testing: warning: no tests to run"
    r"|=+ no tests ran .*|No test files found.*)$",
    re.MULTILINE | re.IGNORECASE,
)
_BROKEN = re.compile(
    r"errors? during collection|^ERROR collecting|\b_FailedTest\b|^\s*(?:SyntaxError|IndentationError|TabError): |Test suite failed to run|\[build failed\]|\[setup failed\]"
    r"|error: could not compile|COMPILATION ERROR|Cannot find module '",
    re.MULTILINE,
)


def ran_nothing(output: str, told: Counts) -> bool:
    """Tell whether the output says that no test was run.

    >>> ran_nothing("collected 0 items", Counts()), ran_nothing("1 passed", Counts(1, 0)), ran_nothing("ok", Counts())
    (True, False, False)
    """
    return told == Counts(0, 0) or (not told.passed and not told.failed and _NOTHING.search(output) is not None)


def is_broken(output: str) -> bool:
    """Tell whether tests could not even be loaded or built.

    >>> is_broken("ERROR collecting tests/test_a.py"), is_broken("1 failed")
    (True, False)
    """
    return _BROKEN.search(output) is not None


_SUMMARIES = (
    (re.compile(r"\bunittest\b"), _UNITTEST),
    (
        re.compile(r"\b(?:pytest|py\.test)\b"),
        re.compile(r"\b\d+ (?:passed|failed|error|skipped|xfailed|xpassed|deselected)|no tests ran|\[100%\]"),
    ),
    (re.compile(r"\bcargo (?:\S+ )*(?:test|nextest)\b"), re.compile(r"^test result: |\d+ tests? run", re.MULTILINE)),
    (re.compile(r"\bgo test\b"), re.compile(r"^(?:ok|PASS|FAIL|\?|---)\s|\"Action\":", re.MULTILINE)),
)
"""Runners whose summary no option takes away, and how it begins."""

_ELSEWHERE = re.compile(r"[<>]|\bgrep\b|--(?:collect-only|co|version|help|no-run|list)\b|-p[= ]?no:terminal")


def breaks_off(command: str, output: str) -> bool:
    r"""Tell whether a command that runs a known test program ended without that program's summary, as when the tested code ends the process.

    A command that sends its output elsewhere is believed.

    >>> breaks_off("python -m unittest", ""), breaks_off("python -m unittest", "Ran 2 tests in 0.1s\n\nOK"), breaks_off("make test", "")
    (True, False, False)
    """
    if _ELSEWHERE.search(command):
        return False
    return any(runner.search(command) and not summary.search(output) for runner, summary in _SUMMARIES)
