"""`setsquare openspec store`: stores are made, registered, looked at and forgotten as OpenSpec 1.13.2 does, on the same files."""

from __future__ import annotations

import fcntl
import functools
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from tests.e2e.planning import OpenSpec, write

pytestmark = pytest.mark.usefixtures("nowhere")


@pytest.fixture
def store_command(openspec: OpenSpec, own_home: Path, monkeypatch: pytest.MonkeyPatch) -> OpenSpec:
    """Run one of the commands from a folder without a root, as an author with git settings of their own."""
    monkeypatch.delenv("GIT_CONFIG_GLOBAL", raising=False)
    write(own_home / ".gitconfig", "[user]\n\tname = Ada\n\temail = ada@example.invalid\n[init]\n\tdefaultBranch = trunk\n")
    return functools.partial(openspec, "store")


def registry(tmp_path: Path) -> Path:
    return tmp_path / "home" / "data" / "openspec" / "stores" / "registry.yaml"


def root(folder: Path) -> Path:
    """Make a sound planning root."""
    write(folder / "openspec" / "config.yaml", "schema: spec-driven\n")
    return folder


def store(folder: Path, store_id: str) -> Path:
    """Make a root that says that it is a store."""
    write(root(folder) / ".openspec-store" / "store.yaml", f"version: 1\nid: {store_id}\n")
    return folder


def entered(tmp_path: Path, store_id: str, path: object) -> None:
    write(registry(tmp_path), f"version: 1\nstores:\n  {store_id}:\n    backend:\n      type: git\n      local_path: {path}\n")


def git(folder: Path, *args: str) -> str:
    return subprocess.run(["git", "-C", str(folder), *args], check=True, capture_output=True, text=True).stdout


# req: openspec-interop/2.3
def test_a_store_is_made_committed_and_registered(store_command: OpenSpec, tmp_path: Path) -> None:
    team = tmp_path / "team"
    ran = store_command("setup", "team", "--path", str(team), "--json")
    assert ran.code == 0
    assert ran.document == {
        "store": {"id": "team", "root": str(team), "metadata_path": f"{team}/.openspec-store/store.yaml"},
        "registry": {"path": str(registry(tmp_path)), "registered": True, "already_registered": False},
        "git": {"is_repository": True, "initialized": True, "committed": True},
        "created_files": [
            "openspec/",
            "openspec/specs/",
            "openspec/changes/",
            "openspec/changes/archive/",
            "openspec/config.yaml",
            "openspec/specs/.gitkeep",
            "openspec/changes/archive/.gitkeep",
            ".openspec-store/store.yaml",
        ],
        "status": [],
    }
    assert registry(tmp_path).read_text() == f"version: 1\nstores:\n  team:\n    backend:\n      type: git\n      local_path: {team}\n"
    assert (team / ".openspec-store" / "store.yaml").read_text() == "version: 1\nid: team\n"
    assert git(team, "log", "--format=%an %s", "trunk") == "Ada Initialize OpenSpec store team\n"
    assert git(team, "status", "--porcelain") == ""
    again = store_command("setup", "team", "--path", str(team), "--json")
    assert (again.code, again.codes, again.document["created_files"]) == (0, ["store_already_registered"], [])


@pytest.mark.parametrize(
    ("argv", "code"),
    [
        ((), "store_setup_id_required"),
        (("team",), "store_setup_path_required"),
        (("Team A", "--path", "x"), "invalid_store_id"),
        (("..", "--path", "x"), "invalid_store_id"),
        (("team", "--path", "x", "--remote", ""), "store_remote_empty"),
        (("team", "--path", "file"), "store_setup_path_not_directory"),
        (("team", "--path", "file/x"), "store_error"),
        (("team", "--path", "full"), "store_setup_non_empty_directory"),
        (("team", "--path", "repository/x"), "store_setup_inside_git_repo"),
        (("team", "--path", "other"), "store_metadata_id_mismatch"),
        (("other", "--path", "other", "--remote", "https://h/x"), "store_remote_requires_hand_edit"),
        (("known", "--path", "y"), "store_id_conflict"),
        (("known-too", "--path", "known-too"), "store_path_conflict"),
    ],
)
def test_a_store_that_cannot_be_made_leaves_nothing(store_command: OpenSpec, tmp_path: Path, argv: tuple[str, ...], code: str) -> None:
    here = tmp_path / "here"
    write(here / "file")
    write(here / "full" / "notes.md")
    (here / "repository" / ".git").mkdir(parents=True)
    store(here / "other", "other")
    store(here / "known-too", "known-too")
    write(
        registry(tmp_path),
        "version: 1\nstores:\n"
        f"  known: {{backend: {{type: git, local_path: {here / 'z'}}}}}\n"
        f"  one: {{backend: {{type: git, local_path: {here / 'known-too'}}}}}\n",
    )
    before = sorted(tmp_path.rglob("*"))
    ran = store_command("setup", *argv, "--json")
    assert (ran.code, ran.codes, ran.document["store"]) == (1, [code], None)
    told = store_command("setup", *argv)
    assert (told.code, told.out) == (1, "")
    assert told.err.startswith("Error: ")
    assert sorted(tmp_path.rglob("*")) == before


def test_without_a_name_for_commits_nothing_is_made(store_command: OpenSpec, tmp_path: Path) -> None:
    (tmp_path / "home" / ".gitconfig").unlink()
    ran = store_command("setup", "team", "--path", str(tmp_path / "team"), "--json")
    assert (ran.code, ran.codes) == (1, ["store_git_identity_missing"])
    assert not (tmp_path / "team").exists()
    assert store_command("setup", "team", "--path", str(tmp_path / "team"), "--no-init-git").code == 0
    assert not (tmp_path / "team" / ".git").exists()


def test_a_commit_that_fails_is_taken_back(store_command: OpenSpec, tmp_path: Path) -> None:
    (tmp_path / "team" / ".git").mkdir(parents=True)
    ran = store_command("setup", "team", "--path", str(tmp_path / "team"), "--json")
    assert (ran.code, ran.codes) == (1, ["store_git_commit_failed"])
    assert [path.name for path in (tmp_path / "team").iterdir()] == [".git"]
    assert not registry(tmp_path).exists()


def test_what_cannot_be_entered_is_taken_back(store_command: OpenSpec, tmp_path: Path) -> None:
    odd = root(tmp_path / os.fsdecode(b"odd-\xff"))
    before = sorted(odd.rglob("*"))
    assert store_command("register", str(odd), "--id", "odd", "--yes", "--json").codes == ["store_error"]
    assert sorted(odd.rglob("*")) == before
    assert store_command("setup", "odd", "--path", f"{odd}/new", "--json").codes == ["store_error"]
    assert sorted(odd.rglob("*")) == before


@pytest.mark.parametrize("made", [(), ("openspec/specs",), ("openspec/changes/archive", "openspec/specs")])
def test_a_making_that_was_cut_off_is_ended_by_the_next_one(store_command: OpenSpec, tmp_path: Path, made: tuple[str, ...]) -> None:
    for below in (".openspec-store", *made):
        (tmp_path / "team" / below).mkdir(parents=True)
        write(tmp_path / "team" / below / ".setsquare-0123456789abcdef.tmp", "half")
    assert store_command("setup", "team", "--path", str(tmp_path / "team")).code == 0
    assert git(tmp_path / "team", "status", "--porcelain") == ""


def test_a_making_that_was_cut_off_before_its_commit_is_committed(store_command: OpenSpec, tmp_path: Path) -> None:
    assert store_command("setup", "team", "--path", str(tmp_path / "team"), "--no-init-git").code == 0
    registry(tmp_path).unlink()
    git(tmp_path, "init", "-q", str(tmp_path / "team"))
    ran = store_command("setup", "team", "--path", str(tmp_path / "team"), "--json")
    assert ran.document["git"] == {"is_repository": True, "initialized": False, "committed": True}
    assert git(tmp_path / "team", "status", "--porcelain") == ""


def test_a_removal_that_was_cut_off_is_ended_by_the_next_one(store_command: OpenSpec, tmp_path: Path) -> None:
    left = tmp_path / ".team.removed-by-setsquare"
    write(left / "openspec" / "specs" / "a")
    entered(tmp_path, "team", tmp_path / "team")
    assert store_command("remove", "team", "--yes", "--json").codes == ["store_root_missing"]
    assert not left.exists()


def test_no_hook_or_filter_of_a_repository_runs(store_command: OpenSpec, tmp_path: Path) -> None:
    team = root(tmp_path / "team")
    git(tmp_path, "init", "-q", str(team))
    mark = tmp_path / "ran"
    write(team / ".git" / "hooks" / "pre-commit", f"#!/bin/sh\ntouch {mark}\nexit 1\n")
    (team / ".git" / "hooks" / "pre-commit").chmod(0o755)
    write(team / ".gitattributes", "* filter=evil\n")
    git(team, "config", "filter.evil.clean", f"touch {mark}; cat")
    git(team, "config", "core.fsmonitor", f"touch {mark}")
    assert store_command("setup", "team", "--path", str(team)).code == 0
    assert store_command("doctor", "team").code == 0
    assert not mark.exists()


def test_a_root_becomes_a_store_only_when_agreed(store_command: OpenSpec, tmp_path: Path) -> None:
    team = root(tmp_path / "team")
    ran = store_command("register", str(team), "--json")
    assert (ran.code, ran.codes) == (1, ["store_register_identity_confirmation_required"])
    assert not (team / ".openspec-store").exists()
    (tmp_path / "link").symlink_to(team)
    git(tmp_path, "init", "-q", str(team))
    git(team, "remote", "add", "origin", "https://h/team.git")
    ran = store_command("register", str(tmp_path / "link"), "--id", "ours", "--yes", "--json")
    assert (ran.code, ran.document["store"]["root"], ran.document["created_files"]) == (0, str(team), [".openspec-store/store.yaml"])
    assert "remote: https://h/team.git" in registry(tmp_path).read_text()


@pytest.mark.parametrize(
    ("path", "more", "code"),
    [
        ("", (), "store_path_required"),
        ("nowhere", (), "store_path_missing"),
        ("file", (), "store_path_not_directory"),
        ("bare", (), "store_register_root_unhealthy"),
        ("broken", (), "invalid_store_metadata"),
        ("team", ("--id", "other"), "store_metadata_id_mismatch"),
        ("team", ("--id", "Bad"), "invalid_store_id"),
        ("Upper", ("--yes",), "invalid_store_id"),
    ],
)
def test_what_cannot_be_registered(store_command: OpenSpec, tmp_path: Path, path: str, more: tuple[str, ...], code: str) -> None:
    here = tmp_path / "here"
    write(here / "file")
    write(here / "bare" / "openspec" / "specs")
    write(store(here / "broken", "broken") / ".openspec-store" / "store.yaml", "version: 1\nid: broken\nextra: 1\n")
    store(here / "team", "team")
    root(here / "Upper")
    ran = store_command("register", path, *more, "--json")
    assert (ran.code, ran.codes) == (1, [code])
    assert not registry(tmp_path).exists()


def test_an_unregistered_store_keeps_its_files(store_command: OpenSpec, tmp_path: Path) -> None:
    team = store(tmp_path / "team", "team")
    entered(tmp_path, "team", team)
    ran = store_command("unregister", "team", "--json")
    assert ran.document["files"] == {"deleted": False, "deleted_path": None, "left_on_disk": str(team)}
    assert team.exists()
    assert registry(tmp_path).read_text() == "version: 1\nstores: {}\n"
    assert store_command("unregister", "team", "--json").codes == ["store_not_found"]


def test_a_store_is_deleted_only_when_agreed_and_when_it_says_what_it_is(store_command: OpenSpec, tmp_path: Path) -> None:
    team = store(tmp_path / "team", "team")
    entered(tmp_path, "team", team)
    assert store_command("remove", "team", "--json").codes == ["store_remove_confirmation_required"]
    write(team / ".openspec-store" / "store.yaml", "version: 1\nid: other\n")
    assert store_command("remove", "team", "--yes", "--json").codes == ["store_metadata_id_mismatch"]
    (team / ".openspec-store" / "store.yaml").unlink()
    assert store_command("remove", "team", "--yes", "--json").codes == ["store_remove_metadata_missing"]
    store(team, "team")
    ran = store_command("remove", "team", "--yes", "--json")
    assert (ran.code, ran.document["files"]["deleted_path"], team.exists()) == (0, str(team), False)
    entered(tmp_path, "team", team)
    ran = store_command("remove", "team", "--yes", "--json")
    assert (ran.code, ran.codes) == (0, ["store_root_missing"])


@pytest.mark.parametrize("below", [".", "home", "home/data/openspec"])
def test_a_folder_that_holds_the_home_or_the_registry_is_never_deleted(store_command: OpenSpec, tmp_path: Path, below: str) -> None:
    place = store(tmp_path / below, "team")
    entered(tmp_path, "team", place)
    assert store_command("remove", "team", "--yes", "--json").codes == ["store_remove_path_refused"]
    assert registry(tmp_path).exists()


def test_a_known_store_gets_its_missing_folders_and_nothing_else(store_command: OpenSpec, tmp_path: Path) -> None:
    team = store(tmp_path / "team", "team")
    assert store_command("register", str(team)).code == 0
    ran = store_command("setup", "team", "--path", str(team), "--json")
    assert ran.document["created_files"] == ["openspec/specs/", "openspec/changes/", "openspec/changes/archive/"]
    assert ran.document["git"] == {"is_repository": False, "initialized": False, "committed": False}


def test_a_root_that_becomes_a_repository_is_committed_whole(store_command: OpenSpec, tmp_path: Path) -> None:
    team = root(tmp_path / "team")
    write(team / "openspec" / "specs" / "a" / "spec.md", "# a\n")
    ran = store_command("setup", "team", "--path", str(team), "--json")
    assert ran.document["git"] == {"is_repository": True, "initialized": True, "committed": True}
    assert git(team, "status", "--porcelain") == ""
    write(team / "openspec" / "specs" / "a" / "spec.md", "# b\n")
    assert store_command("doctor", "team", "--json").document["stores"][0]["git"]["has_uncommitted_changes"] is True


def test_of_a_link_the_link_alone_is_deleted(store_command: OpenSpec, tmp_path: Path) -> None:
    team = store(tmp_path / "team", "team")
    (tmp_path / "link").symlink_to(team)
    entered(tmp_path, "team", tmp_path / "link")
    assert store_command("remove", "team", "--yes").code == 0
    assert team.exists()
    assert not (tmp_path / "link").is_symlink()


# req: openspec-interop/2.3
def test_the_doctor_names_what_is_amiss(store_command: OpenSpec, tmp_path: Path) -> None:
    team = store(tmp_path / "team", "team")
    entered(tmp_path, "team", team)
    assert "  OpenSpec root: ok\n  Metadata: ok\n  Git: not detected\n  Issues: none\n" in store_command("doctor").out
    git(tmp_path, "init", "-q", str(team))
    write(team / ".openspec-store" / "store.yaml", "version: 1\nid: other\n")
    write(team / "openspec" / "specs")
    (team / "openspec" / "config.yaml").unlink()
    ran = store_command("doctor", "team", "--json")
    found = ran.document["stores"][0]
    assert (ran.code, [finding["code"] for finding in found["status"]]) == (
        0,
        ["openspec_config_missing", "openspec_specs_not_directory", "store_metadata_id_mismatch", "store_git_no_commits"],
    )
    assert found["git"] == {
        "is_repository": True,
        "has_commits": False,
        "has_uncommitted_changes": True,
        "has_remote": False,
        "origin_url": None,
    }
    entered(tmp_path, "team", tmp_path / "nowhere")
    found = store_command("doctor", "--json").document["stores"][0]
    assert (found["metadata"], found["status"][0]["code"]) == ({"present": None, "valid": None, "remote": None}, "store_root_missing")
    assert store_command("doctor", "nope", "--json").codes == ["store_not_found"]


@pytest.mark.parametrize("text", ["", "a: [\n", "version: 1\nstores: {}\nmore: 1\n", "version: 1\nstores: {a: {backend: {type: svn}}}\n"])
def test_a_registry_that_cannot_be_read_is_left_as_it_is(store_command: OpenSpec, tmp_path: Path, text: str) -> None:
    write(registry(tmp_path), text)
    store(tmp_path / "team", "team")
    for argv in (("list",), ("doctor",), ("register", str(tmp_path / "team")), ("unregister", "team"), ("remove", "team", "--yes")):
        ran = store_command(*argv, "--json")
        assert (ran.code, ran.codes) == (1, ["invalid_store_registry"])
    assert registry(tmp_path).read_text() == text


def test_a_lock_of_somebody_else_is_respected(store_command: OpenSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("setsquare.adapters.store_world._WAIT_S", 0.05)
    lock = registry(tmp_path).with_name("registry.yaml.lock")
    write(lock)
    store(tmp_path / "team", "team")
    ran = store_command("register", str(tmp_path / "team"), "--json")
    assert (ran.code, ran.codes) == (1, ["store_registry_busy"])
    assert lock.exists()
    write(lock, "setsquare 1")
    with lock.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert store_command("register", str(tmp_path / "team"), "--json").codes == ["store_registry_busy"]
    # Nobody holds it any more: its Setsquare was killed.
    assert store_command("register", str(tmp_path / "team")).code == 0
    assert not lock.exists()


@pytest.mark.parametrize(
    ("argv", "question"),
    [(("register", "team"), "Turn this OpenSpec root into store 'team'?"), (("remove", "known"), "Delete local store folder")],
)
def test_a_person_at_a_terminal_is_asked(
    store_command: OpenSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, argv: tuple[str, ...], question: str
) -> None:
    root(tmp_path / "here" / "team")
    entered(tmp_path, "known", store(tmp_path / "known", "known"))
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    asked: list[str] = []

    def answer(reply: bool | None) -> Callable[..., bool]:
        def confirm(text: str, **_more: object) -> bool:
            asked.append(text)
            if reply is None:
                raise click.Abort
            return reply

        return confirm

    monkeypatch.setattr("click.confirm", answer(None))
    assert store_command(*argv) == (130, "", "Cancelled.\n")
    monkeypatch.setattr("click.confirm", answer(False))
    ran = store_command(*argv)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith(f"Error: Store {argv[0]} cancelled.\nFix: ")
    monkeypatch.setattr("click.confirm", answer(True))
    assert store_command(*argv).code == 0
    assert len(asked) == 3
    assert asked[0].startswith(question)


def test_many_at_once_lose_nothing(store_command: OpenSpec, tmp_path: Path) -> None:
    names = ["a", "b", "c", "d"]
    command = [sys.executable, "-m", "setsquare", "openspec", "store", "register"]
    running = [subprocess.Popen([*command, str(store(tmp_path / name, name))], stdout=subprocess.DEVNULL, env=os.environ) for name in names]
    assert [process.wait() for process in running] == [0, 0, 0, 0]
    assert [row["id"] for row in store_command("list", "--json").document["stores"]] == names


# req: openspec-interop/2.2
def test_a_missing_or_unknown_command_says_how_stores_are_used(store_command: OpenSpec) -> None:
    assert store_command("--json").codes == ["unknown_store_subcommand"]
    ran = store_command("lst")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("Error: unknown command 'lst' for 'openspec store'.\n")
    assert store_command("ls").out.startswith("No stores registered.\n")


# req: openspec-interop/2.1
def test_the_registry_is_for_this_person_alone(store_command: OpenSpec, tmp_path: Path) -> None:
    """It names folders of this machine; one that others could read is closed with the next change."""
    assert store_command("setup", "plans", "--path", str(tmp_path / "plans"), "--no-init-git").code == 0
    assert registry(tmp_path).stat().st_mode & 0o777 == 0o600
    registry(tmp_path).chmod(0o644)
    assert store_command("setup", "more", "--path", str(tmp_path / "more"), "--no-init-git").code == 0
    assert registry(tmp_path).stat().st_mode & 0o777 == 0o600
