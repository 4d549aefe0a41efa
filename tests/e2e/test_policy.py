"""`setsquare policy` on a real folder, with a home folder of its own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

RULES = """rules:
  - {capability: shell, effect: allow, match: ["git *", "npm *"], exclude: ["npm publish*"]}
  - {capability: fs_write, effect: deny, match: ["infra"]}
  - {capability: web_fetch, effect: allow, match: ["https://docs.python.org/*"]}
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "home"
    (place / ".kiro" / "settings").mkdir(parents=True)
    (place / ".kiro" / "settings" / "permissions.yaml").write_text(RULES)
    monkeypatch.setenv("HOME", str(place))
    monkeypatch.setenv("SETSQUARE_STATE", str(tmp_path / "state"))
    return place


# req: agent-runtime/1.3
def test_a_command_is_explained_in_a_folder_that_nobody_trusts(folder, run, home):
    ran = run("policy", "explain", "git push --force", "--format", "json")
    value = json.loads(ran.out)
    assert (ran.code, value["permission"], value["rule"], value["source"]) == (0, "deny", "forbidden-command: git push --force", "built in")
    assert [(each["permission"], each["rule"]) for each in value["others"]] == [
        ("ask", "class: external"),
        ("allow", 'permission: shell allow "git *" (~/.kiro/settings/permissions.yaml:2)'),
    ]
    assert [(each["command"], each["kind"]) for each in value["commands"]] == [("git push --force", "external")]


def test_every_command_of_a_text_is_shown_with_its_class(folder, run, home):
    text = run("policy", "explain", "cd a && timeout 5 npm run x | tee out.txt; echo y > infra/z").out
    assert "deny" in text.splitlines()[0]
    assert 'permission: fs_write deny "infra" (~/.kiro/settings/permissions.yaml:3)' in text
    for part in ("read", "npm run x", "run by timeout 5 npm run x", "writes out.txt"):
        assert part in text
    assert "unparseable-command" in run("policy", "explain", "ls '").out


def test_files_are_explained(folder, run, home):
    (folder / ".kiro").mkdir()
    (folder / ".kiro" / "settings.json").write_text(
        '{"agent": {"autonomyLevel": "full", "pathAutonomy": {"src/pay/**": "cautious"}, "protectedPaths": ["x"]}}'
    )
    paid = json.loads(run("policy", "explain", "--write", "src/pay/a.py", "--format", "json").out)
    assert (paid["permission"], paid["source"]) == ("ask", ".kiro/settings.json: agent.pathAutonomy")
    assert json.loads(run("policy", "explain", "--read", ".env", "--format", "json").out)["rule"] == "secret-path"
    assert (
        json.loads(run("policy", "explain", "--write", "src/a.py", "--mode", "interactive", "--format", "json").out)["source"]
        == "the mode of the run"
    )
    low = json.loads(run("policy", "explain", "--write", "src/a.py", "--autonomy", "cautious", "--format", "json").out)
    assert low["rule"] == "autonomy: cautious"
    freeze = folder / ".setsquare" / "freeze.json"
    freeze.parent.mkdir()
    freeze.write_text('{"reason": "r", "by": "b", "at": "t", "paths": ["src/**"]}')
    assert json.loads(run("policy", "explain", "--write", "src/a.py", "--format", "json").out)["source"] == ".setsquare/freeze.json"


def test_exactly_one_thing_is_explained(folder, run, home):
    assert run("policy", "explain").code == 2
    assert run("policy", "explain", "ls", "--read", "a").code == 2
    assert run("policy", "explain", "ls", "--spec", "none").code == 2
    assert run("policy", "explain", "ls", "--task", "1").code == 2


def test_it_works_in_a_home_folder_whose_file_then_only_tightens(run, home, monkeypatch):
    monkeypatch.delenv("SETSQUARE_STATE")
    monkeypatch.chdir(home)
    value = json.loads(run("policy", "explain", "npm run x", "--format", "json").out)
    assert value["permission"] == "ask"
    assert len(value["problems"]) == 2


def test_what_a_task_may_do_is_shown(folder, run, home):
    spec = folder / ".kiro" / "specs" / "login"
    spec.mkdir(parents=True)
    (spec / "tasks.md").write_text("# Plan\n\n- [ ] 1. Write `src/login.py`\n  - _Autonomy: cautious_\n")
    (folder / ".kiro" / "settings.json").write_text(
        '{"agent": {"autonomyLevel": "full", "allowedHosts": ["pypi.org"], "maxMinutesPerTask": 7}}'
    )
    value = json.loads(run("policy", "show", "--spec", "login", "--environment", "test", "--format", "json").out)
    assert (value["task"], value["autonomy"], value["writable"], value["minutes"], value["environment"]) == (
        "1",
        "cautious",
        ["src/login.py"],
        7,
        "test",
    )
    assert value["hosts"] == ["pypi.org", "docs.python.org"]
    assert [(rule["scope"], rule["effect"]) for rule in value["rules"]] == [("user", "allow"), ("user", "deny"), ("user", "allow")]
    text = run("policy", "show", "--spec", "login", "--task", "1").out
    for part in ("src/login.py", "pypi.org", "7 minutes", "~/.kiro/settings/permissions.yaml:3", "counts as shared"):
        assert part in text
    outside = json.loads(run("policy", "explain", "--write", "lib/x.py", "--spec", "login", "--mode", "autonomous", "--format", "json").out)
    assert (outside["permission"], outside["source"]) == ("deny", ".kiro/specs/login/tasks.md")


@pytest.mark.parametrize(
    "text",
    [
        '{"agent": {"allowedHosts": ["*"]}}',
        '{"agent": {"allowedHosts": ["10.0.0.1"]}}',
        '{"agent": {"allowedHosts": ["*.com"]}}',
        '{"agent": {"allowedHosts": "pypi.org"}}',
        '{"agent": {"pathAutonomy": {"src/**": "most"}}}',
        '{"agent": {"pathAutonomy": ["src"]}}',
        '{"agent": {"maxMinutesPerTask": 0}}',
    ],
)
def test_wrong_values_are_found_and_read_strictly(folder, run, home, text):
    (home / ".kiro" / "settings" / "permissions.yaml").unlink()
    (folder / ".kiro").mkdir()
    (folder / ".kiro" / "settings.json").write_text(text.replace('{"agent": {', '{"agent": {"autonomyLevel": "full", '))
    checked = run("check")
    assert "CFG002" in checked.out
    assert "CFG001" not in checked.out
    value = json.loads(run("policy", "show", "--format", "json").out)
    assert value["hosts"] == []
    if "pathAutonomy" in text:
        assert json.loads(run("policy", "explain", "--write", "src/a", "--format", "json").out)["permission"] == "ask"
    assert value["minutes"] == (1 if "Minutes" in text else 60)
