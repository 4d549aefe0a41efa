"""The machine that revises single units with a model: what it asks, what it takes, what it refuses, when it gives up."""

from __future__ import annotations

import pytest

from setsquare.drafting.assembling import Regenerated, TaskWork, assembled_tasks
from setsquare.drafting.comparison import Comparison, compared
from setsquare.drafting.draft import AskModel, Escalate, GaveUp, Replied, Step
from setsquare.drafting.outline_design import outline_design
from setsquare.drafting.outline_tasks import outline_tasks
from setsquare.drafting.redraft import RedraftEffect, RedraftState, Settled, advance_redraft, begun
from setsquare.drafting.regeneration import regenerated_tasks
from setsquare.drafting.regeneration_design import regenerated_design
from setsquare.events.conversation import Reply
from setsquare.spec.stage import Stage
from setsquare.text.paths import RelPath
from setsquare.workspace.load import load
from setsquare.workspace.model import Workspace

FOLDER = ".kiro/specs/login"
BEFORE = (
    "WHEN a user signs in, THE Portal SHALL answer within 200 ms",
    "IF the password is wrong, THEN THE Portal SHALL refuse the sign-in",
    "THE Portal SHALL log every sign-in",
)
DESIGN = b"""# Design

## Overview

A portal.

## Architecture

One module.

## Components and Interfaces

### Door

Lets users in.

**Requirements:** 1.1, 1.2, 1.3

## Data Models

None.

## Error Handling

Refusals.

## Testing Strategy

Tests.

## Scope Boundary

Sign-in only.
"""
TASKS = b"""# Implementation Plan

- [ ] 1. Open the door
  - Answer within 200 ms
  - Ask Grace first
  - _Requirements: 1.1_
- [x] 2. Refuse
  - _Requirements: 1.2_
- [ ] 3. Log
  - _Requirements: 1.3_
"""
UNIT = "=== unit 1 ===\n- [ ] 1. Open the door\n  - Answer within 100 ms\n  - Ask Grace first\n  - _Requirements: 1.1_\n=== end ===\n"


def workspace(criteria: tuple[str, ...], tasks: bytes = TASKS) -> Workspace:
    listed = "".join(f"{number}. {text}\n" for number, text in enumerate(criteria, 1))
    requirements = (
        f"# Requirements Document\n\n## Requirements\n\n### Requirement 1: Sign in\n\n#### Acceptance Criteria\n\n{listed}".encode()
    )
    files = {"requirements.md": requirements, "design.md": DESIGN, "tasks.md": tasks}
    return load({RelPath(f"{FOLDER}/{name}"): raw for name, raw in files.items()})


def comparison(*criteria: str, stage: Stage = Stage.TASKS, old: bytes = TASKS) -> Comparison:
    found = compared(workspace(BEFORE, old), workspace(criteria), RelPath(FOLDER), stage)
    assert found
    return found


FASTER = (BEFORE[0].replace("200", "100"), *BEFORE[1:])
LONGER = (*BEFORE, "WHEN a user signs out, THE Portal SHALL end the session")


def answered(found: Comparison, *texts: str) -> tuple[RedraftState, RedraftEffect]:
    state, effect = begun(found, 1000, 0.0)
    for text in texts:
        assert isinstance(effect, AskModel)
        state, effect = advance_redraft(state, Replied(Reply(text=text)))
    return state, effect


def test_the_model_sees_what_changed_and_its_units_only() -> None:
    _, effect = begun(comparison(*FASTER), 1000, 0.0)
    assert isinstance(effect, AskModel)
    text = effect.request.messages[0].text
    assert "old: WHEN a user signs in, THE Portal SHALL answer within 200 ms" in text
    assert "The unit with the key `1`" in text
    assert "- Ask Grace first" in text
    assert "2 Refuse" in text
    assert "_Requirements: 1.2_" not in text
    assert "log every sign-in" not in text


def test_a_good_answer_replaces_the_unit_and_nothing_else() -> None:
    _, effect = answered(comparison(*FASTER), UNIT)
    assert isinstance(effect, Settled)
    assert effect.made.raw == TASKS.replace(b"200 ms", b"100 ms")
    assert [(unit.key, unit.action.value) for unit in effect.made.units] == [("1", "replaced")]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Sure!\n" + UNIT, "text outside of the units"),
        ("", "empty"),
        (UNIT + UNIT.replace("unit 1", "unit 2").replace("1. Open", "2. Open"), "the unit `2` was not asked for"),
        (UNIT + UNIT, "stands 2 times"),
        (UNIT.replace("=== end ===", ""), "not closed"),
        (UNIT.replace("[ ]", "[x]"), "ticks its box"),
        (UNIT.replace("1. Open", "9. Open"), "must keep its number 1"),
        (UNIT.replace("=== end", "- [ ] 4. More\n=== end"), "exactly one task"),
        (UNIT.replace("=== end", "\n## Heading\n\nText\n=== end"), "exactly one task"),
        (UNIT.replace("1.1", "1.3"), "must still name 1.1"),
        (UNIT.replace("1.1", "1.1, 7.7"), "7.7"),
        ("=== unit new ===\n- [ ] 4. More\n=== end ===\n", "was not asked for"),
    ],
)
def test_an_answer_that_is_not_strict_is_sent_back(text: str, reason: str) -> None:
    state, effect = answered(comparison(*FASTER), text)
    assert isinstance(effect, AskModel)
    assert state.step is Step.ASKED
    assert reason in effect.request.messages[-1].text
    _, effect = advance_redraft(state, Replied(Reply(text=UNIT)))
    assert isinstance(effect, Settled)


def test_after_two_repairs_it_escalates() -> None:
    state, effect = answered(comparison(*FASTER), "no", "no", "no")
    assert isinstance(effect, Escalate)
    assert state.attempts == 3
    with pytest.raises(ValueError, match="no more events"):
        advance_redraft(state, Replied(Reply(text=UNIT)))
    state, _ = begun(comparison(*FASTER), 1000, 0.0)
    _, effect = advance_redraft(state, GaveUp("the line is dead"))
    assert effect == Escalate(reasons=("the line is dead",))


def test_new_tasks_are_numbered_by_the_file() -> None:
    new = "=== unit new ===\n- [ ] 99. End the session\n  - On signing out\n  - _Requirements: 1.4_\n=== end ===\n"
    _, effect = answered(comparison(*LONGER), new)
    assert isinstance(effect, Settled)
    assert effect.made.raw == TASKS + b"- [ ] 4. End the session\n  - On signing out\n  - _Requirements: 1.4_\n"


@pytest.mark.parametrize(
    ("new", "reason"),
    [
        ("- [ ] 4. End\n  - _Requirements: 1.3_", "no task names 1.4"),
        ("- [x] 4. End\n  - _Requirements: 1.4_", "open tasks"),
        ("- [ ] 4. End\n  - [ ] 4.1 Part\n    - _Requirements: 1.4_", "flat list"),
        ("Text\n- [ ] 4. End\n  - _Requirements: 1.4_", "flat list"),
        ("- [ ] 4. End\n  - _Requirements: 1.4_\n\n## More\n\nText", "between the tasks"),
    ],
)
def test_new_tasks_that_are_none_are_sent_back(new: str, reason: str) -> None:
    _, effect = answered(comparison(*LONGER), f"=== unit new ===\n{new}\n=== end ===\n")
    assert isinstance(effect, AskModel)
    assert reason in effect.request.messages[-1].text


def test_lines_of_people_survive_a_model_that_drops_them_and_a_clash_is_proposed() -> None:
    old = TASKS.replace(b"  - Ask Grace first\n", b"")
    dropped = UNIT.replace("  - Ask Grace first\n", "")
    _, effect = answered(comparison(*FASTER, old=old), dropped)
    assert isinstance(effect, Settled)
    assert effect.made.raw == TASKS.replace(b"200 ms", b"100 ms")
    old = TASKS.replace(b"Answer within 200 ms", b"Answer quickly")
    _, effect = answered(comparison(*FASTER, old=old), UNIT)
    assert isinstance(effect, Settled)
    assert b"Answer within 200 ms" in effect.made.raw
    assert b"Answer within 100 ms" in effect.made.proposals[0].text


def test_a_done_task_is_marked_without_a_question() -> None:
    changed = (BEFORE[0], BEFORE[1].replace("refuse", "delay"), BEFORE[2])
    _, effect = begun(comparison(*changed), 1000, 0.0)
    assert isinstance(effect, Settled)
    mark = b"  - _Requirements: 1.2_\n  - _Needs revision: 1.2 (response)_\n"
    assert effect.made.raw == TASKS.replace(b"  - _Requirements: 1.2_\n", mark)


DOOR = "=== unit Components and Interfaces / Door ===\n### Door\n\nLets users in within 100 ms.\n\n**Requirements:** 1.1, 1.2, 1.3\n=== end ===\n"


def test_a_section_of_a_design_is_replaced_and_a_new_one_added() -> None:
    _, effect = answered(comparison(*FASTER, stage=Stage.DESIGN), DOOR)
    assert isinstance(effect, Settled)
    assert effect.made.raw == DESIGN.replace(b"Lets users in.", b"Lets users in within 100 ms.")
    new = "=== unit new in Components and Interfaces ===\n### Exit\n\nLets users out.\n\n**Requirements:** 1.4\n=== end ===\n"
    _, effect = answered(comparison(*LONGER, stage=Stage.DESIGN), new)
    assert isinstance(effect, Settled)
    exit_ = b"\n### Exit\n\nLets users out.\n\n**Requirements:** 1.4\n"
    assert effect.made.raw == DESIGN.replace(b"1.1, 1.2, 1.3\n", b"1.1, 1.2, 1.3\n" + exit_)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (DOOR.replace("### Door", "### Gate"), "must begin with its heading"),
        (DOOR.replace("=== end", "\n## More\n=== end"), "hold no other one"),
        (DOOR + "=== unit Overview ===\n## Overview\n\nNew.\n=== end ===\n", "was not asked for"),
    ],
)
def test_a_section_that_is_another_one_is_sent_back(text: str, reason: str) -> None:
    _, effect = answered(comparison(*FASTER, stage=Stage.DESIGN), text)
    assert isinstance(effect, AskModel)
    assert reason in effect.request.messages[-1].text


@pytest.mark.parametrize(("new", "reason"), [("## Exit\n\nOut.", "level 3 or below"), ("### Door\n\nOut.", "repeats the section")])
def test_a_new_section_that_has_no_place_is_sent_back(new: str, reason: str) -> None:
    _, effect = answered(comparison(*LONGER, stage=Stage.DESIGN), f"=== unit new in Components and Interfaces ===\n{new}\n=== end ===\n")
    assert isinstance(effect, AskModel)
    assert reason in effect.request.messages[-1].text


def test_a_document_without_headings_is_left_as_it_is() -> None:
    files = {artefact.path: artefact.document.render() for artefact in workspace(FASTER).artefacts}
    path = RelPath(f"{FOLDER}/design.md")
    found = compared(workspace(BEFORE), load({**files, path: b"Just words.\n"}), RelPath(FOLDER), Stage.DESIGN)
    assert found
    made = regenerated_design(found)
    assert isinstance(made, Regenerated)
    assert made.raw == b"Just words.\n"


@pytest.mark.parametrize(
    ("tasks", "added"),
    [
        (b"# Plan\n", b"- [ ] 1. End the session\n  - x\n"),
        (b"# Plan\n\n- [x] T008 A\n- [ ] T009 B", b"\n- [ ] T010 End the session\n  - x\n"),
        (b"- [x] 1. A\r\n\r\n- [ ] 2. B\r\n\r\n## Notes\r\n", b"\r\n- [ ] 3. End the session\r\n  - x\r\n"),
        (b"* [x] A\n* [ ] B\n", b"* [ ] End the session\n  - x\n"),
        (b"- [ ] 1) A\n  - [ ] 1.1 B\n    - c\n", b"- [ ] 2) End the session\n  - x\n"),
        (b"# P\n\n## 1. A\n\ntext\n\n## 2. B\n\ntext\n", b"\n## 3. End the session\n- x\n"),
    ],
)
def test_new_tasks_have_the_form_of_those_that_are_there(tasks: bytes, added: bytes) -> None:
    files = {artefact.path: artefact.document.render() for artefact in workspace(LONGER).artefacts}
    path = RelPath(f"{FOLDER}/tasks.md")
    found = compared(
        load({**{a.path: a.document.render() for a in workspace(BEFORE).artefacts}, path: tasks}),
        load({**files, path: tasks}),
        RelPath(FOLDER),
        Stage.TASKS,
    )
    assert found
    raw = assembled_tasks(found, TaskWork(appended=(("End the session", "- x"),)))
    assert raw.replace(added, b"", 1) == tasks
    assert added in raw
    before, after = tasks.partition(b"\r\n## Notes")[0], raw.partition(b"\r\n## Notes")[0]
    assert after.startswith(before.rstrip(b"\r\n"))


def test_what_no_task_named_before_is_no_reason_against_an_answer() -> None:
    tasks = TASKS.replace(b"- [ ] 3. Log\n  - _Requirements: 1.3_\n", b"")
    found = compared(workspace(BEFORE, tasks), workspace(LONGER, tasks), RelPath(FOLDER), Stage.TASKS)
    assert found
    new = "=== unit new ===\n- [ ] 3. End the session\n  - On signing out\n  - _Requirements: 1.4_\n=== end ===\n"
    _, effect = answered(found, new)
    assert isinstance(effect, Settled)


@pytest.mark.parametrize("stage", [Stage.DESIGN, Stage.TASKS])
def test_windows_line_ends_stay(stage: Stage) -> None:
    files = {
        artefact.path: artefact.document.render() for artefact in workspace(BEFORE).artefacts if artefact.path.endswith("requirements.md")
    }
    design = outline_design(load(files).specs[0])
    assert isinstance(design, str)
    drafted = load({**files, RelPath(f"{FOLDER}/design.md"): design.encode()}).specs[0]
    tasks = outline_tasks(drafted, drafted.design)
    assert isinstance(tasks, str)
    texts = {RelPath(f"{FOLDER}/{name}.md"): text.replace("\n", "\r\n").encode() for name, text in (("design", design), ("tasks", tasks))}
    after = {artefact.path: artefact.document.render() for artefact in workspace(FASTER).artefacts}
    found = compared(load({**files, **texts}), load({**after, **texts}), RelPath(FOLDER), stage)
    assert found
    made = regenerated_tasks(found) if stage is Stage.TASKS else regenerated_design(found)
    assert isinstance(made, Regenerated)
    assert made.raw == found.document.render().replace(b"200 ms", b"100 ms")
