"""Holds the permissions that the IAM Power needs against those that the credentials have."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from setsquare.errors import CloudAuth
from setsquare.journeys.iam_analyzing import reached
from setsquare.journeys.iam_readiness import NotReady, Ready
from setsquare.journeys.iam_world import IamWorld
from setsquare.ports.cloud import Cloud
from setsquare.ports.permission_probe import PermissionProbe, Tried
from setsquare.powers.iam.permissions import Permission, account_of, needed
from setsquare.powers.iam.settings import PowerSettings
from setsquare.powers.iam.settings_roles import role_reasons
from setsquare.powers.iam.usage.sources import TrailSource

Probing = Callable[[PowerSettings, TrailSource, str], PermissionProbe]


class CheckedPermission(Struct, frozen=True):
    """A permission that is needed, and what a try of it showed."""

    permission: Permission
    tried: Tried


def permissions_checked(world: IamWorld, ready: Ready, source: TrailSource, probing: Probing) -> tuple[CheckedPermission, ...] | NotReady:
    """Try each call that is needed, once.

    Raises:
        NotTrusted: the workspace is not trusted as it is.
        CloudFailed: the credentials are not accepted, or the account cannot be reached.
    """
    found = reached(world, ready, source)
    if isinstance(found, NotReady):
        return found
    probe = probing(found.settings, source, _role_in_scope(found.cloud, found.settings))
    return tuple(CheckedPermission(each, probe.tried(each.operation)) for each in needed(account_of(found.settings), source))


def _role_in_scope(cloud: Cloud, settings: PowerSettings) -> str:
    """Name a role that the calls may be tried on; empty where none can be listed."""
    try:
        roles = cloud.roles()
    except CloudAuth:
        return ""
    return next((role.name for role in roles if not role_reasons(settings, role.name, role.path)), "")
