from __future__ import annotations

import pytest

from setsquare.journeys.run_bench import real_path
from setsquare.journeys.run_task import RunRequest, start


@pytest.mark.parametrize(
    ("path", "real"),
    [
        ("", ""), ("a/b", "a/b"), ("in/x", "a/x"), ("out/x", None), ("loop/x", None), ("beside/x", None), ("new/x", "new/x"), ("../w/a", "a"), ("..", None),
    ],
)  # fmt: skip
def test_links_are_followed_and_never_out_of_the_workspace(tmp_path, path, real):
    folder = tmp_path / "w"
    (folder / "a").mkdir(parents=True)
    (tmp_path / "wide").mkdir()
    for name, target in (("in", "a"), ("out", "/etc"), ("loop", "loop"), ("beside", tmp_path / "wide")):
        (folder / name).symlink_to(target)
    assert real_path(str(folder), path) == real


def test_commands_see_no_secret_and_cannot_write_what_is_protected(world, calling, monkeypatch):
    world.files |= {"api/.env.local": b"API_TOKEN=abcdefgh1", "AGENTS.md": b"x", "Makefile": b"x"}
    seen = []
    run = type(world.app().sandbox).run

    def noting(self, argv, confinement, is_halted=None):
        seen.append((argv[-1], confinement))
        return run(self, argv, confinement, is_halted)

    monkeypatch.setattr(type(world.app().sandbox), "run", noting)
    world.turns.insert(0, calling("shell", '{"command": "ls"}'))
    start(world.app(), RunRequest(spec="login"))
    assert [command for command, _ in seen] == ["ls", "check"]
    for _, confinement in seen:
        assert confinement.writable == ("",)
        assert {".kiro", "AGENTS.md", "Makefile"} <= set(confinement.read_only)
        assert {"api/.env.local", ".env", ".git"} <= {*confinement.hidden, *confinement.read_only}
    assert [confinement.limit_s for _, confinement in seen] == [120.0, 600.0]
