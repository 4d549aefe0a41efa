"""Capabilities and changes as specs: places, numbers, names."""

from __future__ import annotations

import pytest

from setsquare.text.paths import RelPath
from setsquare.workspace.load import load
from setsquare.workspace.model import Workspace
from setsquare.workspace.spec import Criterion, Dialect, Spec, SpecForm

MAIN = (
    "# bell Specification\n\n## Purpose\nSay who is at the door.\n\n## Requirements\n\n"
    "### Requirement: Ring\nThe bell SHALL ring.\n\n#### Scenario: Pressed\n\n- **WHEN** pressed\n- **THEN** it rings\n\n"
    "#### Scenario: Held\n- **WHEN** held\n- **THEN** it rings on\n\n"
    "### Requirement: Lamp\nThe lamp SHALL glow.\n\n## Notes\nNone.\n"
)
DELTA = (
    "## ADDED Requirements\n### Requirement: Chime\nIt SHALL chime.\n#### Scenario: Noon\n- **WHEN** noon\n"
    "## MODIFIED Requirements\n### Requirement: Ring\nIt SHALL ring twice.\n#### Scenario: Pressed\n- **WHEN** pressed\n"
)


def loaded(**files: str | bytes) -> Workspace:
    return load({RelPath(path): text.encode() if isinstance(text, str) else text for path, text in files.items()})


def spec_of(workspace: Workspace, name: str) -> Spec:
    found = workspace.spec(name)
    assert found is not None
    return found


def criteria(spec: Spec) -> tuple[Criterion, ...]:
    assert spec.requirements is not None
    return spec.requirements.criteria


def sliced(workspace: Workspace, criterion: Criterion) -> tuple[str, str]:
    raw = workspace.render(criterion.path)
    spans = (criterion.span, criterion.text_span)
    return tuple(raw[span.start : span.end].decode() for span in spans)  # type: ignore[return-value]


# req: openspec-interop/1.2
def test_a_capability_is_a_spec_with_scenarios_as_criteria() -> None:
    spec = spec_of(loaded(**{"openspec/specs/bell/spec.md": MAIN}), "bell")
    assert (spec.path, spec.root, spec.form, spec.is_kiro) == ("openspec/specs/bell", "openspec", SpecForm.CAPABILITY, False)
    assert spec.requirements is not None
    assert spec.requirements.dialect is Dialect.OPENSPEC
    assert [(one.id, one.label, one.line, one.text) for one in criteria(spec)] == [
        ("1.1", "pressed", 11, "The bell SHALL ring. WHEN pressed THEN it rings"),
        ("1.2", "held", 16, "The bell SHALL ring. WHEN held THEN it rings on"),
        ("2.1", "lamp", 20, "The lamp SHALL glow."),
    ]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_spans_address_the_bytes_whatever_the_line_ends(ending: str, mark: bytes) -> None:
    workspace = loaded(**{"openspec/specs/bell/spec.md": mark + MAIN.replace("\n", ending).encode()})
    first, second, third = (sliced(workspace, one) for one in criteria(spec_of(workspace, "bell")))
    assert first == (
        f"#### Scenario: Pressed{ending}{ending}- **WHEN** pressed{ending}- **THEN** it rings",
        f"- **WHEN** pressed{ending}- **THEN** it rings",
    )
    assert second[1] == f"- **WHEN** held{ending}- **THEN** it rings on"
    assert third == (f"### Requirement: Lamp{ending}The lamp SHALL glow.", "The lamp SHALL glow.")


# req: openspec-interop/1.1
def test_every_file_is_kept_byte_by_byte() -> None:
    files = {
        "openspec/specs/bell/spec.md": b"\xef\xbb\xbf### \xff\r\n",
        "openspec/changes/a/x.bin": b"\0\1",
        "openspec/config.yaml": b"a:\r",
    }
    workspace = loaded(**files)
    assert {path: workspace.render(path) for path in files} == files


# req: openspec-interop/1.2
def test_a_change_counts_through_its_deltas_and_has_its_design_and_tasks() -> None:
    workspace = loaded(
        **{
            "openspec/changes/louder/proposal.md": "# Louder\n## Why\nToo quiet.\n",
            "openspec/changes/louder/design.md": "# D\n",
            "openspec/changes/louder/tasks.md": "## 1. Core\n- [ ] 1.1 Build\n- [x] 1.2 Test\n",
            "openspec/changes/louder/notes.txt": "n",
            "openspec/changes/louder/specs/bell/spec.md": DELTA,
            "openspec/changes/louder/specs/lamp/spec.md": DELTA,
        }
    )
    spec = spec_of(workspace, "changes/louder")
    assert spec.form is SpecForm.CHANGE
    assert [(one.id, one.path) for one in criteria(spec)] == [
        ("1.1", "openspec/changes/louder/specs/bell/spec.md"),
        ("2.1", "openspec/changes/louder/specs/bell/spec.md"),
        ("3.1", "openspec/changes/louder/specs/lamp/spec.md"),
        ("4.1", "openspec/changes/louder/specs/lamp/spec.md"),
    ]
    assert spec.design is not None
    assert spec.tasks is not None
    assert [task.id for task in spec.tasks.tasks] == ["1.1", "1.2"]
    assert spec.extras == ("openspec/changes/louder/notes.txt",)


def test_an_archived_change_is_archived_and_a_nested_root_is_found() -> None:
    workspace = loaded(
        **{"api/openspec/changes/archive/2026-01-02-x/tasks.md": "- [ ] 1.1 A\n", "api/openspec/specs/a/b/spec.md": MAIN, "openspec/x": ""}
    )
    assert [(spec.name, spec.root, spec.is_archived) for spec in workspace.specs] == [
        ("changes/archive/2026-01-02-x", "api/openspec", True),
        ("a/b", "api/openspec", False),
    ]


def test_a_name_that_a_kiro_spec_has_stays_with_it() -> None:
    workspace = loaded(**{".kiro/specs/bell/tasks.md": "- [ ] 1. Go\n", "openspec/specs/bell/spec.md": MAIN})
    assert [(spec.name, spec.path) for spec in workspace.specs] == [
        ("bell", ".kiro/specs/bell"),
        ("openspec/bell", "openspec/specs/bell"),
    ]


def test_another_tools_folder_of_the_name_is_no_root() -> None:
    workspace = loaded(**{".claude/commands/openspec/proposal.md": "x", ".kiro/openspec/specs/a/spec.md": MAIN})
    assert workspace.specs == ()
    assert workspace.openspec == ()
