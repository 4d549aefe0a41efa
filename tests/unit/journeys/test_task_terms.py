"""What a task itself demands: an agent profile, a limited context, steering by name."""

from __future__ import annotations

import pytest

from setsquare.errors import Refused, Usage
from setsquare.events.conversation import Reply
from setsquare.events.facts import ActionDecided, RunStarted, TaskStarted
from setsquare.journeys.opening import opened
from setsquare.journeys.run_resume import resume
from setsquare.journeys.run_task import RunRequest, start
from setsquare.journeys.trusting import grant
from setsquare.ports.approver import Answer

PROFILE = b"""---
name: careful
tools: [read, write]
permissions:
  rules:
    - {capability: fs_write, effect: deny, match: ["src/app.py"]}
    - {capability: shell, effect: allow}
---
You are careful to a fault.
"""
TASKS = b"# Implementation Plan\n\n- [ ] 1. Issue a token\n  - Write `src/**`\n%s  - _Requirements: 1.1_\n"


@pytest.fixture
def project(make_world):
    def make(lines=b"", files=None, turns=None):
        world = make_world(tasks=TASKS % lines)
        world.files.update(files or {})
        world.person_commits()
        grant(world.app(), opened(world.app()))
        world.turns = turns or [Reply(text="Done.")]
        return world

    return make


def decisions(world):
    return [(event.tool, event.permission, event.rule) for event in world.events() if isinstance(event, ActionDecided)]


def test_the_profile_adds_its_prompt_and_only_narrows(project, calling):
    turns = [
        calling("shell", '{"command": "ls"}'),
        calling("write", '{"path": "src/app.py", "content": "x"}', 2),
        calling("write", '{"path": "src/login.py", "content": "x"}', 3),
        Reply(text="Done."),
    ]
    world = project(b"  - _Agent: careful_\n", {".kiro/agents/careful.md": PROFILE}, turns)
    assert start(world.app(), RunRequest(spec="login")).status == "done"
    first = world.requests[0]
    assert "You are careful to a fault." in first.system
    assert first.system.index("Every action is judged") < first.system.index("careful to a fault")
    assert [tool.name for tool in first.tools] == ["read", "write", "edit", "list", "search"]
    assert decisions(world)[0] == ("shell", "deny", "agent-tools")
    assert decisions(world)[1][1:] == ("deny", 'permission: fs_write deny "src/app.py" (.kiro/agents/careful.md:6)')
    assert decisions(world)[2][1] == "allow"
    (begun,) = [event for event in world.events() if isinstance(event, TaskStarted)]
    assert (begun.agent, begun.tools) == ("careful", ("read", "write", "edit", "list", "search"))


def test_an_allow_of_a_profile_opens_nothing(project, calling):
    profile = b"---\npermissions:\n  rules:\n    - {capability: all, effect: allow}\n---\nHi.\n"
    world = project(b"  - _Agent: a_\n", {".kiro/agents/a.md": profile}, [calling("shell", '{"command": "curl x"}'), Reply(text="Done.")])
    world.answers = lambda _question: Answer.NO
    start(world.app(), RunRequest(spec="login"))
    assert decisions(world)[0][1] == "ask"
    assert any("has no effect" in line for line in world.progress)


@pytest.mark.parametrize(
    ("line", "files"),
    [
        (b"  - _Agent: nobody_\n", {}),
        (b"  - _Agent: ../../etc/x_\n", {}),
        (b"  - _Agent: _\n", {}),
        (b"  - _Agent: a_\n", {".kiro/agents/a.md": b"---\ntools: []\n---\nHi.\n"}),
        (b"  - _Agent: a_\n", {".kiro/agents/a.md": b"---\ntools: web_search\n---\nHi.\n"}),
        (b"  - _Agent: a_\n", {".kiro/agents/a.md": b"---\ntools: [\n---\nHi.\n"}),
        (b"", {".kiro/specs/login/.config.kiro": b'{"agent": "nobody"}'}),
        (b"", {".kiro/specs/login/.config.kiro": b'{"agent": 7}'}),
    ],
)
def test_an_agent_that_cannot_be_used_is_refused_before_anything_starts(project, line, files):
    world = project(line, files)
    with pytest.raises(Refused):
        start(world.app(), RunRequest(spec="login"))
    assert not world.journals
    assert not world.requests


def test_the_spec_names_the_agent_of_every_task_and_a_task_may_name_another(project):
    files = {
        ".kiro/specs/login/.config.kiro": b'{"agent": "one"}',
        ".kiro/agents/one.md": b"I am ONE.\n",
        ".kiro/agents/team/two.md": b"I am TWO.\n",
    }
    world = project(b"", files)
    start(world.app(), RunRequest(spec="login"))
    assert "I am ONE." in world.requests[0].system
    world = project(b"  - _Agent: team/two_\n", files)
    start(world.app(), RunRequest(spec="login"))
    assert "I am TWO." in world.requests[0].system
    assert "I am ONE." not in world.requests[0].system


def test_restrictions_that_are_not_followed_make_everything_ask(project, calling):
    profile = b"---\ntoolsSettings:\n  write:\n    deniedPaths: [src]\n---\nHi.\n"
    world = project(b"  - _Agent: a_\n", {".kiro/agents/a.md": profile}, [calling("read", '{"path": "src/app.py"}'), Reply(text="Done.")])
    start(world.app(), RunRequest(spec="login"))
    assert decisions(world)[0][1] == "ask"


def test_the_run_and_the_task_limit_the_context_and_a_resume_keeps_it(project, calling, working):
    turns = [calling("read", '{"path": "README.md"}'), calling("read", '{"path": "docs/a.md"}', 2), working, Reply(text="Done.")]
    world = project(b"", {"docs/a.md": b"hello\n"}, turns)
    world.turns = [calling("shell", '{"command": "curl x"}'), *turns]
    world.answers = lambda _question: Answer.ABSENT
    report = start(world.app(), RunRequest(spec="login", context=("docs",)))
    assert report.code == "needs-answer"
    world.answers = lambda question: Answer.NO if "curl" in question.title else Answer.YES
    assert resume(world.app(), report.run).status == "done"
    (begun,) = [event for event in world.events() if isinstance(event, RunStarted)]
    assert begun.context == ("docs",)
    assert [found for found in decisions(world) if found[0] == "read"] == [("read", "deny", "context-scope"), ("read", "allow", "read")]
    assert "You may read only: docs" in world.requests[0].messages[0].text


def test_a_task_names_its_context_and_manual_steering(project, calling):
    files = {
        "docs/a.md": b"hello\n",
        ".kiro/steering/runbook.md": b"---\ninclusion: manual\n---\nCALL THE OPERATOR FIRST\n",
        ".kiro/steering/other.md": b"---\ninclusion: manual\n---\nNOT NAMED\n",
    }
    turns = [calling("read", '{"path": "README.md"}'), calling("list", "{}", 2), Reply(text="Done.")]
    world = project(b"  - _Context: docs/, #runbook_\n", files, turns)
    start(world.app(), RunRequest(spec="login"))
    assert decisions(world)[0] == ("read", "deny", "context-scope")
    assert "CALL THE OPERATOR FIRST" in world.requests[0].system
    assert "NOT NAMED" not in world.requests[0].system
    listed = world.requests[2].messages[-1].text
    assert "docs/a.md" in listed
    assert "README.md" not in listed


@pytest.mark.parametrize("line", [b"  - _Context: #nothing_\n", b"  - _Context: ../other_\n"])
def test_a_context_that_does_not_exist_is_refused(project, line):
    with pytest.raises(Refused, match="context"):
        start(project(line).app(), RunRequest(spec="login"))


@pytest.mark.parametrize("entry", ["nothing.md", "../x", "#runbook", " "])
def test_a_person_who_names_nothing_is_told_so(project, entry):
    with pytest.raises(Usage, match="--context"):
        start(project().app(), RunRequest(spec="login", context=(entry,)))
