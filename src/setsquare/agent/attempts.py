"""Finds where a run tried to leave the scope of its task.

Source: safety.md AT39; requirements F7 to F10.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from setsquare.events.facts import ActionDecided, Event, HumanAnswered, NetworkUsed, ScopeEnforced, TaskStarted

_OUTSIDE = frozenset({"out-of-scope", "outside-workspace", "denied-path", "secret-path", "freeze"})
_OUTSIDE_RULES = ("permission: fs_write deny",)
"""The guard's rules that speak of a place outside of what the task may touch, and how others begin."""

_PUT_BACK = "put-back"
_LOOKING = frozenset({"read", "list", "search"})


class Attempt(Struct, frozen=True, kw_only=True):
    """One step that went, or would have gone, beyond the task: `rule` names what stopped it, `paths` what it was about.

    `is_change` when it would have changed something; otherwise it only wanted to look.
    """

    step: int
    task: str
    rule: str
    paths: tuple[str, ...] = ()
    is_change: bool = True


def is_outside(event: ActionDecided) -> bool:
    """Tell whether the guard stopped an action because of the place that it was about.

    >>> is_outside(ActionDecided(step=1, call_id="c", tool="write", arguments="", permission="deny", rule="denied-path", reason=""))
    True
    """
    return event.permission != "allow" and is_outside_rule(event.rule)


def is_outside_rule(rule: str) -> bool:
    """Tell whether a rule of the guard speaks of a place outside of what the task may touch.

    >>> is_outside_rule("out-of-scope"), is_outside_rule("forbidden-command: rm -rf")
    (True, False)
    """
    return rule in _OUTSIDE or rule.startswith(_OUTSIDE_RULES)


def attempts(events: Iterable[Event]) -> tuple[Attempt, ...]:
    """List a run's attempts to leave its tasks' scopes, in order; what a person permitted is none.

    >>> from setsquare.events.facts import TaskStarted
    >>> attempts([TaskStarted(task="2", title="T", system="", brief=""), ScopeEnforced(step=7, reverted=("ci.yml",))])
    (Attempt(step=7, task='2', rule='put-back', paths=('ci.yml',), is_change=True),)
    """
    found: list[Attempt] = []
    task, asked = "", 0
    for event in events:
        match event:
            case TaskStarted():
                task = event.task
            case ActionDecided() if is_outside(event):
                found.append(Attempt(step=event.step, task=task, rule=event.rule, is_change=event.tool not in _LOOKING))
                asked = event.step if event.permission == "ask" else 0
            case HumanAnswered(answer="yes") if found and found[-1].step == event.step == asked:
                found.pop()  # Permitted; a yes to going on after something was put back or refused permits nothing.
                asked = 0
            case ScopeEnforced(rule=""):
                found.append(Attempt(step=event.step, task=task, rule=_PUT_BACK, paths=event.reverted))
            case NetworkUsed(is_allowed=False):
                found.append(Attempt(step=event.step, task=task, rule=event.rule, paths=(event.host,)))
            case _:
                pass
    return tuple(found)
