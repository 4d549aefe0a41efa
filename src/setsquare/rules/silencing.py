"""Says which comment switches a finding off, and which comments switched nothing off, in one walk through a file's findings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from msgspec import Struct

from setsquare.rules.directives import Directive, Scope
from setsquare.rules.finding import Finding
from setsquare.text.span import Span

_ENDLESS: Final = 1 << 62


class _Reach(Struct, frozen=True):
    """One stretch of a file with the first comment for every name that is switched off there, and that comment's position in the file."""

    start: int
    end: int
    first: dict[str, tuple[int, Directive]]


def silenced(
    findings: Iterable[Finding], directives: Iterable[Directive], names: Mapping[str, frozenset[str]]
) -> Iterator[tuple[Finding, Directive | None]]:
    """Give every finding with the first comment that switches it off; `names` are what each rule may be called by, in upper case.

    >>> list(silenced((), (), {}))
    []
    """
    for finding, reaches in _walked(findings, directives):
        hits = [reach.first[name] for reach in reaches for name in names[finding.code] if name in reach.first]
        yield finding, min(hits, key=_position)[1] if hits else None


def used(findings: Iterable[Finding], directives: Iterable[Directive], names: Mapping[str, frozenset[str]]) -> set[tuple[str, Span, str]]:
    """List what comments switch off: path, stretch and name in upper case.

    >>> used((), (), {})
    set()
    """
    found: set[tuple[str, Span, str]] = set()
    for finding, reaches in _walked(findings, directives):
        for reach in reaches:
            found.update((finding.path, Span(reach.start, reach.end), name) for name in names[finding.code] if name in reach.first)
    return found


def reach_of(directive: Directive) -> Span:
    """Give the bytes that a comment speaks of; those of a whole file have no end.

    >>> from setsquare.text.paths import RelPath
    >>> here = Span(5, 9)
    >>> reach_of(Directive(path=RelPath("a.md"), span=here, scope=Scope.LINE, names=(), reason="", stretch=here))
    Span(start=5, end=9)
    """
    return Span(0, _ENDLESS) if directive.scope is Scope.FILE else directive.stretch


def _position(hit: tuple[int, Directive]) -> int:
    return hit[0]


def _walked(findings: Iterable[Finding], directives: Iterable[Directive]) -> Iterator[tuple[Finding, list[_Reach]]]:
    """Give every finding, in order of path and place, with the stretches that hold it.

    At one place these are few, a line's, those of the sections around it and the file's, however many comments there are.
    """
    waiting = _by_path(directives)
    active: list[_Reach] = []
    path, ahead, position = None, [], 0
    for finding in sorted(findings, key=lambda one: (one.path, one.span.start)):
        at = finding.span.start
        if finding.path != path:
            path, ahead, position, active = finding.path, waiting.get(finding.path, []), 0, []
        while position < len(ahead) and ahead[position].start <= at:
            active.append(ahead[position])
            position += 1
        active = [reach for reach in active if at < reach.end]
        yield finding, active


def _by_path(directives: Iterable[Directive]) -> dict[str, list[_Reach]]:
    """Join the comments of one stretch, sorted by where it begins."""
    joined: dict[tuple[str, Span], _Reach] = {}
    for index, directive in enumerate(directives):
        span = reach_of(directive)
        reach = joined.setdefault((directive.path, span), _Reach(span.start, span.end, {}))
        for named in directive.names:
            reach.first.setdefault(named.name.upper(), (index, directive))
    by_path: dict[str, list[_Reach]] = {}
    for (path, _), reach in sorted(joined.items()):
        by_path.setdefault(path, []).append(reach)
    return by_path
