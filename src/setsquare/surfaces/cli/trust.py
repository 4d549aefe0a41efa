"""`setsquare trust`."""

from __future__ import annotations

import click
from msgspec import Struct

from setsquare.journeys.opening import opened
from setsquare.journeys.trusting import Trusted, TrustView, grant, revoke, view
from setsquare.surfaces.cli.options import Output
from setsquare.surfaces.cli.options import command as made
from setsquare.surfaces.cli.places import shown
from setsquare.surfaces.cli.style import paint, safe, table
from setsquare.text.paths import quoted
from setsquare.wire import app_for, app_here


class Options(Struct, frozen=True):
    """Which workspace, and whether to trust, show or revoke."""

    path: str | None
    revoke: bool
    show: bool


class ActiveResult(Struct, frozen=True, kw_only=True):
    """A file that is or would become active; `unseen` when it holds characters or comments that a reader does not see."""

    path: str
    kind: str
    digest: str
    new: bool
    unseen: bool = False


class Result(Struct, frozen=True, kw_only=True):
    """What is trusted now."""

    schema: str = "setsquare/trust/1"
    standing: str
    digest: str
    files: tuple[ActiveResult, ...]


PARAMS = (
    click.argument("path", required=False, type=click.Path(exists=True, file_okay=False)),
    click.option("--revoke", is_flag=True, help="Take trust back."),
    click.option("--show", is_flag=True, help="Only show what would become active."),
)


@made("trust", Options, PARAMS)
def command(options: Options) -> Output:
    """Show what would become active in a workspace (settings, steering, hooks, agents, servers), by digest, and trust it.

    Trust is kept outside the workspace, so a clone cannot grant itself trust. When any of these files changes, trust is asked for again. An
    untrusted workspace can be checked and drafted, not run.
    """
    app = app_for(options.path) if options.path else app_here()
    workspace = opened(app)
    before = view(app, workspace)
    if options.revoke:
        revoke(app)
    elif not options.show:
        grant(app, workspace)
    after = view(app, workspace)
    files = tuple(
        ActiveResult(path=shown(app.folder, item.path), kind=item.kind, digest=item.digest, new=item.is_new, unseen=item.unseen)
        for item in before.files
    )
    result = Result(standing=after.standing.value, digest=after.digest, files=files)
    return Output(result=result, text=_text(result, before, after, options.path))


def _named(item: ActiveResult) -> str:
    """Name a file, with a warning where it hides something."""
    return f"{safe(item.path)}  {paint('hides characters or comments: read its bytes', 'yellow')}" if item.unseen else safe(item.path)


def _text(result: Result, before: TrustView, after: TrustView, path: str | None) -> str:
    """List the files and say where trust stands."""
    rows = [(paint("new", "yellow") if item.new else "   ", item.kind, item.digest[7:19], _named(item)) for item in result.files]
    listed = (
        ["Active here once trusted:", "", table(rows)]
        if rows
        else ["Nothing here would become active: no settings, steering, hooks, agents or servers."]
    )
    typed = f"setsquare trust {quoted(path)}" if path else "setsquare trust"
    said = {
        Trusted.YES: f"{paint('Trusted', 'green', 'bold')} as {after.digest[:19]}."
        + (" It was trusted already." if before.standing is Trusted.YES else ""),
        Trusted.CHANGED: f"Changed since it was trusted. Trust again: {typed}",
        Trusted.NO: f"Not trusted. Nothing of this workspace runs. To trust it: {typed}",
    }
    return "\n".join([*listed, "", said[after.standing]])
