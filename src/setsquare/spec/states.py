"""Tells for each criterion how far it is and why it is no further, and what a person must know besides.

The four states exclude each other; overlays do not. Evidence counts in this order: tasks that name the criterion, all of them done; code or a
commit that is linked, asked for only where the spec is linked to code at all; tests that name it and pass on the files as they are.

Source: the states of criteria in the EARS engine's reference, section 4.4.
"""

from __future__ import annotations

import enum
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

from msgspec import Struct

from setsquare.spec.link import CriterionState, LinkKind, TraceLink
from setsquare.spec.lock import Waiver
from setsquare.spec.results import Outcome, ResultBook, Verdict
from setsquare.spec.trace import SpecTrace, demanding
from setsquare.text.paths import RelPath
from setsquare.workspace.spec import Task, TaskState

_MOST_NAMED: Final = 4


class OverlayKind(enum.Enum):
    """What a person must know of a criterion besides its state."""

    SUSPECT = "suspect"
    WAIVED = "waived"
    DRAFT = "draft"
    APPROVED = "approved"
    APPROVAL_STALE = "approval-stale"
    NEEDS_REVISION = "needs-revision"


class Overlay(Struct, frozen=True):
    """One overlay with its reason; `until` is the last day of a waiver (`2026-12-31`), empty for good."""

    kind: OverlayKind
    reason: str = ""
    until: str = ""


class CheckedTest(Struct, frozen=True):
    """A test that names a criterion, with what its last result says."""

    link: TraceLink
    verdict: Verdict


class CriterionStatus(Struct, frozen=True, kw_only=True):
    """One criterion's state, why it is no further (empty when verified), and its evidence.

    `code` are links from source files, `touched` the files that commits of its tasks changed.
    """

    criterion: str
    state: CriterionState
    reason: str = ""
    overlays: tuple[Overlay, ...] = ()
    code: tuple[TraceLink, ...] = ()
    touched: tuple[str, ...] = ()
    tests: tuple[CheckedTest, ...] = ()

    def overlay(self, kind: OverlayKind) -> Overlay | None:
        """Find an overlay of one kind."""
        return next((item for item in self.overlays if item.kind is kind), None)


class Evidence(Struct, frozen=True, kw_only=True):
    """What is known besides the spec's own files: links from code, tests and commits, results, and overlays by criterion."""

    links: tuple[TraceLink, ...] = ()
    book: ResultBook | None = None
    overlays: Mapping[str, tuple[Overlay, ...]] = {}


# req: spec-engine/3.1
def statuses(traced: SpecTrace, evidence: Evidence | None = None) -> tuple[CriterionStatus, ...]:
    """Judge every criterion of a spec that demands something, in file order.

    >>> from setsquare.text.paths import RelPath
    >>> from setsquare.workspace.spec import Spec
    >>> statuses(SpecTrace(spec=Spec(name="bell", path=RelPath("bell"), root=RelPath(""))))
    ()
    """
    judge = _Judge(traced, evidence or Evidence())
    return tuple(judge.status(criterion.id, state) for criterion, (_, state) in zip(demanding(traced.spec), traced.states, strict=True))


class _Judge:
    """One spec's links by criterion."""

    def __init__(self, traced: SpecTrace, evidence: Evidence) -> None:
        """Sort the links."""
        self._evidence = evidence
        name = traced.spec.name
        self._tasks = dict(zip(traced.keys, traced.spec.tasks.tasks, strict=True)) if traced.spec.tasks else {}
        self._naming: defaultdict[str, list[str]] = defaultdict(list)
        for link in traced.links:
            if link.kind is LinkKind.IMPLEMENTS and link.target_spec == name and link.source not in self._naming[link.target]:
                self._naming[link.target].append(link.source)
        self._code: defaultdict[str, list[TraceLink]] = defaultdict(list)
        self._tests: defaultdict[str, list[TraceLink]] = defaultdict(list)
        self._touched: defaultdict[str, list[str]] = defaultdict(list)
        for link in evidence.links:
            if link.target_spec != name:
                continue
            if link.kind is LinkKind.TOUCHES:
                self._touched[link.source].append(link.target)
            elif link.kind is LinkKind.IMPL:
                self._code[link.target].append(link)
            elif link.kind is LinkKind.VERIFIES:
                self._tests[link.target].append(link)
        self._has_code = bool(self._code or self._tests or self._touched)

    def status(self, criterion: str, planned: CriterionState) -> CriterionStatus:
        """Judge one criterion; `planned` is what its tasks alone say."""
        code, tests = tuple(self._code[criterion]), tuple(self._tests[criterion])
        touched = tuple(dict.fromkeys(path for key in self._naming[criterion] for path in self._touched[key]))
        files = tuple(dict.fromkeys((*(link.path for link in code), *touched)))
        book = self._evidence.book
        checked = tuple(
            CheckedTest(link, book.verdict(link, tuple(map(RelPath, files))) if book else Verdict(None, detail="no result is recorded"))
            for link in tests
        )
        state, reason = self._state(criterion, planned, has_code=bool(code or touched), tests=checked)
        return CriterionStatus(
            criterion=criterion,
            state=state,
            reason=reason,
            overlays=tuple(self._evidence.overlays.get(criterion, ())),
            code=code,
            touched=touched,
            tests=checked,
        )

    def _state(
        self, criterion: str, planned: CriterionState, *, has_code: bool, tests: tuple[CheckedTest, ...]
    ) -> tuple[CriterionState, str]:
        """Go through the evidence in order; the first that is missing is the reason."""
        if planned is CriterionState.UNCOVERED:
            if self._tasks or not (has_code or tests):
                return planned, "no task names it" + (", although code or a test does" if has_code or tests else "")
        elif planned is CriterionState.PLANNED:
            return planned, self._open(criterion)
        if self._has_code and not has_code and not tests:
            return CriterionState.PLANNED, "its tasks are done, and no code, commit or test names it"
        if not tests:
            return CriterionState.IMPLEMENTED, "no test names it"
        failing = next((item for item in tests if not item.verdict.is_proof), None)
        if failing is None:
            return CriterionState.VERIFIED, ""
        return CriterionState.IMPLEMENTED, _unproved(failing)

    def _open(self, criterion: str) -> str:
        """Name the tasks that are not done."""
        named: list[tuple[str, Task]] = [(key, self._tasks[key]) for key in self._naming[criterion] if key in self._tasks]
        required = [(key, task) for key, task in named if not task.is_optional] or named
        left = [key for key, task in required if task.state is not TaskState.DONE]
        more = f" and {len(left) - _MOST_NAMED} more" if len(left) > _MOST_NAMED else ""
        return f"task{'s' if len(left) > 1 else ''} {', '.join(left[:_MOST_NAMED])}{more} not done"


def _unproved(test: CheckedTest) -> str:
    """Say why a test is no proof."""
    name = test.link.symbol or test.link.path
    verdict = test.verdict
    if verdict.outcome is None:
        return f"no result of {name} is recorded"
    if not verdict.is_current:
        return f"the result of {name} is not of the files as they are: {verdict.detail}"
    words = {
        Outcome.FAILED: "failed",
        Outcome.SKIPPED: "was skipped",
        Outcome.EXPECTED_FAILURE: "is expected to fail",
        Outcome.VACUOUS: "passed without proving anything",
        Outcome.PASSED: "passed",
    }
    return f"{name} {words[verdict.outcome]}" + (f": {verdict.detail}" if verdict.detail else "")


def suspect_overlay(sources: tuple[str, ...]) -> Overlay:
    """Say which links were made when a criterion meant something else.

    >>> suspect_overlay(("4", "tests/test_a.py")).reason
    'it changed since 4, tests/test_a.py was linked'
    """
    more = f" and {len(sources) - _MOST_NAMED} more" if len(sources) > _MOST_NAMED else ""
    return Overlay(OverlayKind.SUSPECT, f"it changed since {', '.join(sources[:_MOST_NAMED])}{more} was linked")


def waiver_overlay(waiver: Waiver, today: str) -> Overlay | None:
    """Give the overlay of a waiver while it holds; `today` is a day such as `2026-11-25`.

    >>> waiver_overlay(Waiver(reason="later", by="Ada", at="2026-01-01", until="2026-12-31"), "2027-01-01") is None
    True
    """
    return Overlay(OverlayKind.WAIVED, waiver.reason, waiver.until) if not waiver.until or waiver.until >= today else None


def counted(found: Iterable[CriterionStatus]) -> tuple[tuple[CriterionState, int], ...]:
    """Count the criteria in each state, from nothing to proof.

    >>> [(state.value, count) for state, count in counted(())]
    [('uncovered', 0), ('planned', 0), ('implemented', 0), ('verified', 0)]
    """
    states = [item.state for item in found]
    return tuple((state, states.count(state)) for state in CriterionState)
