"""`setsquare policy`: the group of its commands."""

from __future__ import annotations

import click

from setsquare.surfaces.cli.policy_explain import explain
from setsquare.surfaces.cli.policy_show import show
from setsquare.surfaces.cli.policy_simulate import simulate


@click.group("policy")
def command() -> None:
    """Say what agents may do here, by which rule, and what another policy would change."""


for _made in (explain, simulate, show):
    command.add_command(_made)
