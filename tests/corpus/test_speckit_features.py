"""Features of Spec Kit in real repositories: kept byte by byte, read as specs, and judged without noise."""

from __future__ import annotations

from pathlib import Path

import pytest

import setsquare
from setsquare.rules.check import check
from setsquare.spec.trace import trace
from setsquare.workspace.model import Workspace
from setsquare.workspace.spec import SpecForm

pytestmark = pytest.mark.corpus


@pytest.fixture(scope="module")
def workspaces() -> list[Workspace]:
    """Load every repository with features."""
    return []


@pytest.fixture
def loaded(corpus: Path, workspaces: list[Workspace]) -> list[Workspace]:
    if not workspaces:
        folders = sorted({path.parents[2] for path in (corpus / "workspaces").glob("*/specs/[0-9]*-*/spec.md")})
        workspaces += [setsquare.load(folder) for folder in folders]
    assert len(workspaces) > 4
    return workspaces


# req: openspec-interop/1.2
def test_every_feature_is_a_spec_whose_criteria_lie_where_they_are_written(loaded: list[Workspace]) -> None:
    count = 0
    for workspace in loaded:
        for spec in workspace.specs:
            if spec.form is not SpecForm.FEATURE or spec.requirements is None:
                continue
            raw = workspace.render(spec.requirements.path)
            lines = raw.split(b"\n")
            for one in spec.requirements.criteria:
                count += 1
                assert one.label.encode() in raw[one.span.start : one.span.end]
                assert raw[: one.span.start].count(b"\n") + 1 == one.line
                assert lines[one.line - 1].strip()
    assert count > 600


# req: openspec-interop/1.2
def test_references_resolve_and_a_check_says_little(loaded: list[Workspace]) -> None:
    """Questions that stand open and a file that is no UTF-8 are all that is wrong in these features."""
    references = 0
    for workspace in loaded:
        features = {spec.path for spec in workspace.specs if spec.form is SpecForm.FEATURE}
        references += sum(len(one.citations) for one in trace(workspace).specs if one.spec.path in features)
        assert [one for traced in trace(workspace).specs if traced.spec.path in features for one in traced.dangling] == []
        found = {one.code for one in check(workspace) if any(one.path.startswith(f"{path}/") for path in features)}
        assert found <= {"KIT001", "KIT002", "CFG003"}
    assert references > 500
