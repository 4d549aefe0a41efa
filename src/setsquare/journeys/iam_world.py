"""What the commands of the IAM Power need of the world; each part is made when it is first asked for, and none before the settings were judged."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from setsquare.ports.cloud import Cloud
from setsquare.ports.files import Files
from setsquare.ports.known_roles import KnownRoles
from setsquare.ports.trails import Trail
from setsquare.ports.usage_store import UsageStore
from setsquare.powers.iam.escalation.model import EscalationPath
from setsquare.powers.iam.settings import PowerSettings
from setsquare.powers.iam.universe import Universe
from setsquare.powers.iam.usage.mapping import ActionTables
from setsquare.powers.iam.usage.sources import TrailSource


class IamWorld(Struct, frozen=True, kw_only=True):
    """The world as these commands see it. `files` are the workspace's, `today` gives the day in UTC.

    `named` reads a file that a person named, from the current folder; `trail` a trail in local files, of which `store` keeps what was read. `is_trusted` tells whether the
    workspace is trusted as it is, `variable` gives one of the environment, empty where it is unset. `cloud` and `account_trail` lie beyond this machine and take settings
    without variables. `known` remembers roles, `announce` tells a person of new ones at once. `calls` lists those that were sent to AWS, `service:Operation`, where
    somebody asked for that. `paths` are the known ways to more rights.
    """

    files: Files
    today: Callable[[], str]
    named: Callable[[str], bytes]
    store: Callable[[], UsageStore]
    trail: Callable[[str, UsageStore], Trail]
    universe: Callable[[], Universe]
    tables: Callable[[], ActionTables]
    is_trusted: Callable[[], bool]
    variable: Callable[[str], str]
    cloud: Callable[[PowerSettings], Cloud]
    account_trail: Callable[[PowerSettings, TrailSource, UsageStore], Trail]
    known: Callable[[], KnownRoles]
    announce: Callable[[tuple[str, ...]], None]
    progress: Callable[[str], None]
    calls: Callable[[], tuple[str, ...]] = tuple
    paths: Callable[[], tuple[EscalationPath, ...]] = tuple
