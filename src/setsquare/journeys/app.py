"""What a journey works with: the ports, chosen once."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct

from setsquare.events.facts import Event
from setsquare.guard.origins import Holdings, taken_in
from setsquare.guard.proof import Weakness
from setsquare.guard.secrets import redacted
from setsquare.journeys.lost_tests import lost_tests
from setsquare.ports.approver import Approver, Consenting
from setsquare.ports.audit import Audit, NoAudit
from setsquare.ports.clock import Clock
from setsquare.ports.delegations import Delegations, NoDelegations
from setsquare.ports.files import Files
from setsquare.ports.git import Checkpoints, Git
from setsquare.ports.history import History
from setsquare.ports.journal import Journals
from setsquare.ports.language_model import LanguageModel
from setsquare.ports.ledger import Ledger, NoLedger
from setsquare.ports.past import NoPast, PastFiles
from setsquare.ports.permissions import NoPermissions, Permissions
from setsquare.ports.providers import NoProviders, Providers
from setsquare.ports.results import Results
from setsquare.ports.sandbox import Sandbox
from setsquare.ports.stops import NoStops, Stops
from setsquare.ports.symbols import Symbols
from setsquare.ports.trust import Trust
from setsquare.workspace.settings import ModelProfile


class App(Struct, frozen=True, kw_only=True):
    """The world of one workspace. `sandbox` is `None` where the machine has none; `model` builds the adapter of a profile when it is used.

    `progress` shows one line to a person while work goes on; it does nothing where nobody watches. `results` keeps recorded test
    results, `None` where nothing is kept. `consenting` says when an answer counts. `secrets` are the values of the person's own variables that
    no model and no journal may hold, and `redact` takes such values, and what looks like a secret, out of a text. `holding` keeps
    account of what a run's context holds. `weaknesses` compares the tests of two trees, under a verification command.
    `audit` records what changes what agents may do, `past` reads what git still holds of secret files that are gone. `running` names the runs that
    processes of this user drive right now.
    """

    folder: str
    files: Files
    git: Git
    history: History
    checkpoints: Checkpoints
    sandbox: Sandbox | None
    approver: Approver
    trust: Trust
    journals: Journals
    clock: Clock
    model: Callable[[ModelProfile], LanguageModel]
    progress: Callable[[str], None]
    symbols: Symbols
    results: Results | None = None
    delegations: Delegations = NoDelegations()
    consenting: Consenting = Consenting()
    stops: Stops = NoStops()
    permissions: Permissions = NoPermissions()
    ledger: Ledger = NoLedger()
    providers: Providers = NoProviders()
    audit: Audit = NoAudit()
    past: PastFiles = NoPast()
    running: Callable[[], tuple[str, ...]] = tuple
    secrets: tuple[str, ...] = ()
    redact: Callable[[str, tuple[str, ...]], str] = redacted
    holding: Callable[[Holdings, Event], Holdings] = taken_in
    weaknesses: Callable[[Mapping[str, bytes], Mapping[str, bytes], str], tuple[Weakness, ...]] = lost_tests


class Reading(Struct, frozen=True, kw_only=True):
    """The part of the world that a journey needs which only looks; it works where no state can be kept, and `results` is `None` then."""

    files: Files
    history: History
    clock: Clock
    results: Results | None = None
    permissions: Permissions = NoPermissions()
