"""Talks with a model until a machine that drafts has settled, whatever it drafts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from msgspec import Struct

from setsquare.drafting.draft import AskModel, DraftEvent, GaveUp, Replied
from setsquare.errors import ModelFailed
from setsquare.journeys.app import App
from setsquare.journeys.asking import Patience, ask
from setsquare.usage.meter import Meter
from setsquare.workspace.settings import ModelProfile


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
    """With whom is talked, about `what` (`the design`), and a draw from 0 to 1 for the waits between attempts."""

    profile: ModelProfile
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
    patience = Patience(clock=app.clock, jitter=talk.jitter, on_wait=app.progress)
    meter, code = Meter(), ""
    state, effect = begun
    while isinstance(effect, AskModel):
        app.progress(f"Asking {model.id} for {talk.what} (attempt {state.attempts + 1})")
        try:
            reply = ask(model, effect.request, patience, state.attempts + 1, lambda _asked: None)
        except ModelFailed as failure:
            if not state.attempts:
                raise
            code = failure.code
            state, effect = advance(state, GaveUp(f"{failure.message} {failure.hint}".strip()))
            continue
        meter = meter.add(reply)
        state, effect = advance(state, Replied(reply))
    return Conversed(state=state, end=effect, model=model.id, meter=meter, code=code)
