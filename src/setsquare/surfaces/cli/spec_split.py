"""`setsquare spec split`."""

from __future__ import annotations

import click
from msgspec import Struct

from setsquare.errors import Usage
from setsquare.journeys.splitting import split
from setsquare.surfaces.cli.diff import coloured
from setsquare.surfaces.cli.options import Output
from setsquare.surfaces.cli.options import command as made
from setsquare.surfaces.cli.places import shown
from setsquare.surfaces.cli.style import paint, safe
from setsquare.text.paths import quoted
from setsquare.wire import app_here


class Options(Struct, frozen=True):
    """The spec, the new one, what goes there, and whether to write."""

    name: str
    new: str
    numbers: str
    is_written: bool


class Result(Struct, frozen=True, kw_only=True):
    """A split; `written` is false where it was only shown. `voided` are stages of the old spec that need a new approval.

    `crossing` says which order of tasks now crosses the specs.
    """

    schema: str = "setsquare/spec-split/1"
    spec: str
    new: str
    path: str
    written: bool
    criteria: tuple[str, ...]
    sections: tuple[str, ...]
    tasks: tuple[str, ...]
    edited: tuple[str, ...]
    voided: tuple[str, ...]
    crossing: tuple[str, ...]
    diff: str


PARAMS = (
    click.argument("name"),
    click.argument("new"),
    click.option("--requirements", "numbers", required=True, metavar="N,N", help="The requirements that go to the new spec, such as 3,4."),
    click.option("--write", "is_written", is_flag=True, help="Make the change; without it the change is only shown."),
)


@made("split", Options, PARAMS)
def command(options: Options) -> Output:
    """Split a spec in two: requirements go to NEW with the tasks and design sections that are about nothing else.

    Every criterion keeps its number. Links that now lead to the other spec are written NEW/3.1, in specs and in code. Shows the change as a
    diff; --write makes it. Both specs are approved anew afterwards.
    """
    numbers = tuple(part.strip() for part in options.numbers.split(",") if part.strip())
    if not numbers:
        raise Usage("No requirement is named.", "Such as `--requirements 3,4`.")
    app = app_here()
    done = split(app, options.name, options.new, numbers, is_written=options.is_written)
    result = Result(
        spec=done.spec,
        new=done.new,
        path=shown(app.folder, done.path),
        written=done.is_written,
        criteria=done.criteria,
        sections=done.sections,
        tasks=done.tasks,
        edited=done.edits,
        voided=done.voided,
        crossing=done.crossing,
        diff=done.shown,
    )
    lines = [*coloured(done.shown), "", f"  criteria  {safe(', '.join(done.criteria))}"]
    lines += [f"  sections  {safe(', '.join(done.sections)) or 'none'}", f"  tasks     {safe(', '.join(done.tasks)) or 'none'}"]
    lines += [f"  {paint('order', 'yellow')}     {safe(sentence)}" for sentence in done.crossing]
    if done.voided:
        lines.append(f"  {paint('void', 'yellow')}  {', '.join(done.voided)} of {safe(done.spec)} need a new approval")
    again = f"setsquare spec split {quoted(done.spec)} {quoted(done.new)} --requirements {','.join(numbers)} --write"
    lines.append(
        f"{paint('Split', 'green', 'bold')} {safe(done.spec)}. Next: setsquare check, then approve both."
        if done.is_written
        else f"Nothing is written yet. Next: {again}"
    )
    return Output(result=result, text="\n".join(lines))
