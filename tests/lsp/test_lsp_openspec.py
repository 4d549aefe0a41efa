"""OpenSpec folders in an editor: findings, definitions, lenses and outlines, where a change has its requirements in several files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types

MAIN = "openspec/specs/bell/spec.md"
DELTA, OTHER, TASKS = (f"openspec/changes/louder/{name}" for name in ("specs/bell/spec.md", "specs/lamp/spec.md", "tasks.md"))
TEST = "tests/test_bell.py"
RING = "### Requirement: Ring\nThe bell SHALL ring.\n#### Scenario: Pressed\n- **WHEN** pressed\n- **THEN** it rings\n"
LAMP = "### Requirement: Lamp\nThe lamp SHALL glow.\n#### Scenario: Dark\n- **WHEN** dark\n- **THEN** it glows\n"
FILES = {
    MAIN: f"## Purpose\nThe bell tells people in the house that somebody stands at the door.\n\n## Requirements\n{RING}",
    DELTA: f"## MODIFIED Requirements\n{RING}",
    OTHER: f"## ADDED Requirements\n{LAMP}",
    TASKS: "## 1. Core\n- [ ] 1.1 Build\n",
    TEST: "# req: bell/1.1\ndef test_rings():\n    pass\n# req: bell/pressed\ndef test_again():\n    pass\n",
}


@pytest.fixture
def starting(warm: tuple[str, ...]) -> tuple[str, ...]:
    return warm


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    place = tmp_path / "project"
    for name, text in FILES.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(text.encode())
    return place


# req: openspec-interop/1.2
def test_findings_follow_unsaved_changes_across_a_capability_and_its_changes(drive: Callable[..., int], tree: Path) -> None:
    async def scenario(editor: Any) -> None:
        editor.open(MAIN)
        editor.open(DELTA)
        await editor.until(lambda: editor.lacks(DELTA, "OSP012"))
        editor.type(MAIN, "Scenario: Pressed", "Scenario: Held")
        await editor.until(lambda: ("OSP012", "### Requirement: Ring") in editor.found(DELTA))
        editor.type(DELTA, "Scenario: Pressed", "Scenario: Held")
        await editor.until(lambda: editor.lacks(DELTA, "OSP012"))

    assert drive(tree, scenario) == 0


# req: openspec-interop/1.2
@pytest.mark.parametrize("written", ["1.1", "pressed"])
def test_a_note_in_a_test_leads_to_its_scenario(drive: Callable[..., int], tree: Path, written: str) -> None:
    async def scenario(editor: Any) -> None:
        params = types.DefinitionParams(**editor.here(TEST, f"bell/{written}", 6))
        (found,) = await editor.client.text_document_definition_async(params)
        assert found.uri == editor.uri(MAIN)
        assert editor.cut(MAIN, found.range).startswith("- **WHEN** pressed")

    assert drive(tree, scenario) == 0


def test_each_file_of_a_change_shows_its_own_requirements(drive: Callable[..., int], tree: Path) -> None:
    async def scenario(editor: Any) -> None:
        for path, name in ((DELTA, "1 Ring"), (OTHER, "2 Lamp")):
            (symbol,) = await editor.client.text_document_document_symbol_async(types.DocumentSymbolParams(editor.doc(path)))
            assert symbol.name == name
            lenses = await editor.client.text_document_code_lens_async(types.CodeLensParams(editor.doc(path)))
            assert [editor.cut(path, lens.range).startswith("#### Scenario: ") for lens in lenses] == [True]
        assert not await editor.client.text_document_code_lens_async(types.CodeLensParams(editor.doc(TASKS)))

    assert drive(tree, scenario) == 0


def test_a_kiro_spec_of_the_same_name_has_links_of_its_own(drive: Callable[..., int], tree: Path) -> None:
    kiro = ".kiro/specs/bell/requirements.md"
    (tree / kiro).parent.mkdir(parents=True)
    (tree / kiro).write_text("### Requirement 1: Hang\n\n#### Acceptance Criteria\n\n1. THE Bell SHALL hang\n")
    (tree / TEST).write_text("# req: bell/1.1\ndef test_hangs():\n    pass\n# req: openspec/bell/1.1\ndef test_rings():\n    pass\n")

    async def scenario(editor: Any) -> None:
        for path, needle in ((kiro, "# req: bell"), (MAIN, "# req: openspec")):
            params = types.DefinitionParams(**editor.here(TEST, needle, len(needle) + 2))
            (found,) = await editor.client.text_document_definition_async(params)
            assert found.uri == editor.uri(path)
            (lens,) = await editor.client.text_document_code_lens_async(types.CodeLensParams(editor.doc(path)))
            assert lens.command is not None
            assert "1 test" in lens.command.title

    assert drive(tree, scenario) == 0
