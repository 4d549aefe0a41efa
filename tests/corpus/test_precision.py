"""How often the rules are right, by the labels that `bench.precision` explains and counts."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest
from bench.precision import LEAST_LABELLED, LEAST_MEAN, Counts, counted, labels, mean

import setsquare
from setsquare.rules.amb.pronoun import candidates
from setsquare.rules.registry import RULES
from setsquare.spec.ears import parse

pytestmark = pytest.mark.corpus

LEAST_PRONOUN = 0.70


@pytest.fixture(scope="module")
def counts(corpus: Path) -> Counts:
    return counted(setsquare.load(corpus / "workspaces"))


def test_every_rule_is_right_as_often_as_its_severity_asks(counts: Counts) -> None:
    weak = {
        f"{code} {severity.value} {count.precision:.2f}": count.doubts for (code, severity), count in counts.items() if count.weak(severity)
    }
    assert weak == {}


def test_the_mean_of_the_rules(counts: Counts) -> None:
    assert sum(count.is_judged for count in counts.values()) >= LEAST_LABELLED
    assert mean(counts) >= LEAST_MEAN


def test_labels_are_whole_and_given_once(corpus: Path) -> None:
    known = {rule.code for rule in RULES}
    for label in labels():
        assert label.code in known
        assert label.why
        place = corpus / "workspaces" / label.path
        assert place.is_file(), label
        line = place.read_text(encoding="utf-8", errors="replace").split("\n")[label.line - 1]
        assert label.text[:40] in line, label
    given = Counter((label.code, label.path, label.line) for label in labels())
    assert [key for key, times in given.items() if times > 1] == []


def test_pronouns_of_other_trades(corpus: Path) -> None:
    """ReqEval (NLP4RE): of the pronouns that have two candidates here, experts call this share ambiguous.

    The labels are those of several readers who disagree among themselves about half of the pronouns.
    """
    rows = [json.loads(line) for line in (corpus / "ears" / "reqeval_anaphora.jsonl").read_text(encoding="utf-8").splitlines()]
    labels = []
    for row in rows:
        mark = re.search(r"<referential>(it|they|them)</referential>", row["text"], re.IGNORECASE)
        if mark:
            text = row["text"][: mark.start()] + mark[1] + row["text"][mark.end() :]
            if len(candidates(parse(text), mark.start(), mark.start() + len(mark[1]))) > 1:
                labels.append(row["label"] == "NOCUOUS")
    assert len(labels) >= 20
    assert sum(labels) / len(labels) >= LEAST_PRONOUN
