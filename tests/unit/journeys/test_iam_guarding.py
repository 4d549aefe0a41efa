"""Wider words may never match what is part of an escalation path."""

from __future__ import annotations

from setsquare.journeys.iam_analyzing import recommend_options
from setsquare.journeys.iam_wanted import Wanted
from setsquare.wire.iam_escalations import known_actions, known_paths


def test_no_action_of_a_path_is_among_those_that_wider_words_may_match() -> None:
    options = recommend_options(Wanted(allow_wider=True), known_actions(), known_paths())
    assert {action.lower() for path in known_paths() for action in path.actions} <= options.guarded
    assert "iam:attachrolepolicy" in options.guarded
    assert "s3:getobject" not in options.guarded
    assert recommend_options(Wanted(), known_actions(), known_paths()).guarded == frozenset()
