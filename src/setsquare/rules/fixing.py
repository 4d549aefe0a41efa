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


# req: check/3.2
def safe_edits(findings: Iterable[Finding]) -> tuple[Edit, ...]:
    """Collect the edits of the safe fixes of one file's findings, without overlap, in file order.

    >>> safe_edits([])
    ()
    """
    groups = sorted(sorted(finding.fix.edits) for finding in findings if finding.fix and finding.fix.is_safe and finding.fix.edits)
    taken: list[Edit] = []
    for group in groups:
        if not taken or _is_after(group[0], taken[-1]):
            taken += group
    return tuple(taken)


def _is_after(edit: Edit, other: Edit) -> bool:
    """Tell whether an edit begins where another has ended; two insertions at one place would race."""
    return edit.span.start >= other.span.end and edit.span != other.span
