"""`setsquare trace status`."""

from __future__ import annotations

import os
from collections import Counter

import click
from msgspec import Struct

from setsquare.errors import Usage
from setsquare.journeys.opening import named_spec
from setsquare.journeys.tracing import WorkspaceTrace
from setsquare.journeys.unread_records import require_records
from setsquare.spec.coverage import Coverage
from setsquare.spec.link import LinkKind, Resolution
from setsquare.spec.trace import SpecTrace
from setsquare.surfaces.cli.options import Output
from setsquare.surfaces.cli.options import command as made
from setsquare.surfaces.cli.report.sources import ElsewhereResult, SourceResult
from setsquare.surfaces.cli.reports_read import RESULTS, reports_of
from setsquare.surfaces.cli.source_params import SOURCE_PARAMS
from setsquare.surfaces.cli.streams import columns
from setsquare.surfaces.cli.style import listing, paint, safe
from setsquare.surfaces.cli.trace_sources import Asked, traced_across
from setsquare.wire import Place, places_of, reading_at
from setsquare.workspace.sources import mount_of, unmounted


class StatusOptions(Struct, frozen=True):
    """Which folders to trace, which results to believe, and what must be reached."""

    paths: tuple[str, ...]
    results: tuple[str, ...]
    min_coverage: float | None
    min_verified: float | None
    with_sources: bool = False
    given: tuple[str, ...] = ()


class References(Struct, frozen=True, kw_only=True):
    """Written requirement references by what became of them; total = resolved + dangling + prose."""

    total: int
    resolved: int
    dangling: int
    prose: int


class StateCounts(Struct, frozen=True, kw_only=True):
    """Criteria by state; each has exactly one."""

    uncovered: int
    planned: int
    implemented: int
    verified: int


class Measures(Struct, frozen=True, kw_only=True):
    """Counts of criteria that are linked to a task, the design, code, a test, a property.

    `shallow`: a task and a test; `deep`: verified and not suspect; a waived criterion counts as both. `orphans` are places in code and
    tests that name what does not exist; `properties_tested` of `properties` in the design are named by a test.
    """

    task: int
    design: int
    code: int
    test: int
    property: int
    shallow: int
    deep: int
    suspect: int
    waived: int
    orphans: int
    properties: int
    properties_tested: int


class SpecStatus(Struct, frozen=True, kw_only=True):
    """One spec's share; `coverage` is from 0 to 1, null without criteria. `folder` is the workspace that `root` lies in.

    `source` is the id of the checkout that it comes from, empty for the workspace itself.
    """

    spec: str
    root: str
    references: References
    criteria: int
    coverage: float | None
    states: StateCounts
    measures: Measures
    folder: str
    source: str = ""


class StatusResult(Struct, frozen=True, kw_only=True):
    """Sums on top, specs below; `sources` are the other checkouts that were asked for, `elsewhere` the criteria that one names of another."""

    schema: str = "setsquare/trace-status/1"
    references: References
    criteria: int
    coverage: float | None
    specs: tuple[SpecStatus, ...]
    states: StateCounts
    measures: Measures
    sources: tuple[SourceResult, ...] = ()
    elsewhere: tuple[ElsewhereResult, ...] = ()


class _Counted(Struct, frozen=True, kw_only=True):
    """One spec with its measures."""

    status: SpecStatus
    covered: int
    coverage: Coverage


_SHARE = click.FloatRange(0, 100)
PARAMS = (
    click.argument("paths", nargs=-1),
    RESULTS,
    click.option("--min-coverage", type=_SHARE, metavar="PERCENT", help="End with 1 when fewer criteria are named by a task."),
    click.option("--min-verified", type=_SHARE, metavar="PERCENT", help="End with 1 when fewer criteria are verified."),
    *SOURCE_PARAMS,
)


@made("status", StatusOptions, PARAMS)
def status(options: StatusOptions) -> Output:
    """Count references, coverage and states, for each spec and in sum, at or below PATHS; by default in the workspace that you stand in.

    A spec's name, or a change's, will do for a path.

    A criterion is uncovered, planned (a task names it), implemented (its tasks are done and code is linked, where the spec is linked to
    code at all) or verified (a test that names it passed on the files as they are). Ends with 0 also when something dangles.
    """
    places = places_of(_paths(options.paths))
    for place in places:
        require_records(place.workspace.skipped)
    reports = reports_of(options.results)
    if (options.with_sources or options.given) and len(places) > 1:
        raise Usage("Sources are those of one workspace.", "Name paths of one workspace with --sources and --source.")
    asked = Asked(with_sources=options.with_sources, given=options.given, reports=reports)
    across = tuple(traced_across(reading_at(place.folder), place.folder, place.workspace, asked) for place in places)
    counted = tuple(item for place, one in zip(places, across, strict=True) for item in _counted(place, one.found))
    measured = Coverage()
    for item in counted:
        measured = measured.plus(item.coverage)
    specs = tuple(item.status for item in counted)
    covered = sum(item.covered for item in counted)
    criteria = sum(item.criteria for item in specs)
    orphans = sum(item.measures.orphans for item in specs)
    result = StatusResult(
        references=_sum(specs),
        criteria=criteria,
        coverage=_share_of(covered, criteria),
        specs=specs,
        states=_states(measured),
        measures=_measures(measured, orphans),
        sources=tuple(source for one in across for source in one.sources),
        elsewhere=tuple(named for one in across for named in one.elsewhere),
    )
    notes = [note for one in across for note in one.notes]
    missed = _missed(options, covered, result)
    return Output(result=result, text="\n".join([_table(result, _names(places, specs)), *notes, *missed]), exit_code=1 if missed else 0)


def _paths(asked: tuple[str, ...]) -> tuple[str, ...]:
    """Write the folder of a spec in the place of its name; what is there as a path is one.

    Raises:
        Usage: something is neither.
    """
    names = [one for one in asked if not one.startswith((".", "/", "~")) and not os.path.lexists(one)]
    if not names:
        return asked
    (place,) = places_of(())
    folders = {name: f"{place.folder}/{named_spec(place.workspace, name).path}" for name in names}
    return tuple(folders.get(one, one) for one in asked)


def _counted(place: Place, found: WorkspaceTrace) -> list[_Counted]:
    """Count each spec that was named."""
    counted: list[_Counted] = []
    for item in found.graph.specs:
        if not place.holds(item.spec.path):
            continue
        measured = found.coverage(item)
        orphans = len(found.strays(item.spec.name))
        status = SpecStatus(
            spec=item.spec.name,
            root=unmounted(item.spec.root),
            references=references_of(item),
            criteria=len(item.states),
            coverage=_share_of(item.covered, len(item.states)),
            states=_states(measured),
            measures=_measures(measured, orphans),
            folder=place.folder,
            source=mount_of(item.spec.path),
        )
        counted.append(_Counted(status=status, covered=item.covered, coverage=measured))
    return counted


def references_of(item: SpecTrace) -> References:
    """Count the references of one spec's task list and of its `Validates:` lines; a mention in the design's prose is a link, no reference."""
    kinds = [citation.resolution for citation in item.citations if citation.kind is not LinkKind.REALIZES]
    resolved = kinds.count(Resolution.RESOLVED)
    dangling = kinds.count(Resolution.DANGLING) + kinds.count(Resolution.NO_REQUIREMENTS)
    prose = kinds.count(Resolution.PROSE)
    return References(total=resolved + dangling + prose, resolved=resolved, dangling=dangling, prose=prose)


def _sum(specs: tuple[SpecStatus, ...]) -> References:
    return References(
        total=sum(item.references.total for item in specs),
        resolved=sum(item.references.resolved for item in specs),
        dangling=sum(item.references.dangling for item in specs),
        prose=sum(item.references.prose for item in specs),
    )


def _states(measured: Coverage) -> StateCounts:
    return StateCounts(uncovered=measured.uncovered, planned=measured.planned, implemented=measured.implemented, verified=measured.verified)


def _measures(measured: Coverage, orphans: int) -> Measures:
    return Measures(
        task=measured.with_task,
        design=measured.with_design,
        code=measured.with_code,
        test=measured.with_test,
        property=measured.with_property,
        shallow=measured.shallow,
        deep=measured.deep,
        suspect=measured.suspect,
        waived=measured.waived,
        orphans=orphans,
        properties=measured.properties,
        properties_tested=measured.properties_tested,
    )


def _missed(options: StatusOptions, covered: int, result: StatusResult) -> list[str]:
    """Say which of the asked shares are not reached."""
    missed = []
    for share, wanted, count in (
        ("covered", options.min_coverage, covered),
        ("verified", options.min_verified, result.states.verified),
    ):
        if wanted is not None and 100 * count < wanted * result.criteria:
            missed.append(paint(f"{count} of {result.criteria} criteria are {share}, fewer than {wanted:g} %.", "red"))
    return missed


def _names(places: tuple[Place, ...], specs: tuple[SpecStatus, ...]) -> list[str]:
    """Name each spec so that no two lines look alike: by its name, else by its root, else by its workspace's folder too."""
    plain = Counter(item.spec for item in specs)
    rooted = Counter((item.root, item.spec) for item in specs)
    names = []
    for item in specs:
        if plain[item.spec] == 1:
            names.append(item.spec)
        elif rooted[item.root, item.spec] == 1 or len(places) == 1:
            names.append(f"{item.spec} ({item.root})")
        else:
            names.append(f"{item.spec} ({item.folder}/{item.root})")
    return names


def _table(result: StatusResult, names: list[str]) -> str:
    """Show one line a spec, the sum last, and what needs a look."""
    head = ("SPEC", "REFERENCES", "DANGLING", "PROSE", "CRITERIA", "COVERED", "IMPLEMENTED", "VERIFIED")
    rows = [
        head,
        *(
            _row(safe(name), item.references, item.criteria, item.coverage, item.states)
            for name, item in zip(names, result.specs, strict=True)
        ),
    ]
    rows.append(_row("all", result.references, result.criteria, result.coverage, result.states))
    marks = (("suspect", result.measures.suspect), ("waived", result.measures.waived), ("orphaned links in code", result.measures.orphans))
    notes = [f"{count} {name}" for name, count in marks if count]
    lines = [listing(rows, columns())]
    if notes:
        lines.append("Also: " + ", ".join(notes) + ".")
    return "\n".join(lines)


def _row(name: str, references: References, criteria: int, coverage: float | None, states: StateCounts) -> tuple[str, ...]:
    done = states.implemented + states.verified
    return (
        name,
        *map(str, (references.total, references.dangling, references.prose, criteria)),
        shown_share(coverage),
        shown_share(_share_of(done, criteria)),
        shown_share(_share_of(states.verified, criteria)),
    )


def _share_of(part: int, whole: int) -> float | None:
    """Give a share from 0 to 1; `None` of nothing."""
    return round(part / whole, 4) if whole else None


def shown_share(coverage: float | None) -> str:
    """Show a share in percent, rounded down.

    >>> shown_share(0.999), shown_share(None)
    ('99 %', '–')
    """
    return "–" if coverage is None else f"{int(coverage * 100)} %"
