"""A task that names criteria and changed nothing is not ticked because its tests pass: a person says whether it was done already."""

from __future__ import annotations

import json

import pytest

from setsquare.events.conversation import Reply
from setsquare.events.facts import EvidenceTaken, HumanAnswered, HumanAsked, RunFinished, RunParked, VerificationFinished
from setsquare.guard.capability import Mode
from setsquare.journeys.evidence import evidence
from setsquare.journeys.run_log import log
from setsquare.journeys.run_nothing_changed import is_checkpoint
from setsquare.journeys.run_resume import resume
from setsquare.journeys.run_task import RunRequest, start
from setsquare.ports.approver import Answer

TASKS, LOG, EVIDENCE = ".kiro/specs/login/tasks.md", ".kiro/task-log.md", ".setsquare/evidence/login.jsonl"
DONE = Reply(text="Done. All tests pass.")
PLAN = b"# Implementation Plan\n\n%s\n"


def of(world, kind):
    return [event for event in world.events() if isinstance(event, kind)]


@pytest.fixture
def idle(world):
    """A model that says that it is done and does nothing."""
    world.turns = [DONE]
    return world


# req: agent-runtime/7.5
@pytest.mark.parametrize(("mode", "word"), [(Mode.SUPERVISED, "nobody is here"), (Mode.AUTONOMOUS, "an autonomous run does not decide")])
def test_where_nobody_can_be_asked_the_run_rests_and_nothing_is_ticked(idle, seasoned, mode, word):
    idle.answers = lambda _question: Answer.ABSENT if mode is Mode.SUPERVISED else Answer.YES
    seasoned(idle.app(), "login")
    report = start(idle.app(), RunRequest(spec="login", mode=mode))
    assert (report.status, report.code, report.exit_code) == ("parked", "nothing-changed", 3)
    assert report.reason.startswith("The agent changed no file, although task 1 names 1.1")
    assert word in report.reason
    assert f"setsquare run --resume {report.run}" in report.hint
    assert b"[x]" not in idle.files[TASKS]
    assert LOG not in idle.files
    assert EVIDENCE not in idle.files
    assert len(idle.questions) == (mode is Mode.SUPERVISED)
    shown = " ".join(step.what for step in log(idle.app(), report.run).steps)
    assert "parked (nothing-changed): The agent changed no file" in shown


def test_whoever_goes_on_with_an_autonomous_run_is_asked(idle, seasoned):
    seasoned(idle.app(), "login")
    run = start(idle.app(), RunRequest(spec="login", mode=Mode.AUTONOMOUS)).run
    idle.answers = lambda _question: Answer.ABSENT
    assert resume(idle.app(), run).code == "nothing-changed"
    assert len(idle.questions) == 1
    idle.answers = lambda _question: Answer.YES
    assert resume(idle.app(), run).status == "done"


def test_a_person_accepts_and_that_stands_wherever_it_is_written_down(idle):
    report = start(idle.app(), RunRequest(spec="login"))
    assert report.status == "done"
    (asked,) = idle.questions
    assert asked.title == "Task 1: no file was changed. Accept 1.1 as already met?"
    assert "1.1 WHEN a user logs in THEN the system SHALL issue a token." in asked.shown
    assert "yes: accept as already met" in asked.shown
    assert "no: not done" in asked.shown
    assert "All tests pass" not in asked.shown, "the agent's own words are no argument"
    assert [(event.answer, event.by) for event in of(idle, HumanAnswered)] == [("yes", "Ada")]
    assert [(event.kind, event.accepted_by) for event in of(idle, EvidenceTaken)] == [("green", "Ada")]
    assert "Ada accepted 1.1 as already met" in of(idle, VerificationFinished)[-1].output
    line = json.loads(idle.files[EVIDENCE].splitlines()[1])
    assert (line["criterion"], line["accepted_by"]) == ("1.1", "Ada")
    assert evidence(idle.app(), "login").shown[0].seen.accepted_by == "Ada"
    assert "No file was changed; Ada accepted it as already met." in idle.files[LOG].decode()
    assert "No file was changed; Ada accepted it as already met." in idle.messages()[-1]
    assert any("Ada accepted it as already met" in step.what for step in log(idle.app(), report.run).steps)


def test_a_person_says_not_done_and_the_model_goes_on(idle, calling):
    idle.answers = lambda _question: Answer.NO
    idle.turns = [DONE, calling("write", '{"path": "src/login.py", "content": "x = 1\\n"}'), Reply(text="Wrote it.")]
    assert start(idle.app(), RunRequest(spec="login")).status == "done"
    assert [event.verdict for event in of(idle, VerificationFinished)] == ["nothing-changed", ""]
    assert "said: not done" in str(idle.requests[1].messages[-1])
    assert [event.accepted_by for event in of(idle, EvidenceTaken)] == [""]


def test_the_same_claim_after_a_no_asks_nobody_again_until_somebody_goes_on(idle):
    idle.answers = lambda _question: Answer.NO
    report = start(idle.app(), RunRequest(spec="login"))
    assert (report.status, report.code, len(idle.questions)) == ("parked", "nothing-changed", 1)
    assert len(of(idle, VerificationFinished)) == 3
    idle.answers = lambda _question: Answer.YES
    assert resume(idle.app(), report.run).status == "done"
    assert len(idle.questions) == 2


def test_an_answer_that_stands_in_the_journal_is_not_asked_for_again(make_world, idle, killed):
    start(idle.app(), RunRequest(spec="login"))
    position = next(number for number, event in enumerate(idle.events(), 1) if isinstance(event, HumanAnswered))
    for is_other in (False, True):
        world = make_world()
        world.turns, world.kill_at = [DONE], position
        with pytest.raises(killed):
            start(world.app(), RunRequest(spec="login"))
        world.answers = lambda _question: Answer.ABSENT
        world.files |= {"src/other.py": b""} if is_other else {}
        report = resume(world.app())
        assert (report.code, len(world.questions)) == (("nothing-changed", 2) if is_other else ("", 1)), (
            "a yes is to the files that were shown"
        )
        assert [event.accepted_by for event in of(world, EvidenceTaken)] == ([] if is_other else ["Ada"])


NO_WORK = {
    "a write of the same bytes": [("write", {"path": "src/app.py", "content": "import login\n"})],
    "there and back": [
        ("write", {"path": "src/app.py", "content": "import os\n"}),
        ("write", {"path": "src/app.py", "content": "import login\n"}),
    ],
    "a command that does nothing": [("shell", {"command": "make nothing"})],
    "a command whose change is put back": [("shell", {"command": "make mess"})],
    "looking": [("read", {"path": "src/app.py"})],
}


def messy(world, command):
    if command == "make mess":
        world.files[".kiro/specs/login/design.md"] += b"\nmore\n"
    return 0, ""


@pytest.mark.parametrize("name", NO_WORK)
def test_what_leaves_everything_as_it_was_is_no_change(idle, calling, name):
    idle.answers = lambda question: Answer.ABSENT if question.kind == "already-met" else Answer.YES
    idle.shell = messy
    idle.turns = [*(calling(tool, json.dumps(arguments), number) for number, (tool, arguments) in enumerate(NO_WORK[name])), DONE]
    assert start(idle.app(), RunRequest(spec="login")).code == "nothing-changed"


def test_what_the_verification_writes_or_a_person_changed_meanwhile_is_not_the_agents_work(idle):
    idle.answers = lambda _question: Answer.ABSENT

    def leaves(world, command):
        world.files["report.xml"] = b"%d" % len(world.commands)
        return 0, "== 3 passed in 0.1s =="

    idle.shell = leaves
    report = start(idle.app(), RunRequest(spec="login", verify="check"))
    assert report.code == "nothing-changed"
    idle.files["README.md"] = b"# Another\n"
    assert resume(idle.app(), report.run).code == "nothing-changed"


def test_work_before_a_rest_counts_after_it(idle, calling):
    idle.turns = [calling("write", '{"path": "src/login.py", "content": "x = 1\\n"}'), calling("shell", '{"command": "curl x"}', 2), DONE]
    idle.answers = lambda _question: Answer.ABSENT
    report = start(idle.app(), RunRequest(spec="login"))
    assert report.code == "needs-answer"
    idle.answers = lambda question: Answer.NO if question.kind == "already-met" else Answer.YES
    assert resume(idle.app(), report.run).status == "done"


def test_work_that_a_person_took_back_does_not_count(idle, calling):
    idle.turns = [calling("write", '{"path": "src/login.py", "content": "x = 1\\n"}'), calling("shell", '{"command": "curl x"}', 2), DONE]
    idle.answers = lambda _question: Answer.ABSENT
    report = start(idle.app(), RunRequest(spec="login"))
    idle.files.pop("src/login.py")
    idle.answers = lambda question: Answer.ABSENT if question.kind == "already-met" else Answer.YES
    assert resume(idle.app(), report.run).code == "nothing-changed"


FREE = {
    "no criterion": b"- [ ] 1. Look around\n  - Read `src/app.py`",
    "no criterion but words": b"- [ ] 1. Look around\n  - _Requirements: N/A_",
    "a checkpoint": b"- [ ] 1. Checkpoint - Ensure all tests pass\n  - _Requirements: 1.1_",
}
BOUND = {
    "a range": b"- [ ] 1. Issue a token\n  - _Requirements: 1.1-1.2_",
    "a criterion that is nowhere": b"- [ ] 1. Issue a token\n  - _Requirements: 9.9_",
    "named by the task above": b"- [ ] 1. Login\n  - _Requirements: 1.1_\n  - [ ] 1.1 Issue a token",
    "something called a checkpoint": b"- [ ] 1. Write the checkpoint store\n  - _Requirements: 1.1_",
    "a task with its own command": b"- [ ] 1. Issue a token\n  - _Verify: check_\n  - _Requirements: 1.1_",
}


@pytest.mark.parametrize("name", [*FREE, *BOUND])
def test_which_tasks_must_change_something(make_world, name):
    world = make_world(tasks=PLAN % {**FREE, **BOUND}[name])
    world.turns, world.answers = [DONE], lambda _question: Answer.ABSENT
    report = start(world.app(), RunRequest(spec="login"))
    assert (report.code == "nothing-changed") == (name in BOUND)
    assert bool(of(world, RunFinished)) == (name in FREE)
    assert bool(of(world, RunParked)) == (name in BOUND)


def test_each_sub_task_is_held_to_its_own_change(make_world, calling):
    world = make_world()
    world.turns = [calling("write", '{"path": "src/login.py", "content": "x = 1\\n"}'), DONE]
    world.answers = lambda _question: Answer.ABSENT
    report = start(world.app(), RunRequest(spec="login", tasks="2"))
    assert (report.code, [task for task, _ in report.done]) == ("nothing-changed", ["2.1"])


def test_a_task_that_is_done_again_may_find_everything_in_order(world):
    start(world.app(), RunRequest(spec="login", tasks="1"))
    world.turns, world.answers = [DONE], lambda _question: Answer.ABSENT
    report = start(world.app(), RunRequest(spec="login", tasks="1", is_again=True))
    assert (report.status, len(of(world, HumanAsked))) == ("done", 0)


def test_a_box_ticked_by_hand_while_the_run_rests_does_not_make_it_done_again(idle):
    idle.answers = lambda _question: Answer.ABSENT
    report = start(idle.app(), RunRequest(spec="login"))
    idle.files[TASKS] = idle.files[TASKS].replace(b"- [ ] 1.", b"- [x] 1.")
    assert resume(idle.app(), report.run).code == "nothing-changed"


@pytest.mark.parametrize(
    ("title", "is_one"),
    [
        ("Checkpoint", True),
        ("Final Phase 2 Checkpoint", True),
        ("チェックポイント - 認証機能の確認", True),
        ("最终检查点 - 确保所有测试通过", True),
        ("Ensure all tests pass", True),
        ("Checkpoints of the game", False),
        ("Implement checkpoint: save the game", False),
        ("Issue a token and ensure all tests pass", False),
        ("", False),
    ],
)
def test_what_a_checkpoint_is_called(title, is_one):
    assert is_checkpoint(title) is is_one
