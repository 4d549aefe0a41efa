"""A command that adds a dependency is treated like a write that does: without a person's word the file is put back."""

from __future__ import annotations

import pytest

from setsquare.events.conversation import Reply
from setsquare.events.facts import ActionObserved, ScopeEnforced, SpecDowngraded
from setsquare.journeys.opening import opened
from setsquare.journeys.run_task import RunRequest, start
from setsquare.journeys.trusting import grant
from setsquare.ports.approver import Answer

TASKS = b"# Implementation Plan\n\n- [ ] 1. Go\n  - Write `requirements.txt`, `uv.lock` and `src/**`\n"
ALLOWING = b'{"autonomyLevel": "full", "allowedCommands": [%s]}'


@pytest.fixture
def project(make_world, calling):
    def make(command, writes, allowed=b'"python3 gen.py"'):
        world = make_world(tasks=TASKS)
        world.files[".kiro/settings.json"] = world.files[".kiro/settings.json"].replace(
            b'{"autonomyLevel": "full", "maxSelfCorrections": 2}', ALLOWING % allowed
        )
        world.files["requirements.txt"] = b"flask==3.0\n"
        world.person_commits()
        grant(world.app(), opened(world.app()))

        def shell(world, _command):
            world.files.update(writes)
            return 0, ""

        world.shell = shell
        world.turns = [calling("shell", f'{{"command": "{command}"}}'), Reply(text="Done.")]
        return world

    return make


def put_back(world):
    return [(event.reverted, event.rule) for event in world.events() if isinstance(event, ScopeEnforced)]


def text(world):
    return next(event.text for event in world.events() if isinstance(event, ActionObserved))


ADDING = {"requirements.txt": b"flask==3.0\nflaks==1.0\n", "src/a.py": b"x = 1\n"}


def test_what_names_a_new_dependency_is_put_back_and_the_rest_stays(project):
    world = project("python3 gen.py", ADDING)
    start(world.app(), RunRequest(spec="login"))
    assert put_back(world) == [(("requirements.txt",), "dependency-added")]
    assert world.files["requirements.txt"] == b"flask==3.0\n"
    assert world.files["src/a.py"] == b"x = 1\n"
    assert "dependency-added" in text(world)
    assert "flaks" in text(world)


def test_a_change_that_names_none_stays(project):
    world = project("python3 gen.py", {"requirements.txt": b"flask==3.1\n"})
    start(world.app(), RunRequest(spec="login"))
    assert put_back(world) == []
    assert world.files["requirements.txt"] == b"flask==3.1\n"


def test_a_yes_to_a_command_that_is_no_installation_says_nothing_of_dependencies(project):
    world = project("tool x", ADDING, allowed=b"")
    start(world.app(), RunRequest(spec="login"))
    assert put_back(world) == [(("requirements.txt",), "dependency-added")]


def test_a_yes_to_an_installation_does(project):
    world = project("uv add flaks", ADDING, allowed=b"")
    start(world.app(), RunRequest(spec="login"))
    assert put_back(world) == []
    assert b"flaks" in world.files["requirements.txt"]


def test_an_installation_that_the_settings_allow_does(project):
    world = project("uv add flaks", ADDING, allowed=b'"uv add"')
    world.answers = lambda _question: Answer.NO
    start(world.app(), RunRequest(spec="login"))
    assert put_back(world) == []


def test_with_nobody_there_the_run_stops_and_it_is_no_attempt_to_leave_the_scope(project):
    world = project("python3 gen.py", ADDING)
    world.answers = lambda _question: Answer.ABSENT
    assert start(world.app(), RunRequest(spec="login")).exit_code == 3
    assert not [event for event in world.events() if isinstance(event, SpecDowngraded)]


def test_a_careful_path_stops_after_a_command_that_the_settings_allow(project):
    world = project(
        "python3 gen.py",
        {"src/pay/a.py": b"x = 1\n"},
        allowed=b'"python3 gen.py"], "pathAutonomy": {"src/pay/**": "cautious"}, "protectedPaths": [',
    )
    assert start(world.app(), RunRequest(spec="login")).status == "done"
    assert len(world.questions) == 1
    assert "src/pay/a.py" in world.questions[0].shown
    world = project(
        "python3 gen.py",
        {"src/a.py": b"x = 1\n"},
        allowed=b'"python3 gen.py"], "pathAutonomy": {"src/pay/**": "cautious"}, "protectedPaths": [',
    )
    start(world.app(), RunRequest(spec="login"))
    assert not world.questions
