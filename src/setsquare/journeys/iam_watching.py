"""Looks over all roles in scope, again and again: new ones are announced in one run and analysed in the next.

On a sandbox account the same is done as a dry run that lists every call, and nothing is remembered.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from setsquare.errors import Usage
from setsquare.journeys.iam_analyzing import Analyses, analysed
from setsquare.journeys.iam_readiness import NotReady, Ready
from setsquare.journeys.iam_wanted import Wanted
from setsquare.journeys.iam_world import IamWorld
from setsquare.powers.iam.settings_values import account_problem
from setsquare.powers.iam.settings_variables import expanded

READING_WORDS = ("Describe", "Filter", "Get", "List", "Lookup", "StartQuery")
"""How the names of calls begin that change nothing; `StartQuery` begins a search."""


class SentCall(Struct, frozen=True, kw_only=True, order=True):
    """A call that was sent to AWS, and how often; `is_reading` tells whether its name says that it changes nothing."""

    call: str
    count: int
    is_reading: bool


class Watched(Struct, frozen=True, kw_only=True):
    """What was found of the roles in scope. `calls` are those that were sent, where they were counted; `sandbox` is the account of a dry run."""

    analyses: Analyses
    calls: tuple[SentCall, ...] = ()
    sandbox: str = ""

    @property
    def changing(self) -> tuple[SentCall, ...]:
        """List the calls that are none of reading; there must be none."""
        return tuple(call for call in self.calls if not call.is_reading)


# req: iam-autopilot/6.8
def watched(world: IamWorld, ready: Ready, wanted: Wanted, sandbox: str = "") -> Watched | NotReady:
    """Look over all roles in scope; roles that are new are announced and, unless `wanted.holds_new` is off, left to the next run.

    Raises:
        Usage: the sandbox account is none, or is the account of the settings.
        NotTrusted: the workspace is not trusted as it is.
        CloudFailed: the account or its trail cannot be read.
    """
    if sandbox:
        ready = _in_sandbox(world, ready, sandbox)
        world = replace(world, known=_Forgetful)
        wanted = replace(wanted, holds_new=False)
    found = analysed(world, ready, replace(wanted, every=True))
    if isinstance(found, NotReady):
        return found
    return Watched(analyses=found, calls=sent_calls(world.calls()), sandbox=sandbox)


def sent_calls(calls: Iterable[str]) -> tuple[SentCall, ...]:
    """Count calls.

    >>> sent_calls(["iam:GetRole", "iam:GetRole", "iam:PutRolePolicy"])[1]
    SentCall(call='iam:PutRolePolicy', count=1, is_reading=False)
    """
    counted = Counter(calls)
    return tuple(
        SentCall(call=call, count=counted[call], is_reading=call.partition(":")[2].startswith(READING_WORDS)) for call in sorted(counted)
    )


def _in_sandbox(world: IamWorld, ready: Ready, sandbox: str) -> Ready:
    """Put the sandbox in the place of the settings' account."""
    if account_problem(sandbox):
        raise Usage(f"--sandbox-account {sandbox}: {account_problem(sandbox)}.", "Name the account of the sandbox.")
    written = ready.settings.account_id
    is_own = sandbox == written or (world.is_trusted() and sandbox == expanded(ready.settings, world.variable).settings.account_id)
    if is_own:
        raise Usage(
            "The sandbox is the account that the settings name.",
            "Name another one: a dry run proves something before that account is touched.",
        )
    return replace(ready, settings=replace(ready.settings, account_id=sandbox))


class _Forgetful:
    """Remembers nothing: a dry run leaves nothing behind."""

    def unknown(self, roles: Iterable[str]) -> tuple[str, ...]:
        """Say that all are new."""
        return tuple(dict.fromkeys(roles))

    def announced(self, roles: Iterable[str]) -> None:
        """Forget them."""
