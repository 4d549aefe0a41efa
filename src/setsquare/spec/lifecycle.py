"""Computes how far a spec is, from its files, approvals and tasks: nothing of it is stored, so nothing of it can be wrong.

empty → requirements written → design generated → design approved → tasks generated → executing → complete. A step that skips one is
refused, and the refusal says what is missing; an edit that voids an approval takes the spec back by itself.
Source: the spec state machine of the tutorial's anti-drift chapter.
"""

from __future__ import annotations

import enum

from msgspec import Struct

from setsquare.spec.approval import ApprovalState, Standing
from setsquare.spec.spec_history import Status
from setsquare.spec.stage import Progress


class SpecState(enum.Enum):
    """How far a spec is."""

    EMPTY = "empty"
    REQUIREMENTS_WRITTEN = "requirements written"
    DESIGN_GENERATED = "design generated"
    DESIGN_APPROVED = "design approved"
    TASKS_GENERATED = "tasks generated"
    EXECUTING = "executing"
    COMPLETE = "complete"


class Facts(Struct, frozen=True, kw_only=True):
    """What a spec's state follows from; `approvals` are those of requirements, design and tasks."""

    has_requirements: bool
    has_design: bool
    has_tasks: bool
    approvals: tuple[ApprovalState, ApprovalState, ApprovalState]
    progress: Progress


def state_of_facts(facts: Facts) -> SpecState:
    """Name the state that the facts add up to: the furthest one that nothing below it contradicts.

    Work that was begun keeps a spec executing when an approval is voided later: what to mend is said beside the state, not by forgetting the work.

    >>> from setsquare.spec.stage import Stage
    >>> none = tuple(ApprovalState(stage=stage, standing=Standing.NONE) for stage in (Stage.REQUIREMENTS, Stage.DESIGN, Stage.TASKS))
    >>> state_of_facts(Facts(has_requirements=True, has_design=False, has_tasks=False, approvals=none, progress=Progress()))
    <SpecState.REQUIREMENTS_WRITTEN: 'requirements written'>
    """
    if not facts.has_requirements:
        return SpecState.EMPTY
    if facts.progress.total and facts.progress.done == facts.progress.total:
        return SpecState.COMPLETE
    if facts.progress.done:
        return SpecState.EXECUTING
    requirements, design, _ = facts.approvals
    if not facts.has_design:
        return SpecState.REQUIREMENTS_WRITTEN
    if not (requirements.is_valid and design.is_valid):
        return SpecState.DESIGN_GENERATED
    return SpecState.TASKS_GENERATED if facts.has_tasks else SpecState.DESIGN_APPROVED


def missing(facts: Facts, target: SpecState) -> tuple[str, ...]:
    """Say what is missing before a spec may come to a state; nothing when it may.

    >>> from setsquare.spec.stage import Stage
    >>> none = tuple(ApprovalState(stage=stage, standing=Standing.NONE) for stage in (Stage.REQUIREMENTS, Stage.DESIGN, Stage.TASKS))
    >>> missing(Facts(has_requirements=True, has_design=True, has_tasks=False, approvals=none, progress=Progress()), SpecState.EXECUTING)
    ('the requirements are not approved', 'the design is not approved', 'there are no tasks', 'the tasks are not approved')
    """
    requirements, design, tasks = facts.approvals
    order = list(SpecState)
    needs = (
        (SpecState.REQUIREMENTS_WRITTEN, facts.has_requirements, "there are no criteria"),
        (SpecState.DESIGN_GENERATED, requirements.is_valid, _unapproved(requirements)),
        (SpecState.DESIGN_APPROVED, facts.has_design, "there is no design"),
        (SpecState.TASKS_GENERATED, design.is_valid, _unapproved(design)),
        (SpecState.EXECUTING, facts.has_tasks, "there are no tasks"),
        (SpecState.EXECUTING, tasks.is_valid, _unapproved(tasks)),
        (SpecState.COMPLETE, facts.progress.done == facts.progress.total, _open(facts.progress)),
    )
    return tuple(said for state, is_met, said in needs if order.index(state) <= order.index(target) and not is_met)


def status_of(state: SpecState, said: Status | None) -> Status:
    """Give the status that people said, else the one that the state suggests.

    >>> status_of(SpecState.EXECUTING, None).value, status_of(SpecState.EXECUTING, Status.ON_HOLD).value
    ('active', 'on-hold')
    """
    if said is not None:
        return said
    if state is SpecState.COMPLETE:
        return Status.COMPLETE
    return Status.ACTIVE if state in (SpecState.TASKS_GENERATED, SpecState.EXECUTING) else Status.DRAFT


def _unapproved(state: ApprovalState) -> str:
    """Say in what way a document is not approved."""
    word = "are" if state.stage.value.endswith("s") else "is"
    match state.standing:
        case Standing.NONE | Standing.VALID:
            return f"the {state.stage.value} {word} not approved"
        case Standing.VOID:
            return f"the {state.stage.value} {word} not as approved"
        case Standing.INSUFFICIENT | Standing.UNREADABLE:
            return f"the approval of the {state.stage.value} does not count: {state.reason}"


def _open(progress: Progress) -> str:
    """Count the open tasks.

    >>> _open(Progress(done=1, total=3))
    '2 of 3 tasks are open'
    """
    return f"{progress.total - progress.done} of {progress.total} tasks are open"
