"""Applies the safe fixes of findings to a file's bytes."""

from __future__ import annotations

from collections.abc import Iterable

from setsquare.rules.finding import Finding
from setsquare.text.span import Edit, apply_edits


def fixed(raw: bytes, findings: Iterable[Finding]) -> bytes:
    """Apply the safe fixes of one file's findings; of two that overlap the first is applied.

    >>> from setsquare.rules.finding import Fix, Severity
    >>> from setsquare.text.paths import RelPath
    >>> from setsquare.text.span import Span
    >>> fix = Fix(title="say shall", edits=(Edit(Span(2, 6), b"shall"),), is_safe=True)
    >>> fixed(b"X must", [Finding(code="EARS002", severity=Severity.WARNING, path=RelPath("a"), span=Span(2, 6), message="m", fix=fix)])
    b'X shall'
    """
    return apply_edits(raw, safe_edits(findings))


def safe_edits(findings: Iterable[Finding]) -> tuple[Edit, ...]:
    """Collect the edits of the safe fixes of one file's findings, without overlap, in file order."""
    edits: list[Edit] = []
    for finding in findings:
        if finding.fix and finding.fix.is_safe and not any(_overlap(edit, other) for edit in finding.fix.edits for other in edits):
            edits += finding.fix.edits
    return tuple(sorted(edits))


def _overlap(edit: Edit, other: Edit) -> bool:
    """Tell whether two edits touch the same bytes; two insertions at one place do."""
    return edit.span == other.span or (edit.span.start < other.span.end and other.span.start < edit.span.end)
