"""Writes findings for programs, by the schema `setsquare/check/1`."""

from __future__ import annotations

from msgspec import Struct

from setsquare.rules.finding import Finding, Severity
from setsquare.surfaces.cli.report.diff import diff
from setsquare.surfaces.cli.report.places import LEVELS, Report
from setsquare.surfaces.cli.report.sources import SourceResult


class FoundResult(Struct, frozen=True, kw_only=True):
    """One finding. Lines and columns count from 1, columns in characters; the end column is the one after the last character."""

    code: str
    name: str
    severity: str
    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    message: str
    hint: str
    fixable: bool


class CountResult(Struct, frozen=True, kw_only=True):
    """How many findings there are of each severity."""

    error: int
    warning: int
    note: int


class SkippedResult(Struct, frozen=True, kw_only=True):
    """A file that was not read, and why."""

    path: str
    reason: str


class DisabledResult(Struct, frozen=True, kw_only=True):
    """A finding that a comment switched off, and the comment's reason."""

    finding: FoundResult
    reason: str


class StaleResult(Struct, frozen=True, kw_only=True):
    """Findings of the baseline that are not found any more: how many of a rule in a file."""

    path: str
    code: str
    count: int


class CheckResult(Struct, frozen=True, kw_only=True):
    """What `check` found.

    `files` are the judged files, `specs` the names of the judged specs, `fixed` the files that were mended, or with `--diff` would be, as
    `diff` shows. `disabled` findings are switched off by comments; `known` is the number of those that the baseline hides, `stale` what of it
    is mended. `refused` are findings whose fix would have changed what a requirement means. `sources` are the other checkouts that were asked for.
    """

    schema: str = "setsquare/check/1"
    findings: tuple[FoundResult, ...]
    counts: CountResult
    files: tuple[str, ...]
    specs: tuple[str, ...]
    fixed: tuple[str, ...]
    skipped: tuple[SkippedResult, ...]
    disabled: tuple[DisabledResult, ...] = ()
    known: int = 0
    stale: tuple[StaleResult, ...] = ()
    refused: tuple[FoundResult, ...] = ()
    diff: str = ""
    sources: tuple[SourceResult, ...] = ()


# req: check/3.3
def check_result(report: Report) -> CheckResult:
    """Shape an outcome as the JSON result of `check`."""
    outcome = report.outcome
    return CheckResult(
        findings=tuple(_found(report, finding) for finding in outcome.findings),
        counts=CountResult(error=outcome.count(Severity.ERROR), warning=outcome.count(Severity.WARNING), note=outcome.count(Severity.NOTE)),
        files=tuple(report.shown(path) for path in outcome.paths),
        specs=tuple(spec.name for spec in outcome.judged.specs if any(path.startswith(f"{spec.path}/") for path in outcome.paths)),
        fixed=tuple(report.shown(change.path) for change in outcome.applied.changes if change.path in outcome.before),
        skipped=tuple(SkippedResult(path=report.shown(path), reason=reason) for path, reason in outcome.skipped),
        disabled=tuple(DisabledResult(finding=_found(report, off.finding), reason=off.reason) for off in outcome.standing.disabled),
        known=len(outcome.standing.known),
        stale=tuple(StaleResult(path=report.shown(entry.path), code=entry.rule, count=entry.count) for entry in outcome.standing.stale),
        refused=tuple(_found(report, finding) for finding in outcome.refused),
        diff=diff(report) if outcome.is_trial else "",
        sources=report.sources,
    )


def _found(report: Report, finding: Finding) -> FoundResult:
    region = report.region(finding)
    return FoundResult(
        code=finding.code,
        name=report.outcome.name(finding.code),
        severity=LEVELS[finding.severity],
        path=report.shown(finding.path),
        line=region.line,
        column=region.column,
        end_line=region.end_line,
        end_column=region.end_column,
        message=finding.message,
        hint=finding.hint,
        fixable=finding.fix is not None and finding.fix.is_safe,
    )
