"""Approvals and the other records of a change go with it into the archive and come back with it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from setsquare.__main__ import main

DELTA = "## ADDED Requirements\n### Requirement: Ring\nIt SHALL ring.\n#### Scenario: A\n- **WHEN** b\n- **THEN** c\n"
KINDS = (("approvals", ".jsonl"), ("history", ".jsonl"), ("trace", ".lock.jsonl"), ("evidence", ".jsonl"))


def git(folder: Path, *args: str) -> str:
    named = ("-c", "user.name=Ann", "-c", "user.email=ann@example.org", "-c", "commit.gpgsign=false")
    return subprocess.run(["git", *named, *args], cwd=folder, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def top(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    folder = tmp_path / "w"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    git(folder, "config", "user.name", "Ann")
    git(folder, "config", "user.email", "ann@example.org")
    return folder


def lay(folder: Path) -> None:
    change = folder / "openspec/changes/ring"
    (change / "specs/bell").mkdir(parents=True)
    (change / "specs/bell/spec.md").write_text(DELTA)
    (change / "proposal.md").write_text("# P\n## Why\nBecause it must be so for all who live here.\n## What Changes\n- things\n")


def ran(monkeypatch: pytest.MonkeyPatch, folder: Path, *argv: str) -> int:
    monkeypatch.chdir(folder)
    return main(list(argv))


# req: openspec-interop/3.6
@pytest.mark.parametrize("prefix", ["", "packages/a"])
def test_approvals_follow_their_change_and_come_back(
    top: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], prefix: str
) -> None:
    root = top / prefix
    lay(root)
    (top / ".setsquare").mkdir(exist_ok=True)
    git(top, "add", "-A")
    git(top, "commit", "-qm", "one")
    name = f"{prefix}/openspec/changes/ring".lstrip("/")
    assert ran(monkeypatch, top, "approve", name, "requirements") == 0
    places = {kind: top / f".setsquare/{kind}/{name}{suffix}" for kind, suffix in KINDS}
    assert places["approvals"].is_file()
    for kind in ("trace", "evidence"):
        places[kind].parent.mkdir(parents=True, exist_ok=True)
        places[kind].write_text(f'{{"setsquare":"trace-lock","v":1,"spec":"{name}"}}\n')
    before = {kind: place.read_bytes() for kind, place in places.items() if place.exists()}
    git(top, "add", "-A")
    git(top, "commit", "-qm", "two")
    capsys.readouterr()

    assert ran(monkeypatch, root, "openspec", "archive", "ring", "-y", "--json") == 0
    archived_as = json.loads(capsys.readouterr().out)["archive"]["archivedAs"]
    archived = f"{prefix}/openspec/changes/archive/{archived_as}".lstrip("/")
    assert not any(place.exists() for place in places.values()), "a later change of that name would take them over"
    for kind, was in before.items():
        text = (top / f".setsquare/{kind}/{archived}{dict(KINDS)[kind]}").read_bytes()
        assert text == was if kind in ("approvals", "history") else f'"spec":"{archived}"'.encode() in text
    git(top, "add", "-A")
    git(top, "commit", "-qm", "three")
    assert ran(monkeypatch, top, "approve", archived, "--verify") == 0
    assert "Every approval is proved" in capsys.readouterr().out

    assert ran(monkeypatch, root, "openspec", "unarchive", "ring", "--yes") == 0
    assert {kind: place.read_bytes() for kind, place in places.items() if place.exists()} == before
    assert not list((top / ".setsquare").rglob(f"{archived_as}*"))


def test_a_record_behind_a_link_stays(top: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    lay(top)
    (top / "elsewhere/openspec/changes").mkdir(parents=True)
    (top / "elsewhere/openspec/changes/ring.jsonl").write_text("{}\n")
    (top / ".setsquare").mkdir()
    (top / ".setsquare/approvals").symlink_to("../elsewhere")
    assert ran(monkeypatch, top, "openspec", "archive", "ring", "-y", "--json") == 0
    done: Any = json.loads(capsys.readouterr().out)
    assert done["archive"]["change"] == "ring"
    assert (top / "elsewhere/openspec/changes/ring.jsonl").read_text() == "{}\n"
