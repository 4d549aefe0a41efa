"""`setsquare audit summary`."""

from __future__ import annotations

import click
from msgspec import Struct

from setsquare.journeys.audit_summary import summary as summed
from setsquare.surfaces.cli.audit_list import time_named
from setsquare.surfaces.cli.options import Output
from setsquare.surfaces.cli.options import command as made
from setsquare.surfaces.cli.style import table
from setsquare.wire import app_here


class Options(Struct, frozen=True, kw_only=True):
    """From when on."""

    since: str


class Result(Struct, frozen=True, kw_only=True):
    """Counts over runs, read from their journals; `violations` tells whether anything left its scope or cannot be known."""

    schema: str = "setsquare/audit-summary/1"
    since: str
    violations: bool
    runs: int
    finished: int
    reverted: int
    attempts: int
    changes: int
    downgrades: int
    denied: int
    consents: int
    refusals: int
    secrets: int
    unread: int


@made("summary", Options, (click.option("--since", default="", metavar="TIME", help="Runs that began from this UTC day or time on."),))
def summary(options: Options) -> Output:
    """Count what the runs of this workspace did and tried, from their journals."""
    found = summed(app_here(), time_named(options.since))
    result = Result(
        since=options.since,
        violations=found.has_violations,
        runs=found.runs,
        finished=found.finished,
        reverted=found.reverted,
        attempts=found.attempts,
        changes=found.changes,
        downgrades=found.downgrades,
        denied=found.denied,
        consents=found.consents,
        refusals=found.refusals,
        secrets=found.secrets,
        unread=found.unread,
    )
    rows = (
        (str(found.runs), "runs"),
        (str(found.finished), "of them finished"),
        (str(found.reverted), "of them taken back"),
        (str(found.attempts), "steps beyond their task, all stopped or put back"),
        (str(found.changes), "of them would have changed something"),
        (str(found.downgrades), "specs taken down to task by task"),
        (str(found.denied), "actions denied"),
        (str(found.consents), "actions that a person permitted"),
        (str(found.refusals), "that a person did not"),
        (str(found.secrets), "facts out of which a secret was taken"),
        (str(found.unread), "runs whose journal cannot be read"),
    )
    return Output(result=result, text=table(rows))
