"""Asks a model until it answers or is given up, so that every attempt stands in the journal before it is made."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from setsquare.errors import ModelFailed
from setsquare.events.conversation import Reply
from setsquare.events.facts import ModelAsked
from setsquare.ports.clock import Clock
from setsquare.ports.language_model import LanguageModel, Request
from setsquare.usage.retry import RetryPolicy, delay


class Patience(Struct, frozen=True, kw_only=True):
    """How a journey waits: `jitter` draws a number from 0 to 1; `on_wait` shows one line before each wait."""

    clock: Clock
    jitter: Callable[[], float]
    policy: RetryPolicy = RetryPolicy()
    on_wait: Callable[[str], None] | None = None


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
    """
    attempt = 1
    while True:
        on_event(ModelAsked(step=step, attempt=attempt, messages=len(request.messages)))
        try:
            return model.complete(request, on_text)
        except ModelFailed as failure:
            wait_s = delay(patience.policy, attempt, failure.retry_after_s, patience.jitter()) if failure.retryable else None
            if wait_s is None:
                raise
            if patience.on_wait is not None:
                patience.on_wait(f"{failure.message} Attempt {attempt + 1} of {patience.policy.attempts} in {wait_s:.1f} s.")
        patience.clock.sleep(wait_s)
        attempt += 1
