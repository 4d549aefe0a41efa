"""Applies the fixes of findings to a file's bytes; a safe fix that would change what a criterion says is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from msgspec import Struct

from setsquare.rules.finding import Finding
from setsquare.spec.ears import parse
from setsquare.spec.fingerprint import meaning
from setsquare.spec.template import Template
from setsquare.text.paths import RelPath
from setsquare.text.span import Edit, apply_edits
from setsquare.workspace.load import load


class Mended(Struct, frozen=True):
    """One file after one round of fixes: the edits that were made, and the findings whose fix was refused."""

    raw: bytes
    edits: tuple[Edit, ...] = ()
    refused: tuple[Finding, ...] = ()


# req: check/3.2
def mended(
    path: RelPath, raw: bytes, findings: Iterable[Finding], *, is_unsafe: bool = False, templates: Sequence[Template] = ()
) -> Mended:
    r"""Apply the safe fixes of one file's findings, with `is_unsafe` the others too; of two that overlap the first is applied.

    A safe fix after which a criterion means something else, or there are more or fewer criteria, is refused; `templates` are the team's own
    sentence forms.

    >>> mended(RelPath("a.md"), b"x\n", [])
    Mended(raw=b'x\n', edits=(), refused=())
    """
    fixable = [finding for finding in findings if finding.fix and finding.fix.edits]
    safe = [finding for finding in fixable if finding.fix and finding.fix.is_safe]

    def means(content: bytes) -> tuple[str, ...]:
        return meanings(path, content, templates)

    kept = _kept(raw, safe, means(raw), means) if safe else []
    chosen = kept + [finding for finding in fixable if finding not in safe] if is_unsafe else kept
    edits = _without_overlap(chosen)
    return Mended(apply_edits(raw, edits), edits, tuple(finding for finding in safe if finding not in kept))


def meanings(path: RelPath, raw: bytes, templates: Sequence[Template] = ()) -> tuple[str, ...]:
    """Digest what each criterion of a file says, in order; nothing for a file without criteria.

    >>> meanings(RelPath("notes.txt"), b"")
    ()
    """
    specs = load({path: raw}).specs
    return tuple(
        meaning(parse(criterion.text, templates)) for spec in specs if spec.requirements for criterion in spec.requirements.criteria
    )


def _kept(raw: bytes, findings: Sequence[Finding], before: tuple[str, ...], means: Callable[[bytes], tuple[str, ...]]) -> list[Finding]:
    """Keep the findings whose fixes leave every meaning; halves are tried when the whole does not."""
    if means(apply_edits(raw, _without_overlap(findings))) == before:
        return list(findings)
    if len(findings) == 1:
        return []
    half = len(findings) // 2
    return [*_kept(raw, findings[:half], before, means), *_kept(raw, findings[half:], before, means)]


def fixed(raw: bytes, findings: Iterable[Finding]) -> bytes:
    """Apply the safe fixes of one file's findings as they are; of two that overlap the first is applied.

    >>> from setsquare.rules.finding import Fix, Severity
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
    return _without_overlap(finding for finding in findings if finding.fix and finding.fix.is_safe)


def _without_overlap(findings: Iterable[Finding]) -> tuple[Edit, ...]:
    """Collect the edits of fixes in file order; a fix that meets one before it waits for the next round, all its edits with it."""
    groups = sorted(sorted(finding.fix.edits) for finding in findings if finding.fix and finding.fix.edits)
    taken: list[Edit] = []
    for group in groups:
        if not taken or _is_after(group[0], taken[-1]):
            taken += group
    return tuple(taken)


def _is_after(edit: Edit, other: Edit) -> bool:
    """Tell whether an edit begins where another has ended; two insertions at one place would race."""
    return edit.span.start >= other.span.end and edit.span != other.span
