"""Writes findings as SARIF 2.1.0.

Source: Static Analysis Results Interchange Format 2.1.0, OASIS Standard.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import TypeAlias
from urllib.parse import quote

import msgspec

from setsquare._version import __version__
from setsquare.rules.finding import Finding, Fix, Severity
from setsquare.rules.page import page, part
from setsquare.rules.registry import RULES
from setsquare.rules.rule import Rule
from setsquare.surfaces.cli.report.places import LEVELS, Report
from setsquare.text.document import decode

Json: TypeAlias = "str | int | bool | list[Json] | dict[str, Json]"

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_INDEX = {rule.code: index for index, rule in enumerate(RULES)}
_TAGS = {"MCP": "security", "CFG": "configuration", "TRC": "traceability", "TSK": "tasks", "DSN": "design", "STR": "steering"}


# req: check/3.3
def sarif(report: Report) -> str:
    """Write a SARIF log with one run; paths are relative references, percent-encoded."""
    log: Json = {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "Setsquare",
                        "version": __version__,
                        "semanticVersion": __version__,
                        "rules": [_rule(rule) for rule in RULES],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "invocations": [{"executionSuccessful": True}],
                "results": [*(_result(report, finding) for finding in report.outcome.findings), *_suppressed(report)],
            }
        ],
    }
    return msgspec.json.format(msgspec.json.encode(log), indent=2).decode() + "\n"


def uri(path: str) -> str:
    """Write a path as a relative reference.

    >>> uri("specs/Phase 1/a:b#c.md")
    'specs/Phase%201/a%3Ab%23c.md'
    """
    return quote(path.encode("utf-8", "surrogateescape"), safe="/")


def _rule(rule: Rule) -> Json:
    return {
        "id": rule.code,
        "name": "".join(word.capitalize() for word in rule.name.split("-")),
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": part(rule, "What")},
        "help": {"text": rule.page.strip(), "markdown": page(rule)},
        "defaultConfiguration": {"level": LEVELS[rule.severity]},
        "properties": {
            "tags": [_TAGS.get(rule.family, "requirements")],
            "precision": "high" if rule.severity is Severity.ERROR else "medium",
        },
    }


def _result(report: Report, finding: Finding) -> dict[str, Json]:
    region = report.region(finding)
    location = {"uri": uri(report.shown(finding.path))}
    result: dict[str, Json] = {
        "ruleId": finding.code,
        "ruleIndex": _INDEX[finding.code],
        "level": LEVELS[finding.severity],
        "message": {
            "text": _printable(f"{finding.message}. {finding.hint[:1].upper()}{finding.hint[1:]}." if finding.hint else finding.message)
        },
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": dict(location),
                    "region": {
                        "startLine": region.line,
                        "startColumn": region.column,
                        "endLine": region.end_line,
                        "endColumn": region.end_column,
                        "byteOffset": finding.span.start,
                        "byteLength": len(finding.span),
                    },
                }
            }
        ],
        "partialFingerprints": {"setsquareFinding/v1": _fingerprint(report, finding)},
    }
    if finding.fix is not None and finding.fix.is_safe:
        result["fixes"] = [_fix(finding.fix, location)]
    return result


def _fix(fix: Fix, location: dict[str, str]) -> Json:
    return {
        "description": {"text": fix.title},
        "artifactChanges": [
            {
                "artifactLocation": dict(location),
                "replacements": [
                    {
                        "deletedRegion": {"byteOffset": edit.span.start, "byteLength": len(edit.span)},
                        "insertedContent": {"text": _printable(decode(edit.new))},
                    }
                    for edit in fix.edits
                ],
            }
        ],
    }


def _suppressed(report: Report) -> Iterator[Json]:
    """List what comments and the baseline keep from being shown, each with what does (section 3.35 of the standard)."""
    for off in report.outcome.standing.disabled:
        suppression: dict[str, Json] = {"kind": "inSource"}
        if off.reason:
            suppression["justification"] = _printable(off.reason)
        yield {**_result(report, off.finding), "suppressions": [suppression]}
    for finding in report.outcome.standing.known:
        yield {**_result(report, finding), "suppressions": [{"kind": "external"}]}


def _fingerprint(report: Report, finding: Finding) -> str:
    """Name a finding independently of its line."""
    return hashlib.sha256(report.text_of(finding).encode("utf-8", "surrogateescape")).hexdigest()[:32]


def _printable(text: str) -> str:
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
