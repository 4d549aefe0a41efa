"""OpenSpec's capabilities and changes in the commands that work on specs."""

from __future__ import annotations

from pathlib import Path

import pytest

MAIN = """# bell Specification

## Purpose
The bell tells people in the house that somebody stands at the door.

## Requirements
### Requirement: Ring
The bell SHALL ring for 2 s.

#### Scenario: Pressed
- **WHEN** the button is pressed
- **THEN** the bell rings
"""
DELTA = MAIN[MAIN.index("### Requirement") :].replace("2 s", "5 s")


@pytest.fixture
def tree(folder: Path, git) -> Path:
    files = {
        "openspec/specs/bell/spec.md": MAIN,
        "openspec/changes/louder/proposal.md": "# Louder\n\n## Why\nNobody hears it.\n",
        "openspec/changes/louder/specs/bell/spec.md": f"## MODIFIED Requirements\n{DELTA}",
        "openspec/changes/louder/tasks.md": "## 1. Core\n- [x] 1.1 Build it\n- [ ] 1.2 Test it\n",
        "tests/test_bell.py": "# req: bell/1.1\ndef test_rings(): pass\n",
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    git("add", "-A")
    git("commit", "-q", "-m", "start")
    return folder


# req: openspec-interop/1.2
def test_status_names_them_and_what_comes_next(tree, run) -> None:
    ran = run("status", "--format", "json")
    by_name = {spec["spec"]: spec for spec in ran.json["specs"]}
    assert by_name["bell"]["next"] == ""
    assert by_name["changes/louder"]["next"] == "setsquare openspec instructions apply --change louder"
    assert (by_name["changes/louder"]["tasks_done"], by_name["changes/louder"]["tasks_total"]) == (1, 2)
    assert ran.json["next"] == "setsquare openspec instructions apply --change louder"


def test_a_valid_workspace_passes_the_check(tree, run) -> None:
    ran = run("check")
    assert (ran.code, ran.out.strip()) == (0, "No findings in 4 files.")


def test_a_change_alone_is_judged_against_the_main_specs(tree, run) -> None:
    assert run("check", "openspec/changes/louder").code == 0
    path = tree / "openspec/changes/louder/specs/bell/spec.md"
    path.write_text(path.read_text().replace("Scenario: Pressed", "Scenario: Held"))
    ran = run("check", "openspec/changes/louder/specs/bell/spec.md")
    assert ran.code == 1
    assert "OSP012" in ran.out


# req: openspec-interop/1.2
@pytest.mark.parametrize("name", ["bell/1.1", "openspec/bell/1.1", "bell/pressed"])
def test_a_test_names_a_scenario_by_number_and_a_person_also_by_title(tree, run, name: str) -> None:
    ran = run("trace", "explain", name)
    assert ran.code == 0
    assert "tests/test_bell.py:1" in ran.out


def test_the_change_of_a_statement_makes_the_tests_of_its_scenarios_suspect(tree, run) -> None:
    path = tree / "openspec/specs/bell/spec.md"
    path.write_text(MAIN.replace("2 s", "3 s"))
    ran = run("impact")
    assert "1.1" in ran.out
    assert "suspect  tests/test_bell.py:1" in ran.out


def test_the_impact_of_an_open_change_is_what_it_will_touch(tree, run) -> None:
    ran = run("impact", "louder")
    assert "MODIFIED" in ran.out
    assert "bell/1" in ran.out
    assert "verifies  tests/test_bell.py:1  names 1.1" in ran.out


# req: openspec-interop/1.2
def test_code_names_a_scenario_by_its_title_and_a_title_that_is_gone_is_said(tree, run) -> None:
    (tree / "tests/test_more.py").write_text(
        "# req: bell/pressed\ndef test_a(): pass\n\n# req: bell/held-down\ndef test_b(): pass\n\n# req: read/write locks\ndef test_c(): pass\n"
    )
    assert "tests/test_more.py:1 test_a" in run("trace", "explain", "bell/1.1").out
    ran = run("trace", "orphans")
    assert "held-down" in ran.out
    assert "write" not in ran.out


def test_a_link_by_title_is_suspect_once_its_scenario_means_something_else(tree, run) -> None:
    (tree / "tests/test_bell.py").write_text("# req: bell/pressed\ndef test_rings(): pass\n")
    assert run("trace", "lock").code == 0
    path = tree / "openspec/specs/bell/spec.md"
    path.write_text(MAIN.replace("2 s", "3 s"))
    ran = run("trace", "suspect")
    assert "tests/test_bell.py:1" in ran.out


def test_gaps_ask_for_tests_of_what_is_in_force_and_for_no_tasks(tree, run) -> None:
    (tree / "tests/test_bell.py").unlink()
    assert run("trace", "uncovered").code == 0
    ran = run("trace", "untested")
    assert ran.code == 1
    assert "bell/1.1" in ran.out
    assert "louder" not in ran.out
    assert run("trace", "untested", "louder").code == 1


# req: openspec-interop/3.7
@pytest.mark.parametrize("edited", ["specs/bell/spec.md", "proposal.md"])
def test_an_approval_of_a_change_binds_its_proposal_and_its_deltas(tree, run, edited: str) -> None:
    assert run("approve", "louder", "requirements").code == 0
    assert run("approve", "louder", "--verify").code == 0
    path = tree / "openspec/changes/louder" / edited
    path.write_text(path.read_text() + "More.\n")
    ran = run("approve", "louder", "tasks")
    assert ran.code != 0
    assert "is not as it was approved" in ran.err


def test_a_ticked_box_voids_no_approval_and_no_design_is_needed(tree, run) -> None:
    assert run("approve", "louder", "requirements").code == 0
    assert run("approve", "changes/louder", "tasks").code == 0
    path = tree / "openspec/changes/louder/tasks.md"
    path.write_text(path.read_text().replace("[ ]", "[x]"))
    (spec,) = [one for one in run("status", "--format", "json").json["specs"] if one["spec"] == "changes/louder"]
    assert (spec["requirements"], spec["tasks"], spec["next"]) == ("valid", "valid", "setsquare openspec archive louder")


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (("run", "louder"), "it is not run by an agent"),
        (("draft", "design", "bell"), "it is not drafted"),
        (("spec", "rename", "bell", "gong"), "it is not renamed"),
        (("spec", "archive", "louder"), "it is not archived here"),
    ],
)
def test_what_belongs_to_openspec_is_refused_with_the_command_to_use(tree, run, command: tuple[str, ...], said: str) -> None:
    ran = run(*command)
    assert ran.code != 0
    assert said in ran.err
    assert "setsquare openspec " in ran.err


def test_a_kiro_spec_keeps_its_name(tree, run) -> None:
    place = tree / ".kiro/specs/bell"
    place.mkdir(parents=True)
    (place / "requirements.md").write_text("### Requirement 1: A\n\n#### Acceptance Criteria\n\n1. THE Bell SHALL hang\n")
    assert "THE Bell SHALL hang" in run("trace", "explain", "bell/1.1").out
    assert "ring for 2 s" in run("trace", "explain", "openspec/bell/1.1").out
