"""`setsquare openspec workset`: lists of folders are kept and opened as OpenSpec 1.13.2 does, on the same files."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from tests.e2e.planning import Answered, OpenSpec

from setsquare.__main__ import main


@pytest.fixture
def workset(own_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> OpenSpec:
    """Run one of the commands in an own home, with no program but those of the test on the search path."""
    assert own_home == tmp_path / "home"
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    for name in ("here/api", "here/web app", "bin"):
        (tmp_path / name).mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "here")

    def run(*argv: str) -> Answered:
        capfd.readouterr()
        code = main(["openspec", "workset", *argv])
        return Answered(code, *capfd.readouterr())

    return run


def saved(tmp_path: Path) -> Path:
    return tmp_path / "home" / "data" / "openspec" / "worksets" / "worksets.yaml"


def tool(tmp_path: Path, name: str, code: int = 0) -> None:
    """Make a program that says how it was called."""
    path = tmp_path / "bin" / name
    path.write_text(f'#!/bin/sh\necho "$PWD"\nfor word in "$@"; do echo "[$word]"; done\nexit {code}\n')
    path.chmod(0o755)


def openers(tmp_path: Path, value: object) -> None:
    path = tmp_path / "home" / "config" / "openspec" / "config.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"openers": value}))


# req: openspec-interop/2.3
def test_a_workset_is_saved_listed_and_removed(workset: OpenSpec, tmp_path: Path) -> None:
    here = tmp_path / "here"
    ran = workset("create", "day", "--member", "api", "--member", "the web=web app", "--tool", "code", "--json")
    members = [{"name": "api", "path": f"{here}/api"}, {"name": "the web", "path": f"{here}/web app"}]
    assert (ran.code, ran.document) == (0, {"workset": {"name": "day", "tool": "code", "members": members}, "status": []})
    assert saved(tmp_path).read_text() == (
        "version: 1\nworksets:\n  day:\n    tool: code\n    members:\n"
        f"      - name: api\n        path: {here}/api\n      - name: the web\n        path: {here}/web app\n"
    )
    assert workset("list").out == f"day  (opens in VS Code)\n  api      {here}/api\n  the web  {here}/web app\n"
    assert workset("remove", "day", "--json").codes == ["workset_remove_confirmation_required"]
    assert workset("remove", "day", "--yes", "--json").document == {"removed": {"name": "day"}, "status": []}
    assert workset("ls", "--json").document == {"worksets": [], "status": []}
    assert workset("remove", "day", "--yes", "--json").codes == ["workset_not_found"]


@pytest.mark.parametrize(
    ("argv", "code"),
    [
        ((), "workset_name_required"),
        (("day",), "workset_members_required"),
        (("Day One", "--member", "api"), "invalid_workset_name"),
        (("day", "--member", "nowhere"), "workset_member_invalid"),
        (("day", "--member", "a=", "--member", "api"), "workset_member_invalid"),
        (("day", "--member", "/"), "workset_member_invalid"),
        (("day", "--member", "a/b=api"), "workset_member_invalid"),
        (("day", "--member", "x=api", "--member", "x=web app"), "workset_member_invalid"),
        (("day", "--member", "api", "--tool", "vi"), "workset_tool_unknown"),
        (("day", "--member", "api", "--tool", "claude"), "workset_cli_opener_disabled"),
        (("taken", "--member", "api"), "workset_exists"),
    ],
)
def test_what_cannot_be_saved(workset: OpenSpec, tmp_path: Path, argv: tuple[str, ...], code: str) -> None:
    assert workset("create", "taken", "--member", "api").code == 0
    before = saved(tmp_path).read_bytes()
    ran = workset("create", *argv, "--json")
    assert (ran.code, ran.codes, ran.document["workset"]) == (1, [code], None)
    assert saved(tmp_path).read_bytes() == before


def test_a_workset_opens_in_a_tool_that_is_started_without_a_shell(workset: OpenSpec, tmp_path: Path) -> None:
    here = tmp_path / "here"
    odd = here / "$(touch evil); #"
    odd.mkdir()
    tool(tmp_path, "code", 7)
    assert workset("create", "day", "--member", f"x=here/../{odd.name}", "--member", "api", "--tool", "code").code == 0
    ran = workset("open", "day")
    place = saved(tmp_path).with_name("day.code-workspace")
    assert (ran.code, ran.out, ran.err) == (
        7,
        f"Opening 'day' in VS Code (a window opens; this command returns).\n{odd}\n[{place}]\n",
        "",
    )
    assert json.loads(place.read_text()) == {"folders": [{"name": "x", "path": str(odd)}, {"name": "api", "path": f"{here}/api"}]}
    assert not (here / "evil").exists()
    assert workset("remove", "day", "--yes").code == 0
    assert not place.exists()


def test_tools_of_the_settings_are_used(workset: OpenSpec, tmp_path: Path) -> None:
    tool(tmp_path, "editor")
    openers(tmp_path, {"ed": {"style": "workspace-file", "label": "Ed", "command": "editor", "args": ["--new", "a b"]}})
    assert workset("create", "day", "--member", "api", "--tool", "ed").code == 0
    ran = workset("open", "day")
    assert ran.out.startswith("Opening 'day' in Ed (a window opens; this command returns).\n")
    assert "[--new]\n[a b]\n" in ran.out
    assert "or run: openspec workset open day --tool ed\n" in workset("open", "day", "--tool", "code").err
    openers(tmp_path, {"ed": {}})
    ran = workset("open", "day")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("Error: Invalid openers config: 'ed' adds a new tool and must set style")


def test_what_cannot_be_opened_says_how_to_do_it_by_hand(workset: OpenSpec, tmp_path: Path) -> None:
    assert workset("create", "day", "--member", "api", "--member", "web app").code == 0
    assert workset("open", "day").err.startswith("Error: Workset 'day' has no saved tool.\n")
    (tmp_path / "here" / "web app").rmdir()
    ran = workset("open", "day", "--tool", "cursor")
    place = saved(tmp_path).with_name("day.code-workspace")
    assert (ran.code, ran.err) == (
        1,
        (
            f"Skipped 'web app' ({tmp_path}/here/web app is not available).\nError: Cursor ('cursor') is not on PATH.\n"
            "Fix: Install 'cursor', then rerun: openspec workset open day\n"
            f"Open manually:\n  Workspace file: {place}\n  Members:\n    api  {tmp_path}/here/api\n"
        ),
    )
    broken = tmp_path / "bin" / "cursor"
    broken.write_text("#!/nowhere\n")
    broken.chmod(0o755)
    assert "Error: Could not launch Cursor: " in workset("open", "day", "--tool", "cursor").err
    (tmp_path / "here" / "api").rmdir()
    assert workset("open", "day").err.startswith("Error: No member folder of workset 'day' exists on this machine.\n")
    assert workset("open", "day", "--json").codes == ["workset_open_json_unsupported"]


def test_nothing_is_written_through_a_link(workset: OpenSpec, tmp_path: Path) -> None:
    tool(tmp_path, "code")
    assert workset("create", "day", "--member", "api", "--tool", "code").code == 0
    victim = tmp_path / "victim"
    victim.write_text("mine")
    saved(tmp_path).with_name("day.code-workspace").symlink_to(victim)
    assert workset("open", "day").code == 0
    assert victim.read_text() == "mine"
    assert json.loads(saved(tmp_path).with_name("day.code-workspace").read_text())["folders"][0]["name"] == "api"


def test_a_path_that_is_no_utf_8_is_refused(workset: OpenSpec, tmp_path: Path) -> None:
    odd = os.fsdecode(b"odd-\xff")
    (tmp_path / "here" / odd).mkdir()
    ran = workset("create", "day", "--member", f"x={odd}", "--json")
    assert (ran.code, ran.codes) == (1, ["workset_error"])
    assert not saved(tmp_path).exists()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a: [\n",
        "version: 1\nworksets: {day: {members: []}}\n",
        "version: 1\nworksets: {day: {members: [{name: a, path: rel}]}}\n",
        "version: 1\nworksets: {day: {members: [{name: a, path: /a, more: 1}]}}\n",
    ],
)
def test_a_file_that_cannot_be_read_is_left_as_it_is(workset: OpenSpec, tmp_path: Path, text: str) -> None:
    saved(tmp_path).parent.mkdir(parents=True)
    saved(tmp_path).write_text(text)
    for argv in (("list",), ("create", "new", "--member", "api"), ("remove", "day", "--yes")):
        ran = workset(*argv, "--json")
        assert (ran.code, ran.codes) == (1, ["invalid_workset_file"])
    assert workset("open", "day").code == 1
    assert saved(tmp_path).read_text() == text


def test_a_lock_of_somebody_else_is_respected(workset: OpenSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("setsquare.adapters.store_world._WAIT_S", 0.05)
    saved(tmp_path).parent.mkdir(parents=True)
    saved(tmp_path).with_name("worksets.yaml.lock").touch()
    assert workset("create", "day", "--member", "api", "--json").codes == ["workset_file_busy"]


# req: openspec-interop/2.2
def test_a_missing_or_unknown_command_is_named(workset: OpenSpec) -> None:
    assert workset("--json").codes == ["unknown_workset_subcommand"]
    ran = workset("lits")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == "Error: Unknown command 'lits' for 'openspec workset'. Workset subcommands: create, list (ls), open, remove.\n"
