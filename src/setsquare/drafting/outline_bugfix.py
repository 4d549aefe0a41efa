"""Plans a bug fix: show the defect, pin what must stay, fix, compare.

Source: Kiro directory page, section 2.4: the four top-level tasks of a bugfix spec.
"""

from __future__ import annotations

from setsquare.drafting.outline_phrases import duty_line
from setsquare.drafting.picture import Duty

BugfixTask = tuple[str, tuple[str, ...], tuple[str, ...], tuple[str, ...]]
"""Title, details, criteria, prerequisites."""


def bugfix_tasks(duties: tuple[Duty, ...]) -> tuple[BugfixTask, ...]:
    """Give the plan of a bugfix spec; a phase without criteria is left out.

    >>> [title for title, *_ in bugfix_tasks(())]
    ['Fix the defect at its cause', 'Final checkpoint: ensure that all tests pass']
    """
    current = tuple(duty for duty in duties if not duty.criterion.demands)
    kept = tuple(duty for duty in duties if duty.criterion.demands and "continue to" in duty.criterion.text.lower())
    wanted = tuple(duty for duty in duties if duty not in current and duty not in kept)
    plan: list[BugfixTask] = []
    shown = (*current, *wanted)
    if shown:
        details: tuple[str, ...] = (
            "Write it against the unfixed code and see it fail for the reason that the requirements describe",
            "If it passes, the presumed cause is wrong: stop and redo the design",
        )
        plan.append(("Write an exploration test that shows the defect", details, tuple(duty.id for duty in shown), ()))
    if kept:
        details = (
            "Write them against the unfixed code, where they pass",
            *(f"Covers: {duty_line(duty.statement, 14)}" for duty in kept[:5]),
        )
        plan.append(("Write preservation tests for what must stay as it is", details, tuple(duty.id for duty in kept), ()))
    before = tuple(str(number) for number in range(1, len(plan) + 1))
    fixed = wanted or shown or kept
    details = (
        *(duty_line(duty.statement, 14) for duty in fixed[:8]),
        "Done when: the exploration test passes unchanged and the preservation tests still pass",
    )
    plan.append(("Fix the defect at its cause", details, tuple(duty.id for duty in fixed), before))
    plan.append(
        ("Final checkpoint: ensure that all tests pass", ("Run the whole test suite, not only the new tests",), (), (str(len(plan)),))
    )
    return tuple(plan)
