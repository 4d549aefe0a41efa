"""Writes findings as workflow commands, which GitHub shows beside the changed lines.

Source: GitHub Actions, "Workflow commands": escaping of `%`, CR, LF, and of `:` and `,` in properties.
"""

from __future__ import annotations

from setsquare.rules.finding import Finding, Severity
from setsquare.surfaces.cli.report.places import Report
from setsquare.surfaces.cli.style import safe

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


# req: check/3.3
def github(report: Report) -> str:
    """Write one command a finding, each on its own line."""
    return "".join(f"{_command(report, finding)}\n" for finding in report.outcome.findings)


def _command(report: Report, finding: Finding) -> str:
    region = report.region(finding)
    properties = {
        "file": report.shown(finding.path),
        "line": str(region.line),
        "col": str(region.column),
        "endLine": str(region.end_line),
        "title": f"{finding.code} {report.outcome.name(finding.code)}",
    }
    # GitHub ignores an annotation with an end column whose lines differ.
    if region.line == region.end_line:
        properties["endColumn"] = str(max(region.column, region.end_column - 1))
    written = ",".join(f"{key}={escaped_property(value)}" for key, value in properties.items())
    text = finding.message + (f"\n{finding.hint}" if finding.hint else "")
    return f"::{_COMMANDS[finding.severity]} {written}::{escaped(text)}"


def escaped(text: str) -> str:
    r"""Escape a command's message.

    >>> escaped("100 %\nnext")
    '100 %25%0Anext'
    """
    return _printable(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def escaped_property(text: str) -> str:
    """Escape a property's value.

    >>> escaped_property("a:b,c")
    'a%3Ab%2Cc'
    """
    return escaped(text).replace(":", "%3A").replace(",", "%2C")


def _printable(text: str) -> str:
    """Make what would split or hide a line visible: other line separators, control and direction characters."""
    shown = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return "\r".join(safe(part) for part in shown.split("\r"))
