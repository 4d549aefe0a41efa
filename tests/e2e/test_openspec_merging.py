"""Changes side by side through the commands: three-way archive, overlap, gate, unarchive, operations on scenarios."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from setsquare.__main__ import main

SPEC = """# bell Specification

## Purpose
The bell tells people in the house that somebody is at the door, day and night.

## Requirements

### Requirement: Ring
The bell SHALL ring.

#### Scenario: Pressed
- **WHEN** somebody presses the button
- **THEN** the bell rings for 2 s
"""
RING = SPEC.partition("## Requirements\n\n")[2]
PROPOSAL = "# P\n## Why\nBecause everybody who lives here needs it, that is why.\n## What Changes\n- things\n"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a root with two open changes of one requirement, which go together."""
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    folder = tmp_path / "w"
    lay(folder)
    monkeypatch.chdir(folder)
    return folder.resolve()


def lay(folder: Path) -> None:
    put(folder, "openspec/specs/bell/spec.md", SPEC)
    change(folder, "five", RING.replace("2 s", "5 s"))
    change(folder, "loud", RING.replace("SHALL ring.", "SHALL ring loudly."))


def put(folder: Path, name: str, text: str) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)


def change(folder: Path, name: str, block: str) -> None:
    put(folder, f"openspec/changes/{name}/specs/bell/spec.md", f"## MODIFIED Requirements\n{block}")
    put(folder, f"openspec/changes/{name}/proposal.md", PROPOSAL)
    put(folder, f"openspec/changes/{name}/tasks.md", "## 1. Do\n- [x] 1.1 it\n")


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, Any]:
    code = main(["openspec", *arguments, "--json"])
    return code, json.loads(capsys.readouterr().out)


def archive(capsys: pytest.CaptureFixture[str], name: str, *flags: str) -> str:
    """Archive and give the code of the refusal, empty when it was done."""
    _, shown = run(capsys, "archive", name, "-y", *flags)
    return shown["status"][0]["code"] if shown["archive"] is None else ""


def spec(root: Path) -> str:
    return (root / "openspec/specs/bell/spec.md").read_text()


def tree(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def git(root: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "commit.gpgSign=false")
    subprocess.run(("git", *identity, *arguments), cwd=root, check=True, capture_output=True)


# req: openspec-interop/3.4
def test_two_changes_of_one_requirement_both_arrive(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert archive(capsys, "five") == ""
    assert archive(capsys, "loud") == ""
    assert spec(root) == SPEC.replace("SHALL ring.", "SHALL ring loudly.").replace("2 s", "5 s")


def test_lines_that_both_changed_are_refused_with_both_places(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(root, "nine", RING.replace("2 s", "9 s"))
    assert archive(capsys, "five") == ""
    before = tree(root)
    code, shown = run(capsys, "archive", "nine", "-y")
    assert code == 1
    told = shown["status"][0]
    assert told["code"] == "archive_base_conflict"
    assert "openspec/specs/bell/spec.md:13 says, by " in told["message"]
    assert "-five:" in told["message"]
    assert "openspec/changes/nine/specs/bell/spec.md:7 says, by nine:" in told["message"]
    assert "base nine --record" in told["fix"]
    for asked in (("validate", "nine"), ("validate", "--changes")):
        (item,) = [one for one in run(capsys, *asked)[1]["items"] if one["id"] == "nine"]
        assert [issue["level"] for issue in item["issues"]] == ["INFO"]
        assert item["issues"][0]["message"].startswith("Archive would refuse this delta: bell MODIFIED failed")
    assert run(capsys, "gate", "nine")[0] == 1
    assert tree(root) == before


def test_a_person_says_that_they_have_seen_it(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(root, "nine", RING.replace("2 s", "9 s"))
    assert archive(capsys, "five") == ""
    code, shown = run(capsys, "base", "nine", "--record")
    assert (code, shown["changes"][0]["recorded"]) == (0, ".setsquare/openspec/bases/nine.jsonl")
    assert archive(capsys, "nine") == ""
    assert "9 s" in spec(root)


def test_a_flag_overwrites_as_openspec_does(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert archive(capsys, "five") == ""
    assert archive(capsys, "loud", "--overwrite") == ""
    assert spec(root) == SPEC.replace("SHALL ring.", "SHALL ring loudly.")


def test_a_damaged_record_is_not_passed_over(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(root, ".setsquare/openspec/bases/loud.jsonl", "<<<<<<< ours\n")
    assert archive(capsys, "loud") == "archive_base_unreadable"
    assert spec(root) == SPEC


def test_the_history_knows_the_base_where_nobody_recorded_it(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(root, "nine", RING.replace("2 s", "9 s"))
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "changes")
    put(root, "openspec/specs/bell/spec.md", SPEC.replace("2 s", "5 s"))
    git(root, "commit", "-qam", "somebody archived with another tool")
    _, shown = run(capsys, "base", "loud")
    assert [base["source"] for base in shown["changes"][0]["bases"]] == ["history"]
    assert archive(capsys, "nine") == "archive_base_conflict"
    assert archive(capsys, "loud") == ""
    assert spec(root) == SPEC.replace("SHALL ring.", "SHALL ring loudly.").replace("2 s", "5 s")


def test_a_scenario_of_another_change_is_kept_and_validate_agrees(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(root, "more", f"{RING}\n#### Scenario: Held\n- **WHEN** held\n- **THEN** it rings on\n")
    assert archive(capsys, "more") == ""
    code, shown = run(capsys, "validate", "loud")
    assert (code, shown["items"][0]["issues"]) == (0, [])
    assert archive(capsys, "loud") == ""
    assert "Scenario: Held" in spec(root)
    assert "loudly" in spec(root)


# req: openspec-interop/3.5
def test_overlaps_are_listed(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(root, "nine", RING.replace("2 s", "9 s"))
    code, shown = run(capsys, "overlap")
    assert code == 0
    found = [(sorted(act["change"] for act in one["changes"]), one["kind"], one["blocking"]) for one in shown["overlaps"]]
    assert found == [
        (["five", "loud"], "both-modify", False),
        (["five", "nine"], "both-modify", True),
        (["loud", "nine"], "both-modify", False),
    ]
    assert main(["openspec", "overlap"]) == 0
    assert "3 overlaps, 1 of them blocking. Order: five → loud → nine" in capsys.readouterr().out
    shutil.rmtree(root / "openspec/changes/loud")
    assert main(["openspec", "overlap"]) == 0
    assert "1 overlap, 1 of them blocking. Order: five → nine" in capsys.readouterr().out


# req: openspec-interop/3.5
def test_a_change_that_cannot_be_read_is_named(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(root / "openspec/changes/loud")
    delta = root / "openspec/changes/five/specs/bell/spec.md"
    with delta.open("r+b") as file:
        file.truncate((1 << 25) + 1)
    assert run(capsys, "overlap")[1]["unread"] == ["openspec/changes/five/specs/bell/spec.md"]
    assert main(["openspec", "overlap"]) == 0
    shown = capsys.readouterr().out
    assert "openspec/changes/five/specs/bell/spec.md cannot be read" in shown
    assert "No two open changes that can be read touch the same requirement." in shown


# req: openspec-interop/3.6
@pytest.mark.parametrize("has_record", [True, False])
def test_a_change_is_taken_back_and_a_later_one_stays(root: Path, capsys: pytest.CaptureFixture[str], *, has_record: bool) -> None:
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "changes")
    assert archive(capsys, "five") == ""
    git(root, "add", "-A")
    git(root, "commit", "-qm", "archive")
    if not has_record:
        for path in (root / ".setsquare/openspec/archived").iterdir():
            path.unlink()
    assert archive(capsys, "loud") == ""
    code, shown = run(capsys, "unarchive", "five", "-y")
    assert code == 0, shown
    assert shown["unarchive"]["source"] == ("record" if has_record else "history")
    assert spec(root) == SPEC.replace("SHALL ring.", "SHALL ring loudly.")
    assert (root / "openspec/changes/five/proposal.md").is_file()
    assert archive(capsys, "five") == ""
    assert spec(root) == SPEC.replace("SHALL ring.", "SHALL ring loudly.").replace("2 s", "5 s")


def test_a_dry_run_and_a_missing_yes_change_nothing(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert archive(capsys, "five") == ""
    before = tree(root)
    assert run(capsys, "unarchive", "five", "--dry-run")[0] == 0
    code, shown = run(capsys, "unarchive", "five")
    assert (code, shown["status"][0]["code"]) == (1, "unarchive_confirmation_required")
    assert tree(root) == before


def test_what_cannot_be_taken_back_is_refused(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert archive(capsys, "five") == ""
    put(root, "openspec/specs/bell/spec.md", spec(root).replace("5 s", "6 s"))
    _, shown = run(capsys, "unarchive", "five", "-y")
    assert shown["status"][0]["code"] == "unarchive_conflict"
    assert shown["status"][0]["message"].startswith("openspec/specs/bell/spec.md:13: ")
    put(root, "openspec/changes/five/proposal.md", "x")
    _, shown = run(capsys, "unarchive", "five", "-y")
    assert shown["status"][0]["code"] == "unarchive_target_exists"
    _, shown = run(capsys, "unarchive", "fve", "-y")
    assert shown["status"][0]["code"] == "unarchive_change_not_found"


def test_without_record_and_history_only_the_folder_comes_back(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert archive(capsys, "five") == ""
    for path in (root / ".setsquare/openspec/archived").iterdir():
        path.unlink()
    _, shown = run(capsys, "unarchive", "five", "-y")
    assert shown["status"][0]["code"] == "unarchive_before_unknown"
    assert run(capsys, "unarchive", "five", "-y", "--skip-specs")[0] == 0
    assert "5 s" in spec(root)


def test_a_retired_capability_comes_back(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(root, "openspec/changes/gone/.openspec.yaml", "schema: spec-driven\nretire_capabilities: true\n")
    put(root, "openspec/changes/gone/proposal.md", PROPOSAL)
    put(root, "openspec/changes/gone/specs/bell/spec.md", "## REMOVED Requirements\n### Requirement: Ring\n")
    assert archive(capsys, "gone") == ""
    assert not (root / "openspec/specs/bell").exists()
    assert run(capsys, "unarchive", "gone", "-y")[0] == 0
    assert spec(root) == SPEC


def test_operations_on_scenarios_are_archived_and_written_out(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    operations = "### Requirement: Ring\n#### ADDED Scenario: Held\n- **WHEN** held\n- **THEN** it rings on\n"
    change(root, "ops", operations)
    assert run(capsys, "validate", "ops")[1]["items"][0]["valid"]
    code, shown = run(capsys, "expand", "ops")
    assert (code, shown["expanded"]) == (0, [{"capability": "bell", "requirement": "Ring"}])
    plain = (root / "openspec/changes/ops/specs/bell/spec.md").read_text()
    assert plain == f"## MODIFIED Requirements\n{RING}\n#### Scenario: Held\n- **WHEN** held\n- **THEN** it rings on\n"
    change(root, "ops", operations)
    assert archive(capsys, "five") == ""
    assert archive(capsys, "ops") == ""
    assert spec(root) == f"{SPEC.replace('2 s', '5 s')}\n#### Scenario: Held\n- **WHEN** held\n- **THEN** it rings on\n"
    change(root, "bad", operations.replace("ADDED", "MODIFIED").replace("Held", "Hit"))
    assert archive(capsys, "bad") == "archive_scenario_operation_failed"
    assert not run(capsys, "validate", "bad")[1]["items"][0]["valid"]


def test_a_scenario_is_removed_only_by_an_operation(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(root, "openspec/specs/bell/spec.md", f"{SPEC}\n#### Scenario: Held\n- **WHEN** held\n- **THEN** it rings on\n")
    assert archive(capsys, "five") == "archive_spec_update_failed"
    change(root, "less", "### Requirement: Ring\n#### REMOVED Scenario: Held\n")
    assert run(capsys, "expand", "less")[1]["kept"] == [{"capability": "bell", "requirement": "Ring"}]
    assert archive(capsys, "less") == ""
    assert spec(root) == SPEC


# req: openspec-interop/3.7
def test_what_the_team_demands_keeps_a_change_out(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    git(root, "init", "-q")
    git(root, "config", "user.name", "Ada")
    git(root, "config", "user.email", "ada@example.org")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "changes")
    assert run(capsys, "gate")[0] == 0
    put(root, ".kiro/settings.json", '{"governance": {"archiveRequires": "approved"}}')
    code, shown = run(capsys, "gate", "five")
    assert (code, shown["changes"][0]["approval"]["approved"]) == (1, False)
    assert archive(capsys, "five") == "archive_gate_unapproved"
    assert archive(capsys, "five", "--no-validate") == "archive_gate_unapproved"
    assert main(["approve", "changes/five", "requirements"]) == 0
    capsys.readouterr()
    assert run(capsys, "gate", "five")[0] == 0
    put(root, "openspec/changes/five/tasks.md", "## 1. Do\n- [ ] 1.1 it\n")
    assert run(capsys, "gate", "five")[0] == 0
    delta = root / "openspec/changes/five/specs/bell/spec.md"
    delta.write_text(delta.read_text().replace("5 s", "50 s"))
    assert archive(capsys, "five") == "archive_gate_edited"
    delta.write_text(delta.read_text().replace("50 s", "5 s"))
    assert archive(capsys, "five") == ""


def test_an_invalid_change_is_kept_out_whatever_the_flags(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(root, "bare", "### Requirement: Ring\nIt SHALL.\n")
    assert run(capsys, "gate", "bare")[0] == 1
    put(root, ".kiro/settings.json", '{"governance": {"archiveRequires": "valid"}}')
    assert archive(capsys, "bare", "--no-validate") == "archive_gate_invalid"
    assert archive(capsys, "five") == ""
    put(root, ".kiro/settings.json", "{")
    assert archive(capsys, "loud") == "archive_gate_unapproved"


def test_the_gate_shows_criteria_and_counts_them_when_strict(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(root, "openspec/changes/five/proposal.md", "# P\n## Why\nTBD\n## What Changes\n- x\n")
    code, shown = run(capsys, "gate", "five")
    unmet = [one["criterion"] for one in shown["changes"][0]["criteria"] if one["verdict"] == "not met"]
    assert (code, unmet) == (0, ["Why has 50 to 1000 signs", "nothing is left open"])
    assert run(capsys, "gate", "five", "--strict")[0] == 1
    assert run(capsys, "gate", "loud", "--strict")[0] == 0


def test_a_gate_of_a_branch_judges_what_the_branch_changed(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    git(root, "init", "-q", "-b", "main")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "changes")
    git(root, "switch", "-qc", "topic")
    change(root, "bare", "### Requirement: Light\nIt SHALL.\n")
    code, shown = run(capsys, "gate", "--since", "main")
    assert (code, [one["change"] for one in shown["changes"]]) == (1, ["bare"])
    assert run(capsys, "gate", "--since", "nowhere")[1]["status"][0]["code"] == "gate_error"


# req: openspec-interop/3.3
def test_taking_back_is_all_or_nothing_wherever_it_is_killed() -> None:
    """Both ways: an archive with its records, and its taking back, each killed before every step."""
    run_apart = subprocess.run((sys.executable, __file__), capture_output=True, text=True, check=False, timeout=120)
    assert run_apart.returncode == 0, run_apart.stderr
    steps = json.loads(run_apart.stdout)
    assert min(steps) > 15


def _killed_everywhere() -> list[int]:
    from setsquare.adapters.archive_folders import DiskArchivePlace
    from setsquare.journeys.openspec_archive_steps import Archived, Request, Talk
    from setsquare.journeys.openspec_archiving import archive as archived
    from setsquare.journeys.openspec_unarchiving import Prepared, carried_out, prepared
    from setsquare.wire import planning_app

    app = planning_app()
    talk = Talk(lambda _told: None, lambda _doubt: True, is_heard=False)

    def forward(root: str, place: DiskArchivePlace) -> None:
        assert isinstance(archived(app, root, place, Request(name="five", is_yes=True), talk), Archived)

    def backward(root: str, place: DiskArchivePlace) -> None:
        plan = prepared(app, root, place, "five")
        assert isinstance(plan, Prepared)
        assert carried_out(root, place, plan) is None

    counts: list[int] = []
    for works in ((forward,), (forward, backward)):
        at, is_killed = 0, True
        while is_killed:
            with tempfile.TemporaryDirectory(dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None) as folder:
                root = Path(folder)
                lay(root)
                for work in works[:-1]:
                    work(folder, DiskArchivePlace(folder))
                before = _without_times(root)
                child = os.fork()
                if not child:
                    works[-1](folder, DiskArchivePlace(folder, _killing(at)))
                    os._exit(0)
                is_killed = os.WIFSIGNALED(os.waitpid(child, 0)[1])
                DiskArchivePlace(folder).recovered()
                after = _without_times(root)
                has_moved = (root / "openspec/changes/five").exists() != (len(works) == 1)
                assert after == before or has_moved, (at, sorted(after))
                assert ("5 s" in after["openspec/specs/bell/spec.md"]) == ((len(works) == 1) == has_moved), at
                assert not [name for name in after if ".setsquare-archive" in name], at
                at += 1
        counts.append(at)
    return counts


def _without_times(root: Path) -> dict[str, str]:
    return {name: raw.decode() for name, raw in tree(root).items()}


def _killing(at: int) -> Any:
    count = 0

    def on_step(_step: str) -> None:
        nonlocal count
        if count == at:
            os.kill(os.getpid(), signal.SIGKILL)
        count += 1

    return on_step


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_killed_everywhere()))


# req: openspec-interop/3.7
@pytest.mark.parametrize("spoilt", ["conflict", "link", "taken"])
def test_the_gate_says_what_archive_would_say(
    root: Path, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str], spoilt: str
) -> None:
    shutil.rmtree(root / "openspec/changes/loud")
    assert run(capsys, "gate")[0] == 0
    main_spec = root / "openspec/specs/bell/spec.md"
    match spoilt:
        case "conflict":
            main_spec.write_text(main_spec.read_text() + "<<<<<<< a\nx\n=======\ny\n>>>>>>> b\n")
        case "link":
            away = tmp_path_factory.mktemp("away") / "bell"
            main_spec.parent.rename(away)
            main_spec.parent.symlink_to(away)
        case _:
            (root / f"openspec/changes/archive/{datetime.now().astimezone():%Y-%m-%d}-five").mkdir(parents=True)
    before = sorted(root.rglob("*"))
    _, validated = run(capsys, "validate", "five", "--type", "change")
    code, shown = run(capsys, "gate")
    said = next(one for one in shown["changes"] if one["change"] == "five")
    assert code == 1
    assert sorted(root.rglob("*")) == before
    code, refused = run(capsys, "archive", "five", "-y")
    assert code == 1
    assert any(refused["status"][0]["message"] in error["message"] for error in said["errors"])
    (info,) = validated["items"][0]["issues"]
    assert info["level"] == "INFO"
    assert refused["status"][0]["message"] in info["message"]
