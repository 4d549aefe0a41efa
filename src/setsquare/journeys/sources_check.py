"""Judges a workspace and its sources together: each by its own settings, and the references between them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from setsquare.journeys.check import CheckOutcome, CheckRequest, World, check
from setsquare.journeys.check_scope import Standing, is_at
from setsquare.journeys.judged import Judged, SpecPlace
from setsquare.journeys.sourcing import Source, Sources, combined
from setsquare.rules.check import config_of, evidence_of, judged, ordered
from setsquare.rules.finding import Disabled, Finding
from setsquare.rules.registry import RULES
from setsquare.rules.rule import Rule
from setsquare.rules.selection import selection
from setsquare.spec.link import Resolution
from setsquare.spec.resolving import qualifier
from setsquare.spec.trace import TraceGraph
from setsquare.text.paths import RelPath
from setsquare.workspace.sources import mount_of, mounted

_DANGLING: Final = "TRC001"
_UNCOVERED: Final = "TRC002"


class _Together(Struct, frozen=True):
    """What only the combined workspace tells: which references between checkouts lead nowhere, and what nobody covers.

    `across` are the places of all such references, `uncovered` findings by path, `helped` the requirements that another checkout names.
    """

    dangling: tuple[Finding, ...]
    across: frozenset[tuple[str, int]]
    uncovered: Mapping[str, tuple[Finding, ...]]
    helped: frozenset[str]
    names: Mapping[str, str]


# req: openspec-interop/7.2, openspec-interop/7.3
def check_together(world: World, request: CheckRequest, own: CheckOutcome, sources: Sources) -> CheckOutcome:
    """Add the judgement of every source that can be read to the workspace's own; nothing is mended in a source.

    A source is judged by the settings, the comments and the baseline in it; a criterion that another checkout's task names is covered.
    """
    asked = CheckRequest(selected=request.selected, ignored=request.ignored)
    parts = [own, *(_mounted(item, _judged(world, asked, item, sources)) for item in sources.items if item.is_read and item.place)]
    together = _together(request, sources)
    findings = [finding for part in parts for finding in _corrected(part.standing.findings, together)]
    reach = tuple(request.paths)
    findings += [finding for finding in together.dangling if mount_of(finding.path) or is_at(finding.path, reach)]
    return replace(
        own,
        files={path: raw for part in parts for path, raw in part.files.items()},
        paths=tuple(path for part in parts for path in part.paths),
        standing=Standing(
            findings=ordered(findings),
            disabled=tuple(off for part in parts for off in part.standing.disabled),
            known=tuple(finding for part in parts for finding in part.standing.known),
            stale=tuple(entry for part in parts for entry in part.standing.stale),
        ),
        judged=_joined(own.judged, tuple(part.judged for part in parts), together.names),
        skipped=tuple(left for part in parts for left in part.skipped),
    )


def _judged(world: World, asked: CheckRequest, item: Source, sources: Sources) -> CheckOutcome:
    """Judge one source as its own workspace, only the specs that its globs name where it has any."""
    paths = tuple(spec.path.removeprefix(f"{item.id}:/") for spec in item.workspace.specs) if item.wanted.specs else ()
    if item.place is None or (item.wanted.specs and not paths):
        return CheckOutcome(files={}, paths=(), standing=Standing(), judged=Judged(findings=(), disabled=(), concealed=()))
    return check(World(files=sources.places.files(item.place), cache=world.cache), replace(asked, paths=paths))


def _mounted(item: Source, outcome: CheckOutcome) -> CheckOutcome:
    """Write an outcome's paths under the source's mount; no fix is offered, because a source is only read."""

    def place(path: str) -> RelPath:
        return mounted(item.id, path)

    def moved(finding: Finding) -> Finding:
        return replace(finding, path=place(finding.path), fix=None)

    standing, told = outcome.standing, outcome.judged
    return replace(
        outcome,
        files={place(path): raw for path, raw in outcome.files.items()},
        paths=tuple(place(path) for path in outcome.paths),
        standing=Standing(
            findings=tuple(moved(finding) for finding in standing.findings),
            disabled=tuple(Disabled(moved(off.finding), off.reason) for off in standing.disabled),
            known=tuple(moved(finding) for finding in standing.known),
            stale=tuple(replace(entry, path=place(entry.path)) for entry in standing.stale),
        ),
        judged=replace(
            told,
            concealed=tuple((place(path), span) for path, span in told.concealed),
            specs=tuple(SpecPlace(f"{item.id}:{spec.name}", place(spec.path)) for spec in told.specs),
        ),
        skipped=tuple((place(path), reason) for path, reason in outcome.skipped),
    )


def _joined(own: Judged, parts: Iterable[Judged], names: Mapping[str, str]) -> Judged:
    """Put judgements together; the level to fail from is the workspace's own."""
    listed = tuple(parts)
    known = dict(names)
    for part in listed:
        known |= part.names
    return replace(
        own,
        concealed=tuple(one for part in listed for one in part.concealed),
        specs=tuple(spec for part in listed for spec in part.specs),
        names=known,
    )


def _together(request: CheckRequest, sources: Sources) -> _Together:
    """Judge the combined workspace by the two rules that see other checkouts."""
    workspace = combined(sources)
    read = config_of(workspace)
    evidence = evidence_of(workspace, read)
    chosen = selection(read.config, request.selected, request.ignored)
    rules = tuple(rule for rule in _rules() if chosen.runs(rule))
    found = judged(evidence, chosen, rules).findings
    dangling = frozenset(_across(evidence.graph, Resolution.DANGLING))
    uncovered: dict[str, tuple[Finding, ...]] = {}
    for finding in found:
        if finding.code == _UNCOVERED:
            uncovered[finding.path] = (*uncovered.get(finding.path, ()), replace(finding, fix=None))
    return _Together(
        dangling=tuple(finding for finding in found if finding.code == _DANGLING and (finding.path, finding.span.start) in dangling),
        across=dangling | frozenset(_across(evidence.graph, Resolution.RESOLVED)),
        uncovered=uncovered,
        helped=frozenset(
            item.spec.requirements.path for item in evidence.graph.specs if item.elsewhere and item.spec.requirements is not None
        ),
        names={rule.code: rule.name for rule in rules},
    )


def _rules() -> Iterator[Rule]:
    """Find the two rules."""
    return (rule for rule in RULES if rule.code in (_DANGLING, _UNCOVERED))


def _across(graph: TraceGraph, became: Resolution) -> Iterator[tuple[str, int]]:
    """List where references stand that may lead to another checkout, and that became of them."""
    for item in graph.specs:
        for citation in item.citations:
            name = qualifier(citation.reference.first)
            may_lead = ":" in name or (name and mount_of(item.spec.path))
            if may_lead and citation.resolution is became:
                yield citation.reference.path, citation.reference.span.start


def _corrected(findings: Iterable[Finding], together: _Together) -> Iterator[Finding]:
    """Replace what a checkout alone says of uncovered criteria where another covers some, and of references that lead to another."""
    for finding in findings:
        if finding.code == _UNCOVERED and finding.path in together.helped:
            yield from together.uncovered.get(finding.path, ())
        elif finding.code != _DANGLING or (finding.path, finding.span.start) not in together.across:
            yield finding
