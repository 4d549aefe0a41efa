"""Enforces the order of a bug fix: the test that shows the bug fails before the fix and passes after it, unchanged; what must stay passes before and after.

Source: the bugfix workflow of Kiro: exploration (must fail on unfixed code), preservation (must pass on it), fix, the same tests again.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from setsquare.errors import GitFailed, StorageFailed
from setsquare.events.facts import EvidenceTaken, RunParked
from setsquare.guard.lost_proof import is_code
from setsquare.guard.proof_python import fails_always
from setsquare.journeys.run_live import LiveRun, TaskBench
from setsquare.journeys.run_trial import Trial, trial
from setsquare.journeys.run_verdict import Judgement, changed_since_begin, changed_tests, digests, refused, taken
from setsquare.ports.git import TreeChange
from setsquare.ports.sandbox import Sandbox
from setsquare.spec.approval import spec_key
from setsquare.spec.bugfix_roles import Role, bugfix_roles
from setsquare.spec.evidence import Evidence, EvidenceKind, evidence_path, preserved_tests, read_evidence, red_tests
from setsquare.text.document import decode
from setsquare.text.paths import RelPath
from setsquare.text.plan import digest
from setsquare.workspace.spec import Spec, Task

_DESIGN = (
    "If the test is right, the presumed cause is wrong: redo the design. Otherwise mend the test or the task, then `setsquare run --resume`; "
    "or `setsquare revert`."
)
_RESTORE = "Put the file back as it was when it was seen, then `setsquare run --resume`; or open its task again and run that first."


class _Fix(Struct, frozen=True, kw_only=True):
    """One task of a bug fix: what changed in it, what was seen to fail and to pass before, by test file and digest."""

    run: LiveRun
    at: TaskBench
    sandbox: Sandbox
    changes: tuple[TreeChange, ...]
    evidence: Evidence
    red: Mapping[str, str]
    kept: Mapping[str, str]

    def tried(self, aside: Mapping[RelPath, bytes | None] | None = None) -> Trial:
        """Run the verification command, some tests set aside."""
        return trial(self.run, self.at, self.sandbox, self.run.terms.verify, aside)

    @property
    def sources(self) -> tuple[str, ...]:
        """List the code that the task changed."""
        return tuple(change.path for change in self.changes if is_code(change.path))


def role_of(spec: Spec, task: Task) -> Role | None:
    """Say what a task of a bug fix must prove; `None` for any other task."""
    if not spec.is_bugfix or spec.tasks is None:
        return None
    return bugfix_roles(spec.tasks).get(task.index)


# req: agent-runtime/7.3, agent-runtime/7.4
def bugfix_judgement(run: LiveRun, at: TaskBench, sandbox: Sandbox, role: Role) -> Judgement | RunParked:
    """Judge a task by its role; parks where the evidence that it rests on is missing or cannot be read."""
    spec = run.terms.spec
    path = evidence_path(spec)
    raw = run.app.files.read(path)
    evidence = read_evidence(raw, spec_key(spec)) if raw is not None else Evidence(spec=spec.name)
    if not evidence.is_whole:
        first = evidence.problems[0]
        reason = f"{path}:{first.line}: {first.reason}, so it cannot be told which tests showed the bug."
        return RunParked(
            step=run.state.step,
            code="evidence-unreadable",
            reason=reason,
            hint=f"{first.mend.capitalize()}. Then `setsquare run --resume`.",
        )
    fix = _Fix(
        run=run,
        at=at,
        sandbox=sandbox,
        changes=changed_since_begin(run),
        evidence=evidence,
        red=red_tests(evidence),
        kept=preserved_tests(evidence),
    )
    if role is Role.EXPLORATION:
        return _explored(fix)
    if altered := _altered(run, fix.red):
        return refused("exploration-test-changed", f"`{altered}` is not as it was when it was seen to fail. {_UNCHANGED}", hint=_RESTORE)
    if role is Role.PRESERVATION:
        return _preserved(fix)
    if altered := _altered(run, fix.kept):
        return refused("preservation-test-changed", f"`{altered}` is not as it was when it was seen to pass. {_UNCHANGED}", hint=_RESTORE)
    if role is Role.FIXED and not fix.red and _shows(spec):
        reason = "No test of this spec was seen to fail, so nothing could tell whether the bug is fixed."
        hint = "Open the exploration task again (`- [ ]`), undo the fix, and run that task first; then `setsquare run --resume`, or `setsquare revert`."
        return RunParked(step=run.state.step, code="not-red", reason=reason, hint=hint)
    return _fixed(fix) if role is Role.FIXED else _unfixed(fix)


_UNCHANGED = (
    "The tests that show the bug and those that pin what must stay are the same before and after the fix: write other tests in other files."
)


def _shows(spec: Spec) -> bool:
    """Tell whether a spec has a task that shows the bug."""
    return spec.tasks is not None and Role.EXPLORATION in bugfix_roles(spec.tasks).values()


def _altered(run: LiveRun, tests: Mapping[str, str]) -> str:
    """Name the first test file that is not as it was seen; empty when all are."""
    for path, name in tests.items():
        try:
            raw = run.app.files.read(RelPath(path))
        except StorageFailed:
            raw = None
        if raw is None or digest(raw) != name:
            return path
    return ""


# req: guarded-run/3.1
def _explored(fix: _Fix) -> Judgement:
    """Accept a test that fails on the unfixed code while everything else passes."""
    if fix.sources:
        return _source_changed(fix)
    mine = changed_tests(fix.changes)
    if not mine and not fix.red:
        return refused("not-red", "No test file was added, so nothing shows the bug.", hint=_DESIGN)
    mine = mine or tuple(map(RelPath, fix.red))
    others = {path: raw for path, raw in _before(fix).items() if path not in mine}
    sure = [f"{path}: `{name}`" for path in mine for name in _sure(fix, path)]
    if sure:
        return refused("not-red", f"The test fails whatever the code does, so it does not show the bug: {', '.join(sure)}.", hint=_DESIGN)
    seen = fix.tried(others)
    if seen.passes:
        return refused("not-red", "The test does not show the bug: the suite passes with it on the unfixed code.", seen, hint=_DESIGN)
    if not seen.fails:
        return refused("not-red", "The test does not show the bug: it was not run, or could not be loaded.", seen, hint=_DESIGN)
    without = fix.tried({**others, **{path: _at_begin(fix, path) for path in mine}})
    if not without.passes and not without.is_untested:
        reason = "The suite fails without the new test, too, so its failure shows nothing."
        return refused(
            "not-red",
            reason,
            seen,
            without,
            hint="Mend the suite first, in a task of its own. Then `setsquare run --resume`; or `setsquare revert`.",
        )
    return Judgement(
        trials=(without, seen),
        verdict="red",
        reason="The test fails on the unfixed code, as it must; without it the suite passes.",
        evidence=(taken(fix.run, fix.at, "red", seen, digests(fix.run, mine)),),
    )


def _sure(fix: _Fix, path: RelPath) -> tuple[str, ...]:
    """Name the new tests of a file that fail whatever the code does."""
    raw = fix.run.app.files.read(path)
    return fails_always(decode(raw)) if raw is not None and path.endswith(".py") else ()


def _source_changed(fix: _Fix) -> Judgement:
    """Refuse a fix before the tests that it is held against."""
    reason = f"`{fix.sources[0]}` was changed, but this task writes tests for the code as it is: the fix comes after them. Take that change back."
    return refused("source-changed", reason, hint=_RESTORE)


def _preserved(fix: _Fix) -> Judgement:
    """Accept tests that pass on the unfixed code, those that show the bug set aside."""
    if fix.sources:
        return _source_changed(fix)
    mine = tuple(path for path in changed_tests(fix.changes) if path not in fix.red) or tuple(map(RelPath, fix.kept))
    if not mine:
        return refused("no-preservation-test", "No test file was added, so nothing pins what must stay as it is.", hint=_DESIGN)
    seen = fix.tried(_before(fix))
    if not seen.passes:
        return Judgement(trials=(seen,))
    return Judgement(trials=(seen,), evidence=(taken(fix.run, fix.at, "preserved", seen, digests(fix.run, mine)),))


def _unfixed(fix: _Fix) -> Judgement:
    """Accept a step before the end of the fix when all passes, or all but what shows the bug."""
    whole = fix.tried()
    if whole.passes:
        return Judgement(trials=(whole,), evidence=_green(fix, whole))
    if not fix.red:
        return Judgement(trials=(whole,))
    without = fix.tried(_before(fix))
    if not without.passes:
        return Judgement(trials=(whole, without))
    reason = "[the test that shows the bug still fails, as it may before the last step of the fix; everything else passes]"
    tests = digests(fix.run, (*fix.kept, *changed_tests(fix.changes)))
    return Judgement(trials=(whole, without), reason=reason, evidence=(taken(fix.run, fix.at, "preserved", without, tests),))


def _fixed(fix: _Fix) -> Judgement:
    """Accept a fix after which everything passes, the tests that showed the bug and those that pinned the rest unchanged."""
    whole = fix.tried()
    return Judgement(trials=(whole,), evidence=_green(fix, whole) if whole.passes else ())


def _green(fix: _Fix, whole: Trial) -> tuple[EvidenceTaken, ...]:
    """Write down that all passes: red → green for the task's criteria, green → green for those that were to stay."""
    tests = digests(fix.run, (*fix.red, *fix.kept, *changed_tests(fix.changes)))
    found = [taken(fix.run, fix.at, "green", whole, tests)]
    stay = tuple(dict.fromkeys(one.criterion for one in fix.evidence.seen if one.kind is EvidenceKind.PRESERVED and one.criterion))
    if fix.kept and stay:
        found.append(taken(fix.run, fix.at, "preserved", whole, digests(fix.run, tuple(fix.kept)), stay))
    return tuple(found)


def _at_begin(fix: _Fix, path: RelPath) -> bytes | None:
    """Read a file as the task found it."""
    return fix.run.app.checkpoints.read(fix.run.latest.base_tree, path)


def _before(fix: _Fix) -> dict[RelPath, bytes | None]:
    """Read the files that show the bug as they were before they did, by the commit that the evidence names; mostly there were none."""
    found: dict[RelPath, bytes | None] = {}
    for seen in sorted((one for one in fix.evidence.seen if one.kind is EvidenceKind.RED), key=lambda one: one.at, reverse=True):
        for path in (RelPath(name) for name, _ in seen.tests if name in fix.red):
            try:
                found[path] = fix.run.app.git.show(seen.base, path) if seen.base else None
            except GitFailed:
                found.setdefault(path, None)
    return found
