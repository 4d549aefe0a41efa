"""Lets a call to a model pass only when its host is well, has room, and the budgets permit it; and books what the call cost."""

from __future__ import annotations

from collections.abc import Callable

from setsquare.errors import LedgerUnavailable, ModelAuth, ModelDown, ModelFailed, ModelNonsense, ModelTransient, OverBudget
from setsquare.events.conversation import AssistantMessage, Message, Reply, Usage
from setsquare.events.spending import Account, Amount, BudgetReached, Budgets, CallSettled, Granted, Paused, Restricted
from setsquare.journeys.app import App
from setsquare.ports.language_model import Request
from setsquare.ports.ledger import Admission
from setsquare.ports.providers import NoSlot, Outcome, Slot
from setsquare.usage.breaker import AUTH_BURST
from setsquare.usage.budget import booked, estimate, sane
from setsquare.usage.routing import FAST
from setsquare.workspace.settings import ModelProfile

WAIT_S = 120.0
"""How long a call waits for others that are in flight, in seconds; an interruption ends the waiting."""

_POLL_S = 0.1
_HINT = "See where the budgets stand: `setsquare budget status`; a person lifts a pause: `setsquare budget reset daily|monthly --reason …`."


class Rerouted(OverBudget):
    """A budget permits the call only with the profile `fast`."""


class Metered:
    """The gate of one profile: a slot, an amount set aside and the host's health for each attempt."""

    def __init__(
        self, app: App, profile: ModelProfile, account: Account, budgets: Budgets, on_told: Callable[[BudgetReached], None]
    ) -> None:
        """Take the world, who answers, what for, under which budgets, and what gets the events of the budgets."""
        self._app = app
        self._profile = profile
        self._account = account
        self._budgets = budgets
        self._on_told = on_told
        self._slot: Slot = NoSlot()
        self._amount = Amount()
        self._id = ""
        self._is_again = False
        self.note = ""
        self.usage = Usage()
        self.refused_keys = 0

    # req: agent-runtime/6.4
    def enter(self, request: Request) -> None:
        """Let an attempt in.

        Raises:
            ModelDown: the host is not asked for a while, or has no room.
            OverBudget: a budget pauses all calls, or (`Rerouted`) permits another profile only.
            LedgerUnavailable: there are limits, and nothing can be accounted for.
        """
        providers = self._app.providers
        if not self._is_again and not providers.is_admitted(self._profile):
            raise ModelDown(
                f"The host of model profile '{self._profile.name}' failed several times in a row and is not asked for half a minute.",
                'Try again later, or name another profile as its "fallback" in settings.json.',
            )
        self._is_again = False
        is_in = False
        try:
            self._slot = self._free_slot()
            self._admit(request)
            is_in = True
        finally:
            if not is_in:
                self._slot.close()
                providers.note(self._profile, Outcome.NOT_SENT)

    def leave(self, outcome: Reply | ModelFailed | None) -> None:
        """Book the attempt and note how the host fares."""
        self._slot.close()
        self.refused_keys = self._app.providers.note(self._profile, _health(outcome))
        settled = self._settled(outcome)
        for told in self._app.ledger.settle(settled, self._budgets):
            self._on_told(told)

    def may_retry(self) -> bool:
        """Tell whether the host may be asked the same again."""
        self._is_again = self._app.providers.is_admitted(self._profile, is_retry=True)
        return self._is_again

    @property
    def has_auth_burst(self) -> bool:
        """Tell whether the host has refused the key so often that it is the wrong one."""
        return self.refused_keys >= AUTH_BURST

    def _free_slot(self) -> Slot:
        """Wait for a slot of the host.

        Raises:
            ModelDown: none became free.
        """
        clock, waited_s = self._app.clock, 0.0
        while (slot := self._app.providers.slot(self._profile)) is None:
            if waited_s >= WAIT_S:
                raise ModelDown(
                    f"{self._profile.max_concurrent} calls are in flight to the host of profile '{self._profile.name}', and none ended "
                    f"within {WAIT_S:g} s.",
                    'Wait, or raise "maxConcurrent" of the profile.',
                )
            clock.sleep(_POLL_S)
            waited_s += _POLL_S
        return slot

    def _admit(self, request: Request) -> None:
        """Set aside what the attempt may use."""
        self._amount = estimate(request.size_bytes or size_of(request), request.limit_tokens)
        waited_s = 0.0
        while True:
            admission = self._admission()
            for told in admission.told:
                self._on_told(told)
            match admission.verdict:
                case Granted():
                    self._id = admission.id
                    return
                case Restricted(text=text):
                    raise Rerouted(f"All calls go to the profile `{FAST}`, because {text}.", _HINT)
                case Paused(text=text, is_passing=is_passing):
                    if not is_passing or waited_s >= WAIT_S:
                        raise OverBudget(text, _HINT)
            self._app.clock.sleep(_POLL_S)
            waited_s += _POLL_S

    # req: agent-runtime/6.4
    def _settled(self, outcome: Reply | ModelFailed | None) -> CallSettled:
        """Say what is booked for an attempt.

        A refusal costs the input at most. One that was cut or broken off may have been answered, so all that was set aside is booked.
        """
        if isinstance(outcome, Reply):
            self.usage, self.note = sane(outcome.usage, self._amount, has_answer=bool(outcome.text or outcome.calls))
            is_counted = self.usage.input_tokens is not None and self.usage.output_tokens is not None
            note = self.note or ("" if is_counted else "the provider did not count")
            return _booked(self._id, self.usage, self._amount, note=note)
        may_be_answered = outcome is None or isinstance(outcome, ModelTransient | ModelNonsense)
        used = Usage() if may_be_answered else Usage(output_tokens=0)
        return _booked(self._id, used, self._amount, note=outcome.code if outcome is not None else "broken off", is_failed=True)

    def _admission(self) -> Admission:
        """Ask the ledger; where nothing is limited, a call is not kept from being made because it cannot be written down."""
        try:
            return self._app.ledger.admit(self._account, self._amount, self._budgets, is_fast=self._profile.name == FAST)
        except LedgerUnavailable as failure:
            if self._budgets.has_limits:
                raise
            self._app.progress(f"{failure.message} The call is not accounted for; no budget is set.")
            return Admission(verdict=Granted())


def size_of(request: Request) -> int:
    """Count a request's bytes: instructions, messages and tools.

    >>> from setsquare.events.conversation import UserMessage
    >>> size_of(Request(system="abc", messages=(UserMessage("é"),)))
    5
    """
    tools = sum(len(tool.name) + _bytes(tool.description) + len(bytes(tool.schema)) for tool in request.tools)
    return _bytes(request.system) + sum(map(_message_bytes, request.messages)) + tools


def _message_bytes(message: Message) -> int:
    calls = message.calls if isinstance(message, AssistantMessage) else ()
    return _bytes(message.text) + sum(len(call.tool) + _bytes(call.arguments) for call in calls)


def _bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "replace"))


def _health(outcome: Reply | ModelFailed | None) -> Outcome:
    """Say what an outcome tells of the host."""
    match outcome:
        case None:
            return Outcome.NOT_SENT
        case ModelAuth():
            return Outcome.KEY_REFUSED
        case ModelFailed() if outcome.retryable or isinstance(outcome, ModelNonsense):
            return Outcome.FAILED
        case _:
            return Outcome.ANSWERED


def _booked(name: str, usage: Usage, amount: Amount, *, note: str, is_failed: bool = False) -> CallSettled:
    """Book counts, and what was set aside where there is none."""
    return CallSettled(
        id=name,
        amount=booked(usage, amount),
        is_counted=usage.input_tokens is not None and usage.output_tokens is not None,
        is_failed=is_failed,
        cache_read_tokens=usage.cache_read_tokens,
        cache_write_tokens=usage.cache_write_tokens,
        note=note,
    )
