"""Wires what the IAM Power's commands need, each part when it is first asked for: local files need no trust, no credentials and no network."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, assert_never

from setsquare.adapters.files import DiskFiles
from setsquare.errors import Unreadable, Usage
from setsquare.wire import app_here, load_workspace, workspace_folder

if TYPE_CHECKING:
    from setsquare.adapters.aws_access import AwsAccess
    from setsquare.journeys.iam_connecting import Outside
    from setsquare.journeys.iam_world import IamWorld
    from setsquare.ports.cloud import Cloud
    from setsquare.ports.files import Files
    from setsquare.ports.known_roles import KnownRoles
    from setsquare.ports.permission_probe import PermissionProbe
    from setsquare.ports.trails import Trail
    from setsquare.ports.usage_store import UsageStore
    from setsquare.powers.iam.escalation.model import EscalationPath
    from setsquare.powers.iam.settings import PowerSettings
    from setsquare.powers.iam.universe import Universe
    from setsquare.powers.iam.usage.mapping import ActionTables
    from setsquare.powers.iam.usage.sources import TrailSource

_MOST_BYTES = 256_000_000

Noted = Callable[[str, str], None]
"""Who is told service and operation of each call to AWS."""


def settings_here() -> Files:
    """Give the files of the workspace that the current folder lies in; nothing of it is read, no state looked for."""
    return DiskFiles(str(Path(workspace_folder()).resolve()))


def today() -> str:
    """Give the day in UTC, `YYYY-MM-DD`."""
    from setsquare.adapters.clock import SystemClock  # noqa: PLC0415  (start-up)

    return SystemClock().now()[:10]


def named_file(path: str) -> bytes:
    """Read a file that a person named, from the current folder; `-` is standard input.

    Raises:
        setsquare.errors.Unreadable: it is missing, no file, not permitted, or larger than any policy file.
    """
    if path == "-":
        return sys.stdin.buffer.read(_MOST_BYTES)
    try:
        if not Path(path).is_file():
            raise Unreadable(f"`{path}` is no file.", "Name a file with policies, such as the account's authorization details.")
        if Path(path).stat().st_size > _MOST_BYTES:
            raise Unreadable(f"`{path}` is larger than {_MOST_BYTES // 1_000_000} MB.", "Name a file with the policies alone.")
        return Path(path).read_bytes()
    except OSError as error:
        raise Unreadable(f"`{path}` cannot be read: {error.strerror or error}.", "Check its name and permissions.") from error


def iam_world(*, is_counting: bool = False) -> IamWorld:
    """Give what the commands need, each part made when it is asked for; a counting one lists the calls that were sent to AWS.

    Raises:
        setsquare.errors.Usage: the current folder does not exist any more.
    """
    from setsquare.journeys.iam_world import IamWorld  # noqa: PLC0415  (start-up: a refusal needs none of it)

    calls: list[str] = []

    def note(service: str, operation: str) -> None:
        calls.append(f"{service}:{operation}")

    noted = note if is_counting else None
    return IamWorld(
        files=settings_here(),
        today=today,
        named=named_file,
        store=_store,
        trail=_trail,
        universe=_universe,
        tables=_tables,
        is_trusted=_is_trusted,
        variable=_variable,
        cloud=lambda settings: _cloud(settings, noted),
        account_trail=lambda settings, source, store: _account_trail(_access(settings, noted), settings, source, store),
        known=_known,
        announce=_announce,
        progress=_progress(),
        calls=lambda: tuple(calls),
        paths=_paths,
    )


def _store() -> UsageStore:
    """Open what was kept of trails, in the workspace's state folder; in memory where no state can be kept, as in a person's home."""
    from setsquare.adapters.usage_store import open_usage_store  # noqa: PLC0415  (start-up)

    return open_usage_store(_state())


def _state() -> str | None:
    """Give the workspace's state folder; `None` where no state can be kept, as in a person's home."""
    from setsquare.adapters.state import state_folder  # noqa: PLC0415  (start-up)

    try:
        return state_folder(str(Path(workspace_folder()).resolve()), os.environ)
    except Usage:
        return None


def _trail(path: str, store: UsageStore) -> Trail:
    """Give the trail in a file or folder.

    Raises:
        setsquare.errors.Unreadable: there is none.
    """
    from setsquare.adapters.trail_folder import FolderTrail  # noqa: PLC0415  (start-up)

    if not Path(path).exists():
        raise Unreadable(f"`{path}` does not exist.", "Name a file or folder with CloudTrail events.")
    return FolderTrail(path, store.holds)


def _universe() -> Universe:
    from setsquare.adapters.iam_tables import universe  # noqa: PLC0415  (start-up)

    return universe()


def _paths() -> tuple[EscalationPath, ...]:
    from setsquare.adapters.iam_paths import escalation_paths  # noqa: PLC0415  (start-up)

    return escalation_paths()


def _tables() -> ActionTables:
    from setsquare.adapters.iam_tables import action_tables  # noqa: PLC0415  (start-up)

    return action_tables()


def _is_trusted() -> bool:
    """Tell whether the workspace is trusted as it is."""
    from setsquare.journeys.trusting import Trusted, view  # noqa: PLC0415  (start-up: local files need no trust)

    app = app_here()
    return view(app, load_workspace(app.folder)).standing is Trusted.YES


def _variable(name: str) -> str:
    """Give a variable of the environment, empty where it is unset."""
    return os.environ.get(name, "")


def _cloud(settings: PowerSettings, noted: Noted | None = None) -> Cloud:
    """Give the account."""
    from setsquare.adapters.aws_cloud import AwsCloud  # noqa: PLC0415  (an extra)

    return AwsCloud(settings.region, noted=noted)


def _access(settings: PowerSettings, noted: Noted | None) -> AwsAccess:
    """Say how the account is reached."""
    from setsquare.adapters.aws_access import AwsAccess  # noqa: PLC0415  (an extra)
    from setsquare.adapters.clock import SystemClock  # noqa: PLC0415  (start-up)

    return AwsAccess(region=settings.region, account=settings.account_id, clock=SystemClock(), noted=noted)


def _account_trail(access: AwsAccess, settings: PowerSettings, source: TrailSource, store: UsageStore) -> Trail:
    """Give a trail that AWS keeps: the log group of the settings where no source was named.

    Raises:
        setsquare.errors.Usage: the settings name no log group, or the source is none of AWS.
    """
    from setsquare.powers.iam.usage.sources import SourceKind  # noqa: PLC0415  (start-up)

    match source.kind:
        case SourceKind.BUCKET:
            from setsquare.adapters.aws_trail_s3 import BucketTrail  # noqa: PLC0415  (an extra, here and below)

            return BucketTrail(access, source.place, source.inner, store.holds)
        case SourceKind.SETTINGS | SourceKind.LOG_GROUP:
            from setsquare.adapters.aws_trail_logs import LogGroupTrail  # noqa: PLC0415

            group = source.place or settings.log_group
            if not group:
                raise Usage(
                    "The settings name no cloudtrailLogGroup.", "Name one, or another source: --trail s3://BUCKET, lookup, lake:ARN."
                )
            return LogGroupTrail(access, group, store.holds)
        case SourceKind.LOOKUP:
            from setsquare.adapters.aws_trail_lookup import LookupTrail  # noqa: PLC0415

            return LookupTrail(access, source.regions, store.holds)
        case SourceKind.LAKE:
            from setsquare.adapters.aws_trail_lake import LakeTrail  # noqa: PLC0415

            return LakeTrail(access, source.place, store.holds)
        case SourceKind.PATH:
            raise Usage(f"{source.place} is no source of AWS.", "Name it as it is: --trail PATH.")
    assert_never(source.kind)


def outside() -> Outside:
    """Give what is asked to say how the connection stands; AWS is asked once, and not for long."""
    from setsquare.journeys.iam_connecting import Outside  # noqa: PLC0415  (start-up)

    return Outside(is_trusted=_is_trusted, variable=_variable, identity=_identity)


def _identity(settings: PowerSettings) -> str:
    from setsquare.adapters.aws_cloud import identity_at  # noqa: PLC0415  (an extra)

    return identity_at(settings.region)


def permission_probe(settings: PowerSettings, source: TrailSource, role: str) -> PermissionProbe:
    """Give what tries the reading calls on an account."""
    from setsquare.adapters.aws_permission_probe import AwsPermissionProbe  # noqa: PLC0415  (an extra)

    return AwsPermissionProbe(_access(settings, None), source, source.place or settings.log_group, role)


def _known() -> KnownRoles:
    """Give what remembers announced roles."""
    from setsquare.adapters.known_roles_file import FileKnownRoles  # noqa: PLC0415  (start-up)

    return FileKnownRoles(_state())


def _announce(roles: tuple[str, ...]) -> None:
    """Tell of new roles on standard error, where machines that read the output do not mind."""
    for role in roles:
        shown = role.encode("unicode_escape").decode() if not role.isprintable() else role
        sys.stderr.write(f"  new in scope: {shown}\n")
    sys.stderr.flush()


def _progress() -> Callable[[str], None]:
    """Show progress on a terminal only."""
    if not sys.stderr.isatty():
        return lambda _line: None

    def show(line: str) -> None:
        sys.stderr.write(f"  {line}\n")
        sys.stderr.flush()

    return show
