"""`setsquare spec status` and `setsquare spec verified`."""

from __future__ import annotations

import click
from msgspec import Struct

from setsquare.journeys.keeping import Kept, Wish, keep, verified
from setsquare.spec.spec_history import Status
from setsquare.surfaces.cli.options import Output
from setsquare.surfaces.cli.options import command as made
from setsquare.surfaces.cli.places import shown
from setsquare.surfaces.cli.style import paint, safe
from setsquare.wire import app_here


class Options(Struct, frozen=True):
    """The spec, and what to set."""

    name: str
    status: str | None
    owner: str
    labels: tuple[str, ...]


class VerifiedOptions(Struct, frozen=True):
    """The spec, and a word about how it was verified."""

    name: str
    note: str


class Result(Struct, frozen=True, kw_only=True):
    """What is known of a spec; times are empty where nothing of the kind happened. `missing` keeps it from the next state."""

    schema: str = "setsquare/spec-status/1"
    spec: str
    path: str
    state: str
    status: str
    is_status_said: bool
    owner: str
    labels: tuple[str, ...]
    tasks_done: int
    tasks_total: int
    created_at: str
    last_at: str
    verified_at: str
    verified_by: str
    drilled_at: str
    missing: tuple[str, ...]
    broken_lines: tuple[int, ...]
    commit: str


PARAMS = (
    click.argument("name"),
    click.option(
        "--set", "status", type=click.Choice([item.value for item in Status]), help="Set the status; `complete` needs all tasks done."
    ),
    click.option("--owner", default="", metavar="NAME", help="Set who answers for the spec."),
    click.option("--label", "labels", multiple=True, metavar="LABEL", help="Add a label; with - in front take it away (--label=-old)."),
)


@made("status", Options, PARAMS)
def status(options: Options) -> Output:
    """Show a spec's state, status, owner, labels and dates, or set status, owner and labels.

    What is set becomes a line of .setsquare/history/ that is committed; earlier lines stay.
    """
    wish = Wish(status=Status(options.status) if options.status else None, owner=options.owner.strip(), labels=options.labels)
    app = app_here()
    return _output(app.folder, keep(app, options.name, wish))


@made(
    "verified",
    VerifiedOptions,
    (click.argument("name"), click.option("--note", default="", metavar="TEXT", help="How it was verified; recorded.")),
)
def verified_command(options: VerifiedOptions) -> Output:
    """Record that you held a spec against the code now; `spec audit` shows when that was last."""
    app = app_here()
    return _output(app.folder, verified(app, options.name, options.note))


def _output(folder: str, kept: Kept) -> Output:
    """Shape what is known of a spec."""
    record = kept.record
    result = Result(
        spec=kept.spec,
        path=shown(folder, kept.path),
        state=kept.state.value,
        status=kept.status.value,
        is_status_said=record.status is not None,
        owner=record.owner,
        labels=record.labels,
        tasks_done=kept.progress.done,
        tasks_total=kept.progress.total,
        created_at=record.created_at,
        last_at=record.last_at,
        verified_at=record.verified_at,
        verified_by=record.verified_by,
        drilled_at=record.drilled_at,
        missing=kept.missing,
        broken_lines=record.broken,
        commit=kept.commit,
    )
    said = "" if record.status else " (from its state; set it with --set)"
    verified_on = f"{record.verified_at[:10]} by {record.verified_by}" if record.verified_at else "never"
    lines = [
        paint(safe(kept.spec), "bold"),
        f"  state     {result.state}",
        f"  status    {result.status}{said}",
        f"  owner     {safe(record.owner) or 'nobody'}",
        f"  labels    {safe(', '.join(record.labels)) or 'none'}",
        f"  tasks     {kept.progress.done} of {kept.progress.total} done",
        f"  verified  {safe(verified_on)}",
        f"  drill     {record.drilled_at[:10] or 'never'}",
    ]
    lines += [f"  {paint('missing', 'yellow')}   {safe(sentence)}" for sentence in kept.missing]
    if record.broken:
        where = ", ".join(map(str, record.broken))
        lines.append(f"  {paint('broken', 'red')}    lines {where} of the history cannot be read; mend them by hand")
    if kept.commit:
        lines.append(f"  recorded in commit {kept.commit[:10]}")
    return Output(result=result, text="\n".join(lines))
