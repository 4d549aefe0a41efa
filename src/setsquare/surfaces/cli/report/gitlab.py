"""Writes findings as GitLab's Code Quality report.

Source: GitLab documentation, "Code Quality", section "Code Quality report format".
"""

from __future__ import annotations

import hashlib

import msgspec
from msgspec import Struct

from setsquare.rules.finding import Finding, Severity
from setsquare.surfaces.cli.report.places import Report

_SEVERITIES = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.NOTE: "info"}


class _Lines(Struct, frozen=True):
    """The first line of a finding, counted from 1."""

    begin: int


class _Location(Struct, frozen=True):
    """Where a finding lies, from the repository's top."""

    path: str
    lines: _Lines


class _Issue(Struct, frozen=True):
    """One finding."""

    description: str
    check_name: str
    fingerprint: str
    severity: str
    location: _Location


def gitlab(report: Report) -> str:
    """Write one JSON array; findings of the same text in one file have fingerprints of their own."""
    seen: dict[str, int] = {}
    issues = [_issue(report, finding, seen) for finding in report.outcome.findings]
    return msgspec.json.format(msgspec.json.encode(issues), indent=2).decode() + "\n"


def _issue(report: Report, finding: Finding, seen: dict[str, int]) -> _Issue:
    text = report.text_of(finding)
    nth = seen[text] = seen.get(text, 0) + 1
    return _Issue(
        description=_printable(f"{finding.message}: {finding.hint}" if finding.hint else finding.message),
        check_name=finding.code,
        fingerprint=hashlib.sha256(f"{text}\n{nth}".encode("utf-8", "surrogateescape")).hexdigest(),
        severity=_SEVERITIES[finding.severity],
        location=_Location(_printable(report.shown(finding.path).removeprefix("./")), _Lines(report.region(finding).line)),
    )


def _printable(text: str) -> str:
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
