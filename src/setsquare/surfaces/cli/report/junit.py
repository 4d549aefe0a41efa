"""Writes findings as JUnit XML: a test suite for each file, a failed test for each finding, a passed one for a file without.

Source: the schema `junit-10.xsd` of the Jenkins xUnit plugin, which GitLab, Azure and others read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import groupby
from xml.sax.saxutils import escape, quoteattr

from setsquare.rules.finding import Finding
from setsquare.surfaces.cli.report.places import LEVELS, Report

_NOT_XML = re.compile("[^\\t\\n\\r\\u0020-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")
"""What XML 1.0 cannot hold, not even escaped."""


def junit(report: Report) -> str:
    """Write one document; a finding of any severity is a failure, its severity is the failure's type."""
    found = {path: tuple(group) for path, group in groupby(report.outcome.findings, key=lambda finding: finding.path)}
    paths = tuple(dict.fromkeys((*report.outcome.paths, *found)))
    failures = len(report.outcome.findings)
    tests = failures + sum(path not in found for path in paths)
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<testsuites name="setsquare check" tests="{tests}" failures="{failures}" errors="0">',
    ]
    for path in paths:
        lines += _suite(report, path, found.get(path, ()))
    return "\n".join([*lines, "</testsuites>"]) + "\n"


def _suite(report: Report, path: str, findings: tuple[Finding, ...]) -> Iterable[str]:
    name = _attribute(report.shown(path))
    yield f'  <testsuite name={name} tests="{max(1, len(findings))}" failures="{len(findings)}" errors="0" skipped="0">'
    if not findings:
        yield f'    <testcase name="check" classname={name}/>'
    for finding in findings:
        region = report.region(finding)
        title = _attribute(f"{finding.code} {report.outcome.name(finding.code)} at {region.line}:{region.column}")
        place = f"{report.shown(finding.path)}:{region.line}:{region.column}"
        text = f"{place}: {finding.message}" + (f"\n{finding.hint}" if finding.hint else "")
        yield f"    <testcase name={title} classname={name}>"
        yield f'      <failure type="{LEVELS[finding.severity]}" message={_attribute(finding.message)}>{escape(_valid(text))}</failure>'
        yield "    </testcase>"
    yield "  </testsuite>"


def _attribute(text: str) -> str:
    """Write an attribute's value in quotes, on one line."""
    return quoteattr(_valid(" ".join(text.split())))


def _valid(text: str) -> str:
    r"""Replace what XML cannot hold.

    >>> _valid("a\x1b[0m ]]> \udc92") == "a\ufffd[0m ]]> \ufffd"
    True
    """
    return _NOT_XML.sub("\ufffd", text)
