"""Says how the IAM Power stands with AWS: what is not set, not installed, not trusted, not accepted, and which account answers.

Only credentials that the machine is set up with are used, and only in a workspace that is trusted.
"""

from __future__ import annotations

import enum
from collections.abc import Callable

from msgspec import Struct

from setsquare.errors import CloudAuth, CloudBusy, CloudFailed
from setsquare.journeys.iam_readiness import NotReady, Ready, other_account, reaching
from setsquare.powers.iam.settings import Judged, Need, PowerSettings
from setsquare.powers.iam.settings_variables import variables_of


class Link(enum.Enum):
    """How the connection stands."""

    LOCAL = "local files only"
    UNSET = "variables are not set"
    UNTRUSTED = "not asked, since the workspace is not trusted"
    OFFLINE = "not asked"
    REFUSED = "credentials are not accepted"
    OTHER_ACCOUNT = "credentials of another account"
    UNREACHABLE = "AWS did not answer"
    FAILED = "not connected"
    CONNECTED = "connected"


class Connection(Struct, frozen=True, kw_only=True):
    """How it stands, what was found, and what to do; `unset` names the variables of the settings that have no value, `identity` who answered."""

    link: Link
    found: str = ""
    advice: str = ""
    unset: tuple[str, ...] = ()
    identity: str = ""


class Outside(Struct, frozen=True, kw_only=True):
    """What is asked: the workspace's trust, variables of the environment, and AWS for the identity of the credentials."""

    is_trusted: Callable[[], bool]
    variable: Callable[[str], str]
    identity: Callable[[PowerSettings], str]


def connection_of(judged: Judged, outside: Outside, *, is_offline: bool = False) -> Connection:
    """Look at the connection of settings that are safe: nothing is read but who the credentials are, and offline not even that."""
    settings = judged.settings
    unset = tuple(name for name in variables_of(settings) if not outside.variable(name))
    if not settings.region or not settings.account_id:
        missing = [key for key, value in (("awsRegion", settings.region), ("awsAccountId", settings.account_id)) if not value]
        return Connection(link=Link.LOCAL, found=f"{' and '.join(missing)} not set", unset=unset)
    whole = reaching(Ready(settings), outside.variable, Need.FETCHING)
    if isinstance(whole, NotReady):
        return Connection(link=Link.UNSET, found=", ".join(unset) or whole.reasons[0].problem, advice=whole.reasons[0].mend, unset=unset)
    if is_offline:
        return Connection(link=Link.OFFLINE, unset=unset)
    if not outside.is_trusted():
        return Connection(link=Link.UNTRUSTED, advice="Look at it with `setsquare trust`.", unset=unset)
    try:
        identity = outside.identity(whole.settings)
    except CloudAuth as error:
        return Connection(link=Link.REFUSED, found=error.message, advice=error.hint, unset=unset)
    except CloudBusy as error:
        return Connection(link=Link.UNREACHABLE, found=error.message, advice=error.hint, unset=unset)
    except CloudFailed as error:
        return Connection(link=Link.FAILED, found=error.message, advice=error.hint, unset=unset)
    other = other_account(identity, whole.settings)
    if other is not None:
        return Connection(link=Link.OTHER_ACCOUNT, found=other.problem, advice=other.mend, unset=unset, identity=identity)
    return Connection(link=Link.CONNECTED, found=f"as {identity} in {whole.settings.region}", unset=unset, identity=identity)
