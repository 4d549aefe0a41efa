"""Holds what the platform makes of a task's verification: accepted or not, why, and what was seen."""

from __future__ import annotations

from msgspec import Struct

from setsquare.events.facts import EvidenceTaken
from setsquare.guard.weakening import is_test_file
from setsquare.journeys.run_live import LiveRun, TaskBench
from setsquare.journeys.run_trial import Trial
from setsquare.ports.git import TreeChange
from setsquare.text.paths import RelPath
from setsquare.text.plan import digest


class Judgement(Struct, frozen=True, kw_only=True):
    """What came of a task's trials, the deciding one last.

    `verdict` is empty where the last exit code decides, `red` for a test that fails as it must, else a code that says why the task is not
    done; `reason` says it in a sentence, `hint` what a person can do. `evidence` is what was seen.
    """

    trials: tuple[Trial, ...]
    verdict: str = ""
    reason: str = ""
    hint: str = ""
    evidence: tuple[EvidenceTaken, ...] = ()

    @property
    def is_accepted(self) -> bool:
        """Tell whether the task is done."""
        return self.verdict == "red" or (not self.verdict and bool(self.trials) and self.trials[-1].passes)


def refused(verdict: str, reason: str, *trials: Trial, hint: str = "") -> Judgement:
    """Say that a task is not done."""
    return Judgement(trials=trials, verdict=verdict, reason=reason, hint=hint)


def taken(
    run: LiveRun, at: TaskBench, kind: str, seen: Trial, tests: tuple[tuple[str, str], ...], criteria: tuple[str, ...] | None = None
) -> EvidenceTaken:
    """Write down what a trial showed, for the task's criteria unless others are given."""
    named = run.latest.started.requirements if run.latest.started else ()
    return EvidenceTaken(
        step=run.state.step,
        task=at.name,
        kind=kind,
        criteria=named if criteria is None else criteria,
        command=seen.command,
        exit_code=seen.exit_code,
        output=seen.digest,
        base=run.app.git.head(),
        tree=seen.tree,
        tests=tests,
        passed=seen.told.passed,
        failed=seen.told.failed,
    )


def changed_since_begin(run: LiveRun) -> tuple[TreeChange, ...]:
    """List what differs from the files as the task found them."""
    if not run.latest.base_tree:
        return ()
    return run.app.checkpoints.changes(run.latest.base_tree, run.app.checkpoints.take())


def digests(run: LiveRun, paths: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Name the bytes of files that are there, sorted by path."""
    found = ((path, run.app.files.read(RelPath(path))) for path in sorted(set(paths)))
    return tuple((path, digest(raw)) for path, raw in found if raw is not None)


def changed_tests(changes: tuple[TreeChange, ...]) -> tuple[RelPath, ...]:
    """List the test files among changes that are there now."""
    return tuple(change.path for change in changes if change.status != "deleted" and is_test_file(change.path))
