"""`setsquare keys`."""

from __future__ import annotations

import click
from msgspec import Struct

from setsquare.journeys.audit_reading import rotated, rotations
from setsquare.surfaces.cli.options import Output
from setsquare.surfaces.cli.options import command as made
from setsquare.surfaces.cli.style import safe, table
from setsquare.wire import app_here


class RotatedOptions(Struct, frozen=True, kw_only=True):
    """Which variable holds a new key, and why."""

    name: str
    reason: str


class ListOptions(Struct, frozen=True):
    """Nothing to choose."""


class Key(Struct, frozen=True, kw_only=True):
    """A variable and when its key was changed last, as a person recorded it."""

    name: str
    rotated: str


class Result(Struct, frozen=True, kw_only=True):
    """The keys of which a change was recorded; never a key itself."""

    schema: str = "setsquare/keys/1"
    keys: tuple[Key, ...]


@click.group("keys")
def command() -> None:
    """Record when keys were changed; no key is read, shown or kept."""


@made(
    "rotated",
    RotatedOptions,
    (click.argument("name"), click.option("--reason", default="", help="Why, such as `yearly` or `it was in a log`.")),
)
def rotated_(options: RotatedOptions) -> Output:
    """Record that the variable NAME holds a new key from now on; `doctor` then says how old it is."""
    app = app_here()
    rotated(app, options.name, options.reason)
    return Output(result=_result(rotations(app)), text=f"Recorded: {safe(options.name)} holds a new key.")


@made("list", ListOptions)
def list_(_options: ListOptions) -> Output:
    """List the keys of which a change was recorded."""
    result = _result(rotations(app_here()))
    rows = [(safe(key.name), key.rotated) for key in result.keys]
    return Output(result=result, text=table(rows) if rows else "No change of a key was recorded: setsquare keys rotated NAME")


def _result(found: dict[str, str]) -> Result:
    """Shape rotations for programs."""
    return Result(keys=tuple(Key(name=name, rotated=at) for name, at in sorted(found.items())))


for _made in (rotated_, list_):
    command.add_command(_made)
