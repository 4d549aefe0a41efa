"""`setsquare freeze`."""

from __future__ import annotations

import re

import click
from msgspec import Struct

from setsquare.errors import Usage
from setsquare.journeys.freezing import FREEZE, Freeze, freeze, freeze_of, thaw
from setsquare.surfaces.cli.options import Output
from setsquare.surfaces.cli.options import command as made
from setsquare.surfaces.cli.person import require_person
from setsquare.surfaces.cli.style import paint, safe
from setsquare.wire import app_here

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


class Options(Struct, frozen=True, kw_only=True):
    """What to do with the freeze."""

    action: str
    reason: str
    path: tuple[str, ...]
    until: str
    yes: bool


class Result(Struct, frozen=True, kw_only=True):
    """Whether and what is frozen now; `paths` are globs, empty for all of the workspace."""

    schema: str = "setsquare/freeze-status/1"
    frozen: bool
    reason: str = ""
    by: str = ""
    at: str = ""
    until: str = ""
    paths: tuple[str, ...] = ()


PARAMS = (
    click.argument("action", type=click.Choice(["status", "on", "off"]), default="status"),
    click.option("--reason", default="", help="Why; needed to begin a freeze."),
    click.option("--path", multiple=True, metavar="GLOB", help="Freeze only these paths; may be given more than once."),
    click.option("--yes", is_flag=True, help="With `off`: a person wants it, although there is no terminal."),
    click.option("--until", default="", metavar="TIME", help="End by itself at this UTC time, such as 2026-12-01T08:00:00Z."),
)


@made("freeze", Options, PARAMS)
def command(options: Options) -> Output:
    """Freeze the workspace for agents, end the freeze, or say whether one stands.

    While everything is frozen no run starts and none goes on; frozen paths are written by no agent, whoever says yes. The freeze is the file
    .setsquare/freeze.json: commit it, and it holds for the team.
    """
    app = app_here()
    if options.until and not _TIME.fullmatch(options.until):
        raise Usage(f"`{options.until}` is no UTC time.", "Write it as 2026-12-01T08:00:00Z.")
    if options.action == "on":
        if options.until and options.until <= app.clock.now():
            raise Usage(f"`{options.until}` is over, so nothing would be frozen.", "Name a time to come, or leave --until out.")
        freeze(app, options.reason, options.path, options.until)
    elif options.action == "off":
        require_person("To end a freeze", is_sure=options.yes)
        thaw(app, options.reason)
    found = freeze_of(app)
    return Output(result=_result(found), text=_text(found, options.action))


def _result(found: Freeze | None) -> Result:
    """Shape a freeze for programs."""
    if found is None:
        return Result(frozen=False)
    return Result(frozen=True, reason=found.reason, by=found.by, at=found.at, until=found.until, paths=found.paths)


def _text(found: Freeze | None, action: str) -> str:
    """Say what is frozen."""
    commit = f"\nCommit it for the team: git add {FREEZE} && git commit" if action in {"on", "off"} else ""
    if found is None:
        return f"{paint('Nothing is frozen.', 'green')}{commit}"
    what = "everything" if found.is_whole else ", ".join(found.paths)
    until = f" until {found.until}" if found.until else ""
    return f"{paint('Frozen', 'yellow', 'bold')}{until}: {safe(what)}. {safe(found.reason)} ({safe(found.by)}){commit}"
