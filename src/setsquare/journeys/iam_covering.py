"""Says what a trail can show: days, regions, kinds of events, what could not be read, and who acted."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from setsquare.journeys.iam_analyzing import asked_window, opened, read_trail
from setsquare.journeys.iam_readiness import NotReady, Ready
from setsquare.journeys.iam_usage import Gathered, usages
from setsquare.journeys.iam_wanted import Wanted
from setsquare.journeys.iam_world import IamWorld
from setsquare.powers.iam.settings_roles import role_reasons
from setsquare.powers.iam.usage.model import Outcome

_LOCAL = "-"


class RoleSeen(Struct, frozen=True, kw_only=True):
    """A role that acted: how many calls were authorised and how many refused, and whether the settings choose it."""

    arn: str
    calls: int
    denied: int
    is_in_scope: bool


class Covered(Struct, frozen=True, kw_only=True):
    """What a trail holds in a window, and the roles that acted, the busiest first."""

    trail: str
    gathered: Gathered
    roles: tuple[RoleSeen, ...]


def covered(world: IamWorld, ready: Ready, wanted: Wanted) -> Covered | NotReady:
    """Read a trail and say what it can show; no grant is looked at.

    Raises:
        Usage: a day is none.
        Unreadable: the file that was named does not exist.
        NotTrusted: the account's trail must be fetched, and the workspace is not trusted.
        CloudFailed: the trail cannot be read.
    """
    wanted = replace(wanted, policies=_LOCAL)
    window = asked_window(world, ready, wanted)
    sources = opened(world, ready, wanted)
    if isinstance(sources, NotReady):
        return sources
    found = read_trail(world, sources, wanted, window)
    roles: list[RoleSeen] = []
    for usage in usages(found):
        name = usage.principal.arn.rpartition("/")[2]
        path = "/" + usage.principal.arn.partition(":role/")[2].removesuffix(name)
        counts = [(use.outcome is Outcome.DENIED, use.count) for use in usage.uses]
        roles.append(
            RoleSeen(
                arn=usage.principal.arn,
                calls=sum(count for is_denied, count in counts if not is_denied),
                denied=sum(count for is_denied, count in counts if is_denied),
                is_in_scope=not role_reasons(ready.settings, name, path),
            )
        )
    return Covered(trail=sources.trail.name, gathered=found, roles=tuple(sorted(roles, key=lambda role: (-role.calls, role.arn))))
