"""Drives a run: performs what the step machine wants, one effect after the other, until the run rests."""

from __future__ import annotations

from typing import assert_never

from setsquare.agent.brief import brief
from setsquare.agent.effects import (
    AskAboutAction,
    AskAboutChanges,
    AskAboutGroup,
    AskModel,
    BeginTask,
    CompleteTask,
    Effect,
    Finish,
    InspectAction,
    Park,
    PerformAction,
    RefuseAction,
    Rest,
    TakeCheckpoint,
    TellModel,
    Verify,
)
from setsquare.agent.state import Phase
from setsquare.agent.tools import calls
from setsquare.errors import StalePlan, WorldFailed
from setsquare.events.facts import (
    ActionDecided,
    ActionObserved,
    CheckpointTaken,
    RunFinished,
    RunParked,
    TaskStarted,
)
from setsquare.guard.action import EditText, Write
from setsquare.journeys.run_actions import inspect, perform
from setsquare.journeys.run_bench import bench_of, real_path
from setsquare.journeys.run_complete import complete
from setsquare.journeys.run_halt import changed_document
from setsquare.journeys.run_live import LiveRun
from setsquare.journeys.run_model import ask_model
from setsquare.journeys.run_questions import ask_about_action, ask_about_changes, ask_about_group
from setsquare.journeys.run_report import RunReport, report
from setsquare.journeys.run_settle import settle
from setsquare.journeys.run_verify import verify
from setsquare.text.paths import RelPath, quoted

_RESUME = "Go on with `setsquare run --resume`, or take everything back with `setsquare revert`."

_CHANGED = (
    "See what that breaks: `setsquare impact {0}`. Approve the document as it is, then `setsquare run --resume`; or `setsquare revert`."
)


def drive(run: LiveRun) -> RunReport:
    """Go on until the run is done or parked; an interruption and a failing world park it too.

    Raises:
        StorageFailed: the journal itself cannot be written; the run can be resumed when it can.
    """
    try:
        with run.interruptions.watched():
            _drive(run)
    finally:
        run.journal.close()
    return report(run.state, tuple(run.latest.commits), tuple(dict.fromkeys(run.latest.put_back)))


def _drive(run: LiveRun) -> None:
    """Perform effects; stop at an interruption and when the world fails."""
    try:
        while not isinstance(run.due, Rest):
            changed = changed_document(run, run.due)
            if changed is not None:
                _park(run, "spec-changed", f"{changed} changed while the run went on.", _CHANGED.format(quoted(run.terms.spec.name)))
            else:
                _follow(run, run.due)
    except KeyboardInterrupt:
        _park(run, "interrupted", "The run was interrupted.", _RESUME)
    except (WorldFailed, StalePlan) as failure:
        _park(run, failure.code, failure.message, f"{failure.hint} {_RESUME}".strip())


# req: guarded-run/4.3
def _park(run: LiveRun, code: str, reason: str, hint: str) -> None:
    """Put back what was begun and not ended, and record why the run rests.

    When that fails too, nothing is recorded: the run then stands like a killed one, and `resume` puts back the same.
    """
    # The journal is the truth: an interruption may have come between an entry and what follows from it.
    run.taken_up()
    if run.state.phase in {Phase.RESTING, Phase.ENDED}:
        return
    settle(run)
    run.record(RunParked(step=run.state.step, code=code, reason=reason, hint=hint))


def _follow(run: LiveRun, effect: Effect) -> None:
    """Perform one effect."""
    match effect:
        case BeginTask():
            _begin(run, effect.task)
        case TakeCheckpoint():
            run.record(CheckpointTaken(step=effect.step, tree=_checkpoint(run, effect)))
        case AskModel():
            ask_model(run, effect.step)
        case InspectAction():
            run.record(inspect(run, bench_of(run), effect))
        case RefuseAction():
            run.record(_refusal(effect))
        case TellModel():
            _tell(run, effect)
        case AskAboutAction():
            ask_about_action(run, bench_of(run), effect)
        case AskAboutChanges():
            ask_about_changes(run, effect)
        case AskAboutGroup():
            ask_about_group(run, effect)
        case PerformAction():
            perform(run, bench_of(run), effect)
        case Verify():
            verify(run, bench_of(run), effect.step)
        case CompleteTask():
            complete(run, bench_of(run))
        case Park():
            why = effect.why
            run.record(RunParked(step=effect.step, code=why.code, reason=why.text, hint=why.hint))
        case Finish():
            run.record(RunFinished(step=effect.step, outcome="done"))
        case Rest():
            pass
        case _:
            assert_never(effect)


def _checkpoint(run: LiveRun, effect: TakeCheckpoint) -> str:
    """Record the files; with them an ignored one that the next action would write over, so that it can be put back."""
    target = _unrecorded(run)
    if target is not None:
        run.app.checkpoints.include(target)
    elif effect.is_reusable and run.state.tree:
        return run.state.tree
    return run.app.checkpoints.take()


def _unrecorded(run: LiveRun) -> RelPath | None:
    """Name the file that the pending action would write over, if it exists and no checkpoint holds it."""
    action = calls.parsed(run.state.pending[0]) if run.state.pending else None
    path = real_path(run.app.folder, action.path) if isinstance(action, Write | EditText) else None
    if not path or not run.app.files.exists(RelPath(path)):
        return None
    is_held = bool(run.state.tree) and run.app.checkpoints.read(run.state.tree, RelPath(path)) is not None
    return None if is_held else RelPath(path)


def _begin(run: LiveRun, name: str) -> None:
    """Compile the task's capability and brief and record them."""
    at = bench_of(run)
    told = brief(run.terms.workspace, run.terms.spec, at.task, at.capability)
    run.app.progress(f"Task {name}: {at.task.title}")
    run.record(
        TaskStarted(
            task=name,
            title=at.task.title,
            system=told.system,
            brief=told.text,
            requirements=told.requirements,
            paths=at.capability.writable,
            verify=run.terms.verify,
        )
    )


def _refusal(effect: RefuseAction) -> ActionDecided:
    """Refuse a call that is not looked at."""
    call = effect.call
    return ActionDecided(
        step=effect.step,
        call_id=call.id,
        tool=call.tool,
        arguments=call.arguments,
        permission="deny",
        rule=effect.rule,
        reason=effect.reason,
    )


def _tell(run: LiveRun, effect: TellModel) -> None:
    """Answer a refused call."""
    summary = f"{effect.call.tool[:40]}: refused ({effect.rule})"
    run.app.progress(f"{effect.step}. {summary}")
    run.record(ActionObserved(step=effect.step, call_id=effect.call.id, is_ok=False, text=effect.text, summary=summary))
