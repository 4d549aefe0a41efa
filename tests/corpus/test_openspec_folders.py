"""OpenSpec folders of real repositories: kept byte by byte, and judged by `check` as by `openspec validate`."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import setsquare
from setsquare.journeys.openspec_items import ItemKind
from setsquare.journeys.openspec_validating_all import judged_all
from setsquare.rules.check import check
from setsquare.rules.finding import Severity
from setsquare.spec.openspec.issue import is_valid
from setsquare.wire import archive_place, planning_app

pytestmark = pytest.mark.corpus


@pytest.fixture
def folders(corpus: Path) -> list[Path]:
    found = sorted(path.parent for path in (corpus / "workspaces").glob("*/openspec") if path.is_dir())
    assert len(found) > 4
    return found


# req: openspec-interop/1.1
def test_every_file_is_written_back_as_it_was(folders: list[Path]) -> None:
    for folder in folders:
        workspace = setsquare.load(folder)
        files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in (folder / "openspec").rglob("*") if path.is_file()}
        assert [path for path, raw in files.items() if workspace.render(path) != raw] == []


# req: openspec-interop/2.1
def test_check_fails_what_validate_fails_and_nothing_else(folders: list[Path], tmp_path: Path) -> None:
    app = planning_app()
    compared = 0
    for folder in folders:
        place = tmp_path / folder.name
        shutil.copytree(folder, place)
        failed = [one.path for one in check(setsquare.load(place)) if one.code.startswith("OSP") and one.severity is Severity.ERROR]
        judged = judged_all(app, str(place), archive_place, frozenset(ItemKind))
        assert isinstance(judged, tuple)
        for item in judged:
            prefix = f"openspec/{'specs' if item.kind is ItemKind.SPEC else 'changes'}/{item.id}/"
            own = [path for path in failed if path.startswith(prefix) and (item.kind is ItemKind.CHANGE or path == f"{prefix}spec.md")]
            assert bool(own) is not is_valid(item.issues), (folder.name, item.id)
            compared += 1
    assert compared > 50


def test_rules_of_style_do_not_speak_of_openspec_files(folders: list[Path]) -> None:
    for folder in folders:
        families = {one.code.rstrip("0123456789") for one in check(setsquare.load(folder)) if one.path.startswith("openspec/")}
        assert families <= {"OSP", "CFG", "TRC"}, folder.name
