"""`setsquare spec new`."""

from __future__ import annotations

import click
from msgspec import Struct

from setsquare.journeys.specifying import new_spec
from setsquare.surfaces.cli.options import Output
from setsquare.surfaces.cli.options import command as made
from setsquare.surfaces.cli.places import shown
from setsquare.surfaces.cli.style import paint
from setsquare.wire import app_here


class NewOptions(Struct, frozen=True):
    """The name of the spec to make."""

    name: str


class Result(Struct, frozen=True, kw_only=True):
    """The spec that was made."""

    schema: str = "setsquare/spec-new/1"
    spec: str
    path: str
    written: tuple[str, ...]


@made("new", NewOptions, (click.argument("name"),))
def command(options: NewOptions) -> Output:
    """Make .kiro/specs/NAME/ with requirements.md, design.md and tasks.md.

    The templates are the workspace's own (.kiro/templates/requirements.md, design.md, tasks.md), else the built-in ones.
    """
    app = app_here()
    done = new_spec(app, options.name)
    written = tuple(shown(app.folder, path) for path in done.written)
    result = Result(spec=done.name, path=shown(app.folder, done.path), written=written)
    lines = [*(f"  {paint('wrote', 'green')}  {path}" for path in written), ""]
    lines += [f"Next: write the criteria in {written[0]}, then: setsquare check", f"      then: setsquare approve {done.name} requirements"]
    return Output(result=result, text="\n".join(lines))
