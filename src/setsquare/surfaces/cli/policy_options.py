"""The options that the commands of `setsquare policy` share."""

from __future__ import annotations

import click

from setsquare.guard.capability import Mode
from setsquare.journeys.policy_explaining import Wanted
from setsquare.workspace.settings import Autonomy

MODES = click.Choice([mode.value for mode in Mode])
LEVELS = click.Choice([level.value for level in Autonomy])
ENVIRONMENTS = click.Choice(["test", "development", "staging", "production", "shared"])

UNDER = (
    click.option("--spec", default="", metavar="SPEC", help="The spec whose task bounds the work; without it no plan does."),
    click.option("--task", default="", metavar="ID", help="The task; the next open one when it is left out."),
    click.option("--mode", type=MODES, default=Mode.SUPERVISED.value, show_default=True, help="How the run would involve you."),
    click.option("--autonomy", type=LEVELS, default=None, help="A level below that of the settings."),
    click.option("--environment", type=ENVIRONMENTS, default=None, help="Where the work would have its effects."),
)
"""Under what a person wants to know."""


def wanted(spec: str, task: str, mode: str, autonomy: str | None, environment: str | None) -> Wanted:
    """Read under what a person wants to know."""
    level = Autonomy(autonomy) if autonomy else None
    return Wanted(spec=spec, task=task, mode=Mode(mode), autonomy=level, environment=environment or "")
