"""Decides which findings a person asked for: below which paths, beyond which baseline, since which commit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from setsquare.journeys.judged import Judged
from setsquare.rules.baseline import Baseline, Entry, compared
from setsquare.rules.changed import changed_spans, touches
from setsquare.rules.finding import Disabled, Finding
from setsquare.text.paths import RelPath
from setsquare.text.plan import Plan
from setsquare.text.span import Span

_PROBLEM_RULE = "CFG004"
_WIDE = frozenset({"spec", "linked", "workspace"})


class Standing(Struct, frozen=True, kw_only=True):
    """Findings by what becomes of them: shown, switched off by comments, known by the baseline; and entries of the baseline that nothing matches."""

    findings: tuple[Finding, ...] = ()
    disabled: tuple[Disabled, ...] = ()
    known: tuple[Finding, ...] = ()
    stale: tuple[Entry, ...] = ()


class MendedFiles(Struct, frozen=True, kw_only=True):
    """Files after fixes: how they stand, the plan that leads there, what is said of them now, and whose fix was refused."""

    files: Mapping[RelPath, bytes]
    plan: Plan
    judged: Judged
    refused: tuple[Finding, ...] = ()


class Scope(Struct, frozen=True, kw_only=True):
    """What was asked for: `wanted` paths, the `baseline` and its `place`, and the `old` files to compare with.

    `is_whole` says that all rules were asked for, so that what the baseline knows and nobody found is gone.
    """

    wanted: tuple[str, ...] = ()
    place: RelPath = RelPath("")
    baseline: Baseline = Baseline()
    is_whole: bool = True
    old: Mapping[RelPath, bytes] | None = None

    def standing(self, judged: Judged, files: Mapping[RelPath, bytes]) -> Standing:
        """Sort what is said of files by what becomes of it."""
        inside = tuple(finding for finding in judged.findings if is_at(finding.path, self.wanted))
        parted = compared(inside, files, self.baseline, lambda entry: self.is_whole and is_at(entry.path, self.wanted))
        new = parted.new if self.old is None else tuple(_since(parted.new, judged, files, self.old))
        return Standing(
            findings=tuple(sorted((*self._problems(), *new), key=lambda found: (found.path, found.span, found.code, found.message))),
            disabled=tuple(off for off in judged.disabled if is_at(off.finding.path, self.wanted)),
            known=parted.known,
            stale=parted.stale,
        )

    def _problems(self) -> Iterator[Finding]:
        """Report lines of the baseline that cannot be read."""
        for problem in self.baseline.problems:
            yield Finding(
                code=_PROBLEM_RULE,
                severity=problem.severity,
                path=problem.path,
                span=problem.span,
                message=problem.message,
                hint=problem.hint,
            )


def is_at(path: str, wanted: tuple[str, ...]) -> bool:
    """Tell whether a file is at or below one of the wanted paths; every file is when none is wanted.

    >>> is_at("a/b", ("a",)), is_at("ab", ("a",)), is_at("x", ())
    (True, False, True)
    """
    return not wanted or any(not at or path == at or path.startswith(f"{at}/") for at in wanted)


def _since(
    findings: tuple[Finding, ...], judged: Judged, files: Mapping[RelPath, bytes], old: Mapping[RelPath, bytes]
) -> Iterator[Finding]:
    """Keep findings on lines that changed, in files that are new, and, of rules that look at whole specs, in specs of which a file changed."""
    changed = {path for path in {*files, *old} if files.get(path) != old.get(path)}
    folders = sorted((spec.path for spec in judged.specs), key=len, reverse=True)

    def spec_of(path: str) -> str | None:
        return next((folder for folder in folders if path.startswith(f"{folder}/")), None)

    specs = {spec for path in changed if (spec := spec_of(path)) is not None}
    spans: dict[RelPath, tuple[Span, ...]] = {}
    for finding in findings:
        path = finding.path
        if path in changed and path not in spans:
            spans[path] = changed_spans(old.get(path, b""), files.get(path, b""))
        is_wide = judged.reaches.get(finding.code) in _WIDE and spec_of(path) in specs
        is_whole = path in changed and (path not in old or finding.span == Span(0, 0))
        if is_wide or is_whole or touches(spans.get(path, ()), finding.span.start, finding.span.end):
            yield finding
