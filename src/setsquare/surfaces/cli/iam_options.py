"""Options that several commands of the IAM group take, and the refusal that each of them begins with."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import click

from setsquare.journeys.iam_readiness import NotReady, Ready, Role, judged_at, readiness, role_of
from setsquare.journeys.iam_wanted import Wanted
from setsquare.powers.iam.settings import LOOKBACK_DAYS, MOST_DAYS
from setsquare.wire.iam import settings_here

if TYPE_CHECKING:
    from setsquare.journeys.iam_analyzing import Analyses

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
CHECKOUT: Param = click.option(
    "--checkout", default="", metavar="FOLDER", help="A clone of prRepository; its origin is used, its files are not touched."
)
FORGE: Param = click.option(
    "--forge",
    type=click.Choice(("auto", "github", "gitlab", "gitea", "patch")),
    default="auto",
    help="Which forge it is; patch writes a patch file. Default: by its host.",
)
FORGE_API: Param = click.option("--api", default="", metavar="URL", help="Where the forge's API begins, if not where its host says.")
FROM_FILES: tuple[Param, ...] = (TRAIL, POLICIES, DAYS, UNTIL)


def ready_here(wanted: Wanted) -> Ready | NotReady:
    """Judge the settings, then the role that is asked for, then whether the Power was switched off; nothing else of the world is looked at.

    Raises:
        Refused: it is switched off, since its requests kept appearing for roles out of scope.
    """
    ready = readiness(judged_at(settings_here()), _roles(wanted), wanted.needs)
    return ready if isinstance(ready, NotReady) else still_on(ready)


def is_silent_here() -> bool:
    """Tell whether the settings say nothing of the Power at all: there is no file, or it does not name the Power in any spelling."""
    judged = judged_at(settings_here())
    return not judged.is_declared and all(reason.code == "off" for reason in judged.reasons)


def still_on(ready: Ready) -> Ready:
    """Give the settings back of a Power that is not switched off.

    Raises:
        Refused: it is, until a person has audited it.
    """
    from setsquare.journeys.iam_creeping import allowed  # noqa: PLC0415  (start-up: a refusal needs none of it)
    from setsquare.wire.iam_forge import power_state  # noqa: PLC0415

    allowed(power_state())
    return ready


def found_here(wanted: Wanted) -> Analyses | NotReady:
    """Judge the settings, and analyse what is asked for where they are safe."""
    ready = ready_here(wanted)
    if isinstance(ready, NotReady):
        return ready
    from setsquare.journeys.iam_analyzing import analysed  # noqa: PLC0415  (start-up: a refusal needs none of it)
    from setsquare.wire.iam import iam_world  # noqa: PLC0415

    return analysed(iam_world(), ready, wanted)


def _roles(wanted: Wanted) -> Iterable[Role]:
    return (role_of(wanted.role),) if wanted.role else ()
