"""`setsquare audit list`, `export` and `explain`."""

from __future__ import annotations

import os
import re

import click
from msgspec import Struct

from setsquare.errors import StorageFailed, Usage
from setsquare.events.audit import AuditAction, AuditEntry
from setsquare.journeys.audit_reading import Filter, entries, explain, exported, words
from setsquare.surfaces.cli.options import Output
from setsquare.surfaces.cli.options import command as made
from setsquare.surfaces.cli.style import paint, safe, table
from setsquare.wire import app_here

_SINCE = re.compile(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\dZ?)?)?")


class Options(Struct, frozen=True, kw_only=True):
    """Which entries."""

    since: str
    actor: str
    action: str
    subject: str


class ExportOptions(Struct, frozen=True, kw_only=True):
    """Which entries, and where to."""

    file: str
    since: str
    actor: str
    action: str
    subject: str


class ExplainOptions(Struct, frozen=True, kw_only=True):
    """Which entry, and why."""

    seq: int
    reason: str


class Result(Struct, frozen=True, kw_only=True):
    """The entries, oldest first."""

    schema: str = "setsquare/audit-list/1"
    entries: tuple[AuditEntry, ...]


class ExportResult(Struct, frozen=True, kw_only=True):
    """How many entries were written where."""

    schema: str = "setsquare/audit-export/1"
    file: str
    entries: int


class ExplainResult(Struct, frozen=True, kw_only=True):
    """The entry that was explained."""

    schema: str = "setsquare/audit-explain/1"
    entry: AuditEntry
    reason: str


_WHICH = (
    click.option("--since", default="", metavar="TIME", help="From this UTC day or time on, such as 2026-12-01."),
    click.option("--actor", default="", metavar="NAME", help="By this person or account; a part of the name is enough."),
    click.option(
        "--action", default="", type=click.Choice(["", *(each.value for each in AuditAction)]), metavar="ACTION", help="Only this action."
    ),
    click.option("--subject", default="", metavar="TEXT", help="About this spec, run, file or variable; a part is enough."),
)


def time_named(since: str) -> str:
    """Read a day or a time.

    Raises:
        Usage: it is none.
    """
    if since and not _SINCE.fullmatch(since):
        raise Usage(f"`{since}` is no UTC time.", "Write it as 2026-12-01 or 2026-12-01T08:00:00Z.")
    return since


def _filter(since: str, actor: str, action: str, subject: str) -> Filter:
    """Read which entries are meant."""
    return Filter(since=time_named(since), actor=actor, action=action, subject=subject)


@made("list", Options, _WHICH)
def list_(options: Options) -> Output:
    """List who changed what agents may do, oldest first: trust, approvals, freezes, stops, budgets, runs, specs, evidence."""
    found = entries(app_here(), _filter(options.since, options.actor, options.action, options.subject))
    rows = [
        (str(each.seq), each.at, safe(each.actor.person.partition(" <")[0]), paint(each.action.value, "bold"), safe(words(each)))
        for each in found
    ]
    return Output(result=Result(entries=found), text=table(rows) if rows else "No entry.")


@made("export", ExportOptions, (click.argument("file"), *_WHICH))
def export(options: ExportOptions) -> Output:
    """Write entries to FILE, byte for byte as they stand; a file that exists is not written over."""
    wanted = _filter(options.since, options.actor, options.action, options.subject)
    raw = exported(app_here(), wanted)
    try:
        with os.fdopen(os.open(options.file, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600), "wb") as file:
            file.write(raw)
    except FileExistsError:
        raise Usage(f"{options.file} exists already; nothing was written.", "Name another file.") from None
    except OSError as error:
        raise StorageFailed(f"cannot write {options.file}: {error}", "name a file in a folder that can be written") from error
    count = raw.count(b"\n")
    return Output(result=ExportResult(file=options.file, entries=count), text=f"Wrote {count} entries to {safe(options.file)}.")


@made("explain", ExplainOptions, (click.argument("seq", type=click.IntRange(min=1)), click.option("--reason", default="", help="Why.")))
def explain_(options: ExplainOptions) -> Output:
    """Say why the clock went back before entry SEQ; nothing else of a broken log can be explained away."""
    found = explain(app_here(), options.seq, options.reason)
    return Output(result=ExplainResult(entry=found, reason=options.reason), text=f"Explained entry {found.seq}: {safe(options.reason)}")
