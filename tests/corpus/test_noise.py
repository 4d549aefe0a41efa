"""How much the rules find in specs that real teams accepted."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from bench.noise import MOST_ERRORS_PER_CRITERION, MOST_SENTENCE_FINDINGS_PER_100, criteria, flagged, places_with_error

import setsquare
from setsquare.rules.check import check
from setsquare.rules.finding import Finding, Severity
from setsquare.spec.ears import parse
from setsquare.workspace.model import Workspace

pytestmark = pytest.mark.corpus

MOST_DANGLING_PER_REFERENCE = 0.03


@pytest.fixture(scope="module")
def workspace(corpus: Path) -> Workspace:
    return setsquare.load(corpus / "workspaces")


@pytest.fixture(scope="module")
def findings(workspace: Workspace) -> tuple[Finding, ...]:
    return check(workspace)


def test_few_accepted_criteria_get_an_error(workspace: Workspace, findings: tuple[Finding, ...]) -> None:
    assert criteria(workspace) > 4000
    assert places_with_error(findings) / criteria(workspace) <= MOST_ERRORS_PER_CRITERION
    assert len(flagged(workspace, findings, Severity.ERROR)) / criteria(workspace) <= MOST_ERRORS_PER_CRITERION


def test_sentence_rules_are_quiet(workspace: Workspace, findings: tuple[Finding, ...]) -> None:
    """Errors and warnings count; notes are shown where somebody asks for them."""
    places = flagged(workspace, findings, Severity.ERROR, Severity.WARNING)
    assert places
    assert len(places) / criteria(workspace) * 100 <= MOST_SENTENCE_FINDINGS_PER_100


def test_sentence_rules_are_quiet_in_english_alone(workspace: Workspace, findings: tuple[Finding, ...]) -> None:
    """The word rules read English only, so the share among English criteria is the one that a team sees."""
    english = sum(
        parse(criterion.text).language == "en"
        for spec in workspace.specs
        for criterion in (spec.requirements.criteria if spec.requirements else ())
    )
    assert len(flagged(workspace, findings, Severity.ERROR, Severity.WARNING)) / english * 100 <= MOST_SENTENCE_FINDINGS_PER_100


# req: check/2.3
def test_coverage_is_one_warning_per_spec(workspace: Workspace, findings: tuple[Finding, ...]) -> None:
    counts = Counter(finding.path for finding in findings if finding.code == "TRC002")
    assert counts
    assert max(counts.values()) == 1
    assert len(counts) <= len(workspace.specs)


def test_few_references_dangle(workspace: Workspace, findings: tuple[Finding, ...]) -> None:
    references = sum(len(task.references) for spec in workspace.specs if spec.tasks for task in spec.tasks.tasks)
    dangling = sum(finding.code == "TRC001" for finding in findings)
    assert dangling / references <= MOST_DANGLING_PER_REFERENCE


# req: check/1.4
def test_a_language_is_never_an_error(workspace: Workspace, findings: tuple[Finding, ...]) -> None:
    errors = {(f.path, f.span) for f in findings if f.severity is Severity.ERROR and f.code.startswith("EARS")}
    for spec in workspace.specs:
        for criterion in spec.requirements.criteria if spec.requirements else ():
            if parse(criterion.text).language != "en":
                inside = [
                    span for path, span in errors if path == criterion.path and criterion.span.start <= span.start < criterion.span.end
                ]
                assert not inside, criterion.text


def test_every_finding_lies_in_its_file(workspace: Workspace, findings: tuple[Finding, ...]) -> None:
    sizes = {path: len(workspace.render(path)) for path in {finding.path for finding in findings}}
    for finding in findings:
        assert 0 <= finding.span.start <= finding.span.end <= sizes[finding.path], finding


def test_fixes_leave_the_rest_of_every_file(workspace: Workspace, findings: tuple[Finding, ...]) -> None:
    for finding in findings:
        if finding.fix is None:
            continue
        first, last = (finding.span.start, finding.span.end) if finding.fix.is_safe else (0, len(workspace.render(finding.path)))
        for edit in finding.fix.edits:
            assert first <= edit.span.start <= edit.span.end <= last, finding
