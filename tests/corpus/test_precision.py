"""How often the rules are right: labels that a reader gave to findings in real specs, against what the rules find now.

`labels/<FAMILY>.jsonl` has a line for each labelled finding: its code, the path below `workspaces/`, the line, how the line begins, whether a
careful reviewer agrees, and why. A sample of a rule is all of its findings where there are at most 30, else 30 at equal distances in the order of
path and line. A labelled finding that the rule gives no more says nothing; a finding without a label is counted. A rule that is off as it ships
is shown and not judged: it works only where a team wants it.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import pytest

import setsquare
from setsquare.rules.amb.pronoun import candidates
from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Severity
from setsquare.rules.registry import RULES
from setsquare.spec.ears import parse
from setsquare.workspace.model import Workspace

pytestmark = pytest.mark.corpus

LABELS = Path(__file__).with_name("labels")
LEAST = {Severity.ERROR: 0.95, Severity.WARNING: 0.85, Severity.NOTE: 0.70}
LEAST_MEAN = 0.89
LEAST_LABELLED = 5
FIELDS = {"code", "path", "line", "text", "right", "why"}
LEAST_PRONOUN = 0.70


@dataclass
class Count:
    """The findings of one rule in one severity."""

    is_default: bool
    right: int = 0
    wrong: int = 0
    unlabelled: int = 0
    doubts: list[str] = field(default_factory=list)

    @property
    def labelled(self) -> int:
        return self.right + self.wrong

    @property
    def precision(self) -> float:
        return self.right / self.labelled if self.labelled else 1.0

    @property
    def is_judged(self) -> bool:
        return self.is_default and self.labelled >= LEAST_LABELLED


Counts = dict[tuple[str, Severity], Count]


def label_rows() -> list[dict[str, object]]:
    return [
        json.loads(line)
        for file in sorted(LABELS.glob("*.jsonl"))
        for line in file.read_text(encoding="utf-8").splitlines()
        if line.strip()
    ]


def counted(workspace: Workspace) -> Counts:
    """Compare each finding, one per rule and line, with its label."""
    labels = {(row["code"], row["path"], row["line"]): row for row in label_rows()}
    families = {str(row["code"]).rstrip("0123456789") for row in label_rows()}
    evidence = Evidence(workspace)
    counts: Counts = {}
    seen: set[tuple[object, ...]] = set()
    for rule in RULES:
        for finding in rule.check(evidence) if rule.family in families else ():
            line = evidence.raw(finding.path).count(b"\n", 0, finding.span.start) + 1
            key = (finding.code, str(finding.path), line)
            if key in seen:
                continue
            seen.add(key)
            count = counts.setdefault((finding.code, finding.severity), Count(rule.is_default))
            row = labels.get(key)
            if row is None:
                count.unlabelled += 1
            elif row["right"]:
                count.right += 1
            else:
                count.wrong += 1
                count.doubts.append(f"{row['text']}: {row['why']}")
    return counts


@pytest.fixture(scope="module")
def counts(corpus: Path) -> Counts:
    return counted(setsquare.load(corpus / "workspaces"))


def table(counts: Counts) -> str:
    """Write what was counted, a row for each rule and severity."""
    lines = [f"{'rule':<10} {'severity':<8} {'findings':>8} {'labelled':>8} {'precision':>9}"]
    for (code, severity), count in sorted(counts.items(), key=lambda item: (item[0][0], item[0][1].value)):
        precision = f"{count.precision:.2f}" if count.labelled else "-"
        note = "" if count.is_judged else "  off as it ships" if not count.is_default else "  too few to judge"
        lines.append(f"{code:<10} {severity.value:<8} {count.labelled + count.unlabelled:>8} {count.labelled:>8} {precision:>9}{note}")
    return "\n".join((*lines, f"mean of the judged rules {mean(counts):.3f}"))


def mean(counts: Counts) -> float:
    """Average the precision of the rules that are judged, each with the same weight."""
    judged = [count.precision for count in counts.values() if count.is_judged]
    return sum(judged) / len(judged)


def test_every_rule_is_right_as_often_as_its_severity_asks(counts: Counts, capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        print(f"\n{table(counts)}")
    weak = {
        f"{code} {severity.value} {count.precision:.2f}": count.doubts
        for (code, severity), count in counts.items()
        if count.is_judged and count.precision < LEAST[severity]
    }
    assert weak == {}


def test_the_mean_of_the_rules(counts: Counts) -> None:
    assert sum(count.is_judged for count in counts.values()) >= LEAST_LABELLED
    assert mean(counts) >= LEAST_MEAN


def test_labels_are_whole_and_given_once(corpus: Path) -> None:
    given: dict[tuple[object, ...], int] = defaultdict(int)
    known = {rule.code for rule in RULES}
    for row in label_rows():
        assert set(row) == FIELDS, row
        assert row["code"] in known
        assert isinstance(row["right"], bool)
        assert row["why"]
        given[row["code"], row["path"], row["line"]] += 1
        place = corpus / "workspaces" / str(row["path"])
        assert place.is_file(), row
        line = place.read_text(encoding="utf-8", errors="replace").split("\n")[int(str(row["line"])) - 1]
        assert str(row["text"])[:40] in line, row
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
