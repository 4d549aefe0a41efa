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
from setsquare.agent.state import Phase, Reason
from setsquare.errors import StalePlan, WorldFailed
from setsquare.events.audit import AuditAction, Mutation
from setsquare.events.facts import (
    ActionDecided,
    ActionObserved,
    CheckpointTaken,
    RunFinished,
    RunParked,
    TaskStarted,
)
from setsquare.journeys.run_actions import inspect, perform
from setsquare.journeys.run_bench import bench_of
from setsquare.journeys.run_beside import beside_of
from setsquare.journeys.run_checkpoint import checkpoint, rest
from setsquare.journeys.run_complete import complete
from setsquare.journeys.run_halt import changed_document, downgraded
from setsquare.journeys.run_live import LiveRun
from setsquare.journeys.run_model import ask_model
from setsquare.journeys.run_questions import ask_about_action, ask_about_changes, ask_about_group
from setsquare.journeys.run_report import RunReport, report
from setsquare.journeys.run_residue import residue
from setsquare.journeys.run_settle import settle
from setsquare.journeys.run_stop import interruption, overtime
from setsquare.journeys.run_verify import verify
from setsquare.journeys.trusting import is_trusted
from setsquare.text.paths import quoted

_RESUME = "Go on with `setsquare run --resume`, or take everything back with `setsquare revert`."

_ASKING = (AskAboutAction, AskAboutChanges, AskAboutGroup)

_CHANGED = (
    "See what that breaks: `setsquare impact {0}`. Approve the document as it is, then `setsquare run --resume`; or `setsquare revert`."
)


def drive(run: LiveRun) -> RunReport:
    """Go on until the run is done or parked; an interruption, an order to stop and a failing world park it too.

    Raises:
        StorageFailed: the journal itself cannot be written; the run can be resumed when it can.
    """
    stops, spec = run.app.stops, run.terms.spec.name
    mailbox = stops.opened(run.state.run, spec)
    try:
        with run.interruptions.watched(lambda: mailbox.ordered() or stops.standing(spec)):
            _drive(run)
    finally:
        run.journal.close()
        mailbox.close()  # last: whoever stops the run waits for it
    done = report(run.state, tuple(run.latest.commits), tuple(dict.fromkeys(run.latest.put_back)))
    action = AuditAction.RUN_PARKED if done.code else AuditAction.RUN_FINISHED
    run.app.audit.note(Mutation(action=action, subject=done.run, detail=done.code or done.status, why=done.reason, by=_by(run)))
    return done


def _by(run: LiveRun) -> str:
    """Name who stopped the run, else the platform."""
    order = run.interruptions.order
    return order.by if order is not None and order.by else "platform"


def _drive(run: LiveRun) -> None:
    """Perform effects; stop at an interruption and when the world fails."""
    try:
        run.interruptions.release()
        while not isinstance(run.due, Rest):
            why = _hindrance(run, run.due)
            if why is not None:
                _park(run, why)
            elif isinstance(run.due, _ASKING):
                with run.time.waiting():
                    _follow(run, run.due)
            else:
                _follow(run, run.due)
    except KeyboardInterrupt:
        run.interruptions.close()
        _park(run, interruption(run.interruptions, _RESUME))
    except (WorldFailed, StalePlan) as failure:
        run.interruptions.close()
        _park(run, Reason(failure.code, failure.message, _then_resume(failure.hint)))


def _then_resume(hint: str) -> str:
    """Write the way on behind what must be done first.

    >>> _then_resume("make room").split(" with ")[0]
    'Make room. Go on'
    """
    return f"{hint[:1].upper()}{hint[1:].rstrip('.')}. {_RESUME}" if hint else _RESUME


def _hindrance(run: LiveRun, effect: Effect) -> Reason | None:
    """Say why the next step must not be taken: a document that was approved has changed, or the task's time is over."""
    changed = changed_document(run, effect)
    if changed is not None:
        hint = _CHANGED.format(quoted(run.terms.spec.name))
        return Reason("spec-changed", f"{changed} changed while the run went on.", hint)
    return overtime(run, effect) or downgraded(run, effect)


# req: guarded-run/4.3
def _park(run: LiveRun, why: Reason) -> None:
    """Put back what was begun and not ended, and record why the run rests.

    When that fails too, nothing is recorded: the run then stands like a killed one, and `resume` puts back the same.
    """
    # The journal is the truth: an interruption may have come between an entry and what follows from it.
    run.taken_up()
    if run.state.phase in {Phase.RESTING, Phase.ENDED}:
        return
    settle(run)
    run.record(_parking(run, why), actor=_by(run))


def _parking(run: LiveRun, why: Reason) -> RunParked:
    """Record that the run rests, and the files as it leaves them."""
    left = rest(run)
    took_s = run.time.of(run.state.task)
    return RunParked(step=run.state.step, code=why.code, reason=why.text, hint=why.hint, tree=left.tree, empty=left.empty, worked_s=took_s)


def _follow(run: LiveRun, effect: Effect) -> None:
    """Perform one effect."""
    match effect:
        case BeginTask():
            _begin(run, effect.task)
        case TakeCheckpoint():
            run.record(checkpoint(run, effect))
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
            run.record(_parking(run, effect.why))
        case Finish():
            left = rest(run)
            run.record(RunFinished(step=effect.step, outcome="done", tree=left.tree, empty=left.empty))
        case Rest():
            pass
        case _:
            assert_never(effect)


def _begin(run: LiveRun, name: str) -> None:
    """Compile the task's capability and brief and record them."""
    at = bench_of(run)
    # What the task is judged against are the files as it finds them.
    if run.state.is_dirty:
        run.record(CheckpointTaken(step=run.state.step, tree=run.app.checkpoints.take()))
    is_vetted, beside = is_trusted(run.app, run.terms.workspace), beside_of(run, at)
    told = brief(run.terms.workspace, run.terms.spec, at.task, at.capability, is_vetted=is_vetted, beside=beside)
    run.app.progress(f"Task {name}: {at.task.title}")
    for reason in at.unhidden:
        run.app.progress(f"Secrets of the past may be shown: {reason}.")
    run.record(
        TaskStarted(
            task=name,
            title=at.task.title,
            system=told.system,
            brief=told.text,
            requirements=told.requirements,
            paths=at.capability.writable,
            verify=run.terms.verify,
            ignored=residue(run.app),
            agent=beside.agent,
            tools=at.capability.tools,
            context=tuple(glob for group in at.capability.context for glob in group),
            is_again=bool(beside.again),
            unhidden=at.unhidden,
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
