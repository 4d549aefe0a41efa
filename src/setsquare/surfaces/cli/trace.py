"""`setsquare trace`."""

from __future__ import annotations

import click
from msgspec import Struct

from setsquare.journeys.opening import named_spec, opened
from setsquare.journeys.tracing import Traced, traced
from setsquare.spec.link import Resolution
from setsquare.spec.trace import SpecTrace, trace
from setsquare.surfaces.cli.options import Output
from setsquare.surfaces.cli.options import command as made
from setsquare.surfaces.cli.report.trace_page import trace_page, trace_table
from setsquare.surfaces.cli.streams import columns
from setsquare.surfaces.cli.style import listing, safe
from setsquare.wire import app_here, workspace_of


class StatusOptions(Struct, frozen=True):
    """Which folders to trace."""

    paths: tuple[str, ...]


class References(Struct, frozen=True, kw_only=True):
    """Written requirement references by what became of them; total = resolved + dangling + prose."""

    total: int
    resolved: int
    dangling: int
    prose: int


class SpecStatus(Struct, frozen=True, kw_only=True):
    """One spec's share; `coverage` is from 0 to 1, null without criteria."""

    spec: str
    root: str
    references: References
    criteria: int
    coverage: float | None


class StatusResult(Struct, frozen=True, kw_only=True):
    """Sums on top, specs below."""

    schema: str = "setsquare/trace-status/1"
    references: References
    criteria: int
    coverage: float | None
    specs: tuple[SpecStatus, ...]


class MatrixOptions(Struct, frozen=True):
    """Which spec, and how to print."""

    spec: str
    output_format: str


class MatrixTask(Struct, frozen=True, kw_only=True):
    """A task that names a criterion."""

    task: str
    title: str
    state: str


class MatrixLine(Struct, frozen=True, kw_only=True):
    """One criterion with everything that is linked to it."""

    criterion: str
    text: str
    state: str
    design: tuple[str, ...]
    tasks: tuple[MatrixTask, ...]
    code: tuple[str, ...]
    tests: tuple[str, ...]


class MatrixResult(Struct, frozen=True, kw_only=True):
    """The matrix of one spec."""

    schema: str = "setsquare/trace-matrix/1"
    spec: str
    rows: tuple[MatrixLine, ...]


@made("status", StatusOptions, (click.argument("paths", nargs=-1),))
def status(options: StatusOptions) -> Output:
    """Count references and coverage, for each spec and in sum. Ends with 0 also when something dangles."""
    graph = trace(workspace_of(options.paths))
    specs = tuple(_spec_status(item) for item in graph.specs)
    total = References(
        total=sum(item.references.total for item in specs),
        resolved=sum(item.references.resolved for item in specs),
        dangling=sum(item.references.dangling for item in specs),
        prose=sum(item.references.prose for item in specs),
    )
    criteria, covered = sum(item.criteria for item in specs), sum(item.covered for item in graph.specs)
    coverage = round(covered / criteria, 4) if criteria else None
    result = StatusResult(references=total, criteria=criteria, coverage=coverage, specs=specs)
    rows: list[tuple[str, ...]] = [("SPEC", "REFERENCES", "DANGLING", "PROSE", "CRITERIA", "COVERED")]
    rows += [
        (
            safe(item.spec),
            *map(str, (item.references.total, item.references.dangling, item.references.prose, item.criteria)),
            _share(item.coverage),
        )
        for item in specs
    ]
    rows.append(("all", *map(str, (total.total, total.dangling, total.prose, criteria)), _share(coverage)))
    return Output(result=result, text=listing(rows, columns()))


@made("matrix", MatrixOptions, (click.argument("spec"),), formats=("text", "json", "md", "csv", "html"))
def matrix(options: MatrixOptions) -> Output:
    """Lay a spec out as requirement → design → task → code → test.

    Code and tests are found by comments such as `# req: SPEC/1.2`. `--format html` is one self-contained page with a picture.
    """
    app = app_here()
    workspace = opened(app)
    found = traced(app, workspace, named_spec(workspace, options.spec))
    return Output(result=matrix_result(found), text=_matrix_text(found, options.output_format))


@click.group("trace")
def command() -> None:
    """Follow requirements to design, tasks, code and tests."""


command.add_command(status)
command.add_command(matrix)


def matrix_result(found: Traced) -> MatrixResult:
    """Shape a matrix for programs."""
    rows = tuple(
        MatrixLine(
            criterion=row.criterion,
            text=row.text,
            state=row.state.value,
            design=row.design,
            tasks=tuple(MatrixTask(task=cell.key, title=cell.title, state=cell.state.value) for cell in row.tasks),
            code=row.code,
            tests=row.tests,
        )
        for row in found.rows
    )
    return MatrixResult(spec=found.spec.name, rows=rows)


def _matrix_text(found: Traced, output_format: str) -> str:
    """Print a matrix in one of the formats for people."""
    if output_format == "html":
        requirements = found.spec.requirements
        titles = {item.number: item.title or item.story for item in reversed(requirements.requirements)} if requirements else {}
        return trace_page(found.spec.name, found.rows, titles)
    return trace_table(found.rows, output_format, columns())


def _spec_status(item: SpecTrace) -> SpecStatus:
    """Count one spec's references."""
    kinds = [citation.resolution for citation in item.citations]
    resolved = kinds.count(Resolution.RESOLVED)
    dangling = kinds.count(Resolution.DANGLING) + kinds.count(Resolution.NO_REQUIREMENTS)
    prose = kinds.count(Resolution.PROSE)
    references = References(total=resolved + dangling + prose, resolved=resolved, dangling=dangling, prose=prose)
    coverage = None if item.coverage is None else round(item.coverage, 4)
    return SpecStatus(spec=item.spec.name, root=item.spec.root, references=references, criteria=len(item.states), coverage=coverage)


def _share(coverage: float | None) -> str:
    """Show a share in percent, rounded down."""
    return "–" if coverage is None else f"{int(coverage * 100)} %"
