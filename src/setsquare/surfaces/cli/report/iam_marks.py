"""Writes escalations where reviewers look: workflow commands of GitHub, and SARIF 2.1.0.

Source: GitHub Actions, "Workflow commands"; Static Analysis Results Interchange Format 2.1.0, OASIS Standard.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

import msgspec

from setsquare._version import __version__
from setsquare.surfaces.cli.iam_escalation_results import EscalationResult, PrincipalResult, sentence, told
from setsquare.surfaces.cli.iam_words import plain
from setsquare.surfaces.cli.report.github import escaped, escaped_property
from setsquare.surfaces.cli.report.sarif import Json, uri

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {"critical": "error", "high": "error", "medium": "warning", "low": "note"}
_UNREAD, _UNREAD_NAME = "unread", "Policies that could not be read"
_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


def github(principals: Sequence[PrincipalResult], unread: Sequence[str] = ()) -> str:
    """Write one command for each new escalation, and for each place that could not be read."""
    return "".join(
        [*(f"{_command(principal, each)}\n" for principal, each in _new(principals)), *(f"{_untold(each)}\n" for each in unread)]
    )


def sarif(principals: Sequence[PrincipalResult], unread: Sequence[str] = ()) -> str:
    """Write a log with one run; only what is new is a result, and what could not be read."""
    rules: dict[str, Json] = {}
    results: list[Json] = []
    for principal, each in _new(principals):
        rules.setdefault(each.path, {"id": each.path, "shortDescription": {"text": plain(each.name)}, "properties": {"tags": ["security"]}})
        file, line = _place(principal, each)
        where: Json = {"artifactLocation": {"uri": uri(file or "input")}, "region": {"startLine": line}}
        mark = hashlib.sha256(f"{principal.principal}|{each.path}|{each.certainty}|{each.resources}".encode("utf-8", "replace")).hexdigest()
        results.append(
            {
                "ruleId": each.path,
                "level": _LEVELS[each.severity],
                "message": {"text": plain(f"{principal.principal}: {sentence(each)}")},
                "locations": [{"physicalLocation": where}],
                "partialFingerprints": {"escalation/v1": mark},
            }
        )
    if unread:
        rules[_UNREAD] = {"id": _UNREAD, "shortDescription": {"text": _UNREAD_NAME}, "properties": {"tags": ["security"]}}
    for text in unread:
        mark = hashlib.sha256(f"{_UNREAD}|{text}".encode("utf-8", "replace")).hexdigest()
        place: Json = {"artifactLocation": {"uri": uri(_file(text) or "input")}, "region": {"startLine": 1}}
        results.append(
            {
                "ruleId": _UNREAD,
                "level": "warning",
                "message": {"text": plain(text)},
                "locations": [{"physicalLocation": place}],
                "partialFingerprints": {"escalation/v1": mark},
            }
        )
    driver: Json = {"name": "Setsquare", "version": __version__, "rules": list(rules.values())}
    log: Json = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": results}]}
    return msgspec.json.format(msgspec.json.encode(log), indent=2).decode() + "\n"


def _untold(text: str) -> str:
    file = _file(text)
    place = f"file={escaped_property(file)}," if file else ""
    return f"::warning {place}title={escaped_property(_UNREAD_NAME)}::{escaped(plain(text))}"


def _file(text: str) -> str:
    """Give the file that a place begins with."""
    return text.partition(": ")[0].partition(" (")[0]


def _new(principals: Sequence[PrincipalResult]) -> Iterator[tuple[PrincipalResult, EscalationResult]]:
    for principal in principals:
        yield from ((principal, each) for each in told(principal) if each.new)


def _place(principal: PrincipalResult, each: EscalationResult) -> tuple[str, int]:
    file, _, line = (each.place or principal.place).rpartition(":")
    return file, int(line) if line.isdigit() and int(line) else 1


def _command(principal: PrincipalResult, each: EscalationResult) -> str:
    file, line = _place(principal, each)
    place = f"file={escaped_property(file)},line={line}," if file else ""
    title = escaped_property(f"Escalation path {each.path}")
    return f"::{_COMMANDS[_LEVELS[each.severity]]} {place}title={title}::{escaped(plain(f'{principal.principal}: {sentence(each)}'))}"
