"""What bounds a run is read from all scopes; explaining and simulating use the same rules."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from setsquare.errors import StorageFailed
from setsquare.guard.capability import Mode, Permission
from setsquare.journeys.permitted import permitted
from setsquare.journeys.policy_simulating import Changed, simulate
from setsquare.journeys.run_task import RunRequest, start
from setsquare.ports.permissions import PermissionText
from setsquare.workspace.settings import Autonomy

DENY_SHELL = b"rules:\n- {capability: shell, effect: deny, match: ['ls *']}\n"
ALLOW_SHELL = b"rules:\n- {capability: shell, effect: allow, match: ['tool *']}\n"


class Texts:
    home = "/home/ann"

    def __init__(self, *texts: PermissionText) -> None:
        self._texts = texts

    def texts(self) -> tuple[PermissionText, ...]:
        return self._texts


def text(place: str, raw: bytes = b"", problem: str = "") -> PermissionText:
    return PermissionText(place=place, path=f"{place}.yaml", raw=raw, problem=problem)


def test_every_scope_is_read_and_the_repository_only_tightens(world):
    world.files[".kiro/settings/permissions.yaml"] = ALLOW_SHELL + b"- {capability: web_fetch, effect: ask}\n"
    world.files[".setsquare/permissions.yaml"] = DENY_SHELL
    app = replace(
        world.app(),
        permissions=Texts(text("administrator", ALLOW_SHELL), text("user", ALLOW_SHELL), text("workspace", problem="it is a folder")),
    )
    found = permitted(app)
    assert [(rule.scope.value, rule.effect.value, rule.capability) for rule in found.rules] == [
        ("user", "allow", "shell"),
        ("workspace", "ask", "all"),
        ("repository", "ask", "web_fetch"),
        ("repository", "deny", "shell"),
    ]
    assert [(problem.path, problem.is_refused_allow) for problem in found.problems] == [
        ("administrator.yaml", True), ("workspace.yaml", False), (".kiro/settings/permissions.yaml", True),
    ]  # fmt: skip


def test_a_file_of_the_repository_that_cannot_be_read_makes_everything_ask(world, monkeypatch):
    app = world.app()
    read = type(app.files).read

    def failing(self, path):
        if path == ".kiro/permissions.yaml":
            raise StorageFailed("no", "")
        return read(self, path)

    monkeypatch.setattr(type(app.files), "read", failing)
    assert [rule.effect for rule in permitted(app).rules] == [Permission.ASK]


def decisions(world, run=""):
    return [(event.tool, event.permission, event.rule) for event in world.events(run) if type(event).__name__ == "ActionDecided"]


def test_a_run_is_held_to_the_rules(world, calling):
    world.turns.insert(0, calling("shell", '{"command": "ls src"}'))
    start(replace(world.app(), permissions=Texts(text("user", DENY_SHELL))), RunRequest(spec="login"))
    assert decisions(world)[0] == ("shell", "deny", 'permission: shell deny "ls *" (user.yaml:2)')


def test_what_may_not_be_read_is_hidden_from_commands_and_tools(world, calling, monkeypatch):
    world.files |= {"data/a.csv": b"1", "data/b.csv": b"2"}
    seen = []
    run = type(world.app().sandbox).run

    def noting(self, argv, confinement, is_halted=None):
        seen.append(confinement)
        return run(self, argv, confinement, is_halted)

    monkeypatch.setattr(type(world.app().sandbox), "run", noting)
    world.turns[:0] = [calling("shell", '{"command": "ls"}'), calling("read", '{"path": "data/a.csv"}', 2)]
    rules = b"rules:\n- {capability: fs_read, effect: deny, match: [data]}\n- {capability: fs_write, effect: deny, match: ['src/x/**']}\n"
    world.files["src/x/y.py"] = b"1"
    start(replace(world.app(), permissions=Texts(text("user", rules))), RunRequest(spec="login"))
    assert "data" in seen[0].hidden
    assert "src/x" in seen[0].read_only
    assert decisions(world)[1][1:] == ("deny", 'permission: fs_read deny "data" (user.yaml:2)')


def test_a_broken_file_is_told_and_makes_everything_ask(world):
    app = replace(world.app(), permissions=Texts(text("user", b"rules: [")))
    start(app, RunRequest(spec="login"))
    assert any(line.startswith("user.yaml") for line in world.progress)
    assert {permission for _, permission, _ in decisions(world)} == {"ask"}


def test_a_dependency_that_a_write_adds_needs_a_person(make_world, calling):
    world = make_world(tasks=b"# Plan\n\n- [ ] 1. Use Flask in `requirements.txt`\n  - _Requirements: 1.1_\n")
    world.files["requirements.txt"] = b"flask==3\n"
    world.person_commits()
    world.turns[:] = [
        calling("write", '{"path": "requirements.txt", "content": "flask==3\\nflaks\\n"}'),
        calling("edit", '{"path": "requirements.txt", "old": "flask==3", "new": "flask==4"}', 2),
    ]
    start(world.app(), RunRequest(spec="login"))
    assert [rule for _, _, rule in decisions(world)][:2] == ["dependency-added", "dependency-change"]


# req: agent-runtime/1.4
def test_a_run_is_decided_again_under_todays_rules(world, calling):
    world.turns[:0] = [
        calling("shell", '{"command": "ls src"}'),
        calling("shell", '{"command": "git push"}', 2),
        calling("shell", '{"cmd": 1}', 3),
    ]
    start(world.app(), RunRequest(spec="login"))
    (run,) = world.journals
    before = len(world.journals[run]), len(world.commands)
    same = simulate(world.app(), run, Changed())
    assert (same.count, same.spec, same.mode) == (0, "login", "supervised")
    assert [(action.then, action.now) for action in same.actions[:3]] == [("allow", "allow"), ("ask", "ask"), ("deny", "deny")]
    stricter = simulate(replace(world.app(), permissions=Texts(text("user", DENY_SHELL))), run, Changed())
    assert [(action.what, action.then, action.now) for action in stricter.actions if action.differs] == [("ls src", "allow", "deny")]
    careful = simulate(world.app(), run, Changed(mode=Mode.INTERACTIVE, autonomy=Autonomy.CAUTIOUS, environment="test"))
    assert (careful.mode, careful.environment) == ("interactive", "test")
    assert {action.now for action in careful.actions} == {"ask", "deny"}
    assert (len(world.journals[run]), len(world.commands)) == before


def test_a_task_that_is_gone_is_judged_by_the_scope_that_it_had(world):
    start(world.app(), RunRequest(spec="login"))
    (run,) = world.journals
    world.files[".kiro/specs/login/tasks.md"] = b"# Plan\n\n- [ ] 9. Other\n"
    found = simulate(world.app(), run, Changed())
    assert "write" in [action.tool for action in found.actions]
    assert found.count == 0


@pytest.mark.parametrize("run", ["none"])
def test_a_run_that_does_not_exist_is_said(world, run):
    with pytest.raises(Exception, match="no run"):
        simulate(world.app(), run, Changed())
