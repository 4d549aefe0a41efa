"""Options that several commands of the IAM group take, and the refusal that each of them begins with."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import click
from msgspec import Struct

from setsquare.journeys.iam_readiness import NotReady, Ready, Role, judged_at, readiness, role_of
from setsquare.powers.iam.settings import LOOKBACK_DAYS, MOST_DAYS, Need
from setsquare.powers.iam.usage.sources import SourceKind, source_of
from setsquare.wire.iam import settings_here

if TYPE_CHECKING:
    from setsquare.journeys.iam_analyzing import Analyses, Wanted

Param = Callable[[Any], Any]

ROLE: Param = click.argument("role", required=False, default="")
EVERY: Param = click.option("--all", "every", is_flag=True, help="Every role that targetRoles choose and excludeRoles do not hold back.")
SERVICE: Param = click.option(
    "--service", default="", metavar="NAME", help="The role of this service, found in task definitions and infrastructure code."
)
TRAIL: Param = click.option(
    "--trail",
    default="",
    metavar="SOURCE",
    help="A file or folder with CloudTrail events, s3://BUCKET/PREFIX, logs:GROUP, lookup[:REGION,…] or lake:ARN; default: the settings' log group.",
)
POLICIES: Param = click.option(
    "--policies", default="", metavar="FILE", help="What the role is granted, as JSON, in place of asking the account; - is standard input."
)
DAYS: Param = click.option(
    "--days",
    type=click.IntRange(1, MOST_DAYS),
    default=None,
    metavar="N",
    help=f"Days of usage that are looked at. Default: lookbackDays of the settings, else {LOOKBACK_DAYS}.",
)
UNTIL: Param = click.option(
    "--until",
    default="",
    metavar="YYYY-MM-DD",
    help="The last day that is looked at. Default: today; with --trail the last day of the trail.",
)
COMPLETE: Param = click.option(
    "--trail-is-complete",
    "is_complete",
    is_flag=True,
    help="State that nothing is missing in the trail: days without events count as quiet. It is recorded as your statement; no other gap is lifted.",
)
FROM_FILES: tuple[Param, ...] = (TRAIL, POLICIES, DAYS, UNTIL)


class Asked(Struct, frozen=True, kw_only=True):
    """What is analysed: roles by name or ARN, or all that the settings choose, from which files, over which days."""

    role: str = ""
    every: bool = False
    service: str = ""
    trail: str = ""
    policies: str = ""
    days: int | None = None
    until: str = ""
    narrow_resources: bool = False
    allow_wider: bool = False
    is_complete: bool = False

    @property
    def needs(self) -> tuple[Need, ...]:
        """Say what the settings must hold for it: nothing that reaches out, where both files are named."""
        source = source_of(self.trail)
        if not source.is_remote and self.policies:
            return ()
        return (Need.FETCHING, Need.LOG_GROUP) if source.kind is SourceKind.SETTINGS else (Need.FETCHING,)

    def wanted(self) -> Wanted:
        """Give it to the journey."""
        from setsquare.journeys.iam_analyzing import Wanted  # noqa: PLC0415  (start-up: a refusal needs none of it)

        return Wanted(
            role=self.role,
            every=self.every,
            service=self.service,
            trail=self.trail,
            policies=self.policies,
            days=self.days,
            until=self.until,
            narrow_resources=self.narrow_resources,
            allow_wider=self.allow_wider,
            is_complete=self.is_complete,
        )


def ready_here(asked: Asked) -> Ready | NotReady:
    """Judge the settings, then the role that is asked for, then whether the Power was switched off; nothing else of the world is looked at.

    Raises:
        Refused: it is switched off, since its requests kept appearing for roles out of scope.
    """
    ready = readiness(judged_at(settings_here()), _roles(asked), asked.needs)
    return ready if isinstance(ready, NotReady) else still_on(ready)


def still_on(ready: Ready) -> Ready:
    """Give the settings back of a Power that is not switched off.

    Raises:
        Refused: it is, until a person has audited it.
    """
    from setsquare.journeys.iam_creeping import allowed  # noqa: PLC0415  (start-up: a refusal needs none of it)
    from setsquare.wire.iam_forge import power_state  # noqa: PLC0415

    allowed(power_state())
    return ready


def found_here(asked: Asked) -> Analyses | NotReady:
    """Judge the settings, and analyse what is asked for where they are safe."""
    ready = ready_here(asked)
    if isinstance(ready, NotReady):
        return ready
    from setsquare.journeys.iam_analyzing import analysed  # noqa: PLC0415  (start-up: a refusal needs none of it)
    from setsquare.wire.iam import iam_world  # noqa: PLC0415

    return analysed(iam_world(), ready, asked.wanted())


def _roles(asked: Asked) -> Iterable[Role]:
    return (role_of(asked.role),) if asked.role else ()
