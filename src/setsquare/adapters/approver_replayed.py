"""Gives again, in their order, the answers that people gave in a run that is played again."""

from __future__ import annotations

from setsquare.ports.approver import Answer, Question, Verdict


class ReplayedApprover:
    """Answers in order; after the last one nobody is there. It serves a case that is played in a folder of its own, and nothing else."""

    def __init__(self, answers: tuple[str, ...]) -> None:
        """Take `yes`, `no` and `absent`; anything else counts as absent."""
        self._left = list(answers)

    def ask(self, question: Question) -> Verdict:
        """Give the next answer."""
        said = self._left.pop(0) if self._left else Answer.ABSENT.value
        answer = Answer(said) if said in {each.value for each in Answer} else Answer.ABSENT
        return Verdict(answer=answer, digest=question.digest, by="recorded", note="played again")
