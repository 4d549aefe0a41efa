"""What a person answers for stands on top of the request, as that."""

from __future__ import annotations

from setsquare.powers.iam.proposal.body import Matter, body_of
from setsquare.powers.iam.recommendation.model import Recommendation
from setsquare.powers.iam.recommendation.noting import statement_of
from setsquare.powers.iam.usage.model import Coverage, Window


def body(statement: str) -> str:
    notes = ("the usage ends on 2026-10-30, 5 days ago", *((statement,) if statement else ()))
    made = Recommendation(role="ecs-api", verdicts=(), policies=(), notes=notes, statement=statement)
    return body_of(Matter(recommendation=made, window=Window("2026-08-01", "2026-10-30"), edited=(), left=(), events=7, digest="0" * 64))


def test_a_statement_is_said_once_and_before_everything_that_may_be_cut():
    text = body(statement_of(Coverage(is_stated=True, stated=("2026-08-02", "2026-08-03"))))
    said = "A person stated that the trail is complete: 2 days without events count as quiet"
    assert (text.lower().count(said.lower()), text.index(said) < text.index("## Where")) == (1, True)
    assert "5 days ago" in text


def test_nothing_is_said_where_nobody_stated_anything():
    assert statement_of(Coverage()) == ""
    assert "stated" not in body("")


def test_low_confidence_is_said_before_everything_that_may_be_cut():
    caution = "low confidence in all 8 removals: the window has only 1 day"
    made = Recommendation(role="ecs-api", verdicts=(), policies=(), caution=caution)
    text = body_of(Matter(recommendation=made, window=Window("2026-08-01", "2026-10-30"), edited=(), left=(), events=7, digest="0" * 64))
    said = "**Low confidence in all 8 removals: the window has only 1 day.**"
    assert (text.count(said), text.index(said) < text.index("## Where")) == (1, True)
