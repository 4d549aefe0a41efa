"""Tells what happened in a run, as numbered steps that a person can read."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from setsquare.agent.attempts import attempts
from setsquare.errors import JournalDamaged, StorageFailed, Unreadable, Usage
from setsquare.events.entry import Entry
from setsquare.events.facts import (
    ActionDecided,
    ActionObserved,
    BudgetAlerted,
    Committed,
    ContextLimited,
    Event,
    EvidenceTaken,
    HumanAnswered,
    ModelAsked,
    ModelGaveUp,
    ModelReplied,
    ModelSwitched,
    NetworkUsed,
    RunFinished,
    RunParked,
    RunResumed,
    RunReverted,
    RunStarted,
    ScopeEnforced,
    SpecDowngraded,
    TaskDone,
    TaskStarted,
    VerificationFinished,
)
from setsquare.journeys.app import App
from setsquare.journeys.run_telling import turn
from setsquare.usage.meter import Meter

_MOST_OUTPUT = 8
_WRAPPED_CHARS = 130


class LogStep(Struct, frozen=True, kw_only=True):
    """One line of a run's history.

    `number` counts the lines from 1, `step` is the run's step as questions to a person name it. `who` is `model`, `platform` or a person; `permission` and `rule` are set for
    actions; `result` is `ok`, `failed`, `refused` or empty. `origins` name where the text that an action gave came from. `input_tokens` and
    `output_tokens` are what the run had used by then, `None` where a provider did not tell. `is_outside` marks an attempt to leave the scope. `output` holds the last lines of a
    verification that failed, or why the run is parked and what to do.
    """

    number: int
    at: str
    who: str
    what: str
    step: int = 0
    permission: str = ""
    rule: str = ""
    result: str = ""
    duration_s: float | None = None
    origins: tuple[str, ...] = ()
    input_tokens: int | None = None
    output_tokens: int | None = None
    is_outside: bool = False
    output: str = ""


class RunLog(Struct, frozen=True, kw_only=True):
    """A run's history: its steps in order, `left_out` earlier and `left_after` later ones not among them; `damage` says why it cannot be read, if so.

    `first_outside` is the number of the first line that is an attempt to leave a task's scope, shown or not; 0 when there is none.
    """

    run: str
    spec: str
    tasks: tuple[str, ...]
    steps: tuple[LogStep, ...]
    left_out: int = 0
    damage: str = ""
    left_after: int = 0
    first_outside: int = 0


# req: agent-runtime/8.1
def log(app: App, run: str, last: int | None = None, before: int | None = None) -> RunLog:
    """Read a run's history: what came `before` a step when given, the `last` lines of that when given (at least 1).

    Raises:
        Unreadable: there is no such run.
        JournalDamaged: its journal cannot be read.
        Usage: the run never came to that step.
    """
    return log_of(run, app.journals.open(run).entries(), last, before)


def log_of(run: str, entries: Iterable[Entry], last: int | None = None, before: int | None = None) -> RunLog:
    """Tell a history as `log` does, from a journal that is being read.

    Raises:
        Usage: the run never came to that step.
    """
    spec, tasks = "", tuple[str, ...]()
    steps: list[LogStep] = []
    events: list[Event] = []
    meter = Meter()
    for entry in entries:
        events.append(entry.event)
        if isinstance(entry.event, RunStarted):
            spec, tasks = entry.event.spec, entry.event.tasks
        if isinstance(entry.event, ModelReplied):
            meter = meter.add(entry.event.reply)
        count = len(steps)
        _add(steps, entry)
        if len(steps) > count:
            steps[-1] = replace(steps[-1], input_tokens=meter.input_tokens, output_tokens=meter.output_tokens)
    _mark(steps, events)
    end = len(steps) if before is None else _end_before(run, steps, before)
    begin = max(0, end - max(last, 1)) if last is not None else 0
    first = next((step.number for step in steps if step.is_outside), 0)
    return RunLog(
        run=run,
        spec=spec,
        tasks=tasks,
        steps=tuple(steps[begin:end]),
        left_out=begin,
        left_after=len(steps) - end,
        first_outside=first,
    )


def _mark(steps: list[LogStep], events: list[Event]) -> None:
    """Mark the attempts to leave a task's scope: the action of that step, else its first line."""
    wanted = {attempt.step for attempt in attempts(events)} - {0}
    marked: dict[int, int] = {}
    for at, line in enumerate(steps):
        if line.step in wanted and (line.step not in marked or (line.permission and not steps[marked[line.step]].permission)):
            marked[line.step] = at
    for at in marked.values():
        steps[at] = replace(steps[at], is_outside=True)


def _end_before(run: str, steps: list[LogStep], before: int) -> int:
    """Count the lines before a step's first one."""
    found = next((at for at, line in enumerate(steps) if line.step >= before and line.step), None)
    if found is None:
        last = max((line.step for line in steps), default=0)
        raise Usage(f"Run `{run}` has no step {before}: its steps are 1 to {last}.", f"`setsquare log {run}` lists them.")
    return found


def logs(app: App) -> tuple[RunLog, ...]:
    """Read the histories of all runs, oldest first; one that cannot be read hides no other.

    Raises:
        StorageFailed: the runs cannot be listed.
    """
    found: list[RunLog] = []
    for run in app.journals.runs():
        try:
            found.append(log(app, run))
        except (JournalDamaged, StorageFailed, Unreadable) as error:
            found.append(RunLog(run=run, spec="", tasks=(), steps=(), damage=error.message))
    return tuple(found)


def _add(steps: list[LogStep], entry: Entry) -> None:
    """Add an entry's line, or complete the line of the action that it ends."""
    event = entry.event
    if isinstance(event, ActionObserved):
        _end(steps, event)
        return
    line = _line(event)
    if line is not None:
        steps.append(replace(line, number=len(steps) + 1, at=entry.at, who=line.who or entry.actor))


def _end(steps: list[LogStep], event: ActionObserved) -> None:
    """Complete the line of an action; between the two only answers and what was put back can stand."""
    at = next((index for index in range(len(steps) - 1, -1, -1) if steps[index].permission and steps[index].step == event.step), None)
    if at is None:
        return
    begun = steps[at]
    # Only what was performed took time.
    result = "ok" if event.is_ok else "failed" if event.duration_s else "refused"
    what = event.summary if event.summary and result != "refused" else begun.what
    steps[at] = replace(begun, what=what, result=result, duration_s=event.duration_s or None, origins=event.origins)


def _line(event: Event) -> LogStep | None:
    """Write one fact as a line; `None` for facts that are part of another line."""
    match event:
        case RunStarted():
            return _said(f"run started: {event.spec}, tasks {', '.join(event.tasks)}; {event.mode}, {event.autonomy}; {event.model}")
        case TaskStarted():
            unhidden = f" (secrets of the past may be shown: {'; '.join(event.unhidden)})" if event.unhidden else ""
            return _said(f"task {event.task} started: {event.title}{unhidden}")
        case ModelReplied():
            text = " ".join(event.reply.text.split())[:200]
            return _said(text, event.step) if text else None
        case ModelGaveUp():
            return replace(_said(f"{event.code}: {event.message}", event.step), result="failed")
        case ActionDecided():
            what = f"{event.tool} {event.arguments}"[:200]
            return replace(_said(what, event.step), who="model", permission=event.permission, rule=event.rule)
        case HumanAnswered():
            note = f": {event.note}" if event.note else ""
            return _said(f"answered {event.answer}{note}", event.step)
        case ScopeEnforced():
            back = "; what stood there comes back beside it with `setsquare revert RUN --found PATH`" if event.found else ""
            why = f"put back ({event.rule})" if event.rule else "put back what was out of scope"
            return _said(f"{why}: {', '.join(event.reverted)}{back}", event.step)
        case VerificationFinished():
            tests = (
                f", {event.passed or 0} passed, {event.failed or 0} failed" if event.passed is not None or event.failed is not None else ""
            )
            verdict = f" ({event.verdict})" if event.verdict else ""
            line = _said(f"verified with `{event.command}`: exit {event.exit_code}{tests}{verdict}", event.step)
            output = "" if event.is_accepted else _tail(event.output)
            return replace(line, result="ok" if event.is_accepted else "failed", duration_s=event.duration_s, output=output)
        case _:
            return _turn(event)


def _tail(output: str) -> str:
    r"""Give the last lines of what a command printed, without the empty ones.

    >>> _tail("a\n\n" * 3 + "\n".join("123456789"))
    '2\n3\n4\n5\n6\n7\n8\n9'
    """
    lines = [line.rstrip() for line in output.splitlines() if line.strip()]
    return "\n".join(lines[-_MOST_OUTPUT:])


def _turn(event: Event) -> LogStep | None:
    """Write a fact about the run's course."""
    match event:
        case TaskDone():
            return _said(f"task {event.task} is done: {event.summary}")
        case Committed():
            return replace(_said(f"committed {event.commit[:10]} for task {event.task}"), result="ok")
        case RunParked():
            if event.code == "group-done":
                return replace(_said(f"rests, as it was told to: {event.reason}", event.step), result="ok")
            why = "\n".join(textwrap.wrap(f"{event.reason} {event.hint}", _WRAPPED_CHARS))
            return replace(_said(f"parked ({event.code}): {event.reason}", event.step), output=why)
        case RunResumed():
            return _said("resumed" + (f"; step {event.redone} is done again" if event.redone else ""), event.step)
        case RunFinished():
            return replace(_said("run finished", event.step), result="ok" if event.outcome == "done" else "failed")
        case RunReverted():
            found = turn(event)
            return _said(found[1]) if found else None
        case ModelAsked() if event.attempt > 1:
            return _said(f"asked the model again, attempt {event.attempt}", event.step)
        case NetworkUsed():
            word = "allowed" if event.is_allowed else "refused"
            # Of what was no request for a host and a port, there is no port.
            place = f"{event.host}:{event.port}" if event.port else event.host
            line = _said(f"connection to {place} {word} ({event.rule}), {event.sent_bytes:,} bytes sent", event.step)
            return replace(line, rule=event.rule, result="" if event.is_allowed else "refused")
        case EvidenceTaken():
            criteria = ", ".join(event.criteria) or "no criterion"
            accepted = f"; {event.accepted_by} accepted it as already met, no file was changed" if event.accepted_by else ""
            return _said(f"evidence ({event.kind}) for {criteria}{accepted}", event.step)
        case ModelSwitched() | BudgetAlerted() | ContextLimited() | SpecDowngraded():
            found = turn(event)
            return _said(found[1], event.step) if found else None
        case _:
            return None


def _said(what: str, step: int = 0) -> LogStep:
    """Make a line."""
    return LogStep(number=0, at="", who="", what=what, step=step)
