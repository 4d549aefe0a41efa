"""`setsquare trace`: the group of its commands."""

from __future__ import annotations

import click

from setsquare.surfaces.cli.trace_explain import explain
from setsquare.surfaces.cli.trace_gaps import orphans, uncovered, untested
from setsquare.surfaces.cli.trace_lock import COMMANDS
from setsquare.surfaces.cli.trace_matrix import matrix
from setsquare.surfaces.cli.trace_record import record
from setsquare.surfaces.cli.trace_status import status


@click.group("trace")
def command() -> None:
    """Follow requirements to design, tasks, code and tests."""


for _made in (status, matrix, explain, orphans, untested, uncovered, record, *COMMANDS):
    command.add_command(_made)
