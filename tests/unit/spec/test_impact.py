"""What a change of requirements breaks: every row of the impact table."""

from __future__ import annotations

import pytest

from setsquare.spec.affected import AffectedKind, Effect, Known, SpecImpact
from setsquare.spec.code_notes import code_notes
from setsquare.spec.impact import impact
from setsquare.spec.link import LinkKind, TraceLink
from setsquare.text.paths import RelPath
from setsquare.workspace.load import load
from setsquare.workspace.model import Workspace

CRITERIA = {
    "1.1": "WHEN a user signs in, THE Portal SHALL answer within 200 ms",
    "1.2": "IF the password is wrong, THEN THE Portal SHALL refuse the sign-in",
    "1.3": "THE Portal SHALL log every sign-in with its time",
    "1.4": "WHILE maintenance runs, THE Portal SHALL show a notice",
}
DESIGN = """# Design

## Correctness Properties

### Property 1: Speed

*For any* user, sign-in is quick.

**Validates: Requirements 1.1**

### Property 2: Refusal

*For any* wrong password, sign-in is refused.

**Validates: Requirements 1.2**
"""
TASKS = """# Implementation Plan

- [x] 1. Sign in quickly
  - _Requirements: 1.1_
- [ ] 2. Refuse
  - _Requirements: 1.2_
- [-] 3. Log
  - _Requirements: 1.3_
- [x] 4. Notice
  - _Requirements: 1.4_
- [ ] 5. Dashboards
  - _Requirements: 1.3, 1.4_
  - _Depends: 1_
- [ ] 6. More dashboards
  - _Depends: 5_
  - _Requirements: 1.4_
"""


def workspace(criteria: list[str], tasks: str = TASKS, design: str = DESIGN) -> Workspace:
    listed = "".join(f"{number}. {text}\n" for number, text in enumerate(criteria, 1))
    requirements = f"# Requirements Document\n\n## Requirements\n\n### Requirement 1: Sign in\n\n#### Acceptance Criteria\n\n{listed}"
    files = {"requirements.md": requirements, "design.md": design, "tasks.md": tasks}
    return load({RelPath(f".kiro/specs/login/{name}"): text.encode() for name, text in files.items()})


BEFORE = workspace(list(CRITERIA.values()))
NOTES = (
    *code_notes(RelPath("src/login.py"), "# req: login/1.1\ndef login(): pass\n"),
    *code_notes(RelPath("tests/test_login.py"), 'def test_refuses():\n    """Validates: login/1.2"""\n'),
)
TOUCHES = (
    TraceLink(
        kind=LinkKind.TOUCHES, spec="login", source="1", target="src/web.py", target_spec="login", path=RelPath("src/web.py"), line=0
    ),
)


def changed(tasks: str = TASKS, **texts: str) -> SpecImpact | None:
    """Change criteria by id (`c1_1="…"`; empty removes one) and give what that breaks."""
    after = [texts.get(f"c{name.replace('.', '_')}", text) for name, text in CRITERIA.items()]
    found = impact(BEFORE, workspace([text for text in after if text], tasks), Known(notes=NOTES, touches=TOUCHES))
    assert len(found) <= 1
    return found[0] if found else None


def effects(found: SpecImpact | None) -> dict[str, Effect]:
    assert found is not None
    return {f"{item.kind.value} {item.name}": item.effect for item in found.affected}


def test_nothing_changed() -> None:
    assert changed() is None


# req: spec-engine/4.2
def test_wording_reaches_nothing() -> None:
    found = changed(c1_1="When a user signs in then the Portal shall answer within 200 ms.")
    assert found is not None
    assert (found.affected, found.is_harmless) == ((), True)


# req: spec-engine/4.3
def test_a_threshold_reaches_exactly_its_closure() -> None:
    found = changed(c1_1=CRITERIA["1.1"].replace("200", "100"))
    assert effects(found) == {
        "property Property 1": Effect.SUSPECT,
        "task 1": Effect.DONE_NEEDS_REVISION,
        "task 5": Effect.CHECK,
        "task 6": Effect.CHECK,
        "code src/login.py::login": Effect.SUSPECT,
        "code src/web.py": Effect.SUSPECT,
    }
    assert found is not None
    web = next(item for item in found.affected if item.name == "src/web.py")
    assert web.reason == ("1.1 threshold 200 ms → 100 ms, tightened", "task 1 (done)", "src/web.py")
    assert (found.done, found.revised, found.is_branch_proposed) == (2, 1, False)


def test_open_and_running_tasks_differ() -> None:
    assert effects(changed(c1_2="IF the password is old, THEN THE Portal SHALL refuse the sign-in")) == {
        "property Property 2": Effect.SUSPECT,
        "task 2": Effect.NEEDS_REVISION,
        "test tests/test_login.py::test_refuses": Effect.SUSPECT,
    }
    assert effects(changed(c1_3="THE Portal SHALL log every sign-in with its place"))["task 3"] is Effect.PAUSED


def test_a_weaker_modal_is_a_review() -> None:
    assert effects(changed(c1_2=CRITERIA["1.2"].replace("SHALL", "SHOULD")))["task 2"] is Effect.REVIEW
    assert effects(changed(c1_4=CRITERIA["1.4"].replace("SHALL", "SHOULD")))["task 4"] is Effect.KEPT


def test_what_is_removed_keeps_what_was_done() -> None:
    found = effects(changed(c1_4=""))
    assert found["task 4"] is Effect.KEPT
    assert found["task 6"] is Effect.OBSOLETE
    assert found["task 5"] is Effect.NEEDS_REVISION


def test_what_is_removed_makes_its_tests_and_properties_obsolete() -> None:
    found = effects(changed(c1_2=""))
    assert found["property Property 2"] is Effect.OBSOLETE
    assert found["test tests/test_login.py::test_refuses"] is Effect.OBSOLETE
    assert found["task 2"] is Effect.OBSOLETE


def test_what_is_added_lacks_a_task_unless_one_names_it() -> None:
    added = [*CRITERIA.values(), "THE Portal SHALL greet the user"]
    found = impact(BEFORE, workspace(added))[0]
    assert [(item.name, item.effect) for item in found.affected] == [("for 1.5", Effect.MISSING)]
    named = impact(BEFORE, workspace(added, TASKS + "- [ ] 7. Greet\n  - _Requirements: 1.5_\n"))[0]
    assert named.affected == ()
    done = impact(BEFORE, workspace(added, TASKS + "- [x] 7. All of it\n  - _Requirements: 1_\n"))[0]
    assert [(item.name, item.effect) for item in done.affected] == [("7", Effect.CHECK)]


def test_an_insertion_leads_nothing_astray() -> None:
    after = ["THE Portal SHALL be reachable", *CRITERIA.values()]
    found = impact(BEFORE, workspace(after), Known(notes=NOTES))[0]
    assert [change.kind.value for change in found.changes] == ["added", "moved", "moved", "moved", "moved"]
    assert [item.effect for item in found.affected] == [Effect.MISSING]


def test_more_than_half_of_what_was_done_proposes_a_branch() -> None:
    found = changed(c1_1=CRITERIA["1.1"].replace("200", "100"), c1_4="WHILE maintenance runs, THE Portal SHALL show a clock")
    assert found is not None
    assert (found.done, found.revised, found.is_branch_proposed) == (2, 2, True)


def test_a_new_spec_breaks_nothing() -> None:
    found = impact(Workspace(), BEFORE)
    assert [len(item.changes) for item in found] == [4]
    assert found[0].affected == ()


@pytest.mark.parametrize("kind", [AffectedKind.TASK])
def test_the_answer_is_the_same_every_time(kind: AffectedKind) -> None:
    one, two = (changed(c1_3="THE Portal SHALL forget") for _ in range(2))
    assert one == two
    assert one is not None
    assert any(item.kind is kind for item in one.affected)
