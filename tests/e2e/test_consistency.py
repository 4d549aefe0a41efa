"""`setsquare consistency` as a person meets it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

REQUIREMENTS = """# Requirements Document

## Requirements

### Requirement 1: Uploads

#### Acceptance Criteria

1. WHEN the upload is at most 10 MB, THE Store SHALL accept the upload
2. IF the upload is greater than 8 MB, THEN THE Store SHALL reject the upload
3. THE Store SHALL be blue
"""
VOCABULARY = """
[variables]
mb = { type = "real", unit = "MB", min = 0, phrases = ["the upload"] }
accepted = { type = "bool" }
rejected = { type = "bool" }
[atoms]
"accept the upload" = "accepted"
"reject the upload" = "rejected"
[facts]
F1 = "not (accepted and rejected)"
"""


@pytest.fixture
def spec(folder: Path) -> Path:
    place = folder / ".kiro" / "specs" / "uploads"
    place.mkdir(parents=True)
    (place / "requirements.md").write_text(REQUIREMENTS)
    return place


def test_without_a_vocabulary_nothing_is_claimed(spec, run) -> None:
    ran = run("consistency")
    assert ran.code == 0
    assert "Formalised 0 of 3 criteria" in ran.out
    assert "consistent" not in ran.out.replace("consistency", "")


def test_a_conflict_has_its_witness_fact_and_mapping(spec, run) -> None:
    (spec / "vocab.toml").write_text(VOCABULARY)
    ran = run("consistency", "uploads", "--format", "json")
    assert ran.code == 1
    found = ran.json["specs"][0]
    assert (found["formalised"], found["not_analysed"]) == (2, ["1.3"])
    claim = found["claims"][0]
    assert (claim["check"], claim["claim"], claim["is_proven"], claim["criteria"]) == ("K1", "conflict", True, ["1.1", "1.2"])
    assert claim["witness"] == [{"name": "mb", "value": "9 MB"}]
    assert claim["facts"] == ["F1"]
    text = run("consistency", "uploads")
    assert "CONFLICT 1.1 × 1.2 when mb = 9 MB" in text.out
    assert "Formalised 2 of 3 criteria" in text.out


def test_an_entry_that_cannot_be_used_fails(spec, run) -> None:
    (spec / "vocab.toml").write_text('[facts]\nF1 = "mb > 3"\n')
    ran = run("consistency")
    assert ran.code == 1
    assert "facts.F1: there is no variable `mb`" in ran.out


def test_a_proposal_claims_nothing_and_is_never_written_over(spec, run) -> None:
    shown = run("consistency", "uploads", "--propose")
    assert '# "accept the upload" = ""  # 1.1' in shown.out
    assert not (spec / "vocab.toml").exists()
    assert run("consistency", "uploads", "--propose", "--write").code == 0
    assert (spec / "vocab.toml").read_text() == shown.out
    assert run("consistency", "uploads").out.count("Formalised 0 of 3") == 1
    assert run("consistency", "uploads", "--propose", "--write").code == 3
    assert (spec / "vocab.toml").read_text() == shown.out


def test_usage(spec, run) -> None:
    assert run("consistency", "uplaods").code == 2
    assert run("consistency", "--write").code == 2
    assert run("consistency", "--propose").code == 2
    assert run("consistency", "--steps", "9").code == 2


def test_without_the_solver_the_message_names_the_extra(spec, run, monkeypatch) -> None:
    (spec / "vocab.toml").write_text(VOCABULARY)
    monkeypatch.setitem(sys.modules, "z3", None)
    ran = run("consistency")
    assert ran.code == 4
    assert "setsquare[formal]" in ran.err
