"""What a spec's own settings files say."""

from __future__ import annotations

import pytest

from setsquare.text.paths import RelPath
from setsquare.workspace.load import load
from setsquare.workspace.spec import Spec
from setsquare.workspace.spec_config import PhaseApproval

CC_SDD = (
    b'{"feature_name":"photo-albums","created_at":"2026-01-01T00:00:00Z","language":"ja","phase":"tasks-generated",'
    b'"approvals":{"requirements":{"generated":true,"approved":true},"tasks":{"generated":true,"approved":false}},"ready_for_implementation":false}'
)


def spec(**files: bytes) -> Spec:
    named = {"config": ".config.kiro", "json": "spec.json", "tasks": "tasks.md"}
    return load({RelPath(f".kiro/specs/a/{named[name]}"): raw for name, raw in {"tasks": b"", **files}.items()}).specs[0]


def test_kiro_writes_ids_and_kinds_and_people_add_keys() -> None:
    found = spec(config=b'{"specId": "7f", "workflowType": "design-first", "specType": "bugfix", "priority": "high", "createdAt": 1}')
    assert found.config
    assert (found.config.spec_id, found.config.workflow, found.config.spec_type) == ("7f", "design-first", "bugfix")
    assert found.config.others == ("priority", "createdAt")
    assert found.is_bugfix


def test_a_generation_mode_stands_for_the_workflow() -> None:
    found = spec(config=b'{"generationMode":"requirements-first"}').config
    assert found
    assert (found.workflow, found.others) == ("requirements-first", ())


def test_cc_sdd_notes_phase_language_and_approvals() -> None:
    found = spec(json=CC_SDD).config
    assert found
    assert (found.phase, found.language, found.feature_name, found.is_ready) == ("tasks-generated", "ja", "photo-albums", False)
    assert found.approvals == (PhaseApproval("requirements", True, True), PhaseApproval("tasks", True, False))


def test_both_files_are_read() -> None:
    found = spec(json=CC_SDD, config=b'{"specId": "7f"}').config
    assert found
    assert (found.spec_id, found.language) == ("7f", "ja")
    assert [path.rpartition("/")[2] for path in found.paths] == [".config.kiro", "spec.json"]


@pytest.mark.parametrize("raw", [b"", b"[]", b"{", b'{"specId": 7, "approvals": [1], "phase": null}', b"\xff", b"\x00"])
def test_what_is_no_object_says_nothing(raw: bytes) -> None:
    found = spec(config=raw).config
    assert found
    assert (found.spec_id, found.phase, found.approvals) == ("", "", ())


def test_without_such_a_file_there_is_no_config() -> None:
    assert spec().config is None
