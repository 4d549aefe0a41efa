"""What an approval binds."""

from __future__ import annotations

import pytest

from setsquare.spec.approval import Standing, approval_state, approvals_path, approve, encode_approval, stage_path
from setsquare.spec.stage import Stage
from setsquare.spec.stage_documents import composed, stage_document, stage_files
from setsquare.text.paths import RelPath
from setsquare.workspace.load import load
from setsquare.workspace.model import Workspace
from setsquare.workspace.spec import Spec

FOLDER = "openspec/changes/louder"
RING = "### Requirement: Ring\nIt SHALL ring.\n#### Scenario: Pressed\n- **WHEN** pressed\n"
FILES = {
    f"{FOLDER}/.openspec.yaml": "schema: spec-driven\n",
    f"{FOLDER}/proposal.md": "# Louder\n",
    f"{FOLDER}/design.md": "# D\nText.\n",
    f"{FOLDER}/tasks.md": "- [ ] 1.1 A\n",
    f"{FOLDER}/specs/bell/spec.md": f"## MODIFIED Requirements\n{RING}",
    f"{FOLDER}/specs/bell/tasks.md": "kept\n",
    "openspec/specs/bell/spec.md": f"## Purpose\np\n## Requirements\n{RING}",
}


def loaded(**changed: str) -> Workspace:
    files = {**FILES, **{f"{FOLDER}/{name.replace('__', '/')}": text for name, text in changed.items()}}
    return load({RelPath(path): text.encode() for path, text in files.items()})


def change(workspace: Workspace) -> Spec:
    spec = workspace.spec("changes/louder")
    assert spec is not None
    return spec


def state(files: dict[str, str], log: bytes) -> Standing:
    workspace = load({RelPath(path): text.encode() for path, text in files.items()})
    return approval_state(Stage.REQUIREMENTS, stage_document(workspace, change(workspace), Stage.REQUIREMENTS), log).standing


# req: openspec-interop/3.7
def test_a_change_is_approved_with_its_deltas_and_metadata_and_without_design_and_tasks() -> None:
    workspace = loaded()
    assert stage_files(workspace, change(workspace), Stage.REQUIREMENTS) == (
        f"{FOLDER}/.openspec.yaml",
        f"{FOLDER}/proposal.md",
        f"{FOLDER}/specs/bell/spec.md",
        f"{FOLDER}/specs/bell/tasks.md",
    )
    assert stage_files(workspace, change(workspace), Stage.TASKS) == (f"{FOLDER}/tasks.md",)


# req: openspec-interop/3.7
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("proposal.md", Standing.VOID),
        (".openspec.yaml", Standing.VOID),
        ("specs/bell/spec.md", Standing.VOID),
        ("specs/lamp/spec.md", Standing.VOID),
        ("design.md", Standing.VALID),
        ("tasks.md", Standing.VALID),
    ],
)
def test_which_edits_void_the_approval_of_a_change(name: str, expected: Standing) -> None:
    workspace = loaded()
    document = stage_document(workspace, change(workspace), Stage.REQUIREMENTS)
    assert document is not None
    made = approve(Stage.REQUIREMENTS, document, role="", by="Ada", at="2026-01-01T00:00:00Z", commit="")
    assert [part.name for part in made.criteria] == ["1.1"]
    log = encode_approval(made)
    assert state(FILES, log) is Standing.VALID
    path = f"{FOLDER}/{name}"
    assert state({**FILES, path: FILES.get(path, "") + "\nMore.\n"}, log) is expected


def test_the_criteria_of_the_whole_are_those_of_the_change() -> None:
    workspace = loaded(specs__lamp__spec="", proposal="# Louder\n### Requirement: No\n")
    spec = change(workspace)
    document = stage_document(workspace, spec, Stage.REQUIREMENTS)
    assert document is not None
    assert spec.requirements is not None
    made = approve(Stage.REQUIREMENTS, document, role="", by="", at="2026-01-01T00:00:00Z", commit="")
    assert [part.name for part in made.criteria] == [one.id for one in spec.requirements.criteria]


def test_moving_text_from_one_file_to_the_next_is_seen() -> None:
    one = composed("c", {RelPath("c/a.md"): b"x\n", RelPath("c/b.md"): b"y\n"})
    assert one is not None
    for text in (b"x\n## b.md\ny\n", b"x\n\n## b.md\ny\n"):
        two = composed("c", {RelPath("c/a.md"): text})
        assert two is not None
        assert one.render() != two.render()


def test_places_of_a_capability() -> None:
    spec = loaded().spec("bell")
    assert spec is not None
    assert stage_path(spec, Stage.REQUIREMENTS) == "openspec/specs/bell/spec.md"
    assert approvals_path(spec) == ".setsquare/approvals/openspec/specs/bell.jsonl"
