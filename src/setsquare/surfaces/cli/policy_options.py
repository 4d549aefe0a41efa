"""The options that the commands of `setsquare policy` share."""

from __future__ import annotations

from typing import Protocol

import click

from setsquare.guard.capability import Mode
from setsquare.journeys.policy_explaining import Wanted
from setsquare.surfaces.cli.session_options import ALLOWED, DENIED, session_of
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
    ALLOWED,
    DENIED,
)
"""Under what a person wants to know."""


class Under(Protocol):
    """The options under which a person wants to know something."""

    @property
    def spec(self) -> str:
        """Name the spec, empty for none."""
        ...

    @property
    def task(self) -> str:
        """Name the task, empty for the next."""
        ...

    @property
    def mode(self) -> str:
        """Give the mode."""
        ...

    @property
    def autonomy(self) -> str | None:
        """Give a level below that of the settings."""
        ...

    @property
    def environment(self) -> str | None:
        """Give the environment, if one is declared."""
        ...

    @property
    def allow(self) -> tuple[str, ...]:
        """List what is allowed for one run."""
        ...

    @property
    def deny(self) -> tuple[str, ...]:
        """List what is denied for one run."""
        ...


def wanted(options: Under) -> Wanted:
    """Read under what a person wants to know."""
    return Wanted(
        spec=options.spec,
        task=options.task,
        mode=Mode(options.mode),
        autonomy=Autonomy(options.autonomy) if options.autonomy else None,
        environment=options.environment or "",
        session=session_of(options.allow, options.deny),
    )
