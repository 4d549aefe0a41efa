"""Cuts the task in which a run stopped out of its journal and its checkpoints."""

from __future__ import annotations

from setsquare._version import __version__
from setsquare.errors import Refused
from setsquare.events.facts import (
    ActionDecided,
    CheckpointTaken,
    Event,
    HumanAnswered,
    ModelGaveUp,
    ModelReplied,
    RunFinished,
    RunParked,
    RunResumed,
    RunStarted,
    TaskStarted,
)
from setsquare.events.odd_names import spelled
from setsquare.guard.protected import is_secret
from setsquare.journeys.app import App
from setsquare.journeys.case import LIMIT_BYTES, Case, CaseFile, Ending, Said, case_file
from setsquare.text.paths import RelPath


# req: agent-runtime/6.5
def exported(app: App, run: str) -> Case:
    """Make the case of the last task of a run.

    Raises:
        Unreadable: there is no such run.
        JournalDamaged: its journal cannot be read.
        Refused: no task was begun, or its files are too large.
    """
    events = [entry.event for entry in app.journals.open(run).entries()]
    started = next((event for event in events if isinstance(event, RunStarted)), None)
    at = max((index for index, event in enumerate(events) if isinstance(event, TaskStarted)), default=None)
    if started is None or at is None:
        raise Refused(f"Run `{run}` began no task, so there is nothing to play again.", f"See `setsquare log {run}`.")
    task = events[at]
    if not isinstance(task, TaskStarted):
        raise TypeError(task)
    own = gone_on_from(events[at:])
    tree = next((event.tree for event in reversed(events[:at]) if isinstance(event, CheckpointTaken)), "")
    files, left_out = _files(app, tree)
    return Case(
        made_with=__version__,
        run=run,
        spec=started.spec,
        task=task.task,
        mode=started.mode,
        autonomy=started.autonomy,
        verify=task.verify,
        environment=started.environment,
        limit_steps=started.limit_steps,
        ending=ending(own),
        said=tuple(_said(own)),
        answers=tuple(event.answer for event in own if isinstance(event, HumanAnswered)),
        files=files,
        left_out=left_out,
    )


def gone_on_from(events: list[Event]) -> list[Event]:
    """Leave out what only made the run rest before it went on: a model that did not answer, a person who was not there.

    >>> gave_up = ModelGaveUp(step=1, code="model-transient", message="")
    >>> gone_on_from([gave_up, RunResumed(step=1)]), len(gone_on_from([RunResumed(step=1), gave_up]))
    ([RunResumed(step=1, redone=0, note='')], 2)
    """
    last = max((index for index, event in enumerate(events) if isinstance(event, RunResumed)), default=-1)
    return [event for index, event in enumerate(events) if index > last or not _is_for_want(event)]


def _is_for_want(event: Event) -> bool:
    """Tell whether an answer that was needed did not come."""
    return isinstance(event, ModelGaveUp) or (isinstance(event, HumanAnswered) and event.answer not in {"yes", "no"})


def ending(events: list[Event]) -> Ending:
    """Say how a task stopped.

    >>> ending([RunParked(step=2, code="denied", reason="", hint="")])
    Ending(code='denied', rule='')
    """
    rule = next((event.rule for event in reversed(events) if isinstance(event, ActionDecided)), "")
    for event in reversed(events):
        if isinstance(event, RunParked):
            return Ending(code=event.code, rule=rule)
        if isinstance(event, RunFinished):
            return Ending(code="", rule=rule)
    return Ending(code="killed", rule=rule)


def _said(events: list[Event]) -> list[Said]:
    """List the model's turns."""
    turns: list[Said] = []
    for event in events:
        if isinstance(event, ModelReplied):
            turns.append(Said(reply=event.reply))
        elif isinstance(event, ModelGaveUp):
            turns.append(Said(fails=event.code))
    return turns


def _files(app: App, tree: str) -> tuple[tuple[CaseFile, ...], tuple[str, ...]]:
    """Read the files that the task began with; those that hold secrets are left out and named.

    Raises:
        Refused: they are too large.
    """
    kept: list[CaseFile] = []
    left_out: list[str] = []
    size = 0
    for path in sorted(app.checkpoints.files(tree)) if tree else ():
        raw = None if is_secret(path) else app.checkpoints.read(tree, RelPath(path))
        if raw is None:
            left_out.append(spelled(path))
            continue
        size += len(raw)
        if size > LIMIT_BYTES:
            raise Refused(
                f"The files of the task are larger than {LIMIT_BYTES // 1_000_000} MB in all.", "Ignore what is generated, then run again."
            )
        kept.append(case_file(path, raw))
    return tuple(kept), tuple(left_out)
