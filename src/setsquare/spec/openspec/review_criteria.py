"""Holds a change against the criteria that a reviewer would use for its proposal, specs, design and tasks; each is decided by rule, never by taste."""

from __future__ import annotations

import enum
from collections.abc import Iterator

from msgspec import Struct

from setsquare.spec.openspec.issue import Issue, Level
from setsquare.spec.openspec.proposal_doubts import LEAST_WHY, LONGEST_WHY, MOST_DELTAS, counted_deltas
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.workspace.openspec.model import Change, Proposal
from setsquare.workspace.openspec.text import length, trimmed, unfenced

_PLACEHOLDER = LazyPattern(r"\b(?:TBD|TODO|FIXME)\b|<!--")
_WHEN = LazyPattern(r"(?i)\bwhen\b|当|場合")
_THEN = LazyPattern(r"(?i)\bthen\b|那么|则|ならば")
_HEADING = LazyPattern(r"(?m)^#{1,6}\s.*$")


class Verdict(enum.Enum):
    """What came out."""

    MET = "met"
    NOT_MET = "not met"
    NOT_APPLICABLE = "not applicable"


class Reviewed(Struct, frozen=True, kw_only=True):
    """One criterion and what came out; `note` says what is missing."""

    artefact: str
    criterion: str
    verdict: Verdict
    note: str = ""


def reviewed(change: Change, proposal: Proposal | None, design: str | None, issues: tuple[Issue, ...]) -> tuple[Reviewed, ...]:
    """Evaluate all criteria; `design` is the text of `design.md`, `issues` what validation found.

    >>> from setsquare.text.paths import RelPath
    >>> found = reviewed(Change(id="c", path=RelPath("c")), None, None, ())
    >>> [(one.artefact, one.verdict.value) for one in found][:2]
    [('proposal', 'not met'), ('proposal', 'not met')]
    """
    return (*_of_proposal(change, proposal), *_of_specs(change, issues), *_of_design(design), *_of_tasks(change, issues))


def _judged(artefact: str, criterion: str, note: str, *, is_met: bool) -> Reviewed:
    return Reviewed(artefact=artefact, criterion=criterion, verdict=Verdict.MET if is_met else Verdict.NOT_MET, note="" if is_met else note)


def _of_proposal(change: Change, proposal: Proposal | None) -> Iterator[Reviewed]:
    why = trimmed(proposal.why or "") if proposal else ""
    what = trimmed(proposal.what_changes or "") if proposal else ""
    said = f"{length(why)} signs" if why else "missing"
    yield _judged("proposal", f"Why has {LEAST_WHY} to {LONGEST_WHY} signs", said, is_met=LEAST_WHY <= length(why) <= LONGEST_WHY)
    yield _judged("proposal", "What Changes says something", "missing", is_met=bool(what))
    count = counted_deltas(change)
    yield _judged("proposal", f"at most {MOST_DELTAS} requirements change", f"{count}", is_met=count <= MOST_DELTAS)
    text = f"{why}\n{what}"
    held = _PLACEHOLDER.search(unfenced(text))
    yield _judged("proposal", "nothing is left open", f'"{held[0]}"' if held else "", is_met=held is None)


def _of_specs(change: Change, issues: tuple[Issue, ...]) -> Iterator[Reviewed]:
    errors = [issue.message for issue in issues if issue.level is Level.ERROR]
    yield _judged("specs", "valid", errors[0].partition("\n")[0] if errors else "", is_met=not errors)
    doubts = [issue.message for issue in issues if issue.level is Level.WARNING and issue.path.endswith(".md") and "/" in issue.path]
    yield _judged("specs", "no warning", doubts[0].partition("\n")[0] if doubts else "", is_met=not doubts)
    blocks = [block for delta in change.deltas for block in (*delta.added, *delta.modified)]
    if not blocks:
        yield Reviewed(artefact="specs", criterion="each scenario says when and then", verdict=Verdict.NOT_APPLICABLE)
        return
    lacking = [
        f'"{scenario.name}" of "{block.name}"'
        for block in blocks
        for scenario in block.scenarios
        if scenario.body and not (_WHEN.search(scenario.body) and _THEN.search(scenario.body))
    ]
    yield _judged("specs", "each scenario says when and then", ", ".join(lacking[:3]), is_met=not lacking)


def _of_design(design: str | None) -> Iterator[Reviewed]:
    if design is None:
        yield Reviewed(artefact="design", criterion="says more than its headings", verdict=Verdict.NOT_APPLICABLE)
        yield Reviewed(artefact="design", criterion="nothing is left open", verdict=Verdict.NOT_APPLICABLE)
        return
    yield _judged("design", "says more than its headings", "empty", is_met=bool(trimmed(_HEADING.sub("", design))))
    held = _PLACEHOLDER.search(unfenced(design))
    yield _judged("design", "nothing is left open", f'"{held[0]}"' if held else "", is_met=held is None)


def _of_tasks(change: Change, issues: tuple[Issue, ...]) -> Iterator[Reviewed]:
    tasks = [task for tracked in change.tasks for task in tracked.tasks]
    yield _judged("tasks", "the work is listed with boxes", "none", is_met=bool(tasks))
    if not tasks:
        yield Reviewed(artefact="tasks", criterion="numbers are unique and in their groups", verdict=Verdict.NOT_APPLICABLE)
        return
    paths = {tracked.path[len(change.path) + 1 :] for tracked in change.tasks}
    odd = [issue.message for issue in issues if issue.path in paths]
    yield _judged("tasks", "numbers are unique and in their groups", odd[0] if odd else "", is_met=not odd)
