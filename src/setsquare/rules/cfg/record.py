"""A line of a record cannot be read.

What: a file below `.setsquare/history/`, `.setsquare/approvals/` or `.setsquare/evidence/` has a line that no version wrote: a mark of a merge conflict, half a line, an
approval without its digest or one that stands there twice, a line of a newer version.

Why: the lines say what was approved, what a team means to do with a spec, and what was seen of its criteria. One that cannot be read counts for nothing, so an approval is
lost or an old status comes back.

Example: `<<<<<<< HEAD` in `.setsquare/approvals/orders.jsonl`

Instead: the lines of both sides, each one whole, without the marks

Fix safety: no fix; a record is only ever added to, and only a person may decide which line is good.

Source: Setsquare's page on approvals and history. The files are Setsquare's own, so every example is made.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Finding, Severity
from setsquare.rules.lock_sample import line_of
from setsquare.rules.rule import Reach, Rule
from setsquare.rules.sample import file
from setsquare.spec.approval import read_approvals
from setsquare.spec.evidence import read_evidence
from setsquare.spec.spec_history import read_history
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.paths import RelPath

_PLACE: Final = LazyPattern(r"\.setsquare/(?P<kind>history|approvals|evidence)/.+\.jsonl\Z")
_MARK: Final = re.compile(rb"<{7}|={7}|>{7}|\|{7}")
_NEWER: Final = re.compile(rb'"v"\s*:\s*(?:[2-9]|\d\d)')
_MOST: Final = 20


def check(evidence: Evidence) -> Iterator[Finding]:
    """Find every line of a record that is none; of very many the first ones."""
    for path in evidence.workspace.paths:
        match = _PLACE.match(path) if path.startswith(".setsquare/") else None
        if match is None:
            continue
        raw = evidence.raw(path)
        if match["kind"] == "evidence":
            yield from _of_evidence(path, raw)
            continue
        broken = read_history(raw).broken if match["kind"] == "history" else read_approvals(raw)[1]
        lines = raw.splitlines() if broken else []
        for number in broken[:_MOST]:
            yield _finding(path, raw, number, lines[: number - 1], lines[number - 1] if number <= len(lines) else b"")


def _of_evidence(path: RelPath, raw: bytes) -> Iterator[Finding]:
    """Find what cannot be read of what was seen, and what contradicts itself."""
    name = path.removeprefix(".setsquare/evidence/").removesuffix(".jsonl")
    for problem in read_evidence(raw, name).problems[:_MOST] if raw.strip() else ():
        yield Finding(
            code=RULE.code, severity=RULE.severity, path=path, span=line_of(raw, problem.line), message=problem.reason, hint=problem.mend
        )


def _finding(path: RelPath, raw: bytes, number: int, before: list[bytes], line: bytes) -> Finding:
    message, hint = "this line is no entry that any version wrote", "restore it from version control, or take it out"
    if _MARK.match(line):
        message, hint = "this is a mark of a merge conflict", "take the mark out and keep the lines of both sides"
    elif line.strip() in {earlier.strip() for earlier in before}:
        message, hint = "this line stands there already", "take one of the two out"
    elif _NEWER.search(line):
        message, hint = "this line was written by a newer version", "upgrade setsquare"
    return Finding(code=RULE.code, severity=RULE.severity, path=path, span=line_of(raw, number), message=message, hint=hint)


_HISTORY = ".setsquare/history/orders.jsonl"
_APPROVALS = ".setsquare/approvals/orders.jsonl"
_EVIDENCE = ".setsquare/evidence/orders.jsonl"
_HEAD = '{"setsquare":"evidence","v":1,"spec":"orders"}\n'
_SEEN = (
    '{"criterion":"1.1","task":"2","kind":"green","command":"make test","exit":0,"output":"sha256:'
    + "0" * 64
    + '","run":"r1","at":"2026-01-01T00:00:00Z"}\n'
)
_CREATED = '{"at":"2026-01-01T00:00:00Z","by":"Ada","kind":"created"}\n'
_STATUS = '{"at":"2026-01-02T00:00:00Z","by":"Ada","kind":"status","status":"active"}\n'

RULE = Rule(
    code="CFG007",
    name="broken-record",
    severity=Severity.ERROR,
    since="0.2",
    page=__doc__,
    check=check,
    reach=Reach.FILE,
    examples=(
        file(_HISTORY, f"<<<<<<< HEAD\n{_CREATED}=======\n{_STATUS}>>>>>>> topic\n", fires=3),
        file(_HISTORY, _CREATED + _STATUS[:-20], fires=1),
        file(_HISTORY, _CREATED.replace('"created"', '"dreamt"'), fires=1),
        file(_HISTORY, _CREATED[:-2] + ',"v":9}\n', fires=1),
        file(_APPROVALS, "not json\n", fires=1),
        file(_APPROVALS, '{"stage":"design","by":"Ada"}\n', fires=1),
        file(_EVIDENCE, _HEAD + f"<<<<<<< HEAD\n{_SEEN}", fires=1),
        file(_EVIDENCE, _HEAD + _SEEN.replace('"exit":0', '"exit":1'), fires=1),
        file(_EVIDENCE, _HEAD + _SEEN + _SEEN.replace("make test", "true"), fires=1),
        file(_EVIDENCE, _HEAD.replace('"v":1', '"v":9') + _SEEN, fires=1),
        file(_EVIDENCE, _HEAD + _SEEN),
        file(_HISTORY, _CREATED + _STATUS),
        file(_HISTORY, f"{_CREATED}\n\n{_STATUS}".rstrip()),
        file(_HISTORY, ""),
        file(_APPROVALS, ""),
        file(".setsquare/notes/orders.jsonl", "not json\n"),
    ),
)
