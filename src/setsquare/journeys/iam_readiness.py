"""Decides whether the IAM Power may work, before anything else is looked at: its settings first, then the role, then what an undertaking needs.

Order: settings, role, trust, extras, variables, credentials, network. What stands later is not touched before what stands earlier is well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from setsquare.errors import StorageFailed
from setsquare.guard.secrets import redacted
from setsquare.ports.files import Files
from setsquare.powers.iam.settings import POWER, Judged, Need, PowerSettings, Reason
from setsquare.powers.iam.settings_judging import absent, judge, unreadable
from setsquare.powers.iam.settings_keys import KEYS, nearest_key
from setsquare.powers.iam.settings_roles import role_reasons
from setsquare.powers.iam.settings_variables import expanded
from setsquare.text.document import Document
from setsquare.text.json_document import scan
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.paths import RelPath

SETTINGS: Final = RelPath(".kiro/settings.json")
"""Where the settings stand, from the workspace's folder."""

POWER_NAME: Final = "power awsIamAutopilot"
"""What reports call it."""

_UNSAFE: Final = ("mode", "targetRoles")
"""The keys whose being wrong makes the Power unsafe, rather than unable; what is said of them is said first."""

_ARN = LazyPattern(r"arn:aws[\w-]*:iam::(?P<account>\d*):role(?P<path>/(?:[^/]+/)*)(?P<name>[^/]+)\Z")


class Role(Struct, frozen=True):
    """A role as a person named it: `path` is `/` and `account` empty where they gave the name alone."""

    name: str
    path: str = "/"
    account: str = ""


class NotReady(Struct, frozen=True):
    """Why the Power refuses, every reason that was found; at least one."""

    reasons: tuple[Reason, ...]


class Ready(Struct, frozen=True):
    """Safe settings, and what is worth knowing about them."""

    settings: PowerSettings
    warnings: tuple[Reason, ...] = ()


def role_of(named: str) -> Role:
    """Read the name or the ARN of a role.

    >>> role_of("ecs-api"), role_of("arn:aws:iam::123456789012:role/apps/ecs-api")
    (Role(name='ecs-api', path='/', account=''), Role(name='ecs-api', path='/apps/', account='123456789012'))
    """
    match = _ARN.match(named)
    return Role(match["name"], match["path"], match["account"]) if match else Role(named)


def judged_at(files: Files) -> Judged:
    """Judge the settings of a workspace; a file that cannot be read is a reason, never an error."""
    try:
        raw = files.read(SETTINGS)
    except StorageFailed as failure:
        return unreadable(SETTINGS, failure.message.rstrip("."))
    return absent(SETTINGS) if raw is None else judge(scan(SETTINGS, raw))


def readiness(judged: Judged, roles: Iterable[Role] = (), needs: tuple[Need, ...] = ()) -> Ready | NotReady:
    """Say whether the Power may do something with some roles; everything that stands in the way is listed, of the settings first, and of these what is unsafe.

    >>> isinstance(readiness(absent(SETTINGS), [Role("ecs-api")]), NotReady)
    True
    """
    reasons = sorted(judged.refusals(*needs), key=lambda reason: not _is_unsafe(reason))
    for role in roles:
        reasons += role_reasons(judged.settings, role.name, role.path, knows_targets=bool(judged.settings.target_roles))
        reasons += _foreign(role, judged.settings)
    if reasons:
        return NotReady(tuple(map(_shown, reasons)))
    return Ready(judged.settings, tuple(map(_shown, judged.warnings)))


def _is_unsafe(reason: Reason) -> bool:
    """Tell whether a reason is about how the Power acts or on which roles, under whatever spelling of the key."""
    key = reason.key.removeprefix(f"{POWER}.").partition("[")[0]
    return key in _UNSAFE or nearest_key(key, KEYS) in _UNSAFE


def _foreign(role: Role, settings: PowerSettings) -> tuple[Reason, ...]:
    """Say that a role was named by the ARN of another account than the settings name; a variable is not expanded for that."""
    if not role.account or not settings.account_id.isdigit() or role.account == settings.account_id:
        return ()
    reason = Reason(
        code="account",
        path=settings.path,
        line=settings.lines.get("awsAccountId", settings.line),
        key=f"{POWER}.awsAccountId",
        value=f'"{settings.account_id}"',
        problem=f"the role {role.name} was named by an ARN of the account {role.account}, which is another one",
        mend="Name a role of this account, or work where the settings name that one.",
    )
    return (reason,)


def reaching(ready: Ready, value_of: Callable[[str], str | None], *needs: Need) -> Ready | NotReady:
    """Expand the variables of safe settings, for an undertaking that leaves this machine; call it only in a workspace that is trusted."""
    done = expanded(ready.settings, value_of)
    stopped = tuple(reason for reason in done.reasons if reason.need in needs)
    return NotReady(stopped) if stopped else Ready(done.settings, ready.warnings)


def other_account(identity: str, settings: PowerSettings) -> Reason | None:
    """Say that credentials are of another account than the settings name; `None` when they are of this one.

    >>> other_account("arn:aws:sts::123456789012:assumed-role/x/y", PowerSettings(path=SETTINGS, account_id="123456789012")) is None
    True
    """
    parts = identity.split(":")
    account = parts[4] if len(parts) > 4 else ""
    if account == settings.account_id:
        return None
    return Reason(
        code="account",
        path=settings.path,
        line=settings.lines.get("awsAccountId", settings.line),
        key=f"{POWER}.awsAccountId",
        value="",
        problem=f"the credentials in use belong to the account {account or 'of nobody'}, which is not the one that the settings name",
        mend="Use credentials of that account, such as with AWS_PROFILE, or name this account.",
        need=Need.FETCHING,
    )


def refusals_shown(document: Document) -> tuple[Judged, tuple[Reason, ...]]:
    """Judge one settings file and give the reasons for which the Power refuses to work at all, as they may be shown."""
    judged = judge(document)
    return judged, tuple(map(_shown, judged.refusals()))


def _shown(reason: Reason) -> Reason:
    """Take secrets out of what a reason shows; somebody may have put one anywhere."""
    return replace(reason, value=redacted(reason.value, ()), problem=redacted(reason.problem, ()))
