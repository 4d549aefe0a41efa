"""`validate --all` is of one mind with `validate NAME` and `archive`: through the command, with a history, with what another change took away."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from setsquare.__main__ import main

SPEC = """# bell Specification

## Purpose
The bell tells people in the house that somebody is at the door, day and night.

## Requirements

### Requirement: Ring
The bell SHALL ring for 2 s.

#### Scenario: Pressed
- **WHEN** somebody presses the button
- **THEN** the bell rings
"""
RING = SPEC.partition("## Requirements\n\n")[2]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    folder = tmp_path / "w"
    put(folder, "openspec/specs/bell/spec.md", SPEC)
    monkeypatch.chdir(folder)
    return folder


def put(folder: Path, name: str, text: str) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)


def change(folder: Path, name: str, delta: str) -> None:
    put(folder, f"openspec/changes/{name}/specs/bell/spec.md", delta)
    put(folder, f"openspec/changes/{name}/proposal.md", "# P\n## Why\nBecause all who live here need it so.\n## What Changes\n- things\n")


def commit(folder: Path) -> None:
    named = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    if not (folder / ".git").exists():
        subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    subprocess.run(["git", "add", "-A"], cwd=folder, check=True)
    subprocess.run(["git", *named, "commit", "-qm", "x"], cwd=folder, check=True)


def said(capsys: pytest.CaptureFixture[str], *argv: str) -> dict[str, list[str]]:
    capsys.readouterr()
    main(["openspec", "validate", *argv, "--json"])
    document: Any = json.loads(capsys.readouterr().out)
    return {item["id"]: [issue["message"] for issue in item["issues"]] for item in document["items"] if item["type"] == "change"}


def agreed(capsys: pytest.CaptureFixture[str]) -> dict[str, list[str]]:
    """Give what is said of all changes, after holding it against what is said of each alone."""
    together = said(capsys, "--all")
    assert together == said(capsys, "--changes")
    for name, messages in together.items():
        assert said(capsys, name)[name] == messages
    return together


# req: openspec-interop/3.7
def test_the_history_is_asked_for_all_changes_too(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    modified = f"## MODIFIED Requirements\n{RING}"
    change(root, "five", modified.replace("2 s", "5 s"))
    change(root, "held", modified.replace("presses the button", "holds the button"))
    change(root, "more", f"## ADDED Requirements\n{RING.replace('Ring', 'Gong')}")
    commit(root)
    assert agreed(capsys) == {"five": [], "held": [], "more": []}
    put(root, "openspec/specs/bell/spec.md", SPEC.replace("2 s", "9 s"))
    commit(root)
    found = agreed(capsys)
    assert found["held"] == found["more"] == [], "those merge"
    assert "both changed the same lines" in found["five"][0]
    assert main(["openspec", "archive", "five", "-y"]) == 1
    put(root, "openspec/specs/bell/spec.md", SPEC)
    assert agreed(capsys)["five"] == [], "what is not committed counts, as for the archive"


# req: openspec-interop/3.7
def test_what_only_the_archive_would_meet_is_said_of_all(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("linked", "torn", "plain"):
        change(root, name, f"## ADDED Requirements\n{RING.replace('Ring', name)}")
    (root / "openspec/changes/linked/specs/bell/spec.md").rename(root / "openspec/changes/linked/specs/bell/other.md")
    (root / "openspec/changes/linked/specs/bell/spec.md").symlink_to("other.md")
    put(
        root,
        "openspec/changes/torn/specs/bell/spec.md",
        f"## ADDED Requirements\n{RING}<<<<<<< a\nx\n=======\ny\n>>>>>>> b\n".replace("Ring", "Torn"),
    )
    found = agreed(capsys)
    assert found["plain"] == []
    assert "git conflict" in found["torn"][-1]
    for name in ("torn", "plain"):
        assert (main(["openspec", "archive", name, "-y"]) == 0) is (name == "plain")
    put(root, "openspec/specs/bell/spec.md", SPEC + "<<<<<<< a\nx\n=======\ny\n>>>>>>> b\n")
    change(root, "late", f"## ADDED Requirements\n{RING.replace('Ring', 'Late')}")
    assert "git conflict" in agreed(capsys)["late"][-1]


def test_a_change_that_empties_a_spec_is_said_beside_openspecs_list(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(root, "gone", "## REMOVED Requirements\n### Requirement: Ring\n")
    assert said(capsys, "--all")["gone"] == [], "OpenSpec's own list stays as it is"
    assert main(["openspec", "validate", "--all"]) == 0
    assert "change/gone: Archive would refuse this change: Rebuilt spec for 'bell' failed validation" in capsys.readouterr().err
    assert "failed validation" in said(capsys, "gone")["gone"][0]


# req: openspec-interop/3.5
def test_the_second_of_two_renames_names_the_first(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("Bell", "Gong"):
        change(root, name.lower(), f"## RENAMED Requirements\n- FROM: `### Requirement: Ring`\n- TO: `### Requirement: {name}`\n")
    change(root, "longer", f"## MODIFIED Requirements\n{RING.replace('2 s', '5 s')}")
    assert main(["openspec", "archive", "bell", "-y"]) == 0
    archived = next((root / "openspec/changes/archive").iterdir()).name
    where = f'{archived} (openspec/changes/archive/{archived}/specs/bell/spec.md:2) renamed it to "### Requirement: Bell".'
    capsys.readouterr()
    for name in ("gong", "longer"):
        assert main(["openspec", "archive", name, "-y", "--json"]) == 1
        assert where in json.loads(capsys.readouterr().out)["status"][0]["message"]
    found = agreed(capsys)
    assert all(where in found[name][0] for name in ("gong", "longer"))


# req: openspec-interop/1.2
def test_a_change_that_only_renames_is_not_empty_and_is_traced_by_its_name(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(root, "bell", "## RENAMED Requirements\n- FROM: `### Requirement: Ring`\n- TO: `### Requirement: Bell`\n")
    assert main(["status", "--format", "json"]) == 0
    states = {one["spec"]: one["state"] for one in json.loads(capsys.readouterr().out)["specs"]}
    assert states == {"bell": "requirements written", "changes/bell": "requirements written"}
    assert main(["trace", "status", "changes/bell", "--format", "json"]) == 0
    assert [one["spec"] for one in json.loads(capsys.readouterr().out)["specs"]] == ["changes/bell"]
    assert main(["trace", "status", "openspec", "--format", "json"]) == 0, "a path stays a path"
    assert len(json.loads(capsys.readouterr().out)["specs"]) == 2
    assert main(["trace", "status", "bel"]) == 2
    assert "Did you mean `bell`?" in capsys.readouterr().err
    assert main(["trace", "status", "./bel"]) == 2
    assert "Cannot load './bel'" in capsys.readouterr().err
