"""Writes findings for people: grouped by file, each with the line it lies in and carets under the place."""

from __future__ import annotations

from itertools import groupby

from msgspec import Struct

from setsquare.rules.finding import Finding, Severity
from setsquare.rules.regions import Region
from setsquare.surfaces.cli.report.places import LEVELS, Report
from setsquare.surfaces.cli.style import safe, width
from setsquare.text.counted import counted
from setsquare.text.span import Span
from setsquare.workspace.artefact import ArtefactKind
from setsquare.workspace.layout import classify

_COLOURS = {Severity.ERROR: "31", Severity.WARNING: "33", Severity.NOTE: "36"}
_CONFIGURATION = (ArtefactKind.MCP, ArtefactKind.SETTINGS, ArtefactKind.AGENT, ArtefactKind.HOOK, ArtefactKind.PERMISSIONS)
_WINDOW = 100
_LEAD = 30
_MOST_LEFT_OUT = 5
_MARGIN = 10
"""Columns that a line number, its bar and the ellipses take."""
_TAB = "    "
_HIDDEN = "••••••••"


class Ink(Struct, frozen=True):
    """Colours text, or does not; `room` is the width of an excerpt in columns."""

    is_coloured: bool
    room: int = _WINDOW

    def paint(self, text: str, code: str) -> str:
        """Colour a text by an SGR code."""
        return f"\x1b[{code}m{text}\x1b[0m" if self.is_coloured and text else text


# req: check/3.3
def text(report: Report, *, is_coloured: bool = False, columns: int | None = None) -> str:
    """Write every finding and a summary line, excerpts no wider than the terminal's columns."""
    ink = Ink(is_coloured, _WINDOW if columns is None else min(_WINDOW, max(_LEAD + 10, columns - _MARGIN)))
    blocks = []
    for path, findings in groupby(report.outcome.findings, key=lambda finding: finding.path):
        blocks.append("\n".join([ink.paint(safe(report.shown(path)), "1"), *(_finding(report, finding, ink) for finding in findings)]))
    return "\n\n".join([*blocks, *_left_out(report, ink), *report.unread, summary(report, ink)]) + "\n"


def _left_out(report: Report, ink: Ink) -> list[str]:
    """Name the files that were not judged, so that silence about them is not taken for praise."""
    skipped = report.outcome.skipped
    lines = [
        f"{ink.paint('left out', '33')}  {_one_line(report.shown(path))}: {_one_line(reason)}" for path, reason in skipped[:_MOST_LEFT_OUT]
    ]
    if len(skipped) > _MOST_LEFT_OUT:
        lines.append(f"{ink.paint('left out', '33')}  and {len(skipped) - _MOST_LEFT_OUT} more: --format json lists them")
    return ["\n".join(lines)] if lines else []


def summary(report: Report, ink: Ink) -> str:
    """Say in one line how many findings and files there are, what was mended, and what is not shown."""
    outcome = report.outcome
    judged = f"{counted(len(outcome.paths), 'file')}"
    counts = [counted(number, LEVELS[severity]) for severity in Severity if (number := outcome.count(severity))]
    is_fix = outcome.applied.title.endswith("--fix")
    done = "would mend" if outcome.is_trial else "mended"
    fixed = f"; {done} {counted(len(outcome.applied.changes), 'file')}" if outcome.applied.changes and is_fix else ""
    fixable = sum(finding.fix is not None and finding.fix.is_safe for finding in outcome.findings) - len(outcome.refused)
    offer = f"; {fixable} can be mended with --fix" if fixable > 0 else ""
    if not counts:
        return ink.paint("No findings", "32") + f" in {judged}{fixed}{_unshown(report)}."
    return f"{', '.join(counts)} in {judged}{fixed}{offer}{_unshown(report)}."


def _unshown(report: Report) -> str:
    """Count what is not shown and why, so that silence is not taken for praise."""
    outcome, standing = report.outcome, report.outcome.standing
    parts = []
    if standing.disabled:
        parts.append(f"{len(standing.disabled)} switched off by comments")
    if standing.known:
        parts.append(f"{len(standing.known)} in the baseline")
    if standing.stale:
        number = sum(entry.count for entry in standing.stale)
        parts.append(
            f"{number} of the baseline {'is' if number == 1 else 'are'} mended: --write-baseline forgets {'it' if number == 1 else 'them'}"
        )
    if outcome.refused:
        parts.append(f"{counted(len(outcome.refused), 'fix', 'fixes')} refused, because a requirement would mean something else")
    return "".join(f"; {part}" for part in parts)


def _finding(report: Report, finding: Finding, ink: Ink) -> str:
    region = report.region(finding)
    place = f"{_one_line(report.shown(finding.path))}:{region.line}:{region.column}"
    severity = ink.paint(LEVELS[finding.severity], _COLOURS[finding.severity])
    lines = [f"{place} {severity} {finding.code} {_one_line(finding.message)}"]
    lines += _excerpt(report, finding, region, ink)
    if finding.hint:
        lines.append(ink.paint(f"      hint: {_one_line(finding.hint)}", "2"))
    return "\n".join(lines)


def _one_line(message: str) -> str:
    """Write a text so that it stays in its line and cannot redraw the terminal."""
    flat = " ".join(message.split())
    return flat if _is_plain(flat) else safe(flat)


def _excerpt(report: Report, finding: Finding, region: Region, ink: Ink) -> list[str]:
    """Show the finding's first line and carets below it; nothing where the line may hold a credential."""
    line = report.lines(finding.path).text(region.line)
    if not line.strip():
        return []
    kind = classify(finding.path, report.beside)
    if kind is ArtefactKind.MCP or (kind in _CONFIGURATION and _may_hold_credential(line)):
        return []
    start = region.column - 1
    end = region.end_column - 1 if region.end_line == region.line else len(line)
    # A line may be a megabyte long; only what can be shown is looked at.
    left, right = max(0, start - _WINDOW), start + 2 * _WINDOW
    hidden = [(max(0, first - left), last - left) for first, last in _hidden(report, finding.path, region.line, line) if last > left]
    cells = _cells(line[left:right], hidden)
    shown, carets = window(cells, start - left, max(start + 1, end) - left, is_cut=(left > 0, right < len(line)), room=ink.room)
    number = f"{region.line:>5} | "
    margin = " " * (len(number) - 2) + "| "
    return [ink.paint(number, "2") + shown, ink.paint(margin, "2") + ink.paint(carets, _COLOURS[finding.severity])]


def _may_hold_credential(line: str) -> bool:
    """Ask the rule of credentials."""
    from setsquare.rules.credentials import mentions_credential  # noqa: PLC0415  (start-up: few findings lie in such files)

    return mentions_credential(line)


def _hidden(report: Report, path: str, number: int, line: str) -> list[tuple[int, int]]:
    """List the character ranges of a line that must not be shown."""
    ranges = []
    for span in report.concealed.get(path, ()):
        region = report.lines(path).region(Span(span.start, span.end))
        if region.line <= number <= region.end_line:
            start = region.column - 1 if region.line == number else 0
            ranges.append((start, region.end_column - 1 if region.end_line == number else len(line)))
    return ranges


def _cells(line: str, hidden: list[tuple[int, int]]) -> list[str]:
    """Write each character as it shows: tabs as blanks, control characters visibly, hidden stretches as dots."""
    cells = list(line) if _is_plain(line) else [_TAB if char == "\t" else safe(char) for char in line]
    for start, end in hidden:
        if start < len(cells):
            last = min(end, len(cells))
            cells[start:last] = [_HIDDEN, *[""] * (last - start - 1)]
    return cells


def _is_plain(line: str) -> bool:
    """Tell whether every character shows as itself in one column."""
    return line.isascii() and line.isprintable()


def window(cells: list[str], start: int, end: int, is_cut: tuple[bool, bool] = (False, False), room: int = _WINDOW) -> tuple[str, str]:
    """Cut a line to what surrounds a place, with carets of the same terminal width below the place.

    `is_cut` says whether the line goes on before the first and after the last cell.

    >>> window(list("需求 x"), 0, 2)
    ('需求 x', '^^^^')
    """
    widths = [1 if cell.isascii() and len(cell) == 1 else width(cell) for cell in cells]
    first = _back(widths, start, _LEAD) if is_cut[0] or sum(widths) > room else 0
    last = first
    while last < len(cells) and room >= widths[last]:
        room -= widths[last]
        last += 1
    before = "…" if first or is_cut[0] else ""
    after = "…" if last < len(cells) or is_cut[1] else ""
    indent = len(before) + sum(widths[first:start])
    under = max(1, sum(widths[start : min(end, last)]))
    return before + "".join(cells[first:last]) + after, " " * indent + "^" * under


def _back(widths: list[int], start: int, columns: int) -> int:
    """Find the cell that stands some columns before another."""
    position = min(start, len(widths))
    while position > 0 and columns >= widths[position - 1]:
        columns -= widths[position - 1]
        position -= 1
    return position
