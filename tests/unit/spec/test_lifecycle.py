from __future__ import annotations

import itertools

import pytest

from setsquare.spec.approval import ApprovalState, Standing
from setsquare.spec.lifecycle import Facts, SpecState, missing, state_of_facts, status_of
from setsquare.spec.spec_history import Status
from setsquare.spec.stage import APPROVED_STAGES, Progress


def facts(written: str = "", approved: str = "", done: int = 0, total: int = 2) -> Facts:
    """`written` and `approved` name documents by their first letters."""
    requirements, design, tasks = (
        ApprovalState(stage=stage, standing=Standing.VALID if stage.value[0] in approved else Standing.NONE) for stage in APPROVED_STAGES
    )
    return Facts(
        has_requirements="r" in written,
        has_design="d" in written,
        has_tasks="t" in written,
        approvals=(requirements, design, tasks),
        progress=Progress(done=done, total=total if "t" in written else 0),
    )


@pytest.mark.parametrize(
    ("found", "state"),
    [
        (facts(), SpecState.EMPTY),
        (facts("dt"), SpecState.EMPTY),
        (facts("r"), SpecState.REQUIREMENTS_WRITTEN),
        (facts("rd"), SpecState.DESIGN_GENERATED),
        (facts("rd", "d"), SpecState.DESIGN_GENERATED),
        (facts("rd", "rd"), SpecState.DESIGN_APPROVED),
        (facts("rdt", "r"), SpecState.DESIGN_GENERATED),
        (facts("rdt", "rd"), SpecState.TASKS_GENERATED),
        (facts("rdt", "rdt", done=1), SpecState.EXECUTING),
        (facts("rdt", "rdt", done=2), SpecState.COMPLETE),
        (facts("rdt", "dt", done=1), SpecState.EXECUTING),
    ],
)
def test_the_state_follows_from_the_facts(found: Facts, state: SpecState) -> None:
    assert state_of_facts(found) is state


@pytest.mark.parametrize(
    ("found", "target", "said"),
    [
        (facts("r"), SpecState.DESIGN_GENERATED, "the requirements are not approved"),
        (facts("rd", "r"), SpecState.TASKS_GENERATED, "the design is not approved"),
        (facts("rdt", "rd"), SpecState.EXECUTING, "the tasks are not approved"),
        (facts("rdt", "rdt", done=1), SpecState.COMPLETE, "1 of 2 tasks are open"),
        (facts(), SpecState.REQUIREMENTS_WRITTEN, "there are no criteria"),
    ],
)
def test_an_illegal_step_names_what_is_missing(found: Facts, target: SpecState, said: str) -> None:
    assert missing(found, target) == (said,)


def test_a_state_that_is_reached_with_all_approvals_lacks_nothing_below() -> None:
    for written, approved in itertools.product(("", "r", "rd", "rdt"), ("", "r", "rd", "rdt")):
        found = facts(written, approved)
        lacking = [len(missing(found, state)) for state in SpecState]
        assert lacking == sorted(lacking)
        if set(approved) >= {"r", "d"}:
            assert missing(found, SpecState.EMPTY) == ()
            assert not [item for item in missing(found, state_of_facts(found)) if "approved" in item]


def test_every_state_suggests_a_status_and_people_overrule_it() -> None:
    assert {status_of(state, None) for state in SpecState} == {Status.DRAFT, Status.ACTIVE, Status.COMPLETE}
    for state, status in itertools.product(SpecState, Status):
        assert status_of(state, status) is status
