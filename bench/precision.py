"""How often the rules are right: labels that a reader gave to findings in real specs, against what the rules find now.

`tests/corpus/labels/<FAMILY>.jsonl` has a line for each labelled finding: its code, the path below `workspaces/`, the line, how the line begins,
whether a careful reviewer agrees, and why. A sample of a rule is all of its findings where there are at most 30, else 30 at equal distances in
the order of path and line. A labelled finding that the rule gives no more says nothing; a finding without a label is counted. A rule that is
off as it ships is shown and not judged: it works only where a team wants it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

from msgspec import Struct, convert

from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Severity
from setsquare.rules.registry import RULES
from setsquare.workspace.model import Workspace

LABELS = Path(__file__).resolve().parents[1] / "tests" / "corpus" / "labels"
LEAST = {Severity.ERROR: 0.95, Severity.WARNING: 0.85, Severity.NOTE: 0.70}
LEAST_MEAN = 0.89
LEAST_LABELLED = 5


class Label(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a reader said of one finding; `path` is below `workspaces/`, `line` counts from 1, `text` is how the line begins."""

    code: str
    path: str
    line: int
    text: str
    right: bool
    why: str


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
        """Count the findings that a reader judged."""
        return self.right + self.wrong

    @property
    def precision(self) -> float:
        """Give the share of them that the reader agrees with."""
        return self.right / self.labelled if self.labelled else 1.0

    @property
    def is_judged(self) -> bool:
        """Tell whether the rule is on as it ships and enough findings are labelled."""
        return self.is_default and self.labelled >= LEAST_LABELLED

    def weak(self, severity: Severity) -> bool:
        """Tell whether the rule is right less often than its severity asks."""
        return self.is_judged and self.precision < LEAST[severity]


Counts = dict[tuple[str, Severity], Count]


def labels() -> list[Label]:
    """Read all labels.

    Raises:
        msgspec.ValidationError: a line has another shape.
    """
    return [
        convert(json.loads(line), Label)
        for file in sorted(LABELS.glob("*.jsonl"))
        for line in file.read_text(encoding="utf-8").splitlines()
        if line.strip()
    ]


def counted(workspace: Workspace) -> Counts:
    """Compare each finding, one per rule and line, with its label."""
    given = labels()
    known = {(label.code, label.path, label.line): label for label in given}
    families = {label.code.rstrip("0123456789") for label in given}
    evidence = Evidence(workspace)
    counts: Counts = {}
    seen: set[tuple[str, str, int]] = set()
    for rule in RULES:
        for finding in rule.check(evidence) if rule.family in families else ():
            line = evidence.raw(finding.path).count(b"\n", 0, finding.span.start) + 1
            key = (finding.code, str(finding.path), line)
            if key in seen:
                continue
            seen.add(key)
            count = counts.setdefault((finding.code, finding.severity), Count(rule.is_default))
            label = known.get(key)
            if label is None:
                count.unlabelled += 1
            elif label.right:
                count.right += 1
            else:
                count.wrong += 1
                count.doubts.append(f"{label.text}: {label.why}")
    return counts


def table(counts: Counts) -> str:
    """Write what was counted, a row for each rule and severity."""
    lines = [f"{'rule':<10} {'severity':<8} {'findings':>8} {'labelled':>8} {'precision':>9} {'bar':>5}"]
    for (code, severity), count in sorted(counts.items(), key=lambda item: (item[0][0], item[0][1].value)):
        precision = f"{count.precision:.2f}" if count.labelled else "-"
        note = "" if count.is_judged else "  off as it ships" if not count.is_default else "  too few to judge"
        lines.append(
            f"{code:<10} {severity.value:<8} {count.labelled + count.unlabelled:>8} {count.labelled:>8} {precision:>9}"
            f" {LEAST[severity]:>5.2f}{'  BELOW ITS BAR' if count.weak(severity) else note}"
        )
    return "\n".join((*lines, f"mean of the judged rules {mean(counts):.3f} (bar {LEAST_MEAN})"))


def mean(counts: Counts) -> float:
    """Average the precision of the rules that are judged, each with the same weight."""
    judged = [count.precision for count in counts.values() if count.is_judged]
    return sum(judged) / len(judged)
