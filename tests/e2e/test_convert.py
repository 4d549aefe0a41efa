"""`setsquare convert`: a diff first, the source untouched, people's edits and ticks kept, a page for what the new form cannot hold."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

SPEC = (
    "# bell Specification\n\n## Purpose\nRings when somebody stands at the door, day and night, for the house.\n\n## Requirements\n\n"
    "### Requirement: Ring\nThe bell SHALL ring.\n\n#### Scenario: Pressed\n\n- **WHEN** pressed\n- **THEN** the bell SHALL ring\n"
)
KIT = (
    "# Feature Specification: Pay\n\n## User Scenarios & Testing\n\n### User Story 1 - Card (Priority: P1)\n\nAs a buyer, I pay.\n\n"
    "**Acceptance Scenarios**:\n\n1. **Given** a cart, **When** I pay, **Then** the Shop SHALL send it\n\n## Requirements\n\n"
    "### Functional Requirements\n\n- **FR-001**: System SHALL sign in by [NEEDS CLARIFICATION: which way?]\n"
)
KIT_TASKS = "# Tasks: Pay\n\n## Phase 1: User Story 1 - Card\n\n- [ ] T001 [US1] Pay in src/pay.py (FR-001)\n- [ ] T002 [US1] Test it\n"


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file() and ".git/" not in f"{path}/"
    }


def converted(run: Any, *argv: str, code: int = 0) -> Any:
    ran = run("convert", *argv, "--format", "json")
    assert ran.code == code, ran.out + ran.err
    return json.loads(ran.out)


# req: openspec-interop/4.1, openspec-interop/4.2
def test_there_and_back(run: Any, folder: Path) -> None:
    write(folder, {"openspec/specs/bell/spec.md": SPEC, "openspec/specs/bell/part/spec.md": SPEC})
    before = files_of(folder)
    shown = run("convert", "--from", "openspec", "--to", "kiro", "--dry-run")
    assert shown.code == 0
    assert "+### Requirement 1: Ring" in shown.out
    assert "There and back: 2 files identical" in shown.out
    assert run("convert", "--from", "openspec", "--to", "kiro").code == 3, "nobody said yes"
    assert files_of(folder) == before

    done = converted(run, "--from", "openspec", "--to", "kiro", "--yes")
    assert (done["outcome"], done["proved"]["identical"]) == ("applied", 2)
    assert [spec["carried"] for spec in done["specs"]] == [".kiro/specs/bell/carried-over.md", ".kiro/specs/bell/part/carried-over.md"]
    assert {name: raw for name, raw in files_of(folder).items() if name in before} == before, "the source stays"
    for argv in (("--from", "openspec", "--to", "kiro"), ("--from", "kiro", "--to", "openspec")):
        assert converted(run, *argv)["outcome"] == "nothing"

    path = folder / ".kiro/specs/bell/requirements.md"
    path.write_text(path.read_text().replace("WHEN pressed", "WHEN pushed"))
    assert converted(run, "bell", "--from", "openspec", "--to", "kiro")["specs"][0]["files"][0]["deed"] == "kept"
    assert converted(run, "bell", "--from", "kiro", "--to", "openspec", "--yes")["outcome"] == "applied"
    assert "- **WHEN** pushed" in (folder / "openspec/specs/bell/spec.md").read_text()
    assert converted(run, "bell", "--from", "kiro", "--to", "openspec")["outcome"] == "nothing"


def test_a_changed_source_is_converted_again_and_peoples_edits_are_shown(run: Any, folder: Path) -> None:
    write(folder, {"openspec/specs/bell/spec.md": SPEC})
    converted(run, "--from", "openspec", "--to", "kiro", "--yes")
    write(folder, {"openspec/specs/bell/spec.md": SPEC.replace("SHALL ring.", "SHALL ring loudly.")})
    again = converted(run, "--from", "openspec", "--to", "kiro", "--yes")
    assert [file["deed"] for file in again["specs"][0]["files"]] == ["rewritten", "rewritten"]
    requirements = folder / ".kiro/specs/bell/requirements.md"
    assert "ring loudly" in requirements.read_text()
    requirements.write_text(requirements.read_text() + "\nMine.\n")
    write(folder, {"openspec/specs/bell/spec.md": SPEC})
    kept = converted(run, "--from", "openspec", "--to", "kiro", "--yes")
    assert "-Mine." in kept["edits"]
    assert "Mine." in requirements.read_text()


# req: openspec-interop/4.3
def test_a_feature_is_imported_and_imported_again(run: Any, folder: Path) -> None:
    kit = {"specs/001-pay/spec.md": KIT, "specs/001-pay/tasks.md": KIT_TASKS, ".specify/memory/constitution.md": "# House Constitution\n"}
    write(folder, kit)
    done = converted(run, "001", "--from", "speckit", "--to", "kiro", "--yes")
    assert any(note["text"].startswith("open question, blocks approval") for note in done["specs"][0]["notes"])
    assert (folder / ".kiro/steering/constitution.md").read_text().startswith("---\ninclusion: always\n---\n")
    refused = run("approve", "pay", "requirements")
    assert refused.code != 0
    assert "open question" in refused.err

    tasks = folder / ".kiro/specs/pay/tasks.md"
    tasks.write_text(tasks.read_text().replace("[ ] T001", "[x] T001"))
    write(folder, {"specs/001-pay/tasks.md": KIT_TASKS.replace("[ ] T002", "[X] T002") + "- [ ] T003 [US1] More\n"})
    again = converted(run, "--from", "speckit", "--to", "kiro", "--yes")
    assert {file["path"].rpartition("/")[2]: file["deed"] for file in again["specs"][0]["files"]}["tasks.md"] == "rewritten"
    assert "[x] T001" in tasks.read_text()
    assert "[X] T002" in tasks.read_text(), "what the source did meanwhile comes, too"
    assert "- [ ] T003 [US1] More\n  - _Requirements: 1_\n" in tasks.read_text()
    assert converted(run, "--from", "speckit", "--to", "kiro")["outcome"] == "nothing"
    assert {name: (folder / name).read_text() for name in kit} == {
        **kit,
        "specs/001-pay/tasks.md": KIT_TASKS.replace("[ ] T002", "[X] T002") + "- [ ] T003 [US1] More\n",
    }


# req: openspec-interop/4.2
def test_what_no_conversion_made_is_in_the_way_and_refused(run: Any, folder: Path) -> None:
    write(
        folder,
        {
            "openspec/specs/bell/spec.md": SPEC,
            "openspec/specs/door/spec.md": SPEC,
            ".kiro/specs/bell/requirements.md": "# Mine\n",
        },
    )
    code, out, _ = run("convert", "--from", "openspec", "--to", "kiro", "--yes", "--format", "json")
    done = json.loads(out)
    assert code == 3
    assert [(file["deed"], file["reason"]) for file in done["specs"][0]["files"]] == [("kept", "it was not made by a conversion")]
    assert (folder / ".kiro/specs/bell/requirements.md").read_text() == "# Mine\n"
    assert not (folder / ".kiro/specs/bell/carried-over.md").exists()
    assert (folder / ".kiro/specs/door/requirements.md").exists(), "the others are converted"
    code, out, _ = run("convert", "--from", "openspec", "--to", "kiro", "--yes")
    assert code == 3
    assert ".kiro/specs/bell/requirements.md is in the way" in out
    assert "another name" in out
    (folder / ".kiro/specs/bell/requirements.md").rename(folder / ".kiro/specs/bell/notes.md")
    assert run("convert", "--from", "openspec", "--to", "kiro", "--yes")[0] == 0


def test_notes_name_a_line_and_say_each_thing_once(run: Any, folder: Path) -> None:
    text = "# Requirements\n\n## Introduction\n\nShort.\n\n## Requirements\n\n### Requirement 1: Ring\n\n#### Acceptance Criteria\n\n1. When x, it rings.\n"
    write(folder, {".kiro/specs/bell/requirements.md": text})
    done = converted(run, "--from", "kiro", "--to", "openspec", "--yes")
    notes = [(note["line"], note["text"]) for note in done["specs"][0]["notes"] if note["text"].startswith("OpenSpec")]
    assert len(notes) > 1, "a section of that name hides the requirements from OpenSpec, and the purpose is brief"
    assert all(line > 0 for line, _ in notes)
    assert len(notes) == len({(line, text.partition(": ")[2]) for line, text in notes})


@pytest.mark.parametrize(
    ("names", "word"),
    [
        (("Bell", "bell"), "letter case"),
        (("con",), "every disk"),
        (("a.",), "every disk"),
        (("x" * 201,), "200 bytes"),
        (("a:b",), "every disk"),
    ],
)
def test_names_that_cannot_stand_on_every_disk_are_refused(run: Any, folder: Path, names: tuple[str, ...], word: str) -> None:
    write(folder, {f"openspec/specs/{name}/spec.md": SPEC for name in names})
    done = converted(run, "--from", "openspec", "--to", "kiro", "--yes", code=1)
    assert all(word in spec["notes"][0]["text"] for spec in done["specs"])
    assert not (folder / ".kiro").exists()


def test_names_of_other_scripts_and_spaces(run: Any, folder: Path) -> None:
    write(
        folder,
        {
            "openspec/specs/登录/spec.md": SPEC,
            ".kiro/specs/Phase 1/Tür/requirements.md": "# R\n",
            ".kiro/specs/Phase 1/Tür/tasks.md": "- [ ] 1. A\n",
        },
    )
    assert converted(run, "登录", "--from", "openspec", "--to", "kiro", "--yes")["outcome"] == "applied"
    done = converted(run, "Phase 1/Tür", "--from", "kiro", "--to", "openspec", "--yes")
    assert done["specs"][0]["target"] == "openspec/changes/phase-1-tür"


def test_what_cannot_be_asked(run: Any, folder: Path) -> None:
    write(folder, {"openspec/specs/bell/spec.md": SPEC})
    unknown = run("convert", "bel", "--from", "openspec", "--to", "kiro")
    assert unknown.code == 2
    assert "Did you mean: bell?" in unknown.err
    assert run("convert", "--from", "openspec", "--to", "openspec").code == 2
    assert run("convert", "--from", "speckit", "--to", "openspec").code == 2
    assert "no specs of speckit" in run("convert", "--from", "speckit", "--to", "kiro").out


def test_a_page_of_a_stranger_leads_nowhere_else(run: Any, folder: Path) -> None:
    """Names and folders in a page are held to the spec's own folder, whoever wrote the page."""
    write(folder, {"openspec/changes/x/specs/a/spec.md": "## ADDED Requirements\n\n" + SPEC.partition("## Requirements\n\n")[2]})
    converted(run, "--from", "openspec", "--to", "kiro", "--yes")
    page = folder / ".kiro/specs/x/carried-over.md"
    text = page.read_text()
    page.write_text(text.replace('"held": []', '"held": [["../../../.git/hooks/pre-commit", "eA=="], ["carried-over.md", "eA=="]]'))
    done = converted(run, "--from", "kiro", "--to", "openspec", "--yes", code=1)
    assert [note["text"].partition(" ")[0] for note in done["specs"][0]["notes"]] == ["../../../.git/hooks/pre-commit", "carried-over.md"]
    assert not (folder / ".git/hooks/pre-commit").exists()
    page.write_text(text.replace('"origin": "openspec/changes/x"', '"origin": "openspec/../.git"'))
    refused = converted(run, "--from", "kiro", "--to", "openspec", "--yes", code=1)
    assert "every disk" in refused["specs"][0]["notes"][0]["text"]
    page.write_text(text.replace('"held": []', '"held": [["README.md", "?"]]'))
    assert converted(run, "--from", "kiro", "--to", "openspec", "--dry-run")["specs"][0]["form"] == "capability", "a page that is no page"


# req: openspec-interop/4.2
def test_what_cannot_be_read_is_named_and_the_command_does_not_end_well(run: Any, folder: Path) -> None:
    write(folder, {"openspec/specs/bell/spec.md": SPEC, "elsewhere.md": SPEC, "openspec/specs/chime/notes.md": "x\n"})
    (folder / "openspec/specs/chime/spec.md").symlink_to("../../../elsewhere.md")
    done = converted(run, "--from", "openspec", "--to", "kiro", "--yes", code=1)
    assert done["outcome"] == "applied"
    assert [(one["path"], one["deed"]) for one in done["others"]] == [("openspec/specs/chime/spec.md", "unread")]
    assert "openspec/specs/chime/spec.md: unread (symbolic link)" in run("convert", "--from", "openspec", "--to", "kiro", "--dry-run").out
    assert converted(run, "bell", "--from", "openspec", "--to", "kiro", "--yes")["others"] == []


# req: openspec-interop/4.2
def test_a_folder_around_changes_is_not_converted(run: Any, folder: Path) -> None:
    write(folder, {"openspec/changes/team/ring/proposal.md": "# Ring\n"})
    done = converted(run, "--from", "openspec", "--to", "kiro", "--yes", code=1)
    assert "not converted: it is no change" in done["specs"][0]["notes"][0]["text"]
    assert not (folder / ".kiro").exists()


# req: openspec-interop/4.1
def test_a_root_in_a_package_is_named_without_going_there(run: Any, folder: Path) -> None:
    write(
        folder,
        {
            "openspec/specs/door/spec.md": SPEC,
            "packages/a/openspec/specs/bell/spec.md": SPEC,
            "packages/b/openspec/specs/bell/spec.md": SPEC,
        },
    )
    before = files_of(folder)
    for argv in (("packages/a/openspec/specs/bell",), ("bell", "--root", "packages/a"), ("--root", "packages/a/openspec")):
        shown = converted(run, *argv, "--from", "openspec", "--to", "kiro", "--dry-run")
        assert [(spec["source"], spec["target"]) for spec in shown["specs"]] == [
            ("packages/a/openspec/specs/bell", "packages/a/.kiro/specs/bell")
        ]
        assert "+++ b/packages/a/.kiro/specs/bell/requirements.md" in shown["diff"]
    assert files_of(folder) == before
    said = run("convert", "--root", "packages/a", "--from", "openspec", "--to", "kiro", "--dry-run").out
    assert "Next: setsquare convert --from openspec --to kiro --root packages/a" in said
    done = converted(run, "packages/a/openspec/specs/bell/", "--from", "openspec", "--to", "kiro", "--yes")
    assert (done["outcome"], done["proved"]["identical"]) == ("applied", 1)
    assert {name for name in files_of(folder) if name not in before} == {
        "packages/a/.kiro/specs/bell/requirements.md",
        "packages/a/.kiro/specs/bell/carried-over.md",
    }
    assert converted(run, "--root", "packages/a", "--from", "openspec", "--to", "kiro")["outcome"] == "nothing"
    (folder / "packages/a/openspec/specs/bell/spec.md").unlink()
    back = converted(run, "--root", "packages/a", "--from", "kiro", "--to", "openspec", "--yes")
    assert back["specs"][0]["target"] == "packages/a/openspec/specs/bell"
    assert files_of(folder)["packages/a/openspec/specs/bell/spec.md"] == before["packages/a/openspec/specs/bell/spec.md"]

    two = run("convert", "packages/a/openspec/specs/bell", "openspec/specs/door", "--from", "openspec", "--to", "kiro")
    assert (two.code, "several roots" in two.err) == (2, True)
    for root in ("..", "packages/none"):
        assert run("convert", "--root", root, "--from", "openspec", "--to", "kiro").code == 2


# req: openspec-interop/4.1
def test_where_only_packages_have_specs_they_are_named(run: Any, folder: Path) -> None:
    write(folder, {"packages/a/specs/001-pay/spec.md": KIT, "packages/b/openspec/specs/bell/spec.md": SPEC, ".kiro/specs/x/tasks.md": ""})
    said = run("convert", "--from", "speckit", "--to", "kiro").out
    assert "There are some in packages/a: name one with --root." in said
    done = converted(run, "packages/a/specs/001-pay", "--from", "speckit", "--to", "kiro", "--yes")
    assert done["specs"][0]["target"] == "packages/a/.kiro/specs/pay"


# req: openspec-interop/4.1, openspec-interop/4.2
@pytest.mark.parametrize("name", ["louder", "2025-01-24-louder", "archive/2025-01-24-louder", "openspec/changes/archive/2025-01-24-louder"])
def test_an_archived_change_is_converted_where_it_is_named(run: Any, folder: Path, name: str) -> None:
    delta = SPEC.partition("## Requirements")[2]
    write(
        folder,
        {
            "openspec/changes/archive/2025-01-24-louder/proposal.md": "# Louder\n\n## Why\nNobody hears it.\n\n## What Changes\n- ring\n",
            "openspec/changes/archive/2025-01-24-louder/tasks.md": "## 1. Do\n- [x] 1.1 Ring\n",
            "openspec/changes/archive/2025-01-24-louder/specs/bell/spec.md": f"## ADDED Requirements\n{delta}",
            "openspec/specs/bell/spec.md": SPEC,
        },
    )
    before = files_of(folder)
    every = converted(run, "--from", "openspec", "--to", "kiro", "--dry-run")
    assert [spec["name"] for spec in every["specs"]] == ["bell"], "an archived change is converted only by its name"
    done = converted(run, name, "--from", "openspec", "--to", "kiro", "--yes")
    assert [spec["target"] for spec in done["specs"]] == [".kiro/specs/_archived/2025-01-24-louder"]
    assert done["proved"]["different"] == 0
    assert {path: raw for path, raw in files_of(folder).items() if path in before} == before
    listed = json.loads(run("spec", "list", "--format", "json", "--all").out) if run("spec", "list", "--all").code == 0 else None
    assert listed is None or ".kiro/specs/_archived/2025-01-24-louder" in json.dumps(listed)
    for path in ("proposal.md", "specs/bell/spec.md"):
        (folder / "openspec/changes/archive/2025-01-24-louder" / path).unlink()
    converted(run, "_archived/2025-01-24-louder", "--from", "kiro", "--to", "openspec", "--yes")
    assert {path: raw for path, raw in files_of(folder).items() if path in before} == before


# req: openspec-interop/4.1
def test_a_merge_that_nobody_has_ended_is_not_converted(run: Any, folder: Path) -> None:
    text = "# Requirements Document\n\n### Requirement 1: A\n\n#### Acceptance Criteria\n\n1. THE x SHALL y\n"
    for name, raw in (("open", f"<<<<<<< HEAD\n{text}=======\n{text}>>>>>>> other\n"), ("shut", text)):
        (folder / ".kiro/specs" / name).mkdir(parents=True)
        (folder / ".kiro/specs" / name / "requirements.md").write_text(raw)
    ran = run("convert", "--from", "kiro", "--to", "openspec", "--yes")
    assert ".kiro/specs/open/requirements.md:1 begins a git conflict" in ran.out
    assert ran.code == 1
    assert (folder / "openspec/specs/shut/spec.md").exists()
    assert not (folder / "openspec/specs/open").exists()
