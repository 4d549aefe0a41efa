"""Counts how many criteria that real teams accepted get a finding."""

from __future__ import annotations

from msgspec import Struct

from setsquare.rules.check import check
from setsquare.rules.finding import Finding, Severity
from setsquare.workspace.model import Workspace

SENTENCE_FAMILIES = ("EARS", "ATOM", "AMB", "NUM", "TERM")
MOST_ERRORS_PER_CRITERION = 0.03
MOST_SENTENCE_FINDINGS_PER_100 = 15
REQUIREMENTS = ("requirements.md", "bugfix.md")


class Noise(Struct, frozen=True, kw_only=True):
    """Counts of criteria: all, those that the sentence families call wrong, those that they call wrong or doubtful.

    `places_with_error` are all places of requirements files with an error of any family.
    """

    criteria: int
    with_error: int
    with_error_or_warning: int
    places_with_error: int


def criteria(workspace: Workspace) -> int:
    """Count the criteria of a workspace."""
    return sum(len(spec.requirements.criteria) for spec in workspace.specs if spec.requirements)


def flagged(workspace: Workspace, findings: tuple[Finding, ...], *severities: Severity) -> set[tuple[str, int]]:
    """Give the criteria in which the sentence families say something of a severity: path and first byte."""
    places: dict[str, list[tuple[int, int]]] = {}
    for spec in workspace.specs:
        for criterion in spec.requirements.criteria if spec.requirements else ():
            places.setdefault(criterion.path, []).append((criterion.span.start, criterion.span.end))
    chosen = {(f.path, f.span.start) for f in findings if f.severity in severities and f.code.rstrip("0123456789") in SENTENCE_FAMILIES}
    return {(path, start) for path, at in chosen for start, end in places.get(path, ()) if start <= at < end}


def places_with_error(findings: tuple[Finding, ...]) -> int:
    """Count the places of requirements files that get an error of any family."""
    return len({(f.path, f.span) for f in findings if f.severity is Severity.ERROR and f.path.endswith(REQUIREMENTS)})


def noise(workspace: Workspace) -> Noise:
    """Judge a workspace and count.

    >>> noise(Workspace()).criteria
    0
    """
    findings = check(workspace)
    return Noise(
        criteria=criteria(workspace),
        with_error=len(flagged(workspace, findings, Severity.ERROR)),
        with_error_or_warning=len(flagged(workspace, findings, Severity.ERROR, Severity.WARNING)),
        places_with_error=places_with_error(findings),
    )
