"""`setsquare trace matrix`."""

from __future__ import annotations

import click
from msgspec import Struct

from setsquare.errors import Usage
from setsquare.journeys.opening import named_as, named_spec, opened
from setsquare.journeys.tracing import WorkspaceTrace
from setsquare.spec.coverage import Coverage
from setsquare.spec.matrix import MatrixRow
from setsquare.surfaces.cli.options import Output
from setsquare.surfaces.cli.options import command as made
from setsquare.surfaces.cli.report.sources import SourceResult
from setsquare.surfaces.cli.report.trace_page import SpecPage, trace_page
from setsquare.surfaces.cli.report.trace_table import trace_table
from setsquare.surfaces.cli.reports_read import RESULTS, reports_of
from setsquare.surfaces.cli.source_params import SOURCE_PARAMS
from setsquare.surfaces.cli.streams import columns
from setsquare.surfaces.cli.style import paint
from setsquare.surfaces.cli.trace_sources import Asked, traced_across
from setsquare.wire import app_here
from setsquare.workspace.model import Workspace
from setsquare.workspace.spec import Spec


class MatrixOptions(Struct, frozen=True):
    """Which specs, and how to print."""

    specs: tuple[str, ...]
    is_all: bool
    results: tuple[str, ...]
    output_format: str
    with_sources: bool = False
    given: tuple[str, ...] = ()


class MatrixTask(Struct, frozen=True, kw_only=True):
    """A task that names a criterion."""

    task: str
    title: str
    state: str


class MatrixTest(Struct, frozen=True, kw_only=True):
    """A test that names a criterion: `result` is passed, failed, skipped, expected-failure, vacuous or null; `proves` when it counts now."""

    place: str
    name: str
    result: str | None
    proves: bool
    detail: str


class MatrixOverlay(Struct, frozen=True, kw_only=True):
    """What stands on a criterion besides its state."""

    kind: str
    reason: str
    until: str


class MatrixLine(Struct, frozen=True, kw_only=True):
    """One criterion with everything that is linked to it; `spec` names its spec."""

    criterion: str
    text: str
    state: str
    design: tuple[str, ...]
    tasks: tuple[MatrixTask, ...]
    code: tuple[str, ...]
    tests: tuple[str, ...]
    spec: str
    reason: str
    checks: tuple[MatrixTest, ...]
    overlays: tuple[MatrixOverlay, ...]


class MatrixResult(Struct, frozen=True, kw_only=True):
    """The matrix of one spec or several; `spec` is empty for several. `sources` are the other checkouts that were asked for."""

    schema: str = "setsquare/trace-matrix/1"
    spec: str
    rows: tuple[MatrixLine, ...]
    sources: tuple[SourceResult, ...] = ()


PARAMS = (
    click.argument("specs", nargs=-1, metavar="[SPEC]..."),
    click.option("--all", "is_all", is_flag=True, help="Every spec that is not archived."),
    RESULTS,
    *SOURCE_PARAMS,
)


@made("matrix", MatrixOptions, PARAMS, formats=("text", "json", "md", "csv", "html"))
def matrix(options: MatrixOptions) -> Output:
    """Lay specs out as requirement → design → task → code → test.

    Code and tests are found by comments such as `# req: SPEC/1.2`, test marks, `Validates:` lines and commit trailers. `--format html` is
    one self-contained page with a picture.
    """
    app = app_here()
    asked = Asked(with_sources=options.with_sources, given=options.given, reports=reports_of(options.results))
    across = traced_across(app, app.folder, opened(app), asked)
    found, workspace = across.found, across.workspace
    specs = _chosen(workspace, options)
    rows = {named_as(workspace, spec): found.rows(spec) for spec in specs}
    name = next(iter(rows)) if len(rows) == 1 else ""
    lines = tuple(line_of(spec, row) for spec, listed in rows.items() for row in listed)
    result = MatrixResult(spec=name, rows=lines, sources=across.sources)
    return Output(result=result, text=_text(found, specs, rows, options.output_format))


def _chosen(workspace: Workspace, options: MatrixOptions) -> tuple[Spec, ...]:
    """Find the specs that were named; the only one where none is.

    Raises:
        Usage: none is named and there are several, or there is no such spec.
    """
    alive = tuple(spec for spec in workspace.specs if not spec.is_archived)
    if options.is_all:
        return alive
    if options.specs:
        return tuple(dict.fromkeys(named_spec(workspace, name) for name in options.specs))
    if len(alive) == 1:
        return alive
    raise Usage(
        "No spec is named.", f"Name one or more, or use --all: {', '.join(spec.name for spec in alive[:8]) or 'there is none yet'}."
    )


def line_of(spec: str, row: MatrixRow) -> MatrixLine:
    """Shape a row for programs."""
    return MatrixLine(
        criterion=row.criterion,
        text=row.text,
        state=row.state.value,
        design=row.design,
        tasks=tuple(MatrixTask(task=cell.key, title=cell.title, state=cell.state.value) for cell in row.tasks),
        code=row.code,
        tests=row.tests,
        spec=spec,
        reason=row.reason,
        checks=tuple(
            MatrixTest(
                place=cell.place,
                name=cell.name,
                result=cell.outcome.value if cell.outcome else None,
                proves=cell.is_proof,
                detail=cell.detail,
            )
            for cell in row.checks
        ),
        overlays=tuple(MatrixOverlay(kind=item.kind.value, reason=item.reason, until=item.until) for item in row.overlays),
    )


def _text(found: WorkspaceTrace, specs: tuple[Spec, ...], rows: dict[str, tuple[MatrixRow, ...]], output_format: str) -> str:
    """Print the matrices in one of the formats for people."""
    if output_format == "html":
        pages = tuple(_page(found, spec, name, listed) for spec, (name, listed) in zip(specs, rows.items(), strict=True))
        return trace_page(pages)
    if len(rows) == 1:
        return trace_table(next(iter(rows.values())), output_format, columns())
    if output_format == "csv":
        return trace_table(tuple((name, row) for name, listed in rows.items() for row in listed), output_format)
    mark = "## {}\n" if output_format == "md" else "{}"
    parts = [
        f"{mark.format(name if output_format == 'md' else paint(name, 'bold'))}\n{trace_table(listed, output_format, columns())}"
        for name, listed in rows.items()
    ]
    return "\n\n".join(parts)


def _page(found: WorkspaceTrace, spec: Spec, name: str, rows: tuple[MatrixRow, ...]) -> SpecPage:
    """Gather what a spec's part of the page shows."""
    listed = spec.requirements.requirements if spec.requirements else ()
    traced = found.graph.spec(spec)
    return SpecPage(
        name=name,
        rows=rows,
        titles={
            **{item.number: item.title or item.story for item in reversed(listed)},
            **{f"task {task.id}": task.title for task in reversed(spec.tasks.tasks if spec.tasks else ())},
        },
        coverage=found.coverage(traced) if traced else Coverage(),
        orphans=tuple(f"{stray.path}:{stray.line} {stray.reason}" for stray in found.strays(spec.name)),
    )
