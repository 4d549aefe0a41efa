"""Goes on with a run that was parked, interrupted or killed."""

from __future__ import annotations

from setsquare.agent.state import Phase
from setsquare.errors import Refused, Unreadable
from setsquare.events.facts import RunFinished, RunResumed, RunReverted, RunStarted
from setsquare.guard.capability import Mode
from setsquare.journeys.app import App
from setsquare.journeys.approving import require_approval
from setsquare.journeys.opening import named_spec, opened
from setsquare.journeys.run_driver import drive
from setsquare.journeys.run_live import LiveRun
from setsquare.journeys.run_report import RunReport, report
from setsquare.journeys.run_settle import settle
from setsquare.journeys.run_task import RunRequest, terms_of
from setsquare.ports.journal import Journal
from setsquare.spec.stage import Stage


# req: guarded-run/4.2
def resume(app: App, run: str = "", request: RunRequest | None = None) -> RunReport:
    """Go on with a run, the latest unfinished one when none is named; a run that is done is only reported.

    `request` may name another model or verification command; spec, tasks and mode are those of the run.

    Raises:
        Unreadable: there is no such run.
        Refused: the workspace is not trusted, the approval does not hold any more, or another process runs tasks here.
    """
    name = run or latest_unfinished(app)
    journal = app.journals.open(name)
    begun = started(journal, name)
    workspace = opened(app)
    spec = named_spec(workspace, begun.spec)
    wanted = request or RunRequest(spec=begun.spec)
    terms = terms_of(
        app,
        workspace,
        spec,
        RunRequest(spec=begun.spec, mode=Mode(begun.mode), model=wanted.model, verify=wanted.verify),
    )
    require_approval(workspace, spec, Stage.TASKS)
    live = LiveRun(app, journal, terms, app.model(terms.profile))
    # What is in flight is put back: never under the hands of a process that is at it.
    journal.claim()
    try:
        if live.taken_up().state.phase is Phase.ENDED:
            return _ended(live, journal)
        redone = settle(live)
        live.record(RunResumed(step=live.state.step, redone=redone))
        return drive(live)
    finally:
        journal.close()


def latest_unfinished(app: App) -> str:
    """Name the latest run that can go on.

    Raises:
        Refused: there is none.
    """
    for name in reversed(app.journals.runs()):
        last = None
        for entry in app.journals.open(name).entries():
            last = entry.event
        if last is not None and not isinstance(last, RunFinished | RunReverted):
            return name
    raise Refused("No run of this workspace is unfinished.", "Start one: `setsquare run SPEC`.")


def started(journal: Journal, name: str) -> RunStarted:
    """Read a run's first fact.

    Raises:
        Unreadable: the journal does not begin with it.
    """
    first = next(iter(journal.entries()), None)
    if first is None or not isinstance(first.event, RunStarted):
        raise Unreadable(f"Run `{name}` ended before its first entry was written; nothing was done.", "Start again: `setsquare run SPEC`.")
    return first.event


def _ended(live: LiveRun, journal: Journal) -> RunReport:
    """Report a run that cannot go on.

    Raises:
        Refused: it was reverted.
    """
    if any(isinstance(entry.event, RunReverted) for entry in journal.entries()):
        raise Refused(f"Run `{live.state.run}` was reverted and cannot go on.", "Start again: `setsquare run SPEC`.")
    return report(live.state, tuple(live.latest.commits), tuple(dict.fromkeys(live.latest.put_back)))
