"""Every spec of the corpus of real workspaces, converted there and back, has the same bytes, and what is made passes the other tool's own validation."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from setsquare.errors import Usage
from setsquare.journeys.app import App
from setsquare.journeys.converting import Planned, Request, planned
from setsquare.journeys.converting_sources import Tool
from setsquare.migrate.proving import Verdict
from setsquare.spec.openspec.issue import is_valid
from setsquare.spec.openspec.validating_spec import spec_issues
from setsquare.wire import app_for

pytestmark = pytest.mark.corpus


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SETSQUARE_STATE", str(tmp_path / "state"))


def plans(corpus: Path, source: Tool, target: Tool, folder: str) -> list[Planned]:
    places = sorted(path for path in (corpus / "workspaces").iterdir() if (path / folder).is_dir())
    found = [planned(app(place), Request(source=source, target=target)) for place in places]
    return [plan for plan in found if plan.specs]


def app(place: Path) -> App:
    return app_for(place)


def verdicts(made: list[Planned]) -> Counter[Verdict]:
    return Counter(each.verdict for plan in made for one in plan.specs for each in one.proof)


def alone(made: list[Planned], name: str) -> Counter[Verdict]:
    return Counter(each.alone for plan in made for one in plan.specs for each in one.proof if each.file == name)


# req: openspec-interop/4.2
def test_openspec_there_and_back(corpus: Path) -> None:
    made = plans(corpus, Tool.OPENSPEC, Tool.KIRO, "openspec")
    assert len(made) >= 5
    counts = verdicts(made)
    assert set(counts) == {Verdict.IDENTICAL}
    assert counts[Verdict.IDENTICAL] >= 100
    by_form = alone(made, "spec.md")
    assert by_form[Verdict.DIFFERENT] <= 1, "the new form alone says nearly all of a capability"


def test_kiro_there_and_back(corpus: Path) -> None:
    made = plans(corpus, Tool.KIRO, Tool.OPENSPEC, ".kiro")
    assert len(made) >= 11
    counts = verdicts(made)
    assert set(counts) == {Verdict.IDENTICAL}
    by_form = alone(made, "requirements.md")
    assert by_form[Verdict.DIFFERENT] <= 6


def test_capabilities_made_of_kiro_specs_are_valid_or_named(corpus: Path) -> None:
    for plan in plans(corpus, Tool.KIRO, Tool.OPENSPEC, ".kiro"):
        for one in plan.specs:
            raw = one.converted.files.get("spec.md") if one.converted else None
            assert raw is None or is_valid(spec_issues(raw.decode())) or any("no requirement" in note.text for note in one.notes)


# req: openspec-interop/4.3
def test_features_are_imported(corpus: Path) -> None:
    made = plans(corpus, Tool.SPECKIT, Tool.KIRO, "specs")
    assert len(made) >= 6
    converted = [one for plan in made for one in plan.specs]
    assert len(converted) >= 20
    for one in converted:
        assert one.converted or one.notes
        if one.converted:
            kept = {text.text for text in one.converted.record.kept}
            assert not one.converted.losses or len(kept) == 1, "what is not placed is kept with the whole"


def test_an_unknown_name_is_refused(corpus: Path) -> None:
    place = next(path for path in sorted((corpus / "workspaces").iterdir()) if (path / "openspec/specs").is_dir())
    with pytest.raises(Usage):
        planned(app(place), Request(source=Tool.OPENSPEC, target=Tool.KIRO, names=("no such spec",)))
