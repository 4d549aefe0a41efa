from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from setsquare.errors import ModelAuth, ModelOverloaded, NotApproved, NotTrusted, Refused, StalePlan, Usage
from setsquare.events.conversation import Reply
from setsquare.events.conversation import Usage as Tokens
from setsquare.journeys.approving import approve_stage
from setsquare.journeys.draft import Applied, DraftOutcome, DraftRequest, Escalated, Proposed, Unchanged, draft
from setsquare.ports.approver import Answer
from setsquare.spec.stage import Stage

if TYPE_CHECKING:
    from tests.unit.journeys.world import World

DESIGN = """# Design Document: Login

## Overview

A login.

## Architecture

One module.

## Components and Interfaces

The module issues tokens.

## Data Models

A token.

## Error Handling

Refusals.

## Testing Strategy

Tests.

## Scope Boundary

Login only.
"""
PATH = ".kiro/specs/login/design.md"


def run(world: World, stage: Stage = Stage.DESIGN, **options: object) -> DraftOutcome:
    return draft(world.app(), DraftRequest(spec="login", stage=stage, **options), jitter=lambda: 0.0)  # type: ignore[arg-type]


def test_the_outline_is_shown_and_written_on_a_yes(world: World) -> None:
    outcome = run(world, model="outline")
    assert isinstance(outcome, Applied)
    assert outcome.made.model == "outline"
    assert world.files[PATH].startswith(b"# Design Document: Login\n")
    assert world.questions[-1].kind == "apply"
    assert "+## Architecture" in world.questions[-1].shown
    assert world.requests == []


# req: draft-and-approve/2.4
@pytest.mark.parametrize("answer", [Answer.NO, Answer.ABSENT])
def test_anything_but_yes_writes_nothing(world: World, answer: Answer) -> None:
    before = dict(world.files)
    world.answers = lambda _question: answer
    outcome = run(world, model="outline")
    assert isinstance(outcome, Proposed)
    assert outcome.was_declined is (answer is Answer.NO)
    assert world.files == before


def test_write_asks_nobody_and_a_second_time_changes_nothing(world: World) -> None:
    asked = len(world.questions)
    assert isinstance(run(world, model="outline", writes=True), Applied)
    assert isinstance(run(world, model="outline", writes=True), Unchanged)
    assert len(world.questions) == asked


# req: draft-and-approve/2.1
def test_a_model_drafts_in_one_go(world: World) -> None:
    world.turns = [Reply(text=DESIGN, provider="scripted", model="recorded", usage=Tokens(input_tokens=100, output_tokens=50))]
    outcome = run(world)
    assert isinstance(outcome, Applied)
    assert outcome.made.model == "scripted:recorded"
    assert outcome.made.meter.input_tokens == 100
    assert world.files[PATH].decode() == DESIGN
    assert "<requirements" in world.requests[0].messages[0].text


def test_a_model_repairs_its_draft(world: World) -> None:
    world.turns = [Reply(text="Hello!"), Reply(text=DESIGN)]
    outcome = run(world, writes=True)
    assert isinstance(outcome, Applied)
    assert outcome.made.attempts == 2


def test_a_model_that_never_gets_it_is_escalated(world: World) -> None:
    before = dict(world.files)
    world.turns = [Reply(text="Hello!")]
    outcome = run(world, writes=True)
    assert isinstance(outcome, Escalated)
    assert outcome.attempts == 3
    assert any("title" in reason for reason in outcome.reasons)
    assert world.files == before


def test_a_model_that_refuses_the_key_is_told(world: World) -> None:
    world.turns = [ModelAuth("The provider refused the key.", "Set it.")]
    with pytest.raises(ModelAuth, match="refused the key"):
        run(world)


def test_an_overloaded_model_is_asked_again(world: World) -> None:
    world.turns = [ModelOverloaded("Busy.", "Wait.")]
    with pytest.raises(ModelOverloaded):
        run(world)
    assert len(world.requests) > 1


def test_a_model_that_fails_after_an_answer_is_escalated_with_the_reasons_against_it(world: World) -> None:
    world.turns = [Reply(text="Hello!"), ModelAuth("The provider refused the key.", "Set it.")]
    outcome = run(world, writes=True)
    assert isinstance(outcome, Escalated)
    assert (outcome.code, outcome.attempts) == ("model-auth", 1)
    assert outcome.reasons[0] == "The provider refused the key. Set it."
    assert any("title" in reason for reason in outcome.reasons)


# req: draft-and-approve/3.5
def test_tasks_need_an_approved_design(world: World) -> None:
    world.files[PATH] += b"\nMore.\n"
    with pytest.raises(NotApproved, match=r"design\.md"):
        run(world, Stage.TASKS, model="outline")
    approve_stage(world.app(), "login", Stage.DESIGN, "owner")
    assert isinstance(run(world, Stage.TASKS, model="outline", writes=True), Applied)


def test_a_design_needs_approved_requirements(world: World) -> None:
    world.files[".kiro/specs/login/requirements.md"] += b"3. WHEN a user leaves THEN the system SHALL void the token.\n"
    with pytest.raises(NotApproved, match=r"requirements\.md"):
        run(world, model="outline")


def test_ticked_tasks_are_not_dropped_silently(world: World) -> None:
    path = ".kiro/specs/login/tasks.md"
    world.files[path] = world.files[path].replace(b"- [ ] 1.", b"- [x] 1.")
    with pytest.raises(Refused, match="1 task done or under way"):
        run(world, Stage.TASKS, model="outline", writes=True)
    assert isinstance(run(world, Stage.TASKS, model="outline", writes=True, drops_done=True), Applied)


def test_requirements_with_errors_need_a_reason(world: World) -> None:
    path = ".kiro/specs/login/requirements.md"
    world.files[path] += b"3. WHEN a user leaves the token is void.\n"
    approve_stage(world.app(), "login", Stage.REQUIREMENTS, "owner")
    with pytest.raises(Refused, match="no draft can build on"):
        run(world, model="outline", writes=True)
    with pytest.raises(Refused):
        run(world, model="outline", writes=True, override_reason="  ")
    assert isinstance(run(world, model="outline", writes=True, override_reason="A prototype"), Applied)
    assert b"<!-- Drafted although requirements.md has 1 EARS errors. Reason given: A prototype -->" in world.files[PATH]


# req: draft-and-approve/1.6
def test_nothing_is_drafted_from_nothing(world: World) -> None:
    world.files[".kiro/specs/login/requirements.md"] = b""
    with pytest.raises(Refused, match="no acceptance criterion"):
        run(world, model="outline")


def test_an_untrusted_workspace_never_reaches_a_model(world: World) -> None:
    world.trusted = None
    with pytest.raises(NotTrusted):
        run(world, model="primary")
    outcome = run(world, writes=True)
    assert isinstance(outcome, Applied)
    assert outcome.made.model == "outline"
    assert any("not trusted" in note for note in outcome.made.notes)
    assert world.requests == []


# req: draft-and-approve/1.1
def test_without_models_the_outline_is_used(make_world: Callable[..., World]) -> None:
    world = make_world(settings=b'{"verify": {"command": "check"}}')
    outcome = run(world, writes=True)
    assert isinstance(outcome, Applied)
    assert outcome.made.model == "outline"


def test_an_unknown_model_is_a_usage_error(world: World) -> None:
    with pytest.raises(Usage, match="no model profile `gpt`"):
        run(world, model="gpt")


def test_requirements_cannot_be_drafted(world: World) -> None:
    with pytest.raises(Usage):
        run(world, Stage.REQUIREMENTS)


def test_a_file_that_changed_meanwhile_is_kept(world: World) -> None:
    def meddle(_question: object) -> Answer:
        world.files[PATH] = b"# Mine\n"
        return Answer.YES

    world.answers = meddle
    with pytest.raises(StalePlan):
        run(world, model="outline")
    assert world.files[PATH] == b"# Mine\n"
