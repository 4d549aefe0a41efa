"""`setsquare spec history`."""

from __future__ import annotations

import click
from msgspec import Struct

from setsquare.journeys.keeping import history
from setsquare.surfaces.cli.options import Output
from setsquare.surfaces.cli.options import command as made
from setsquare.surfaces.cli.style import paint, safe, table
from setsquare.wire import app_here


class Options(Struct, frozen=True):
    """The spec."""

    name: str


class Entry(Struct, frozen=True, kw_only=True):
    """One thing that happened."""

    at: str
    by: str
    kind: str
    detail: str


class Result(Struct, frozen=True, kw_only=True):
    """What happened to a spec, oldest first; `broken_lines` of its file cannot be read."""

    schema: str = "setsquare/spec-history/1"
    spec: str
    entries: tuple[Entry, ...]
    broken_lines: tuple[int, ...]


@made("history", Options, (click.argument("name"),))
def command(options: Options) -> Output:
    """Show what happened to a spec: made, approved, regenerated, verified, moved, rolled back, work outside its scope."""
    found = history(app_here(), options.name)
    entries = tuple(Entry(at=item.at, by=item.by, kind=item.kind.value, detail=item.detail) for item in found.record.happenings)
    result = Result(spec=found.spec, entries=entries, broken_lines=found.record.broken)
    lines = [table([(item.at, item.kind, safe(item.by), safe(item.detail)) for item in entries]) if entries else "Nothing is recorded yet."]
    if result.broken_lines:
        lines.append(f"{paint('broken', 'red')}  lines {', '.join(map(str, result.broken_lines))} of the history cannot be read")
    return Output(result=result, text="\n".join(lines))
