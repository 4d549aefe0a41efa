"""What a run put back is not lost: a person gets the version that was found."""

# mypy: disable-error-code="arg-type"
# Paths are plain literals here.

from __future__ import annotations

import pytest

from setsquare.errors import GitFailed, Refused, Unreadable
from setsquare.events.conversation import Reply
from setsquare.events.facts import ScopeEnforced
from setsquare.guard.capability import Mode
from setsquare.journeys.run_found import GivenBack, give_back
from setsquare.journeys.run_task import RunRequest, start


@pytest.fixture
def put_back(world, calling):
    """A run with a command during which other files change, for instance because a person saves them."""

    def run(**changes: bytes | None) -> str:
        def shell(at, _command):
            for path, raw in changes.items():
                at.files.pop(path, None)
                if raw is not None:
                    at.files[path] = raw
            return 0, ""

        world.shell = shell
        world.turns = [calling("shell", '{"command": "make all"}'), Reply(text="Done.")]
        return start(world.app(), RunRequest(spec="login", tasks="1", mode=Mode.SUPERVISED)).run

    return run


def enforced(world) -> list[ScopeEnforced]:
    return [event for event in world.events() if isinstance(event, ScopeEnforced)]


# req: guarded-run/4.4
def test_the_found_version_is_written_beside_the_file(world, put_back):
    run = put_back(**{"README.md": b"# A person's\n"})
    assert world.files["README.md"] == b"# App\n"
    (event,) = enforced(world)
    given = give_back(world.app(), run, "README.md")
    assert given == GivenBack(run=run, path="README.md", to="README.md.found", step=event.step)
    assert world.files["README.md.found"] == b"# A person's\n"
    assert world.files["README.md"] == b"# App\n"


def test_a_new_file_that_was_taken_away_is_found(world, put_back):
    run = put_back(**{"notes/a.txt": b"mine"})
    assert "notes/a.txt" not in world.files
    assert give_back(world.app(), run, "./notes/a.txt").to == "notes/a.txt.found"
    assert world.files["notes/a.txt.found"] == b"mine"


@pytest.mark.parametrize("path", [".gitignore", "ignored/.gitignore"])
def test_ignore_files_are_found_too(world, put_back, path):
    world.files[path] = b"old/\n"
    run = put_back(**{path: b"new/\n", "README.md": b"# Other\n"})
    assert world.files[path] == b"old/\n"
    assert [event.reverted for event in enforced(world)] == [(path,), ("README.md",)]
    assert give_back(world.app(), run, path).to == f"{path}.found"
    assert world.files[f"{path}.found"] == b"new/\n"


def test_what_a_verification_changed_is_found(world):
    world.turns = [Reply(text="Done.")]
    app = world.app()
    run = app.sandbox.run

    def verifying(argv, confinement, is_halted=None):
        world.files["README.md"] = b"# While it ran\n"
        return run(argv, confinement, is_halted)

    app.sandbox.run = verifying
    name = start(app, RunRequest(spec="login", tasks="1")).run
    assert world.files["README.md"] == b"# App\n"
    give_back(world.app(), name, "README.md")
    assert world.files["README.md.found"] == b"# While it ran\n"


def test_nothing_is_written_over(world, put_back):
    run = put_back(**{"README.md": b"# Other\n"})
    world.files["README.md.found"] = b"mine"
    with pytest.raises(Refused, match="exists already"):
        give_back(world.app(), run, "README.md")
    assert world.files["README.md.found"] == b"mine"


def test_a_file_that_was_found_deleted_has_no_version(world, put_back):
    run = put_back(**{"README.md": None})
    assert world.files["README.md"] == b"# App\n"
    with pytest.raises(Refused, match="found it deleted"):
        give_back(world.app(), run, "README.md")


def test_a_path_that_was_not_put_back_is_refused(world, put_back):
    run = put_back()
    for path in ("README.md", "../outside", ""):
        with pytest.raises(Refused, match="put no change"):
            give_back(world.app(), run, path)
    with pytest.raises(Unreadable):
        give_back(world.app(), "no-such-run", "README.md")


def test_a_secret_is_given_no_name_that_a_model_may_read(world, put_back):
    run = put_back(**{"deploy/prod.key": b"PRIVATE", ".env": b"A=1\n"})
    with pytest.raises(Refused, match="secret"):
        give_back(world.app(), run, "deploy/prod.key")
    assert "deploy/prod.key.found" not in world.files
    assert give_back(world.app(), run, ".env").to == ".env.found"


def test_a_journal_of_an_older_version_is_understood(world, put_back):
    run = put_back(**{"README.md": b"# Other\n"})
    (event,) = enforced(world)
    lines = world.journals[run]
    world.journals[run] = [line.replace(f',"found":"{event.found}"'.encode(), b"") for line in lines]
    assert world.journals[run] != lines
    with pytest.raises(Refused, match="did not record"):
        give_back(world.app(), run, "README.md")


def test_an_ignore_file_that_cannot_be_recorded_is_put_back_all_the_same(world, calling):
    world.files[".gitignore"] = b"old/\n"

    def shell(at, _command):
        at.files[".gitignore"] = b"new/\n"
        return 0, ""

    world.shell = shell
    world.turns = [calling("shell", '{"command": "make all"}'), Reply(text="Done.")]
    app = world.app()
    take = app.checkpoints.take

    def failing(only=()):
        if only:
            raise GitFailed("cannot record it", "")
        return take()

    app.checkpoints.take = failing
    run = start(app, RunRequest(spec="login", tasks="1")).run
    assert world.files[".gitignore"] == b"old/\n"
    assert [(event.reverted, event.found) for event in enforced(world)] == [((".gitignore",), "")]
    with pytest.raises(Refused, match="did not record"):
        give_back(world.app(), run, ".gitignore")
