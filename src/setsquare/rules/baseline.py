"""Remembers findings that a team has decided to live with, so that only new ones are shown.

A finding is known again by its rule, its file and what stands in its line, wherever the line has moved.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

import msgspec
from msgspec import Struct

from setsquare.rules.config import ConfigProblem
from setsquare.rules.finding import Finding
from setsquare.text.document import decode
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.paths import RelPath
from setsquare.text.span import Span

BASELINE_PATH: Final = RelPath(".setsquare/baseline.jsonl")
"""Where a baseline stands unless another place is named."""

_SCHEMA: Final = "setsquare/baseline/1"
_MARKER: Final = LazyPattern(r"\s*(?:[-*+]|\d{1,9}[.)])?\s*(?:\[[^\]]?\]\s*)?(?:\d+(?:\.\d+)*\.?\s+)?")
_LENGTH: Final = 16
_LIMIT_TEXT: Final = 500


class Entry(Struct, frozen=True, order=True):
    """Findings of one rule in one file on the same text: the text by its digest, and how many there are, at least 1."""

    path: str
    rule: str
    text: str
    count: int = 1


class _Header(Struct, frozen=True):
    """The first line of a baseline."""

    schema: str


class Baseline(Struct, frozen=True):
    """A baseline as read: its entries, and the lines that cannot be read."""

    entries: tuple[Entry, ...] = ()
    problems: tuple[ConfigProblem, ...] = ()


class Compared(Struct, frozen=True):
    """Findings against a baseline: the new ones, the known ones, and what of the baseline is not found any more."""

    new: tuple[Finding, ...]
    known: tuple[Finding, ...] = ()
    stale: tuple[Entry, ...] = ()


# req: spec-engine/7.3
def read_baseline(path: RelPath, raw: bytes) -> Baseline:
    r"""Read a baseline; a line that cannot be read is a problem, the others count.

    >>> read_baseline(RelPath("b"), b'{"schema":"setsquare/baseline/1"}\n{"path":"a","rule":"X1","text":"0","count":2}\n').entries
    (Entry(path='a', rule='X1', text='0', count=2),)
    """
    entries: list[Entry] = []
    problems: list[ConfigProblem] = []
    header, position = False, 0
    for line in raw.split(b"\n"):
        span = Span(position, position + len(line.rstrip()))
        position += len(line) + 1
        if not line.strip():
            continue
        try:
            if header:
                entries.append(_entry(line))
            elif (schema := msgspec.json.decode(line, type=_Header).schema) != _SCHEMA:
                message = f'this baseline is of the form "{schema}", which this version cannot read; nothing is hidden'
                return Baseline((), (ConfigProblem(path=path, span=span, message=message, hint="use the version that wrote it"),))
            header = True
        except (msgspec.MsgspecError, ValueError, RecursionError):
            problems.append(_broken(path, span, "entry" if header else "header"))
            header = True
    return Baseline(tuple(entries), tuple(problems))


def _entry(line: bytes) -> Entry:
    """Read one line.

    Raises:
        ValueError: it counts nothing.
    """
    entry = msgspec.json.decode(line, type=Entry)
    if entry.count < 1:
        message = "count is less than 1"
        raise ValueError(message)
    return entry


def _broken(path: RelPath, span: Span, what: str) -> ConfigProblem:
    hint = "remove the line, or write the baseline anew with `setsquare check --write-baseline`"
    return ConfigProblem(path=path, span=span, message=f"this line is no {what} of a baseline; it hides nothing", hint=hint)


def written(entries: Iterable[Entry]) -> bytes:
    r"""Write a baseline: one line an entry, sorted, so that branches merge; entries of the same text are added up.

    >>> written([Entry("a", "X1", "0"), Entry("a", "X1", "0")])
    b'{"schema":"setsquare/baseline/1"}\n{"path":"a","rule":"X1","text":"0","count":2}\n'
    """
    counts = Counter[tuple[str, str, str]]()
    for entry in entries:
        counts[_printable(entry.path), entry.rule, entry.text] += entry.count
    lines = [msgspec.json.encode(_Header(_SCHEMA)), *(msgspec.json.encode(Entry(*key, count)) for key, count in sorted(counts.items()))]
    return b"".join(line + b"\n" for line in lines)


def entries_of(findings: Iterable[Finding], files: Mapping[RelPath, bytes]) -> Iterator[Entry]:
    """Describe findings as entries of one each.

    >>> list(entries_of([], {}))
    []
    """
    return (Entry(_printable(finding.path), finding.code, text_digest(finding, files.get(finding.path, b""))) for finding in findings)


def compared(
    findings: Iterable[Finding],
    files: Mapping[RelPath, bytes],
    baseline: Baseline,
    is_judged: Callable[[Entry], bool] = lambda _entry: True,
) -> Compared:
    """Part findings by a baseline; entries that `is_judged` refuses were not looked for, so they are not stale.

    >>> compared([], {}, Baseline((Entry("a", "X1", "0"),))).stale
    (Entry(path='a', rule='X1', text='0', count=1),)
    """
    left = Counter[tuple[str, str, str]]()
    for entry in baseline.entries:
        left[entry.path, entry.rule, entry.text] += entry.count
    new: list[Finding] = []
    known: list[Finding] = []
    for finding in findings:
        key = (_printable(finding.path), finding.code, text_digest(finding, files.get(finding.path, b""))) if left else ("", "", "")
        if left.get(key, 0) > 0:
            left[key] -= 1
            known.append(finding)
        else:
            new.append(finding)
    stale = (Entry(*key, count) for key, count in sorted(left.items()) if count > 0)
    return Compared(tuple(new), tuple(known), tuple(entry for entry in stale if is_judged(entry)))


def text_digest(finding: Finding, raw: bytes) -> str:
    r"""Name what a finding points at: its text and the line around it, without list marker, number and box; of a secret only its rule.

    >>> from setsquare.rules.finding import Severity
    >>> places = [(b"1. X should go\n", 3), (b"\n- [x] 7.   X should go\n", 12)]
    >>> found = [Finding(code="X1", severity=Severity.NOTE, path=RelPath("a"), span=Span(at, at + 6), message="") for _, at in places]
    >>> len({text_digest(finding, raw) for finding, (raw, _) in zip(found, places)})
    1
    """
    if finding.is_secret:
        text = finding.message
    else:
        start = raw.rfind(b"\n", 0, finding.span.start) + 1
        end = raw.find(b"\n", finding.span.start)
        line = decode(raw[start : len(raw) if end < 0 else end])
        flagged = decode(raw[finding.span.start : finding.span.end][:_LIMIT_TEXT]).partition("\n")[0]
        text = "\n".join(" ".join(part[_end_of_marker(part) :].split()) for part in (line, flagged))
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:_LENGTH]


def _end_of_marker(line: str) -> int:
    found = _MARKER.match(line)
    return found.end() if found else 0


def _printable(text: str) -> str:
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
