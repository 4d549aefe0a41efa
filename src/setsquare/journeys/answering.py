"""Answers the question of a run that waits elsewhere, on record."""

from __future__ import annotations

from setsquare.events.audit import AuditAction, Mutation
from setsquare.journeys.on_record import on_record
from setsquare.ports.approver import Answer, Question
from setsquare.ports.audit import Audit
from setsquare.ports.consents import Consents


def answered(consents: Consents, audit: Audit, question: Question, answer: Answer, by: str, note: str) -> None:
    """Answer a question as the person `by`.

    Raises:
        AuditUnavailable: that cannot be recorded, and so nothing is answered.
    """
    subject = f"question {question.id}: {question.title}"
    with on_record(
        audit, Mutation(action=AuditAction.CONSENT_ANSWERED, subject=subject, detail=answer.value, after=question.digest, why=note)
    ):
        consents.answer(question, answer, by, note)
