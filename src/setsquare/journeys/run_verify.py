"""Runs the verification command: the platform's own judgement whether a task is done."""

from __future__ import annotations

import re

from msgspec import Struct

from setsquare.agent.tools.wording import plain, shown
from setsquare.errors import NoSandbox
from setsquare.events.facts import CheckpointTaken, RunParked, VerificationFinished, VerificationStarted
from setsquare.journeys.run_ignores import before_command
from setsquare.journeys.run_live import LiveRun, TaskBench
from setsquare.journeys.run_scope import overstepping, put_back


class Counts(Struct, frozen=True):
    """How many tests passed and failed; `None` when the output does not say."""

    passed: int | None = None
    failed: int | None = None


# req: guarded-run/3.1
def verify(run: LiveRun, at: TaskBench, step: int) -> None:
    """Run the command in the sandbox and record how it ended; without a sandbox the run is parked."""
    command = run.terms.verify
    if run.app.sandbox is None:
        refusal = NoSandbox(
            "The verification command cannot run: there is no sandbox on this machine.",
            "Install bubblewrap, then `setsquare run --resume`.",
        )
        run.record(RunParked(step=step, code=refusal.code, reason=refusal.message, hint=refusal.hint))
        return
    before = before_command(run.app, run.app.checkpoints.take())
    run.record(CheckpointTaken(step=step, tree=before.tree))
    run.record(VerificationStarted(step=step, command=command))
    run.app.progress(f"Verifying: {command}")
    ended = run.app.sandbox.run(("sh", "-c", command), at.verification)
    over = overstepping(run, at, before, (), may_delete=False)
    put_back(run, before, over)
    output = plain(ended.output)
    told = counts(output)
    ran_nothing = ended.exit_code == 0 and told == Counts(0, 0)
    note = (
        f"[stopped after {at.verification.limit_s:.0f} s]\n"
        if ended.is_timed_out
        else "[no test was run, which verifies nothing]\n"
        if ran_nothing
        else ""
    )
    run.app.progress(f"Verification ended with {ended.exit_code}.")
    run.record(
        VerificationFinished(
            step=step,
            command=command,
            exit_code=_NO_TEST_RAN if ran_nothing else ended.exit_code,
            output=note + shown(output.strip(), at.bench.secrets),
            duration_s=round(ended.duration_s, 3),
            passed=told.passed,
            failed=told.failed,
            changed=over.kept,
            after=over.after,
        )
    )


_NO_TEST_RAN = 5
"""The exit code that pytest and unittest use themselves when they found no test."""

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
