"""Plays a person's recorded answers, each bound to the digest of exactly what was shown."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from setsquare.errors import Unreadable
from setsquare.ports.approver import Answer, Question, Verdict
from setsquare.text.plan import Digest


class RecordedAnswer(Struct, frozen=True, kw_only=True):
    """One recorded yes: the digest of the content that was shown; `title` helps people to read the recording."""

    digest: Digest
    title: str
    by: str


def read_answers(raw: bytes) -> tuple[RecordedAnswer, ...]:
    """Read recorded answers, one JSON object a line.

    Raises:
        Unreadable: a line is none.
    """
    try:
        return tuple(msgspec.json.decode(line, type=RecordedAnswer) for line in raw.splitlines() if line.strip())
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Unreadable(f"The recorded answers cannot be read: {error}.", "Install Setsquare again.") from error


# req: tour/2.2
class RecordedApprover:
    """Says yes to a question whose digest was recorded, once each; anything else is answered by nobody.

    Only the tour constructs it: no flag, setting or variable leads here.
    """

    def __init__(self, answers: tuple[RecordedAnswer, ...]) -> None:
        """Take the answers; their order does not matter, their digests do."""
        self._left = list(answers)
        self.asked: list[Question] = []

    def ask(self, question: Question) -> Verdict:
        """Answer one question."""
        self.asked.append(question)
        for answer in self._left:
            if answer.digest == question.content:
                self._left.remove(answer)
                return Verdict(answer=Answer.YES, digest=question.digest, by=answer.by, note="recorded")
        return Verdict(answer=Answer.ABSENT, digest=question.digest, note="no recorded answer belongs to what is shown")
