"""The parser against labelled sentences: the pattern of real criteria, and of FRET's requirements by keyword."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from setsquare.spec.ears import parse

pytestmark = pytest.mark.corpus

LEAST_ACCURACY = 0.97
LEAST_FRET = 0.95
LEAST_OTHERS = 0.95
LEAST_PER_CLASS = 0.93
CLASS_SIZE = 10


def rows(corpus: Path, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (corpus / "ears" / name).read_text(encoding="utf-8").splitlines()]


def test_patterns_of_real_criteria(corpus: Path) -> None:
    pairs = [(row["pattern"], parse(row["text"]).pattern.value) for row in rows(corpus, "kiro_ears_gold.jsonl")]
    accuracy = sum(wanted == found for wanted, found in pairs) / len(pairs)
    assert accuracy >= LEAST_ACCURACY, [pair for pair in pairs if pair[0] != pair[1]]
    hits = Counter(wanted for wanted, found in pairs if wanted == found)
    wanted_sizes, found_sizes = Counter(wanted for wanted, _ in pairs), Counter(found for _, found in pairs)
    for pattern, size in wanted_sizes.items():
        if size >= CLASS_SIZE:
            assert hits[pattern] / size >= LEAST_PER_CLASS
            assert hits[pattern] / found_sizes[pattern] >= LEAST_PER_CLASS


def test_polarity_and_modal_of_real_criteria(corpus: Path) -> None:
    for row in rows(corpus, "kiro_ears_gold.jsonl"):
        if row["pattern"] == "none" or int(row["n_modals"]) > 1:
            continue
        statement = parse(row["text"])
        assert statement.is_negative == row["negative"], row["text"]
        assert statement.modal_kind == row["modal"].replace("localized", "localised"), row["text"]
        assert statement.language == row["lang"], row["text"]


def test_forms_and_obligations_of_real_criteria(corpus: Path) -> None:
    read = [(row, parse(row["text"])) for row in rows(corpus, "kiro_ears_gold.jsonl")]
    assert sum(row["form"] == statement.form.value for row, statement in read) / len(read) >= LEAST_ACCURACY
    for row, statement in read:
        if row["n_modals"] and row["pattern"] != "none":
            assert len(statement.responses) == row["n_modals"], row["text"]


def test_patterns_of_other_languages(corpus: Path) -> None:
    pairs = [
        (row["pattern"], parse(row["text"]).pattern.value) for row in rows(corpus, "kiro_ears_gold.jsonl") if row["lang"] in {"ja", "zh"}
    ]
    assert pairs
    assert sum(wanted == found for wanted, found in pairs) / len(pairs) >= LEAST_OTHERS


def test_patterns_of_fret_by_keyword(corpus: Path) -> None:
    """Scopes such as `in roll_hold mode` are FRET's own and are not EARS keywords."""
    pairs = [(row["ears_by_keyword"], parse(row["fretish"]).pattern.value) for row in rows(corpus, "fret_case_studies.jsonl")]
    assert sum(wanted == found for wanted, found in pairs) / len(pairs) >= LEAST_FRET
