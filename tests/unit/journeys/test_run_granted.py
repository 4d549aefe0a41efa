"""A yes to a command covers what the screen named as changed, and nothing else."""

from __future__ import annotations

import json

import pytest

from setsquare.events.conversation import Reply
from setsquare.events.facts import ScopeEnforced
from setsquare.journeys.run_task import RunRequest, start
from setsquare.ports.approver import Answer

STAYS = "Stays after your yes, although it is outside of the scope of the task"
PUT_BACK = "Put back afterwards: whatever"


@pytest.fixture
def asking(world, calling):
    """A model with one command, which writes (or with `None` deletes) the given files."""

    def make(command: str, written: dict[str, bytes | None], has_before: dict[str, bytes] | None = None):
        world.files |= has_before or {}
        world.person_commits()

        def shell(world, ran):
            if ran == command:
                for path, raw in (written | {"src/login.py": b"x = 1\n"}).items():
                    if raw is None:
                        del world.files[path]
                    else:
                        world.files[path] = raw
            return 0, ""

        world.shell = shell
        world.turns = [calling("shell", json.dumps({"command": command})), Reply(text="Done.")]
        return world

    return make


def screens(world) -> str:
    return "\n".join(question.shown for question in world.questions if question.title.startswith("Task 1, step 1"))


def put_back(world) -> set[str]:
    return {path for event in world.events() if isinstance(event, ScopeEnforced) for path in event.reverted}


# req: agent-runtime/5.7
@pytest.mark.parametrize(
    ("command", "written", "before", "kept", "gone"),
    [
        ("touch lib/a.py", {"lib/a.py": b"", "lib/b.py": b""}, {}, {"lib/a.py"}, {"lib/b.py"}),
        ("cp src/x.py lib/a.py", {"lib/a.py": b"x", "ci/b.py": b""}, {}, {"lib/a.py"}, {"ci/b.py"}),
        ("rm lib/a.py", {"lib/a.py": None, "lib/b.py": None}, {"lib/a.py": b"a", "lib/b.py": b"b"}, {"lib/a.py"}, {"lib/b.py"}),
        ("rm lib/*.tmp", {"lib/a.tmp": None, "lib/b.py": None}, {"lib/a.tmp": b"a", "lib/b.py": b"b"}, {"lib/a.tmp"}, {"lib/b.py"}),
        ("git checkout -- lib/a.py", {"lib/a.py": b"new", "lib/b.py": b"new"}, {"lib/a.py": b"a"}, {"lib/a.py"}, {"lib/b.py"}),
        ("black lib/a.py", {"lib/a.py": b"new", "lib/b.py": b"new"}, {"lib/a.py": b"a"}, {"lib/a.py"}, {"lib/b.py"}),
        ("python3 gen.py > lib/out.txt", {"lib/out.txt": b"1", "lib/b.py": b""}, {}, {"lib/out.txt"}, {"lib/b.py"}),
        ("python3 gen.py lib/a.py", {"lib/a.py": b"new"}, {"lib/a.py": b"a"}, set(), {"lib/a.py"}),
        ("tool", {"lib/a.py": b"new"}, {}, set(), {"lib/a.py"}),
        ("cp -r src lib", {"lib/login.py": b"x", "lib/Makefile": b"x", "libs/a": b"x"}, {}, {"lib/login.py"}, {"lib/Makefile", "libs/a"}),
        ("touch lib/a.py Makefile", {"lib/a.py": b"", "Makefile": b"all:"}, {}, {"lib/a.py"}, {"Makefile"}),
        ("touch src/../lib/a.py", {"lib/a.py": b""}, {}, {"lib/a.py"}, set()),
    ],
)
def test_what_was_shown_stays_and_all_else_is_put_back(asking, command, written, before, kept, gone):
    world = asking(command, written, before)
    start(world.app(), RunRequest(spec="login"))
    for path, raw in written.items():
        expected = raw if path in kept else before.get(path)
        assert world.files.get(path) == expected, path
    assert put_back(world) == gone
    shown = screens(world)
    assert PUT_BACK in shown
    assert (STAYS in shown) is bool(kept)
    listed = shown.partition(STAYS)[2].partition(PUT_BACK)[0].splitlines()
    assert all(any(path == line.strip() or path.startswith(f"{line.strip()}/") for line in listed[1:] if line.strip()) for path in kept)
    assert world.files["src/login.py"] == b"x = 1\n", "the scope is not concerned"


def test_it_is_committed_with_the_task(asking):
    world = asking("touch lib/a.py", {"lib/a.py": b""})
    assert start(world.app(), RunRequest(spec="login")).status == "done"
    assert world.commits[-1][2]["lib/a.py"] == b""


def test_a_yes_is_for_that_one_command(asking, calling):
    world = asking("touch lib/a.py", {"lib/a.py": b"one"})

    def shell(world, ran):
        world.files["lib/a.py"] = b"one" if ran.startswith("touch") else b"two"
        return 0, ""

    world.shell = shell
    world.turns = [
        calling("shell", '{"command": "touch lib/a.py"}'),
        calling("shell", '{"command": "python3 -m pytest"}', 2),
        Reply(text="Done."),
    ]
    start(world.app(), RunRequest(spec="login"))
    assert world.files["lib/a.py"] == b"one"
    assert put_back(world) == {"lib/a.py"}


def test_a_file_with_changes_of_a_person_is_put_back_unless_that_was_asked(asking):
    world = asking("touch lib/a.py ci/b.py", {"ci/b.py": b"new"}, {"ci/b.py": b"old"})
    world.files["ci/b.py"] = b"mine"
    start(world.app(), RunRequest(spec="login"))
    assert world.files["ci/b.py"] == b"mine"


def test_nothing_stays_without_a_yes(asking):
    world = asking("touch lib/a.py", {"lib/a.py": b""})
    world.answers = lambda _question: Answer.NO
    start(world.app(), RunRequest(spec="login"))
    assert "lib/a.py" not in world.files
