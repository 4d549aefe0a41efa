"""Goes on with a run that was parked, interrupted or killed."""

from __future__ import annotations

from msgspec.structs import replace

from setsquare.agent.state import Phase
from setsquare.errors import Refused, Unreadable
from setsquare.events.audit import AuditAction
from setsquare.events.facts import RunResumed, RunReverted, RunStarted
from setsquare.guard.capability import Mode
from setsquare.journeys.app import App
from setsquare.journeys.approving import require_approval
from setsquare.journeys.delegating import Wish, require_delegation
from setsquare.journeys.freezing import require_thaw
from setsquare.journeys.on_record import run_mutation
from setsquare.journeys.open_runs import ends
from setsquare.journeys.opening import named_spec, opened
from setsquare.journeys.run_driver import drive
from setsquare.journeys.run_live import LiveRun
from setsquare.journeys.run_meanwhile import meanwhile
from setsquare.journeys.run_report import RunReport, report
from setsquare.journeys.run_settle import settle
from setsquare.journeys.run_story import before, onward
from setsquare.journeys.run_task import RunRequest, terms_of
from setsquare.journeys.stop_orders import require_not_stopped
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
    require_not_stopped(app, spec.name)
    wanted = request or RunRequest(spec=begun.spec)
    terms = terms_of(
        app,
        workspace,
        spec,
        RunRequest(
            spec=begun.spec,
            mode=Mode(begun.mode),
            model=wanted.model,
            verify=wanted.verify,
            autonomy=wanted.autonomy,
            environment=begun.environment,
            context=begun.context,
            session=begun.session,
        ),
    )
    require_approval(workspace, spec, Stage.TASKS)
    require_thaw(app)
    level = terms.settings.agent.autonomy
    require_delegation(app, spec.name, Wish(mode=Mode(begun.mode), autonomy=level, environment=begun.environment))
    live = LiveRun(app, journal, terms, app.model(terms.profile))
    # What is in flight is put back: never under the hands of a process that is at it.
    journal.claim()
    try:
        if live.taken_up().state.phase is Phase.ENDED:
            return _ended(live, journal)
        now = app.sandbox.name if app.sandbox else ""
        app.audit.record(run_mutation(AuditAction.RUN_RESUMED, replace(begun, autonomy=level.value), model=live.model.id, sandbox=now))
        story = before(live.state, _last_at(journal))
        redone, note = settle(live), meanwhile(live)
        # What putting back looked at was the workspace before it; whose a file is must be judged by how it is now.
        live.bench = None
        live.record(RunResumed(step=live.state.step, redone=redone, note=note))
        story = f"{story} {onward(live.state, redone)}"
        app.progress(story)
        return replace(drive(live), went_on=story)
    finally:
        journal.close()


def _last_at(journal: Journal) -> str:
    """Give the time of the last entry."""
    at = ""
    for entry in journal.entries():
        at = entry.at
    return at


def latest_unfinished(app: App) -> str:
    """Name the latest run that can go on.

    Raises:
        Refused: there is none.
    """
    for name in reversed(app.journals.runs()):
        events = [entry.event for entry in app.journals.open(name).entries()]
        if events and not any(ends(event) for event in events):
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
    if any(isinstance(entry.event, RunReverted) and ends(entry.event) for entry in journal.entries()):
        raise Refused(f"Run `{live.state.run}` was reverted and cannot go on.", "Start again: `setsquare run SPEC`.")
    return report(live.state, tuple(live.latest.commits), tuple(dict.fromkeys(live.latest.put_back)))
