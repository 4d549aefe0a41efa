"""Talks with a model until a machine that drafts has settled, whatever it drafts."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Generic, Protocol, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from setsquare.drafting.draft import AskModel, DraftEvent, GaveUp, Replied
from setsquare.errors import ModelFailed, OverBudget
from setsquare.events.facts import ModelSwitched
from setsquare.journeys.app import App
from setsquare.journeys.calling import Caller, CallEvent, Charge
from setsquare.ports.language_model import Request
from setsquare.usage.meter import Meter
from setsquare.workspace.settings import ModelProfile, Settings


class Attempting(Protocol):
    """A state that counts a model's answers."""

    @property
    def attempts(self) -> int:
        """Count the answers so far."""
        ...


State = TypeVar("State", bound=Attempting)
End = TypeVar("End")


class Conversed(Struct, Generic[State, End], frozen=True, kw_only=True):
    """How a conversation ended: the machine's last state and effect, the model, what it cost; `code` is that of a failure that ended it early."""

    state: State
    end: End
    model: str
    meter: Meter
    code: str = ""


class Talk(Struct, frozen=True, kw_only=True):
    """With whom is talked, about `what` (`the design`) of `spec`, under which settings, and a draw from 0 to 1 for the waits between attempts."""

    profile: ModelProfile
    settings: Settings
    spec: str
    what: str
    jitter: Callable[[], float]


def conversed(
    app: App, talk: Talk, begun: tuple[State, AskModel | End], advance: Callable[[State, DraftEvent], tuple[State, AskModel | End]]
) -> Conversed[State, End]:
    """Ask until the machine wants no more answers.

    Raises:
        ModelFailed: the model gave no answer at all; after an answer there is something to tell, so the machine is told that it gave up.
    """
    model = app.model(talk.profile)
    charge = Charge(settings=talk.settings, profile=talk.profile, purpose="specGeneration", spec=talk.spec)
    caller = Caller(app, charge, talk.jitter, model)
    meter, code = Meter(), ""
    state, effect = begun
    while isinstance(effect, AskModel):
        app.progress(f"Asking {model.id} for {talk.what} (attempt {state.attempts + 1})")
        try:
            reply = caller.ask(partial(_fitted, effect.request, talk), state.attempts + 1, _shown(app))
        except (ModelFailed, OverBudget) as failure:
            if not state.attempts:
                raise
            code = failure.code
            state, effect = advance(state, GaveUp(f"{failure.message} {failure.hint}".strip()))
            continue
        meter = meter.add(reply, caller.profile.price)
        state, effect = advance(state, Replied(reply))
    return Conversed(state=state, end=effect, model=model.id, meter=meter, code=code)


def _fitted(request: Request, talk: Talk, profile: ModelProfile) -> Request:
    """Make a request fit another profile than the one that it was made for."""
    if profile.name == talk.profile.name:
        return request
    return replace(request, limit_tokens=min(request.limit_tokens, profile.limit_tokens), temperature=profile.temperature)


def _shown(app: App) -> Callable[[CallEvent], None]:
    """Tell a person who answers now; the rest stands in the ledger."""

    def show(event: CallEvent) -> None:
        if isinstance(event, ModelSwitched):
            app.progress(f"Model {event.old} -> {event.new}: {event.reason}")

    return show
