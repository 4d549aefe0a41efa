"""`setsquare openspec archive` from the command line."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from setsquare.__main__ import main

STEPS = "\n#### Scenario: One\n- **WHEN** x\n- **THEN** y\n"
PURPOSE = "Describe what this capability is for, long enough to pass the brevity rule."
MAIN = f"# cap Specification\n\n## Purpose\n{PURPOSE}\n\n## Requirements\n\n### Requirement: A\nIt SHALL work.\n{STEPS}"
DELTA = f"## ADDED Requirements\n\n### Requirement: X\nIt SHALL work.\n{STEPS}"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Lay a workspace with one change and go there."""
    files = {
        "openspec/changes/c/.openspec.yaml": "schema: spec-driven\n",
        "openspec/changes/c/tasks.md": "- [x] 1.1 Do\n",
        "openspec/changes/c/specs/cap/spec.md": DELTA,
        "openspec/specs/cap/spec.md": MAIN,
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path


def archived(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, object]]:
    """Archive and read the JSON."""
    code = main(["openspec", "archive", *words, "--json"])
    return code, json.loads(capsys.readouterr().out)


def tree(root: Path) -> dict[str, bytes]:
    """Read all files of the workspace."""
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def failure(document: dict[str, object]) -> tuple[str, str]:
    """Give the code and the message of a refusal."""
    status = document["status"]
    assert isinstance(status, list)
    return status[0]["code"], status[0]["message"]


def test_a_change_is_merged_and_moved(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, document = archived(capsys, "c", "-y")
    assert code == 0
    done = document["archive"]
    assert isinstance(done, dict)
    assert done["totals"] == {"added": 1, "modified": 0, "removed": 0, "renamed": 0}
    assert re.fullmatch(r"\d{4}-\d\d-\d\d-c", done["archivedAs"])
    assert (root / "openspec/specs/cap/spec.md").read_text() == f"{MAIN}\n### Requirement: X\nIt SHALL work.\n{STEPS}"
    assert not (root / "openspec/changes/c").exists()
    again, document = archived(capsys, "c", "-y")
    assert (again, failure(document)[0]) == (1, "archive_change_not_found")


def test_line_ends_of_the_file_are_kept(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "openspec/specs/cap/spec.md").write_bytes(MAIN.replace("\n", "\r\n").encode())
    assert archived(capsys, "c", "-y")[0] == 0
    raw = (root / "openspec/specs/cap/spec.md").read_bytes()
    assert raw.count(b"\r\n") == raw.count(b"\n") > 10


def test_a_program_is_not_asked(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = tree(root)
    assert failure(archived(capsys, "c")[1])[0] == "archive_confirmation_required"
    assert failure(archived(capsys)[1])[0] == "archive_change_name_required"
    assert failure(archived(capsys, "../c", "-y")[1])[0] == "archive_change_name_invalid"
    assert tree(root) == before


@pytest.mark.parametrize("where", ["openspec/changes/c/specs/cap/spec.md", "openspec/specs/cap/spec.md"])
def test_a_git_conflict_is_never_archived(root: Path, capsys: pytest.CaptureFixture[str], where: str) -> None:
    path = root / where
    path.write_text(path.read_text() + "\n<<<<<<< HEAD\nmine\n=======\ntheirs\n>>>>>>> other\n")
    before = tree(root)
    code, document = archived(capsys, "c", "-y")
    line = path.read_text().split("\n").index("<<<<<<< HEAD") + 1
    assert code == 1
    assert where in failure(document)[1]
    assert f"from line {line} on" in failure(document)[1]
    assert tree(root) == before


@pytest.mark.parametrize(
    "folder",
    [
        "openspec/specs",
        "openspec/changes",
        "openspec/changes/archive",
        "openspec/changes/c",
        "openspec/specs/cap",
        "openspec/changes/c/specs",
    ],
)
def test_a_folder_that_leads_elsewhere_is_not_written_through(
    root: Path, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str], folder: str
) -> None:
    away = tmp_path_factory.mktemp("away") / "moved"
    (root / "openspec/changes/archive").mkdir()
    (root / folder).rename(away)
    (root / folder).symlink_to(away)
    before = tree(away)
    code, document = archived(capsys, "c", "-y")
    assert (code, document["archive"]) == (1, None)
    assert tree(away) == before


def test_one_failing_capability_stops_all(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = root / "openspec/changes/c/specs/zed/spec.md"
    bad.parent.mkdir()
    bad.write_text(f"## MODIFIED Requirements\n### Requirement: Q\nIt SHALL.\n{STEPS}")
    before = tree(root)
    assert failure(archived(capsys, "c", "-y")[1])[0] == "archive_spec_update_failed"
    assert tree(root) == before
    assert main(["openspec", "archive", "c", "-y"]) == 1
    assert "Aborted. No files were changed." in capsys.readouterr().out


def test_a_capability_is_retired_only_when_its_change_says_so(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "openspec/changes/c/specs/cap/spec.md").write_text("## REMOVED Requirements\n### Requirement: A\n")
    assert failure(archived(capsys, "c", "-y")[1])[0] == "archive_spec_validation_failed"
    (root / "openspec/changes/c/.openspec.yaml").write_text("schema: spec-driven\nretire_capabilities: true\n")
    code, document = archived(capsys, "c", "-y")
    assert code == 0
    assert "git checkout HEAD" in str(document["archive"])
    assert list((root / "openspec/specs").iterdir()) == []


def test_the_next_command_says_how_a_cut_archive_was_ended(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A process that died has left its record; any command finds it."""
    spec = root / "openspec/specs/cap/spec.md"
    folder = (root / "openspec/changes").stat()
    old, new = spec.read_bytes(), b"half of the new text, longer than the old one"
    import base64

    record = {
        "version": 1,
        "folder": [folder.st_dev, folder.st_ino],
        "plan": {
            "change": "c",
            "source": "openspec/changes/c",
            "target": "openspec/changes/archive/2026-01-02-c",
            "writes": [
                {"path": "openspec/specs/cap/spec.md", "old": base64.b64encode(old).decode(), "new": base64.b64encode(new).decode()}
            ],
            "inputs": [],
        },
        "made": [],
        "modes": [],
    }
    (root / "openspec/changes/.setsquare-archive.json").write_text(json.dumps(record))
    spec.write_bytes(new[:20])
    assert main(["openspec", "list"]) == 0
    told = capsys.readouterr().err
    assert "An archive of 'c' had been cut off. It was taken back" in told
    assert spec.read_bytes() == old
    assert not [name for name in os.listdir(root / "openspec/changes") if name.startswith(".setsquare")]


def test_a_text_run_tells_and_asks(root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    import io

    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    assert main(["openspec", "archive", "c"]) == 0
    out = capsys.readouterr().out
    assert "Specs to update:\n  cap: update\nProceed with spec updates? (Y/n) \nSkipping spec updates. Proceeding with archive.\n" in out
    assert (root / "openspec/specs/cap/spec.md").read_text() == MAIN


def test_who_archives_twice_learns_where_it_is(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert archived(capsys, "c", "-y")[0] == 0
    folder = next((root / "openspec/changes/archive").iterdir()).name
    code, document = archived(capsys, "c", "-y")
    assert (code, failure(document)) == (1, ("archive_change_not_found", "Change 'c' not found. No active changes exist in this root."))
    status = document["status"]
    assert isinstance(status, list)
    assert (
        status[0]["fix"] == f"It is archived as openspec/changes/archive/{folder}. To take that back: setsquare openspec unarchive {folder}"
    )
    assert "fix" not in archived(capsys, "d", "-y")[1]["status"][0]  # type: ignore[index]
