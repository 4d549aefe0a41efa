"""The questions that wait for an answer from another place: a second terminal, a page."""

from __future__ import annotations

from typing import Protocol

from msgspec import Struct

from setsquare.ports.approver import Answer, Question


class Pending(Struct, frozen=True, kw_only=True):
    """A question that waits: when it was asked and until when an answer counts, in seconds since 1970."""

    question: Question
    asked_s: float
    until_s: float
    is_answered: bool = False


class Consents(Protocol):
    """Lists the questions that wait in one workspace and takes answers to them."""

    def pending(self) -> tuple[Pending, ...]:
        """List the questions that wait, oldest first; what somebody else has written or changed is none."""
        ...

    def answer(self, question: Question, answer: Answer, by: str, note: str = "") -> None:
        """Answer exactly this question, as it was shown.

        Raises:
            Refused: it does not wait any more, or somebody has answered it.
            StorageFailed: the answer could not be written.
        """
        ...
