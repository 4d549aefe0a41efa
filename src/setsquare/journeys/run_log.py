"""Tells what happened in a run, as numbered steps that a person can read."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from setsquare.errors import JournalDamaged, StorageFailed, Unreadable
from setsquare.events.entry import Entry
from setsquare.events.facts import (
    ActionDecided,
    ActionObserved,
    ActionStarted,
    CheckpointTaken,
    Committed,
    Event,
    HumanAnswered,
    HumanAsked,
    ModelAsked,
    ModelGaveUp,
    ModelReplied,
    RunFinished,
    RunParked,
    RunResumed,
    RunReverted,
    RunStarted,
    ScopeEnforced,
    TaskDone,
    TaskStarted,
    VerificationFinished,
    VerificationStarted,
)
from setsquare.journeys.app import App


class LogStep(Struct, frozen=True, kw_only=True):
    """One line of a run's history.

    `number` counts the lines from 1, `step` is the run's step as questions to a person name it. `who` is `model`, `platform` or a person; `permission` and `rule` are set for
    actions; `result` is `ok`, `failed`, `refused` or empty.
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


class RunLog(Struct, frozen=True, kw_only=True):
    """A run's history: its steps in order, `left_out` earlier ones not among them; `damage` says why it cannot be read, if so."""

    run: str
    spec: str
    tasks: tuple[str, ...]
    steps: tuple[LogStep, ...]
    left_out: int = 0
    damage: str = ""


def log(app: App, run: str, last: int | None = None) -> RunLog:
    """Read a run's history, the `last` lines of it when given (at least 1).

    Raises:
        Unreadable: there is no such run.
        JournalDamaged: its journal cannot be read.
    """
    spec, tasks = "", tuple[str, ...]()
    steps: list[LogStep] = []
    for entry in app.journals.open(run).entries():
        if isinstance(entry.event, RunStarted):
            spec, tasks = entry.event.spec, entry.event.tasks
        _add(steps, entry)
    shown = steps[-max(last, 1) :] if last is not None else steps
    return RunLog(run=run, spec=spec, tasks=tasks, steps=tuple(shown), left_out=len(steps) - len(shown))


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
    steps[at] = replace(begun, what=what, result=result, duration_s=event.duration_s or None)


def _line(event: Event) -> LogStep | None:
    """Write one fact as a line; `None` for facts that are part of another line."""
    match event:
        case RunStarted():
            return _said(f"run started: {event.spec}, tasks {', '.join(event.tasks)}; {event.mode}, {event.autonomy}; {event.model}")
        case TaskStarted():
            return _said(f"task {event.task} started: {event.title}")
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
            return _said(f"put back what was out of scope: {', '.join(event.reverted)}{back}", event.step)
        case VerificationFinished():
            tests = (
                f", {event.passed or 0} passed, {event.failed or 0} failed" if event.passed is not None or event.failed is not None else ""
            )
            line = _said(f"verified with `{event.command}`: exit {event.exit_code}{tests}", event.step)
            return replace(line, result="failed" if event.exit_code else "ok", duration_s=event.duration_s)
        case _:
            return _turn(event)


def _turn(event: Event) -> LogStep | None:
    """Write a fact about the run's course."""
    match event:
        case TaskDone():
            return _said(f"task {event.task} is done: {event.summary}")
        case Committed():
            return replace(_said(f"committed {event.commit[:10]} for task {event.task}"), result="ok")
        case RunParked():
            return _said(f"parked ({event.code}): {event.reason}", event.step)
        case RunResumed():
            return _said("resumed" + (f"; step {event.redone} is done again" if event.redone else ""), event.step)
        case RunFinished():
            return replace(_said("run finished", event.step), result="ok" if event.outcome == "done" else "failed")
        case RunReverted():
            return _said(f"reverted: {len(event.restored)} files restored, {len(event.kept)} kept")
        case ModelAsked() if event.attempt > 1:
            return _said(f"asked the model again, attempt {event.attempt}", event.step)
        case CheckpointTaken() | ModelAsked() | HumanAsked() | ActionStarted() | ActionObserved() | VerificationStarted():
            return None
        case _:
            return None


def _said(what: str, step: int = 0) -> LogStep:
    """Make a line."""
    return LogStep(number=0, at="", who="", what=what, step=step)
