"""Shows what fixes change, or would change, as a unified diff."""

from __future__ import annotations

import difflib

from setsquare.surfaces.cli.report.places import Report
from setsquare.text.document import decode

_NO_LINE_END = "\n\\ No newline at end of file\n"


def diff(report: Report) -> str:
    """Write the differences of all mended files, in the order of paths; nothing where nothing changes."""
    outcome = report.outcome
    parts: list[str] = []
    for path in sorted(outcome.before):
        before, after = (_lines(decode(raw)) for raw in (outcome.before[path], outcome.files[path]))
        name = report.shown(path)
        lines = difflib.unified_diff(before, after, f"a/{name}", f"b/{name}")
        parts += (line if line.endswith("\n") else line + _NO_LINE_END for line in lines)
    return "".join(parts)


def _lines(text: str) -> list[str]:
    r"""Split a text after line feeds alone, which end a line of a diff.

    >>> _lines("a\r\nb\x0cc")
    ['a\r\n', 'b\x0cc']
    """
    parts = text.split("\n")
    return [f"{part}\n" for part in parts[:-1]] + [part for part in parts[-1:] if part]
