"""Counts come from what the journal holds."""

from __future__ import annotations

from setsquare.events.entry import Entry
from setsquare.events.facts import (
    ActionDecided,
    ActionObserved,
    HumanAnswered,
    RunFinished,
    ScopeEnforced,
    SpecDowngraded,
    TaskStarted,
)
from setsquare.journeys.audit_summary import Summary, counted


def test_a_run_is_counted_from_its_facts():
    def decided(step, permission, rule):
        return ActionDecided(step=step, call_id="c", tool="write", arguments="", permission=permission, rule=rule, reason="")

    events = (
        TaskStarted(task="1", title="T", system="", brief=""),
        decided(1, "deny", "out-of-scope"),
        decided(2, "ask", "class: external"),
        HumanAnswered(step=2, digest="d", answer="yes", by="Ada"),
        decided(3, "ask", "class: external"),
        HumanAnswered(step=3, digest="d", answer="no", by="Ada"),
        ActionObserved(step=4, call_id="c", is_ok=True, text="token [redacted]"),
        ScopeEnforced(step=4, reverted=("ci.yml",)),
        SpecDowngraded(step=5, spec="s", tasks=("1",), reason="twice"),
        RunFinished(step=6, outcome="done"),
    )
    found = counted(Entry(seq=number, at="", actor="platform", event=event) for number, event in enumerate(events, 1))
    assert found == Summary(runs=1, finished=1, attempts=2, changes=2, downgrades=1, denied=1, consents=1, refusals=1, secrets=1)
    assert found.has_violations
    assert not Summary(runs=3).has_violations
    assert Summary(runs=3, unread=1).has_violations, "what cannot be read is no proof of anything"
