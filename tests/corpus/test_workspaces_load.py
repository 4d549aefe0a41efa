"""Every file of the corpus of real workspaces loads and renders back byte-identical."""

from __future__ import annotations

from pathlib import Path

import pytest

import setsquare
from setsquare.workspace.artefact import ArtefactKind
from setsquare.workspace.model import Workspace

pytestmark = pytest.mark.corpus


def files_below(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file() and not path.is_symlink()
    }


def assert_whole(workspace: Workspace, folder: Path) -> None:
    files = files_below(folder)
    assert set(workspace.paths) == set(files)
    assert [path for path, raw in files.items() if workspace.render(path) != raw] == []
    assert workspace.skipped == ()


def test_the_whole_folder_loads(corpus: Path) -> None:
    folder = corpus / "workspaces"
    workspace = setsquare.load(folder)
    assert_whole(workspace, folder)
    assert len(workspace.paths) > 1_000
    assert sum(spec.is_kiro for spec in workspace.specs) == 90
    assert sum(not spec.is_kiro for spec in workspace.specs) > 100
    unreadable = [each for each in workspace.malformed if not each.is_warning]
    assert [(each.path.rpartition("/")[2], "0x92" in each.reason) for each in unreadable] == [("spec.md", True)]


def test_each_repository_loads_alone(corpus: Path) -> None:
    folders = sorted(path for path in (corpus / "workspaces").iterdir() if path.is_dir())
    assert folders
    for folder in folders:
        assert_whole(setsquare.load(folder), folder)


def test_every_root_is_found(corpus: Path) -> None:
    folder = corpus / "workspaces"
    found = {root.path for root in setsquare.load(folder).roots}
    assert {path.relative_to(folder).as_posix() for path in folder.glob("*/.kiro")} <= found
    assert {path.relative_to(folder).as_posix() for path in folder.glob("*/openspec")} <= found
    assert {path.relative_to(folder).as_posix() for path in folder.glob("*/.specify")} <= found


def test_templates_are_no_specs_and_powers_bring_their_files(corpus: Path) -> None:
    workspace = setsquare.load(corpus / "workspaces")
    assert not [spec.path for spec in workspace.specs if "/templates/" in spec.path]
    assert any(spec.is_archived for spec in workspace.specs)
    powers = [each.path for each in workspace.artefacts if each.kind is ArtefactKind.POWER]
    assert any("/steering/" in path for path in powers)
