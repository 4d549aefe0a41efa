"""`setsquare audit`: the group of its commands."""

from __future__ import annotations

import click

from setsquare.surfaces.cli.audit_list import explain_, export, list_
from setsquare.surfaces.cli.audit_summary import summary
from setsquare.surfaces.cli.audit_verify import anchor, verify


@click.group("audit")
def command() -> None:
    """Say who changed what agents may do here, when and why, and whether that record is as it was written."""


for _made in (list_, verify, anchor, export, explain_, summary):
    command.add_command(_made)
