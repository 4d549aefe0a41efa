"""`setsquare openspec list, show, view, doctor, context` and the deprecated nouns, as OpenSpec 1.13.2 answers."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from setsquare.__main__ import main

SPEC = """# auth Specification

## Purpose
Why auth exists, in fifty or more characters, so that it is fine.

## Requirements
### Requirement: Login
**Id**: R1
The system SHALL log in.

More body.

#### Scenario: ok
- **WHEN** a
- **THEN** b

#### Scenario: no
- **WHEN** c

### Requirement: Logout
The system SHALL log out.

#### Scenario: ok
- **WHEN** a
"""
PROPOSAL = "# Change: Add X\n\n## Why\nIt is needed.\n\n## What Changes\n- **auth:** Add an x\n"
DELTA = """## ADDED Requirements
### Requirement: New
The system SHALL be new.
#### Scenario: s
- **WHEN** a

## MODIFIED Requirements
### Requirement: Sign in
The system SHALL sign in.

More body.

#### Scenario: ok
- **WHEN** a
- **THEN** b
### Requirement: logout
Gone
### Requirement: Nowhere
Text

## REMOVED Requirements
- `### Requirement: Logout`

## RENAMED Requirements
- FROM: `### Requirement: Login`
- TO: `### Requirement: Sign in`
"""
DEPRECATED = 'Warning: The "openspec {0} ..." commands are deprecated.'


class Ran(NamedTuple):
    """How a command line ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with specs and changes of every kind, last changed at one known time."""
    for name, below in (("HOME", "home"), ("XDG_CONFIG_HOME", "home/config"), ("XDG_DATA_HOME", "home/data")):
        monkeypatch.setenv(name, str(tmp_path / below))
    files = {
        "config.yaml": "schema: spec-driven\n",
        "specs/auth/spec.md": SPEC,
        "specs/area/deep/spec.md": SPEC,
        "specs/broken/spec.md": "broken\n",
        "specs/spec.md": SPEC,
        "specs/.hidden/spec.md": SPEC,
        "changes/add-x/proposal.md": PROPOSAL,
        "changes/add-x/tasks.md": "## 1. A\n- [x] 1.1 a\n- [ ] 1.2 b\n* [X] c\n1. [~] d\n",
        "changes/add-x/specs/auth/spec.md": DELTA,
        "changes/auth/proposal.md": "# Proposal\n## Why\nw\n## What Changes\n- **auth:** Rename it\n- **foo**: remove that\n",
        "changes/done/proposal.md": "## Why\nz\n",
        "changes/done/tasks.md": "- [x] a\n",
        "changes/team/inner/proposal.md": "# P\n",
        "changes/Zed/design.md": "d\n",
        "changes/archive/2025-01-01-old/proposal.md": PROPOSAL,
        "changes/stray.md": "no change\n",
    }
    root = tmp_path / "here"
    for name, text in files.items():
        path = root / "openspec" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        os.utime(path, (1_767_323_045.678, 1_767_323_045.678))
    os.utime(root / "openspec" / "changes" / "add-x" / "tasks.md", (1_767_400_000, 1_767_400_000))
    monkeypatch.chdir(root)
    return root


@pytest.fixture
def openspec(here: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Run one of the commands."""

    def run(*argv: str) -> Ran:
        capsys.readouterr()
        code = main(["openspec", *argv])
        return Ran(code, *capsys.readouterr())

    return run


def test_changes_come_newest_first_with_tasks_and_times(openspec: Callable[..., Ran], here: Path) -> None:
    ran = openspec("list", "--json")
    assert (ran.code, ran.err) == (0, "")
    found = ran.document
    assert [change["name"] for change in found["changes"]] == ["add-x", "Zed", "auth", "done", "team"]
    assert found["changes"][0] == {
        "name": "add-x",
        "completedTasks": 2,
        "totalTasks": 4,
        "lastModified": "2026-01-03T00:26:40.000Z",
        "status": "in-progress",
    }
    assert [change["status"] for change in found["changes"]] == ["in-progress", "no-tasks", "no-tasks", "complete", "no-tasks"]
    assert found["changes"][2]["lastModified"] == "2026-01-02T03:04:05.678Z"
    assert found["changes"][4]["nested"] == ["team/inner"]
    assert [(warning["code"], warning["name"]) for warning in found["warnings"]] == [("nested_change_directory", "team")]
    assert found["root"] == {"path": str(here), "source": "nearest"}
    assert list(found) == ["changes", "warnings", "root"]


def test_sorting_by_name_is_that_of_people(openspec: Callable[..., Ran]) -> None:
    names = [change["name"] for change in openspec("list", "--json", "--sort", "name").document["changes"]]
    assert names == ["add-x", "auth", "done", "team", "Zed"]


def test_the_list_for_people_says_what_is_no_change(openspec: Callable[..., Ran]) -> None:
    ran = openspec("list", "--sort", "name")
    assert ran.code == 0
    lines = ran.out.split("\n")
    assert lines[0] == "Changes:"
    assert [line.split()[0:3] for line in lines[1:6]] == [
        ["add-x", "2/4", "tasks"],
        ["auth", "No", "tasks"],
        ["done", "✓", "Complete"],
        ["team", "not", "a"],
        ["Zed", "No", "tasks"],
    ]
    assert lines[7].startswith('Warning: "team" is not a change: it is a folder wrapping openspec/changes/team/inner/.')


def test_specs_are_counted_by_what_can_be_read(openspec: Callable[..., Ran], here: Path) -> None:
    assert openspec("list", "--specs", "--json").document == {
        "specs": [
            {"id": "area/deep", "requirementCount": 2},
            {"id": "auth", "requirementCount": 2},
            {"id": "broken", "requirementCount": 0},
        ],
        "root": {"path": str(here), "source": "nearest"},
    }
    assert openspec("list", "--specs").out.split("\n")[1] == "  area/deep     requirements 2"


def test_tasks_are_counted_in_what_the_changes_schema_tracks(openspec: Callable[..., Ran], here: Path) -> None:
    schema = here / "openspec" / "schemas" / "mine" / "schema.yaml"
    schema.parent.mkdir(parents=True)
    artifact = "{id: todo, generates: 'work/**/*.md', description: d, template: t.md, requires: []}"
    schema.write_text(f"name: mine\nversion: 1\nartifacts:\n  - {artifact}\napply:\n  requires: [todo]\n  tracks: 'work/**/*.md'\n")
    change = here / "openspec" / "changes" / "add-x"

    def counts() -> tuple[int, int]:
        (found,) = [change for change in openspec("list", "--json").document["changes"] if change["name"] == "add-x"]
        return found["completedTasks"], found["totalTasks"]

    (change / ".openspec.yaml").write_text("schema: mine\n")
    assert counts() == (2, 4), "nothing that the schema tracks exists, so tasks.md counts"
    (change / "work" / "deep").mkdir(parents=True)
    (change / "work" / "a.md").write_text("- [x] a\n")
    (change / "work" / "deep" / "b.md").write_text("- [ ] b\n")
    assert counts() == (1, 2)
    (change / ".openspec.yaml").write_text("schema: unknown\n")
    assert counts() == (2, 4)
    (change / ".openspec.yaml").write_text("goal: no schema\n")
    assert counts() == (2, 4)


def test_a_proposal_is_printed_as_it_is(openspec: Callable[..., Ran]) -> None:
    assert openspec("show", "add-x") == (0, PROPOSAL + "\n", "")


def test_a_change_in_json_says_what_its_deltas_do(openspec: Callable[..., Ran], here: Path) -> None:
    found = openspec("show", "add-x", "--json").document
    assert (found["id"], found["title"], found["deltaCount"]) == ("add-x", "Add X", 6)
    assert [(delta["operation"], delta["description"]) for delta in found["deltas"]] == [
        ("ADDED", "Add requirement: The system SHALL be new."),
        ("MODIFIED", "Modify requirement: The system SHALL sign in.\nMore body."),
        ("MODIFIED", "Modify requirement: Gone"),
        ("MODIFIED", "Modify requirement: Text"),
        ("REMOVED", "Remove requirement: Requirement: Logout"),
        ("RENAMED", 'Rename requirement from "Login" to "Sign in"'),
    ]
    new = {"text": "The system SHALL be new.", "scenarios": [{"rawText": "- **WHEN** a"}]}
    assert found["deltas"][0] == {
        "spec": "auth",
        "operation": "ADDED",
        "description": "Add requirement: The system SHALL be new.",
        "requirement": new,
        "requirements": [new],
    }
    assert found["deltas"][5]["rename"] == {"from": "Login", "to": "Sign in"}
    assert found["root"] == {"path": str(here), "source": "nearest"}


def test_diffs_compare_with_the_main_spec_under_the_old_name(openspec: Callable[..., Ran]) -> None:
    deltas = openspec("show", "add-x", "--json", "--diff").document["deltas"]
    assert "diff" not in deltas[0]
    assert deltas[1]["diff"] == (
        "@@ -1,12 +1,8 @@\n-### Requirement: Login\n-**Id**: R1\n-The system SHALL log in.\n+### Requirement: Sign in\n+The system SHALL sign in.\n"
        " \n More body.\n \n #### Scenario: ok\n - **WHEN** a\n - **THEN** b\n-\n-#### Scenario: no\n-- **WHEN** c"
    )
    assert deltas[2]["warning"].startswith('Header differs from the main spec\'s "Logout" only in case or spacing')
    assert deltas[3]["warning"] == 'No matching main requirement found for "Nowhere" in auth'
    assert "diff" not in deltas[3]
    text = openspec("show", "add-x", "--diff").out
    order = ["ADDED: New", "REMOVED: Logout", "RENAMED: Login → Sign in", "MODIFIED: Sign in", "MODIFIED: logout"]
    places = [text.index(f"  {title}\n") for title in order]
    assert places == sorted(places)


def test_a_change_without_deltas_is_shown_by_its_proposals_bullets(openspec: Callable[..., Ran]) -> None:
    assert [(delta["spec"], delta["operation"]) for delta in openspec("show", "auth", "--type", "change", "--json").document["deltas"]] == [
        ("auth", "RENAMED"),
        ("foo", "REMOVED"),
    ]
    assert openspec("show", "auth", "--type", "change", "--diff").out.endswith('\n\n\nNo delta specs to diff for change "auth".\n')


def test_a_spec_in_json(openspec: Callable[..., Ran], here: Path) -> None:
    login = {
        "text": "The system SHALL log in.\nMore body.",
        "scenarios": [{"rawText": "- **WHEN** a\n- **THEN** b"}, {"rawText": "- **WHEN** c"}],
    }
    found = openspec("show", "area/deep", "--json").document
    assert found == {
        "id": "area/deep",
        "title": "area/deep",
        "overview": "Why auth exists, in fifty or more characters, so that it is fine.",
        "requirementCount": 2,
        "requirements": [login, {"text": "The system SHALL log out.", "scenarios": [{"rawText": "- **WHEN** a"}]}],
        "metadata": {"version": "1.0.0", "format": "openspec"},
        "root": {"path": str(here), "source": "nearest"},
    }
    one = openspec("show", "area/deep", "--json", "-r", "1").document
    assert (one["requirementCount"], one["requirements"]) == (1, [login])
    for flag in ("--requirements", "--no-scenarios"):
        assert all(not found["scenarios"] for found in openspec("show", "area/deep", "--json", flag).document["requirements"])


@pytest.mark.parametrize(
    ("argv", "code", "message"),
    [
        (["nope"], "unknown_item", "Unknown item 'nope'. Did you mean: done, Zed, auth, team, auth?"),
        (["auth"], "ambiguous_item", "Ambiguous item 'auth' matches both a change and a spec."),
        (["team"], "show_error", '"team" is not a change: it is a folder wrapping openspec/changes/team/inner/.'),
        (["Zed"], "show_error", 'Change "Zed" has no proposal.md yet.'),
        (["done"], "show_error", "Change must have a What Changes section"),
        (["broken"], "show_error", "Spec must have a Purpose section"),
        (["area/deep", "-r", "9"], "show_error", "Requirement 9 not found"),
        (["area/deep", "-r", "1", "--requirements"], "show_error", "Options --requirements and --requirement cannot be used together"),
        (["x", "--type", "spec"], "show_error", "Spec 'x' not found at "),
        (["../../x", "--type", "spec"], "show_error", "Path is outside the allowed directory: "),
        (["../../x", "--type", "change"], "show_error", 'Change "../../x" not found at '),
    ],
)
def test_what_cannot_be_shown(openspec: Callable[..., Ran], argv: list[str], code: str, message: str) -> None:
    ran = openspec("show", *argv, "--json")
    assert ran.code == 1
    (found,) = ran.document["status"]
    assert found["code"] == code
    assert found["message"].startswith(message)
    text = openspec("show", *argv, *(["--json"] if "-r" in argv else []))
    assert text.code == (0 if argv[0] in ("broken", "done") else 1)


def test_flags_that_do_nothing_are_named(openspec: Callable[..., Ran]) -> None:
    assert openspec("show", "add-x", "-r", "1", "--requirements", "--no-scenarios").err == (
        "Warning: Ignoring flags not applicable to change: requirements, scenarios, requirement\n"
    )
    assert openspec("show", "broken", "--diff", "--deltas-only").err == "Warning: Ignoring flags not applicable to spec: deltasOnly, diff\n"


def test_the_dashboard_says_what_goes_on(openspec: Callable[..., Ran]) -> None:
    ran = openspec("view")
    assert (ran.code, ran.err) == (0, "")
    assert "3 specs, 4 requirements · 5 changes · tasks 3/5" in ran.out
    assert "██████████░░░░░░░░░░ 2/4" in ran.out
    assert "team  not a change: wraps team/inner" in ran.out


def test_a_sound_root(openspec: Callable[..., Ran], here: Path) -> None:
    root = {"path": str(here), "source": "nearest", "healthy": True, "status": []}
    assert openspec("doctor", "--json").document == {"root": root, "store": None, "references": [], "status": []}
    (here / "openspec" / "config.yaml").unlink()
    found = openspec("doctor", "--json")
    assert found.code == 0
    assert found.document["root"]["healthy"] is False
    assert [item["code"] for item in found.document["root"]["status"]] == ["openspec_config_missing"]


def test_references_that_can_and_cannot_be_read(openspec: Callable[..., Ran], here: Path, tmp_path: Path) -> None:
    folder = tmp_path / "team"
    for name, text in {"openspec/config.yaml": "schema: spec-driven\n", ".openspec-store/store.yaml": "version: 1\nid: team\n"}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    registry = tmp_path / "home" / "data" / "openspec" / "stores" / "registry.yaml"
    registry.parent.mkdir(parents=True)
    registry.write_text(f"version: 1\nstores:\n  team: {{backend: {{type: git, local_path: {folder}}}}}\n")
    references = "[team, {id: far, remote: 'https://x/y.git'}, {id: odd, remote: '-x; rm'}, 'Bad Id']"
    (here / "openspec" / "config.yaml").write_text(f"references: {references}\n")
    found = openspec("context", "--json").document
    assert found["root"] == {"path": str(here), "source": "nearest", "role": "openspec_root"}
    assert found["members"][0] == {
        "role": "referenced_store",
        "id": "team",
        "path": str(folder),
        "fetch": "openspec show <spec-id> --type spec --store team",
        "status": [],
    }
    status = [member["status"][0] for member in found["members"][1:]]
    assert [item["code"] for item in status] == ["reference_unresolved", "reference_unresolved", "reference_invalid_id"]
    place = f"'{tmp_path}/home/openspec/far'"
    assert status[0]["fix"] == f"git clone -- https://x/y.git {place} && openspec store register {place} --id far"
    assert status[1]["fix"] == "Get a checkout from a teammate and run: openspec store register <path> --id odd"
    assert openspec("doctor", "--json").document["references"][0] == {"store_id": "team", "root": str(folder), "status": []}
    written = openspec("context", "--code-workspace", "w.code-workspace")
    assert written.err == f"Wrote {here}/w.code-workspace (2 folders; not available: far, odd, Bad Id)\n"
    assert json.loads((here / "w.code-workspace").read_text())["folders"] == [
        {"name": "here", "path": str(here)},
        {"name": "ref:team", "path": str(folder)},
    ]
    again = openspec("context", "--code-workspace", "w.code-workspace", "--json")
    assert (again.code, again.document["status"][0]["code"]) == (1, "context_file_exists")
    assert openspec("context", "--code-workspace", "w.code-workspace", "--force", "--json").code == 0
    missing = openspec("context", "--code-workspace", "no/w", "--json")
    assert (missing.code, missing.document["status"][0]["code"]) == (1, "context_output_dir_missing")


def test_the_deprecated_change_noun(openspec: Callable[..., Ran]) -> None:
    listed = openspec("change", "list", "--json")
    assert listed.document[0] == {"id": "add-x", "title": "Add X", "deltaCount": 6, "taskStatus": {"total": 4, "completed": 2}}
    assert listed.err.startswith(DEPRECATED.format("change"))
    assert openspec("change", "list").out == "add-x\nauth\ndone\nteam\nZed\n"
    assert openspec("change", "list", "--long").out == (
        "add-x: Add X [deltas 6] [tasks 2/4]\nauth: auth [deltas 2]\ndone: (unable to read) [tasks 1/1]\n"
        "team: (no proposal.md yet)\nZed: (no proposal.md yet)\n"
    )
    assert "root" not in openspec("change", "show", "add-x", "--json").document
    assert openspec("change", "show", "nope").err.endswith("openspec/changes/nope/proposal.md\n")
    assert "Available IDs: Zed, add-x, auth, done, team\n" in openspec("change", "show").err
    judged = openspec("change", "validate", "add-x", "--json")
    assert (judged.code, judged.document["valid"]) == (0, False)
    assert openspec("change", "validate", "add-x").code == 1


def test_the_deprecated_spec_noun(openspec: Callable[..., Ran]) -> None:
    listed = openspec("spec", "list", "--json")
    assert listed.document[0] == {"id": "area/deep", "title": "area/deep", "requirementCount": 2}
    assert listed.err.startswith(DEPRECATED.format("spec"))
    assert openspec("spec", "list", "--long").out.split("\n")[1] == "auth: auth [requirements 2]"
    assert openspec("spec", "show", "auth").out == SPEC + "\n"
    assert openspec("spec", "show").err.endswith("Error: Missing required argument <spec-id>\n")
    assert openspec("spec", "show", "nope").err.endswith("Error: Spec 'nope' not found at openspec/specs/nope/spec.md\n")
    assert openspec("spec", "validate", "auth").out == "Specification 'auth' is valid\n"
    bad = openspec("spec", "validate", "broken", "--json")
    assert (bad.code, bad.document["summary"]) == (1, {"errors": 1, "warnings": 0, "info": 0})


def test_the_nouns_know_the_current_folder_alone(openspec: Callable[..., Ran], here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "sub").mkdir()
    monkeypatch.chdir(here / "sub")
    assert openspec("change", "list").out == "No items found\n"
    assert openspec("list", "--json").document["root"]["path"] == str(here)


def test_a_folder_replaced_by_a_link_is_not_read_through(openspec: Callable[..., Ran], here: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere" / "secret").mkdir(parents=True)
    (tmp_path / "elsewhere" / "secret" / "proposal.md").write_text(PROPOSAL)
    (here / "openspec" / "changes" / "linked").symlink_to(tmp_path / "elsewhere" / "secret")
    assert "linked" not in [change["name"] for change in openspec("list", "--json").document["changes"]]


def test_what_cannot_be_read_as_text_is_listed_all_the_same(openspec: Callable[..., Ran], here: Path) -> None:
    (here / "openspec" / "changes" / "add-x" / "tasks.md").write_bytes(b"\xff\xfe\x00- [x] a\r\n\xef\xbb\xbf- [ ] b\r- [x] c\n")
    assert openspec("list", "--json").code == 0
    (here / "openspec" / "changes" / "add-x" / "proposal.md").write_bytes(b"# T \xff\n## Why\nx\n## What Changes\ny\n")
    assert openspec("show", "add-x", "--json").document["title"] == "T \ufffd"
