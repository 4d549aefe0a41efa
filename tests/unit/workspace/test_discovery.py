"""Specs among loose files; the loading tests show the rest."""

from __future__ import annotations

import pytest

from setsquare.text.paths import RelPath
from setsquare.workspace.artefact import Artefact
from setsquare.workspace.discovery import discover
from setsquare.workspace.layout import classify
from setsquare.workspace.load import scan


def names(*paths: str) -> list[str]:
    return [spec.name for spec in discover(Artefact(path=RelPath(p), kind=classify(p), document=scan(RelPath(p), b"")) for p in paths)]


def test_a_folder_is_a_spec_when_it_directly_holds_a_spec_file() -> None:
    assert names(".kiro/specs/a/notes.md", ".kiro/specs/a/b/tasks.md", ".kiro/specs/README.md", ".kiro/specs/tasks.md") == ["a/b"]


@pytest.mark.parametrize(
    "path", ["specs/a/tasks.md", "openspec/changes/a/tasks.md", ".kiro/settings/templates/specs/tasks.md", ".kiro/a/tasks.md"]
)
def test_other_trees_hold_no_kiro_specs(path: str) -> None:
    assert names(path) == []


@pytest.mark.parametrize(
    ("folder", "is_archived"), [("_archived/22-x", True), ("archive/x", True), ("x/Archived/y", True), ("archive-page", False)]
)
def test_archives_are_known_by_a_folder_name(folder: str, is_archived: bool) -> None:
    path = RelPath(f".kiro/specs/{folder}/tasks.md")
    (spec,) = discover([Artefact(path=path, kind=classify(path), document=scan(path, b""))])
    assert spec.is_archived is is_archived
