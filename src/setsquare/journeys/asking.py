"""Asks a model until it answers or is given up, so that every attempt stands in the journal before it is made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from msgspec import Struct

from setsquare.errors import ModelFailed
from setsquare.events.conversation import Reply
from setsquare.events.facts import ModelAsked
from setsquare.ports.clock import Clock
from setsquare.ports.language_model import LanguageModel, Request
from setsquare.usage.retry import RetryPolicy, delay


class Gate(Protocol):
    """What each attempt passes: whether it may be made, and what it cost."""

    def enter(self, request: Request) -> None:
        """Let an attempt in; `leave` follows, whatever becomes of it.

        Raises:
            SetsquareError: it may not be made.
        """
        ...

    def leave(self, outcome: Reply | ModelFailed | None) -> None:
        """Take in how it ended, `None` when it was broken off."""
        ...

    def may_retry(self) -> bool:
        """Tell whether the provider may be asked the same again."""
        ...


class OpenGate:
    """Lets everything pass."""

    def enter(self, request: Request) -> None:
        """Let it in."""

    def leave(self, outcome: Reply | ModelFailed | None) -> None:
        """Let it out."""

    def may_retry(self) -> bool:
        """Permit it."""
        return True


class Patience(Struct, frozen=True, kw_only=True):
    """How a journey waits: `jitter` draws a number from 0 to 1; `on_wait` shows one line before each wait."""

    clock: Clock
    jitter: Callable[[], float]
    policy: RetryPolicy = RetryPolicy()
    on_wait: Callable[[str], None] | None = None
    gate: Gate = OpenGate()


# req: draft-and-approve/2.3
def ask(
    model: LanguageModel,
    request: Request,
    patience: Patience,
    step: int,
    on_event: Callable[[ModelAsked], None],
    on_text: Callable[[str], None] | None = None,
) -> Reply:
    """Ask, and ask again after failures that may pass; `on_event` gets a fact before each attempt.

    `on_text` sees the text of a cut attempt too: the reply alone is the answer.

    Raises:
        ModelFailed: the last failure, when it cannot pass or the policy gives up.
        Refused: the gate lets no attempt pass.
    """
    attempt = 1
    while True:
        patience.gate.enter(request)
        outcome: Reply | ModelFailed | None = None
        try:
            on_event(ModelAsked(step=step, attempt=attempt, messages=len(request.messages)))
            outcome = model.complete(request, on_text)
        except ModelFailed as failure:
            outcome = failure
        finally:
            patience.gate.leave(outcome)
        if not isinstance(outcome, ModelFailed):
            return outcome
        wait_s = delay(patience.policy, attempt, outcome.retry_after_s, patience.jitter()) if outcome.retryable else None
        if wait_s is None or not patience.gate.may_retry():
            raise outcome
        if patience.on_wait is not None:
            patience.on_wait(f"{outcome.message} Attempt {attempt + 1} of {patience.policy.attempts} in {wait_s:.1f} s.")
        patience.clock.sleep(wait_s)
        attempt += 1
