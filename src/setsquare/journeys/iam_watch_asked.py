"""What a person asks of a watch, and whether the settings permit it."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from setsquare.journeys.iam_readiness import NotReady, Ready, judged_at, readiness
from setsquare.journeys.iam_wanted import Wanted
from setsquare.ports.files import Files
from setsquare.powers.iam.settings import Need
from setsquare.powers.iam.usage.sources import source_of


class Asked(Struct, frozen=True, kw_only=True):
    """What a person asks a watch for. `events` names where changes are heard of, empty for nowhere, `account` a file that says what the account was before them.

    `since` is the first day of an account's history, empty where the last watch says it. `sees_roles` looks the roles in scope over, on `sandbox` as a dry run;
    `tells` sends alerts, `sweeps` closes the Power's own requests out of scope.
    """

    wanted: Wanted
    events: str = ""
    since: str = ""
    account: str = ""
    sandbox: str = ""
    sees_roles: bool = True
    tells: bool = False
    sweeps: bool = False

    @property
    def needs(self) -> tuple[Need, ...]:
        """Say what the settings must hold for it."""
        needs = [*(self.wanted.needs if self.sees_roles else ())]
        needs += [Need.FETCHING] if self.events and source_of(self.events).is_remote else []
        needs += [Need.ALERTING] if self.tells else []
        return (*needs, Need.PROPOSING) if self.sweeps else tuple(needs)


def permitted(files: Files, asked: Asked) -> Ready | NotReady:
    """Judge the settings for what is asked; a dry run comes before the Power is switched on."""
    judged = judged_at(files)
    if asked.sandbox:
        judged = replace(judged, reasons=tuple(reason for reason in judged.reasons if reason.code != "off" or not judged.is_declared))
    return readiness(judged, (), asked.needs)
