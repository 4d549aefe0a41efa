"""Brings a run whose process is gone to rest: what was in flight is put back, and the journal says who stopped it."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from setsquare.agent.machine import replay
from setsquare.agent.state import Phase
from setsquare.errors import ModelFailed
from setsquare.events.audit import AuditAction, Mutation
from setsquare.events.conversation import Reply
from setsquare.events.facts import RunParked, RunStarted
from setsquare.guard.capability import Mode
from setsquare.journeys.app import App
from setsquare.journeys.opening import named_spec, opened
from setsquare.journeys.run_live import LiveRun
from setsquare.journeys.run_resume import started
from setsquare.journeys.run_settle import is_in_flight, settle
from setsquare.journeys.run_story import where
from setsquare.journeys.run_task import RunRequest, terms_of
from setsquare.journeys.stop_orders import resume_hint, told
from setsquare.ports.journal import Journal
from setsquare.ports.language_model import Request
from setsquare.ports.stops import StopOrder

_RESUME = "Go on with `setsquare run --resume`, or take everything back with `setsquare revert`."


def at_rest(app: App, run: str, order: StopOrder) -> str:
    """Say where a run rests; one that does not rest yet is brought to it.

    Raises:
        Refused: another process has taken it up, or the workspace does not permit it any more.
        WorldFailed: something could not be put back; the run stays as it is and can be resumed.
    """
    journal = app.journals.open(run)
    state = replay(entry.event for entry in journal.entries())
    if state.phase in {Phase.RESTING, Phase.ENDED}:
        return where(state)
    begun = started(journal, run)
    hint = f"{resume_hint(order)} {_RESUME}".strip()
    parked = RunParked(step=state.step, code="stopped", reason=told(order), hint=hint)
    mutation = Mutation(action=AuditAction.RUN_PARKED, subject=run, detail=parked.code, why=parked.reason, by=order.by or "platform")
    journal.claim()
    try:
        if not is_in_flight(state):
            journal.append(order.by or "platform", parked)
            app.audit.note(mutation)
            return where(state)
        live = _live(app, journal, begun)
        settle(live)
        live.record(replace(parked, step=live.state.step), actor=order.by or "platform")
        app.audit.note(mutation)
    finally:
        journal.close()
    return f"{where(live.state)}; what was in flight has been put back"


class _NoModel:
    """Stands where a run has its model: a run that is brought to rest asks none."""

    id = "none"

    def complete(self, request: Request, on_text: Callable[[str], None] | None = None) -> Reply:
        """Refuse."""
        del request, on_text
        raise ModelFailed("A run that is brought to rest asks no model.")


def _live(app: App, journal: Journal, begun: RunStarted) -> LiveRun:
    """Take a run up as far as putting back needs it."""
    workspace = opened(app)
    spec = named_spec(workspace, begun.spec)
    # Nothing is verified here, so any command will do where the settings name none.
    terms = terms_of(app, workspace, spec, RunRequest(spec=begun.spec, mode=Mode.SUPERVISED, verify="true"))
    return LiveRun(app, journal, terms, _NoModel()).taken_up()
