"""Chooses who answers a call: the routed profile, the cheap one when a budget restricts, a stand-in while a provider is down."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct
from msgspec.structs import replace

from setsquare.errors import ModelAuth, ModelDown, ModelFailed, ModelSwapped, ModelTooLong, Usage
from setsquare.events.conversation import Reply
from setsquare.events.facts import BudgetAlerted, ModelAsked, ModelSwitched
from setsquare.events.spending import Account, BudgetReached, Budgets
from setsquare.journeys.app import App
from setsquare.journeys.asking import Patience, ask
from setsquare.journeys.metering import Metered, Rerouted
from setsquare.ports.language_model import LanguageModel, Request
from setsquare.ports.providers import Outcome
from setsquare.text.counted import counted
from setsquare.usage.routing import chain, fast, is_same_model
from setsquare.workspace.settings import ModelProfile, Settings

CallEvent = ModelAsked | ModelSwitched | BudgetAlerted


class Charge(Struct, frozen=True, kw_only=True):
    """Whom a call is charged to: the settings with the budgets, the routed profile, the purpose, the run and the spec (empty for none)."""

    settings: Settings
    profile: ModelProfile
    purpose: str
    run: str = ""
    spec: str = ""


def budgets_of(settings: Settings) -> Budgets:
    """Give what a workspace may spend."""
    return Budgets(daily=settings.daily, monthly=settings.monthly, zone=settings.budget_zone)


class Caller:
    """Asks models for one run or one draft; `profile` is the one that answered last, or the routed one before that."""

    def __init__(self, app: App, charge: Charge, jitter: Callable[[], float], model: LanguageModel | None = None) -> None:
        """Take the world, who pays, a draw from 0 to 1, and the routed profile's model where it is built already."""
        self._app = app
        self._charge = charge
        self._jitter = jitter
        self._models = {charge.profile.name: model} if model is not None else {}
        self._swapped: set[tuple[str, str]] = set()
        self.profile = charge.profile

    # req: agent-runtime/6.6
    def ask(self, request_for: Callable[[ModelProfile], Request], step: int, on_event: Callable[[CallEvent], None]) -> Reply:
        """Ask whoever may and can answer; `request_for` makes the request for a profile, `on_event` gets the facts.

        Raises:
            ModelFailed: nobody answered.
            OverBudget: a budget pauses all calls.
            LedgerUnavailable: nothing can be accounted for.
        """
        first = self._charge.profile
        try:
            return self._first_of(chain(self._charge.settings, first), request_for, step, on_event)
        except Rerouted as limited:
            quick = fast(self._charge.settings)
            if quick is None or quick.name == first.name:
                raise
            return self._first_of((quick,), request_for, step, on_event, limited.message)

    def _first_of(
        self,
        profiles: tuple[ModelProfile, ...],
        request_for: Callable[[ModelProfile], Request],
        step: int,
        on_event: Callable[[CallEvent], None],
        why: str = "",
    ) -> Reply:
        """Ask one profile after the other until one answers."""
        failure: ModelFailed | Usage | None = None
        for profile in profiles:
            try:
                reply = self._asked(profile, request_for, step, on_event)
            except ModelTooLong:
                raise
            except (ModelFailed, Usage) as found:
                failure = _both(failure, profile, found)
                if not _stands_in_for(found, is_first=profile is profiles[0]) or profile is profiles[-1]:
                    raise failure from None
                if isinstance(found, ModelFailed) and found.retryable:
                    self._app.providers.note(profile, Outcome.GIVEN_UP)
                self._app.progress(f"{found.message} The next profile stands in.")
                continue
            self._note_switch(profile, step, on_event, why or (failure.message if failure else f"`{profile.name}` answers again"))
            return reply
        raise ModelDown("No model profile can be asked.", "Name one in settings.json.")

    def _asked(
        self, profile: ModelProfile, request_for: Callable[[ModelProfile], Request], step: int, on_event: Callable[[CallEvent], None]
    ) -> Reply:
        """Ask one profile, as often as that makes sense."""
        model = self._model(profile)
        charge = self._charge
        account = Account(purpose=charge.purpose, profile=profile.name, model=model.id, run=charge.run, spec=charge.spec)
        request = request_for(profile)

        def on_told(told: BudgetReached) -> None:
            self._app.progress(alert_text(told))
            on_event(BudgetAlerted(step=step, window=told.window, fraction=told.fraction, action=told.action))

        gate = Metered(self._app, profile, account, budgets_of(charge.settings), on_told)
        patience = Patience(clock=self._app.clock, jitter=self._jitter, on_wait=self._app.progress, gate=gate)
        try:
            reply = ask(model, request, patience, step, on_event)
        except ModelAuth as refused:
            if gate.has_auth_burst:
                raise ModelAuth(
                    f"Auth mismatch: the host has refused the key {counted(gate.refused_keys, 'time')} in a row. {refused.message}",
                    refused.hint,
                ) from refused
            raise
        if gate.note:
            self._app.progress(f"{model.id}: {gate.note}; what was set aside is booked instead.")
        self._note_swap(profile, model, reply, step, on_event)
        return reply if gate.usage == reply.usage else replace(reply, usage=gate.usage)

    def _model(self, profile: ModelProfile) -> LanguageModel:
        """Give a profile's model, built once."""
        if profile.name not in self._models:
            self._models[profile.name] = self._app.model(profile)
        return self._models[profile.name]

    def _note_switch(self, profile: ModelProfile, step: int, on_event: Callable[[CallEvent], None], why: str) -> None:
        """Record that another profile answers from now on."""
        if profile.name != self.profile.name:
            on_event(ModelSwitched(step=step, old=self.profile.name, new=profile.name, reason=why))
        self.profile = profile

    def _note_swap(
        self, profile: ModelProfile, model: LanguageModel, reply: Reply, step: int, on_event: Callable[[CallEvent], None]
    ) -> None:
        """Record once that a provider answers with another model than was asked for.

        Raises:
            ModelSwapped: the settings pin the model.
        """
        asked = model.id.partition(":")[2]
        if is_same_model(asked, reply.model) or not (reply.model or profile.is_pinned):
            return
        given = f"`{reply.model}`" if reply.model else "a model that it does not name"
        if profile.is_pinned:
            raise ModelSwapped(
                f"Model profile '{profile.name}' pins `{asked}`, and the provider answered with {given}. The answer is not used.",
                'Ask the provider why; name the model as it answers, or take "pin" out of the profile.',
            )
        if (asked, reply.model) not in self._swapped:
            self._swapped.add((asked, reply.model))
            self._app.progress(f"`{asked}` was asked for, and the provider answered with {given}.")
            on_event(ModelSwitched(step=step, old=asked, new=reply.model, reason="the provider answered with another model"))


def alert_text(told: BudgetReached) -> str:
    """Write a budget's event for a person.

    >>> alert_text(BudgetReached(window="daily", period="2026-11-25", event="threshold", fraction=0.84, action="restrict"))
    'Budget: 84 % of the daily budget (2026-11-25) is used; all calls go to the profile `fast`.'
    """
    what = {
        ("threshold", "restrict"): "all calls go to the profile `fast`",
        ("limit", "restrict"): "all calls go to the profile `fast`",
        ("limit", "pause"): "no call is made until a person resets it",
    }.get((told.event, told.action), "nothing is stopped")
    return f"Budget: {int(told.fraction * 100)} % of the {told.window} budget ({told.period}) is used; {what}."


def _stands_in_for(found: ModelFailed | Usage, *, is_first: bool) -> bool:
    """Tell whether another profile is asked: the provider is down, or a stand-in itself cannot be used."""
    return not is_first or (isinstance(found, ModelFailed) and (found.retryable or isinstance(found, ModelDown)))


def _both(before: ModelFailed | Usage | None, profile: ModelProfile, found: ModelFailed | Usage) -> ModelFailed | Usage:
    """Tell of the first failure and of that of a stand-in; the first one decides what is to be done."""
    if before is None:
        return found
    return type(before)(f"{before.message} Its stand-in '{profile.name}': {found.message}", before.hint)
