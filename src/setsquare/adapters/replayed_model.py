"""Says again what a model said in a run that is played again."""

from __future__ import annotations

from collections.abc import Callable

from setsquare.errors import (
    ModelAuth,
    ModelFailed,
    ModelNonsense,
    ModelOverloaded,
    ModelRateLimited,
    ModelTooLong,
    ModelTransient,
)
from setsquare.events.conversation import Reply
from setsquare.ports.language_model import Request

_FAILURES = {
    kind.code: kind for kind in (ModelFailed, ModelAuth, ModelRateLimited, ModelOverloaded, ModelTransient, ModelTooLong, ModelNonsense)
}


class ReplayedModel:
    """A `LanguageModel` that gives recorded replies in order; an error code in place of a reply is that failure."""

    def __init__(self, turns: tuple[Reply | str, ...]) -> None:
        """Take the turns."""
        self._turns = turns
        self._position = 0

    @property
    def id(self) -> str:
        """Name the model."""
        return "replayed:case"

    def complete(self, request: Request, on_text: Callable[[str], None] | None = None) -> Reply:  # noqa: ARG002  (the port's signature)
        """Give the next reply.

        Raises:
            ModelNonsense: there is none left: the work took another course than when it was recorded.
            ModelFailed: the turn is a failure.
        """
        if self._position >= len(self._turns):
            raise ModelNonsense("The case has no further turn.", "The work took another course than when it was recorded.")
        turn = self._turns[self._position]
        self._position += 1
        if isinstance(turn, str):
            raise _FAILURES.get(turn, ModelFailed)(f"The recorded run failed here with {turn}.", "This was recorded.")
        return turn
