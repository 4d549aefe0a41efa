"""`setsquare spec list`."""

from __future__ import annotations

import click
from msgspec import Struct

from setsquare.journeys.app import App
from setsquare.journeys.keeping import Kept, kept_specs
from setsquare.spec.spec_history import Status
from setsquare.surfaces.cli.options import Output
from setsquare.surfaces.cli.options import command as made
from setsquare.surfaces.cli.places import shown
from setsquare.surfaces.cli.report.sources import SourceResult
from setsquare.surfaces.cli.source_params import SOURCE_PARAMS
from setsquare.surfaces.cli.streams import columns
from setsquare.surfaces.cli.style import listing, safe
from setsquare.wire import app_here


class Options(Struct, frozen=True):
    """What to list."""

    statuses: tuple[str, ...]
    owner: str
    labels: tuple[str, ...]
    is_archived: bool
    with_sources: bool = False
    given: tuple[str, ...] = ()


class Listed(Struct, frozen=True, kw_only=True):
    """One spec; `is_status_said` is false where the status only follows from the state. `source` is the checkout's id, empty for this one."""

    spec: str
    path: str
    state: str
    status: str
    is_status_said: bool
    owner: str
    labels: tuple[str, ...]
    tasks_done: int
    tasks_total: int
    is_archived: bool
    verified_at: str
    source: str = ""


class Result(Struct, frozen=True, kw_only=True):
    """The specs, sorted by folder, those of other checkouts after the workspace's own; `sources` are the ones that were asked for."""

    schema: str = "setsquare/spec-list/1"
    specs: tuple[Listed, ...]
    sources: tuple[SourceResult, ...] = ()


PARAMS = (
    click.option(
        "--status",
        "statuses",
        multiple=True,
        type=click.Choice([item.value for item in Status]),
        help="Only specs of this status; give it again for more.",
    ),
    click.option("--owner", default="", metavar="NAME", help="Only specs of this owner."),
    click.option("--label", "labels", multiple=True, metavar="LABEL", help="Only specs with this label; give it again for more."),
    click.option("--archived", "is_archived", is_flag=True, help="List archived specs too."),
    *SOURCE_PARAMS,
)


@made("list", Options, PARAMS)
def command(options: Options) -> Output:
    """List the specs with state, status, owner and tasks.

    The state is computed from the files; the status is what somebody set, else what the state suggests.
    """
    app = app_here()
    elsewhere = _elsewhere(app, options)
    result = Result(
        specs=(
            *(_listed(item, shown(app.folder, item.path), "") for item in kept_specs(app) if _is_wanted(item, options)),
            *(_listed(item, item.path, item.path.partition(":")[0]) for item in elsewhere.kept if _is_wanted(item, options)),
        ),
        sources=elsewhere.sources,
    )
    if not result.specs:
        return Output(result=result, text="\n".join(["No spec is as asked. See all: setsquare spec list --archived", *elsewhere.unread]))
    rows: list[tuple[str, ...]] = [("SPEC", "STATE", "STATUS", "OWNER", "TASKS", "LABELS")]
    rows += [
        (safe(item.spec), item.state, item.status, safe(item.owner) or "–", _tasks(item), safe(", ".join(item.labels)))
        for item in result.specs
    ]
    return Output(result=result, text="\n".join([listing(rows, columns()), *elsewhere.unread]))


def _listed(item: Kept, path: str, source: str) -> Listed:
    """Shape one spec."""
    return Listed(
        spec=item.spec,
        path=path,
        state=item.state.value,
        status=item.status.value,
        is_status_said=item.record.status is not None,
        owner=item.record.owner,
        labels=item.record.labels,
        tasks_done=item.progress.done,
        tasks_total=item.progress.total,
        is_archived=item.is_archived,
        verified_at=item.record.verified_at,
        source=source,
    )


class _Elsewhere(Struct, frozen=True, kw_only=True):
    """The specs of other checkouts, what became of these, and a line for each that could not be read."""

    kept: tuple[Kept, ...] = ()
    sources: tuple[SourceResult, ...] = ()
    unread: tuple[str, ...] = ()


def _elsewhere(app: App, options: Options) -> _Elsewhere:
    """Read the other checkouts, where they are asked for."""
    if not (options.with_sources or options.given):
        return _Elsewhere()
    from setsquare.journeys.opening import opened  # noqa: PLC0415  (only where sources are asked for)
    from setsquare.journeys.sources_keeping import kept_elsewhere  # noqa: PLC0415
    from setsquare.surfaces.cli.sources_options import source_result, sources_of, unread_lines  # noqa: PLC0415

    sources = sources_of(app.folder, opened(app), options.given)
    return _Elsewhere(
        kept=tuple(kept_elsewhere(sources)),
        sources=tuple(source_result(item) for item in sources.items),
        unread=tuple(unread_lines(sources)),
    )


def _tasks(item: Listed) -> str:
    return f"{item.tasks_done}/{item.tasks_total}" if item.tasks_total else "–"


def _is_wanted(item: Kept, options: Options) -> bool:
    """Tell whether a spec is as asked."""
    return (
        (not item.is_archived or options.is_archived)
        and (not options.statuses or item.status.value in options.statuses)
        and (not options.owner or options.owner.casefold() in item.record.owner.casefold())
        and set(options.labels) <= set(item.record.labels)
    )
