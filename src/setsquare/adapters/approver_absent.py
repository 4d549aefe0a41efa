"""Answers for nobody: used where no person can be asked."""

from __future__ import annotations

from setsquare.ports.approver import Answer, Question, Verdict


class AbsentApprover:
    """Nobody is there, which never counts as yes."""

    def ask(self, question: Question) -> Verdict:
        """Say that nobody answered."""
        return Verdict(answer=Answer.ABSENT, digest=question.digest)
