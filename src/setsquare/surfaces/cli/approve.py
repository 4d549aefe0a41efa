"""`setsquare approve`."""

from __future__ import annotations

import click
from msgspec import Struct

from setsquare.journeys.app import App
from setsquare.journeys.approving import Approved, approve_stage, stage_named
from setsquare.journeys.opening import opened
from setsquare.journeys.standing import standing
from setsquare.surfaces.cli.options import Output
from setsquare.surfaces.cli.options import command as made
from setsquare.surfaces.cli.places import typed
from setsquare.surfaces.cli.style import paint, safe
from setsquare.wire import app_here

_SHOWN_LINES = 400


class Options(Struct, frozen=True):
    """What to approve, and as whom."""

    spec: str
    stage: str
    role: str


class Result(Struct, frozen=True, kw_only=True):
    """The recorded approval."""

    schema: str = "setsquare/approve/1"
    spec: str
    stage: str
    role: str
    by: str
    at: str
    digest: str
    commit: str
    tag: str
    unchanged: bool
    changed: tuple[str, ...]


PARAMS = (
    click.argument("spec"),
    click.argument("stage", type=click.Choice(["requirements", "design", "tasks"])),
    click.option("--as", "role", default="", metavar="ROLE", help="The role in which you approve, such as architect; recorded."),
)


@made("approve", Options, PARAMS)
def command(options: Options) -> Output:
    """Approve a spec's requirements, design or tasks exactly as the file is now.

    The approval is bound to the file's bytes: any later change voids it for `draft` and `run`. It is committed to .setsquare/approvals/, and
    a design also gets the tag design-review/SPEC/N. Approving again shows only what changed since.
    """
    app = app_here()
    done = approve_stage(app, options.spec, stage_named(options.stage), options.role)
    approval = done.approval
    result = Result(
        spec=done.spec,
        stage=approval.stage.value,
        role=approval.role,
        by=approval.by,
        at=approval.at,
        digest=approval.digest,
        commit=done.commit,
        tag=done.tag,
        unchanged=done.is_unchanged,
        changed=done.changed,
    )
    return Output(result=result, text=_text(app, done))


def _text(app: App, done: Approved) -> str:
    """Show what was approved and what comes next."""
    stage = done.approval.stage
    if done.is_unchanged:
        return f"The {stage.value} of {done.spec} are approved already as they are ({done.approval.at[:10]}, {done.approval.by or 'unknown'}). {_next(app, done)}"
    rows = safe(done.shown).splitlines()
    body = [f"  {paint(row, *_colour(row))}" for row in rows[:_SHOWN_LINES]]
    if len(rows) > _SHOWN_LINES:
        body.append(f"  … {len(rows) - _SHOWN_LINES} more lines")
    place = f" in commit {done.commit[:10]}" if done.commit else " (no git repository: not committed)"
    lines = [*body, "", f"{paint('Approved', 'green', 'bold')} the {stage.value} of {done.spec}{place}.", f"  {done.approval.digest}"]
    if done.tag:
        lines.append(f"  tag {done.tag}")
    return "\n".join([*lines, _next(app, done)])


def _colour(row: str) -> tuple[str, ...]:
    """Colour a line of a diff."""
    return ("green",) if row.startswith("+") else ("red",) if row.startswith("-") else ()


def _next(app: App, done: Approved) -> str:
    """Name the next command of the approved spec."""
    found = next((item for item in standing(app, opened(app)).specs if item.spec.path == done.path), None)
    command = typed(found, app.folder) if found else ""
    return f"Next: {command}" if command else "Nothing is left to do for it."
