from __future__ import annotations

import json
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from setsquare.agent.machine import advance, replay
from setsquare.agent.state import Phase, RunState
from setsquare.errors import NoSandbox, NotApproved, NotTrusted, Refused, Usage
from setsquare.events.conversation import Reply
from setsquare.events.facts import (
    ActionDecided,
    ActionObserved,
    ActionStarted,
    CheckpointTaken,
    HumanAnswered,
    ModelAsked,
    RunParked,
    RunStarted,
    TaskDone,
    VerificationFinished,
)
from setsquare.guard.capability import Mode
from setsquare.journeys.run_resume import resume
from setsquare.journeys.run_revert import revert
from setsquare.journeys.run_task import RunRequest, start
from setsquare.ports.approver import Answer

TASKS = ".kiro/specs/login/tasks.md"
LOG = ".kiro/task-log.md"


# req: guarded-run/3.3
def test_a_task_ends_verified_ticked_logged_and_committed(world):
    before = world.files[TASKS]
    report = start(world.app(), RunRequest(spec="login"))
    assert (report.status, report.exit_code, [task for task, _ in report.done]) == ("done", 0, ["1"])
    after = world.files[TASKS]
    assert [i for i, (a, b) in enumerate(zip(before, after, strict=True)) if a != b] == [before.index(b"[ ]") + 1]
    assert world.commands == ["check"]
    (message,) = world.messages()
    assert message.startswith("Issue a token\n\nWrote issue(). Changed src/login.py.\n\n")
    assert message.splitlines()[4:] == ["Spec: login", "Task: 1", "Requirement: 1.1", f"Run: {report.run}"]
    assert not {path for path in world.files if world.files[path] != world.commits[-1][2].get(path)}
    log = world.files[LOG].decode()
    assert re.fullmatch(
        r"# Task log\n\n## 2026-11-21T10:15:02Z login 1\nWrote issue\(\)\. Changed src/login\.py\.\n"
        rf"- run: {report.run} \| base: [0-9a-f]{{7}} \| files: 1 \| tests: 3 passed, 0 failed \| corrections: 0\n",
        log,
    )


# req: guarded-run/4.1
def test_effects_are_journalled_before_they_happen(world):
    start(world.app(), RunRequest(spec="login"))
    kinds = [type(event) for event in world.events()]
    assert kinds[0] is RunStarted
    assert kinds.index(CheckpointTaken) == 1
    write = kinds.index(ActionStarted)
    assert kinds[write - 2 : write + 2] == [ActionDecided, CheckpointTaken, ActionStarted, ActionObserved]
    assert kinds.index(TaskDone) > kinds.index(VerificationFinished)


# req: guarded-run/3.1
def test_a_false_claim_to_be_done_ticks_nothing(world, calling):
    world.turns = [calling("write", '{"path": "src/login.py", "content": "bad"}'), Reply(text="All done, all tests pass.")]
    report = start(world.app(), RunRequest(spec="login"))
    assert (report.status, report.code, report.exit_code) == ("parked", "verification-failed", 1)
    assert b"[x]" not in world.files[TASKS]
    assert world.messages() == []
    assert LOG not in world.files
    assert world.commands == ["check"] * 3, "one run and two corrections, as the settings say"
    told = world.requests[-1].messages[-1].text
    assert "exit code 1" in told
    assert "1 failed, 2 passed" in told


def test_a_failed_verification_is_repaired(world, calling):
    good = calling("edit", '{"path": "src/login.py", "old": "bad", "new": "good"}')
    world.turns = [calling("write", '{"path": "src/login.py", "content": "bad"}'), Reply(text="Done."), good, Reply(text="Mended.")]
    report = start(world.app(), RunRequest(spec="login"))
    assert report.status == "done"
    assert b"corrections: 1" in world.files[LOG]


def test_all_runs_the_leaves_in_order_and_leaves_out_optional_ones(world, seasoned, working):
    seasoned(world.app(), "login")
    world.turns[1] = working
    report = start(world.app(), RunRequest(spec="login", tasks="all", mode=Mode.AUTONOMOUS))
    assert [task for task, _ in report.done] == ["1", "2.1", "2.2"]
    assert world.files[TASKS].count(b"[x]") == 3
    assert len(world.messages()) == 3
    assert world.files[LOG].count(b"\n## ") == 3


def test_the_run_stops_after_each_group_when_asked_to(world):
    report = start(world.app(), RunRequest(spec="login", tasks="1-5", stops_after_group=True))
    assert (report.status, report.code, report.exit_code) == ("parked", "group-done", 0)
    assert [task for task, _ in report.done] == ["1"]
    report = resume(world.app())
    assert (report.status, [task for task, _ in report.done]) == ("done", ["1", "2.1", "2.2"])


def test_supervised_and_balanced_asks_between_groups_only(make_world, world, working):
    balanced = make_world(settings=world.files[".kiro/settings.json"].replace(b"full", b"balanced"))
    balanced.turns = [working, world.turns[2]]
    report = start(balanced.app(), RunRequest(spec="login", tasks="all"))
    assert report.status == "done"
    assert [question.title for question in balanced.questions] == ["Task group 1 is done. Go on?"]


def test_interactive_asks_before_every_step(world):
    report = start(world.app(), RunRequest(spec="login", mode=Mode.INTERACTIVE))
    assert report.status == "done"
    assert [question.title for question in world.questions] == ["Task 1, step 1: read src/app.py", "Task 1, step 2: write src/login.py"]
    assert "+def issue(): return 1" in world.questions[1].shown


# req: guarded-run/1.5
def test_nobody_there_parks_the_run_and_never_proceeds(world):
    world.answers = lambda _question: Answer.ABSENT
    report = start(world.app(), RunRequest(spec="login", mode=Mode.INTERACTIVE))
    assert (report.code, report.exit_code) == ("needs-answer", 3)
    assert not [event for event in world.events() if isinstance(event, ActionObserved)]
    world.answers = lambda _question: Answer.YES
    assert resume(world.app()).status == "done"


def test_an_answer_to_something_else_parks_the_run(world, monkeypatch):
    app = world.app()
    ask = type(app.approver).ask
    monkeypatch.setattr(type(app.approver), "ask", lambda self, question: type(ask(self, question))(answer=Answer.YES, digest="sha256:0"))
    report = start(app, RunRequest(spec="login", mode=Mode.INTERACTIVE))
    assert (report.code, "something else" in report.reason) == ("needs-answer", True)


def test_a_no_is_told_to_the_model_and_nothing_is_done(world):
    world.answers = lambda question: Answer.NO if "write" in question.title else Answer.YES
    world.turns = [world.turns[1]]
    report = start(world.app(), RunRequest(spec="login", mode=Mode.INTERACTIVE))
    assert report.status == "parked"
    assert "src/login.py" not in world.files
    assert "Ada said no" in world.requests[1].messages[-1].text


def test_cautious_asks_before_writes(make_world, world, seasoned):
    cautious = make_world(settings=world.files[".kiro/settings.json"].replace(b"full", b"cautious"))
    cautious.turns = world.turns
    seasoned(cautious.app(), "login")
    assert start(cautious.app(), RunRequest(spec="login", mode=Mode.AUTONOMOUS)).status == "done"
    assert len(cautious.questions) == 1


def test_what_was_shown_is_what_is_written(world):
    def meanwhile(question):
        world.files["src/login.py"] = b"a person was faster\n"
        return Answer.YES

    world.answers = meanwhile
    world.turns = [world.turns[1], Reply(text="Done.")]
    start(world.app(), RunRequest(spec="login", mode=Mode.INTERACTIVE))
    first, second, *_ = [question.shown for question in world.questions if "src/login.py" in question.title]
    assert "a person was faster" not in first
    assert "-a person was faster" in second
    assert "`changed-since-shown`" in second
    assert world.files["src/login.py"] != b"a person was faster\n"


def test_what_keeps_changing_while_it_is_shown_is_not_written(world):
    def meanwhile(question):
        world.files["src/login.py"] = f"{len(world.questions)} versions\n".encode()
        return Answer.YES

    world.answers = meanwhile
    world.turns = [world.turns[1], Reply(text="Done.")]
    start(world.app(), RunRequest(spec="login", mode=Mode.INTERACTIVE))
    assert world.files["src/login.py"].endswith(b" versions\n")
    assert "not performed" in world.requests[1].messages[-1].text


class TestRefusals:
    def test_an_untrusted_workspace(self, world):
        world.trusted = None
        with pytest.raises(NotTrusted, match="not trusted"):
            start(world.app(), RunRequest(spec="login"))

    @pytest.mark.parametrize("path", ["tasks.md", "design.md", "requirements.md"])
    def test_a_stage_that_changed_since_its_approval(self, world, path):
        world.files[f".kiro/specs/login/{path}"] += b"\nMore.\n"
        world.person_commits()
        with pytest.raises(NotApproved) as refused:
            start(world.app(), RunRequest(spec="login"))
        assert "setsquare approve login" in refused.value.hint

    def test_spec_files_that_are_not_committed(self, world):
        world.files[TASKS] = world.files[TASKS].replace(b"- [ ] 1", b"- [-] 1", 1)
        with pytest.raises(Refused, match="not committed"):
            start(world.app(), RunRequest(spec="login"))

    def test_no_repository(self, world):
        world.has_repository = False
        with pytest.raises(Refused, match="no git repository"):
            start(world.app(), RunRequest(spec="login"))

    # req: guarded-run/2.3
    def test_autonomous_without_a_sandbox(self, world, seasoned):
        world.has_sandbox = False
        seasoned(world.app(), "login")
        with pytest.raises(NoSandbox):
            start(world.app(), RunRequest(spec="login", mode=Mode.AUTONOMOUS))

    def test_supervised_without_a_sandbox_edits_and_stops_before_the_verification(self, world, calling):
        world.has_sandbox = False
        world.turns = [calling("shell", '{"command": "ls"}'), *world.turns[1:]]
        report = start(world.app(), RunRequest(spec="login"))
        assert (report.code, report.exit_code) == ("no-sandbox", 3)
        assert world.commands == []
        assert b"[x]" not in world.files[TASKS]
        assert "shell" not in {tool.name for tool in world.requests[0].tools}
        world.has_sandbox = True
        assert resume(world.app()).status == "done"

    @pytest.mark.parametrize(
        ("wanted", "said"),
        [("9", "no task `9`"), ("7-9", "no tasks 7-9"), ("x", "no task `x`"), ("1-", "no task `1-`")],
    )
    def test_a_task_that_does_not_exist(self, world, wanted, said):
        with pytest.raises((Refused, Usage), match=said):
            start(world.app(), RunRequest(spec="login", tasks=wanted))

    def test_a_task_that_is_done(self, world):
        start(world.app(), RunRequest(spec="login", tasks="1"))
        with pytest.raises(Refused, match="done already"):
            start(world.app(), RunRequest(spec="login", tasks="1"))

    def test_a_spec_that_does_not_exist(self, world):
        with pytest.raises(Usage):
            start(world.app(), RunRequest(spec="logon"))

    def test_no_verification_command(self, make_world, world):
        bare = make_world(settings=world.files[".kiro/settings.json"].replace(b'"verify": {"command": "check"}', b'"verify": {}'))
        with pytest.raises(Refused, match="no verification command"):
            start(bare.app(), RunRequest(spec="login"))

    def test_no_model(self, make_world):
        bare = make_world(settings=b'{"agent": {"autonomyLevel": "full"}, "verify": {"command": "check"}}')
        with pytest.raises(Refused, match="No model"):
            start(bare.app(), RunRequest(spec="login"))

    def test_nothing_stands_in_the_journals_after_a_refusal(self, world):
        world.trusted = None
        with pytest.raises(NotTrusted):
            start(world.app(), RunRequest(spec="login"))
        assert world.journals == {}


class TestScope:
    # req: guarded-run/1.6
    def test_what_a_command_does_outside_the_scope_is_put_back(self, world, calling, seasoned):
        def shell(world, _command):
            world.files["src/login.py"] = b"in scope"
            world.files["src/app.py"] = b"out of scope"
            world.files["new.txt"] = b"out of scope"
            world.files[".kiro/settings.json"] = b"{}"
            del world.files["README.md"]
            return 0, "made"

        world.shell = shell
        before = {path: world.files[path] for path in ("src/app.py", ".kiro/settings.json", "README.md")}
        world.turns = [calling("shell", '{"command": "python3 -m pytest"}'), Reply(text="Done.")]
        seasoned(world.app(), "login")
        assert start(world.app(), RunRequest(spec="login", mode=Mode.AUTONOMOUS)).status == "done"
        assert {path: world.files[path] for path in before} == before
        assert "new.txt" not in world.files
        assert world.files["src/login.py"] == b"in scope"
        assert "put back" in world.requests[1].messages[-1].text
        assert set(world.commits[-1][2]) - set(world.commits[-2][2]) == {"src/login.py", LOG, ".setsquare/evidence/login.jsonl"}

    def test_what_the_verification_leaves_outside_the_scope_is_put_back(self, world, monkeypatch):
        run = type(world.app().sandbox).run

        def leaving(self, argv, confinement, is_halted=None):
            world.files["src/app.py"] = b"changed by a test"
            return run(self, argv, confinement, is_halted)

        monkeypatch.setattr(type(world.app().sandbox), "run", leaving)
        assert start(world.app(), RunRequest(spec="login")).status == "done"
        assert world.files["src/app.py"] == b"import login\n"

    def test_a_command_cannot_change_more_files_than_the_limit(self, make_world, world, calling, seasoned):
        tasks = world.files[TASKS].replace(b"`src/login.py`", b"`src/`")
        small = make_world(tasks=tasks, settings=world.files[".kiro/settings.json"].replace(b'"full"', b'"full", "maxFileEditsPerTask": 2'))
        small.shell = lambda world, _command: (world.files.update({f"src/f{n}.py": b"x" for n in range(3)}), (0, ""))[1]
        small.turns = [calling("shell", '{"command": "python3 -m pytest"}'), Reply(text="Done.")]
        seasoned(small.app(), "login")
        start(small.app(), RunRequest(spec="login", mode=Mode.AUTONOMOUS))
        assert not [path for path in small.files if path.startswith("src/f")]

    def test_the_file_limit_asks_and_parks_without_an_answer(self, make_world, world, calling):
        tasks = world.files[TASKS].replace(b"`src/login.py`", b"`src/`")
        small = make_world(tasks=tasks, settings=world.files[".kiro/settings.json"].replace(b'"full"', b'"full", "maxFileEditsPerTask": 1'))
        small.turns = [
            calling("write", '{"path": "src/a.py", "content": "1"}'),
            calling("write", '{"path": "src/b.py", "content": "1"}'),
            calling("write", '{"path": "src/c.py", "content": "1"}'),
            Reply(text="Done."),
        ]
        small.answers = lambda _question: Answer.ABSENT
        report = start(small.app(), RunRequest(spec="login"))
        assert (report.code, small.questions[0].kind) == ("needs-answer", "raise-limit")
        assert "src/b.py" not in small.files
        small.answers = lambda _question: Answer.YES
        assert resume(small.app()).status == "done"
        assert len(small.questions) == 2, "raised once, for the rest of the run"

    def test_ignored_files_are_not_committed(self, make_world, world, calling):
        made = make_world(tasks=world.files[TASKS].replace(b"`src/login.py`", b"`ignored/` and `src/`"))
        made.turns = [calling("write", '{"path": "ignored/x.py", "content": "1"}'), *world.turns[1:]]
        assert start(made.app(), RunRequest(spec="login")).status == "done"
        assert "ignored/x.py" not in made.commits[-1][2]
        assert "src/login.py" in made.commits[-1][2]


class TestModelFaults:
    @pytest.mark.parametrize(
        "reply",
        [
            Reply(),
            Reply(text="  \n"),
            Reply(text="and then I wro", stop="length"),
        ],
    )
    def test_empty_and_cut_replies_end_in_a_clear_stop(self, world, reply):
        world.turns = [reply]
        report = start(world.app(), RunRequest(spec="login"))
        assert (report.code, report.exit_code) == ("model-nonsense", 4)
        assert report.hint

    @pytest.mark.parametrize(
        ("tool", "arguments"),
        [
            ("fly", "{}"),
            ("read", "{"),
            ("read", ""),
            ("read", "[]"),
            ("read", '{"path": 5}'),
            ("read", '{"path": "a", "more": 1}'),
            ("write", '{"path": "a"}'),
            ("edit", '{"path": "a", "old": "", "new": "b"}'),
            ("search", '{"pattern": "("}'),
            ("search", '{"pattern": "(a+)+$"}'),
            ("shell", '{"command": ""}'),
            ("read", "[" * 100_000),
            ("write", '{"path": "a", "content": "\\ud800"}'),
        ],
    )
    def test_unusable_calls_are_explained_and_stop_the_run_in_the_end(self, world, calling, tool, arguments):
        world.turns = [calling(tool, arguments + " " * n) for n in range(9)]
        report = start(world.app(), RunRequest(spec="login"))
        assert report.code == "model-nonsense"
        observed = [event for event in world.events() if isinstance(event, ActionObserved)]
        assert len(observed) == 6
        assert not any(event.is_ok for event in observed)

    def test_one_call_for_ever_is_told_and_then_stopped(self, world, calling):
        world.turns = [calling("read", '{"path": "src/app.py"}')]
        report = start(world.app(), RunRequest(spec="login"))
        assert (report.code, report.exit_code) == ("looping", 4)
        observed = [event for event in world.events() if isinstance(event, ActionObserved)]
        assert [event.is_ok for event in observed] == [True, True, True, False, False]
        assert "same call" in observed[3].text

    def test_a_cut_tool_call_is_not_performed(self, world, calling):
        cut = Reply(calls=calling("write", '{"path": "src/login.py", "content": "half"}').calls, stop="length")
        world.turns = [cut, *world.turns[1:]]
        assert start(world.app(), RunRequest(spec="login")).status == "done"
        assert world.files["src/login.py"] == b"def issue(): return 1\n"
        assert "output limit" in world.requests[1].messages[-1].text

    def test_insisting_on_what_is_denied_parks_the_run(self, world, calling):
        world.turns = [calling("write", f'{{"path": ".git/hooks/h{n}", "content": "x"}}') for n in range(5)]
        report = start(world.app(), RunRequest(spec="login"))
        assert (report.code, report.exit_code) == ("denied", 3)
        assert not [event for event in world.events() if isinstance(event, ActionStarted)]

    def test_the_step_limit_parks_the_run(self, world, calling):
        world.turns = [calling("list", f'{{"path": "{"./" * n}"}}') for n in range(9)]
        report = start(world.app(), RunRequest(spec="login", limit_steps=4))
        assert (report.code, report.exit_code) == ("step-limit", 3)

    def test_a_refusal_parks_the_run(self, world):
        world.turns = [Reply(text="I cannot.", stop="refusal")]
        assert start(world.app(), RunRequest(spec="login")).code == "model-refused"

    def test_a_model_that_cannot_be_asked_parks_the_run_and_resume_goes_on(self, world):
        from setsquare.errors import ModelAuth, ModelTransient

        turns, report = world.turns, None
        for error in (ModelAuth("no key"), ModelTransient("cut stream")):
            world.turns = [error]
            if report is not None:
                revert(world.app(), report.run)
            report = start(world.app(), RunRequest(spec="login"))
            assert (report.code, report.exit_code) == (error.code, 4)
        assert report is not None
        assert len([event for event in world.events(report.run) if isinstance(event, ModelAsked)]) > 1
        world.turns = turns
        assert resume(world.app(), report.run).status == "done"

    def test_several_calls_in_one_reply_are_all_answered(self, world, calling):
        calls = (*world.turns[0].calls, *calling("fly", "{}", 2).calls, *world.turns[1].calls)
        world.turns = [Reply(calls=calls, stop="tools"), Reply(text="Done.")]
        assert start(world.app(), RunRequest(spec="login")).status == "done"
        assert [getattr(message, "call_id", "") for message in world.requests[1].messages[2:]] == [call.id for call in calls]


class TestSecrets:
    def test_values_of_environment_files_never_reach_the_model_or_the_journal(self, world, calling):
        world.files[".env"] = b"API_TOKEN=tok-1234567890\n"
        world.shell = lambda _world, _command: (0, "leaked: tok-1234567890")
        world.turns = [
            calling("shell", '{"command": "python3 -m pytest"}'),
            calling("search", '{"pattern": "tok-"}'),
            calling("read", '{"path": ".env"}'),
            *world.turns[1:],
        ]
        world.turns.insert(3, calling("list", "{}"))
        start(world.app(), RunRequest(spec="login"))
        assert b"tok-1234567890" not in b"".join(line for lines in world.journals.values() for line in lines)


def test_disk_full_while_writing_parks_the_run_and_resume_goes_on(world):
    world.full_disk = lambda path: path == "src/login.py"
    report = start(world.app(), RunRequest(spec="login"))
    assert (report.code, report.exit_code) == ("storage-failed", 4)
    assert isinstance(world.events()[-1], RunParked)
    world.full_disk = lambda _path: False
    assert resume(world.app()).status == "done"


def test_disk_full_for_the_journal_stops_before_the_next_effect(world):
    from setsquare.errors import StorageFailed

    world.turns = [*world.turns[:1], world.turns[1], world.turns[2]]
    calls = 0

    def full(path):
        nonlocal calls
        calls += path == "journal"
        return path == "journal" and calls > 9

    world.full_disk = full
    with pytest.raises(StorageFailed, match="disk is full"):
        start(world.app(), RunRequest(spec="login"))
    world.full_disk = lambda _path: False
    assert resume(world.app()).status == "done"
    assert len(world.messages()) == 1


_PATHS = st.sampled_from(
    ["src/login.py", "src/app.py", "README.md", ".kiro/settings.json", TASKS, ".git/config", "../x", "/etc/passwd", "AGENTS.md", ".env"]
)
_TURNS = st.lists(
    st.one_of(
        st.builds(lambda path: ("write", {"path": path, "content": "good"}), _PATHS),
        st.builds(lambda path: ("edit", {"path": path, "old": "good", "new": "better"}), _PATHS),
        st.builds(lambda path: ("read", {"path": path}), _PATHS),
        st.builds(lambda path: ("shell", {"command": f"cat {path} > {path}"}), _PATHS),
        st.sampled_from([("fly", {}), ("shell", {"command": "rm -rf src"}), ("shell", {"command": "make"}), ("search", {"pattern": "x"})]),
    ),
    max_size=12,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(turns=_TURNS, answers=st.lists(st.sampled_from(Answer), min_size=1, max_size=5), mode=st.sampled_from(Mode))
def test_nothing_is_performed_that_was_not_permitted_whatever_the_model_says(make_world, calling, seasoned, turns, answers, mode):
    world = make_world()
    seasoned(world.app(), "login")
    world.turns = [calling(tool, json.dumps(arguments), number) for number, (tool, arguments) in enumerate(turns)] + [Reply(text="Done.")]
    world.answers = lambda question: answers[len(question.shown) % len(answers)]
    untouched = {path: world.files[path] for path in (".kiro/settings.json", ".kiro/specs/login/design.md")}
    start(world.app(), RunRequest(spec="login", mode=mode))
    assert {path: world.files[path] for path in untouched} == untouched
    assert not [path for path in world.files if path.startswith((".git/", "..", "/"))]
    events, state = world.events(), RunState()
    permitted = False
    for event in events:
        if isinstance(event, ActionDecided):
            permitted = event.permission == "allow"
        elif isinstance(event, HumanAnswered):
            permitted = event.answer == "yes"
        elif isinstance(event, ActionStarted) or (isinstance(event, ActionObserved) and (event.is_ok or event.changed)):
            assert permitted
        state, _ = advance(state, event)
    assert replay(events) == state
    assert state.phase in {Phase.RESTING, Phase.ENDED}
