"""Loads files and judges them by all rules: the part of a check whose result can be kept."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from setsquare.journeys.judged import Judged, SpecPlace
from setsquare.rules.check import config_of, evidence_of, judged
from setsquare.rules.config import Config
from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Finding
from setsquare.rules.registry import RULES
from setsquare.rules.selection import selection
from setsquare.text.paths import RelPath
from setsquare.workspace.load import load

_SECRET_RULE = "MCP001"  # noqa: S105  (a rule's code)


# req: spec-engine/7.4
def judge_files(files: Mapping[RelPath, bytes], selected: Collection[str] | None = None, ignored: Collection[str] = ()) -> Judged:
    """Judge files as one workspace.

    >>> judge_files({}).findings
    ()
    """
    workspace = load(files)
    read = config_of(workspace)
    evidence = evidence_of(workspace, read)
    verdict = judged(evidence, selection(read.config, selected, ignored))
    found = {finding.code for finding in (*verdict.findings, *(off.finding for off in verdict.disabled))}
    rules = [rule for rule in RULES if rule.code in found]
    return Judged(
        findings=verdict.findings,
        disabled=verdict.disabled,
        concealed=tuple((finding.path, finding.span) for finding in secrets_of(evidence)),
        specs=tuple(SpecPlace(spec.name, spec.path) for spec in workspace.specs),
        names={rule.code: rule.name for rule in rules},
        reaches={rule.code: rule.reaches.value for rule in rules},
        fail_on=read.config.fail_on,
        baseline=read.config.baseline,
    )


def secrets_of(evidence: Evidence) -> tuple[Finding, ...]:
    """Find what must not be shown, whatever rules are selected."""
    verdict = judged(evidence, selection(Config(), (_SECRET_RULE,)))
    return tuple(finding for finding in (*verdict.findings, *(off.finding for off in verdict.disabled)) if finding.is_secret)
