"""Judges whether a task is done: "done" is a claim, and the platform looks for itself."""

from __future__ import annotations

import re

from msgspec.structs import replace

from setsquare.errors import NoSandbox
from setsquare.events.facts import RunParked, VerificationFinished
from setsquare.journeys.run_bugfix import bugfix_judgement, role_of
from setsquare.journeys.run_checkpoint import rest
from setsquare.journeys.run_counts import Counts, counts
from setsquare.journeys.run_live import LiveRun, TaskBench
from setsquare.journeys.run_nothing_changed import accounted
from setsquare.journeys.run_residue import clear_residue
from setsquare.journeys.run_tests_lost import gated
from setsquare.journeys.run_trial import trial
from setsquare.journeys.run_verdict import Judgement, changed_since_begin, changed_tests, digests, taken
from setsquare.journeys.scanning import scanned
from setsquare.ports.sandbox import Sandbox
from setsquare.spec.bugfix_roles import Role
from setsquare.spec.code_links import code_trace
from setsquare.spec.link import LinkKind

__all__ = ["Counts", "counts", "verify"]

_OWN = re.compile(r"_?Verify:\s*`?(?P<command>.+?)`?_?\s*\Z")


# req: guarded-run/3.1
def verify(run: LiveRun, at: TaskBench, step: int) -> None:
    """Look whether the task is done and record what was seen; without a sandbox, or where a person must decide and none is there, the run is parked."""
    sandbox = run.app.sandbox
    if sandbox is None:
        refusal = NoSandbox(
            "The verification command cannot run: there is no sandbox on this machine.",
            "Install bubblewrap, then `setsquare run --resume`.",
        )
        run.record(RunParked(step=step, code=refusal.code, reason=refusal.message, hint=refusal.hint))
        return
    cleared = clear_residue(run)
    role = role_of(run.terms.spec, at.task)
    judged = _plain(run, at, sandbox) if role is None else bugfix_judgement(run, at, sandbox, role)
    if isinstance(judged, Judgement) and judged.is_accepted:
        judged = _more(run, at, sandbox, role, judged)
    if isinstance(judged, Judgement) and judged.is_accepted:
        judged = gated(run, at, judged)
    if isinstance(judged, Judgement) and judged.is_accepted:
        judged = accounted(run, at, role, judged)
    if isinstance(judged, RunParked):
        left = rest(run)
        run.record(replace(judged, tree=left.tree, empty=left.empty, worked_s=run.time.of(run.state.task)))
        return
    if judged.is_accepted:
        for evidence in judged.evidence:
            run.record(evidence)
    run.record(_finished(run, at, judged, cleared))


def _plain(run: LiveRun, at: TaskBench, sandbox: Sandbox) -> Judgement:
    """Run the verification command."""
    seen = trial(run, at, sandbox, run.terms.verify)
    if not seen.passes:
        return Judgement(trials=(seen,))
    tests = (*changed_tests(changed_since_begin(run)), *_linked_tests(run))
    return Judgement(trials=(seen,), evidence=(taken(run, at, "green", seen, digests(run, tests)),))


def _linked_tests(run: LiveRun) -> tuple[str, ...]:
    """List the test files that name a criterion of the task."""
    wanted = set(run.latest.started.requirements if run.latest.started else ())
    if not wanted:
        return ()
    links = code_trace(scanned(run.app).notes, run.terms.workspace).links
    names = {run.terms.spec.name, run.terms.spec.path}
    return tuple(link.path for link in links if link.kind is LinkKind.VERIFIES and link.target in wanted and link.target_spec in names)


def own_commands(details: tuple[str, ...]) -> tuple[str, ...]:
    """Read the commands that a task's approved lines demand besides the settings' one.

    >>> own_commands(("Write it", "_Verify: make lint_", "_Requirements: 1.1_"))
    ('make lint',)
    """
    return tuple(found["command"].strip() for line in details if (found := _OWN.match(line.strip())))


def _more(run: LiveRun, at: TaskBench, sandbox: Sandbox, role: Role | None, judged: Judgement) -> Judgement:
    """Run the task's own commands, too; a task whose test must still fail is not held against them."""
    trials = list(judged.trials)
    for command in own_commands(at.task.details) if role is not Role.EXPLORATION else ():
        seen = trial(run, at, sandbox, command)
        trials.append(seen)
        # A command of a task may be a linter: that no test ran says nothing against it.
        if not seen.passes and not (seen.is_untested and seen.note):
            return Judgement(trials=tuple(trials), verdict="own-verification-failed", reason=f"The task's own command `{command}` failed.")
    # The deciding one stays last.
    return replace(judged, trials=(*trials[len(judged.trials) :], *judged.trials))


def _finished(run: LiveRun, at: TaskBench, judged: Judgement, cleared: str) -> VerificationFinished:
    """Sum up the trials; the last one decides."""
    last = judged.trials[-1] if judged.trials else None
    wrote = {path: name for seen in judged.trials for path, name in zip(seen.changed, seen.after, strict=True)}
    texts = [judged.reason, cleared]
    for seen in judged.trials:
        texts += [f"$ {seen.command}" if len(judged.trials) > 1 else "", seen.note, at.bench.shown(seen.output.strip())]
    return VerificationFinished(
        step=run.state.step,
        command=last.command if last else run.terms.verify,
        exit_code=last.exit_code if last else 1,
        output="\n".join(text for text in texts if text),
        duration_s=round(sum(seen.duration_s for seen in judged.trials), 3),
        passed=last.told.passed if last else None,
        failed=last.told.failed if last else None,
        changed=tuple(wrote),
        after=tuple(wrote.values()),
        tree=last.left if last else "",
        verdict=judged.verdict,
        hint=judged.hint,
    )
