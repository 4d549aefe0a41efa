"""Records the person's part of the tour again: `python -m docs.record_tour`.

It runs the tour with a person who says yes to everything, prints every question for you to read, and writes the digest of each into the
package. Do it whenever the sample, its drafts or the questions change, and read what it prints: you are the person who says yes.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import msgspec

from setsquare.adapters.approver_recorded import RecordedAnswer
from setsquare.adapters.sample import Sample
from setsquare.adapters.scripted import Scripted
from setsquare.journeys.touring import tour
from setsquare.ports.approver import Answer, Question, Verdict
from setsquare.wire import app_for

ANSWERS = Path(__file__).resolve().parents[1] / "src" / "setsquare" / "samples" / "accounts-answers.jsonl"
PERSON = "Robin Example <robin@example.org>"


class SayingYes:
    """Says yes and remembers what was asked."""

    def __init__(self) -> None:
        self.asked: list[Question] = []

    def ask(self, question: Question) -> Verdict:
        """Print a question, say yes."""
        self.asked.append(question)
        print(f"\n==== {question.kind}: {question.title}\n{question.shown}")
        return Verdict(answer=Answer.YES, digest=question.digest, by=PERSON)


def main() -> int:
    """Run the tour and write the answers."""
    person, sample = SayingYes(), Sample()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "setsquare-tour"
        sample.copy_to(folder)
        outcome = tour(app_for(folder, is_sandboxed=True, approver=person, model=Scripted(sample.turns)), lambda *_: None)
    answers = [RecordedAnswer(digest=question.content, title=question.title, by=PERSON) for question in person.asked]
    print(f"\n{len(answers)} answers; {outcome.report}")
    if outcome.exit_code:
        return outcome.exit_code
    ANSWERS.write_bytes(b"".join(msgspec.json.encode(answer) + b"\n" for answer in answers))
    return 0


if __name__ == "__main__":
    sys.exit(main())
