"""Says where a workspace's budgets stand, and lifts what they stopped when a person wants it."""

from __future__ import annotations

from msgspec import Struct

from setsquare.errors import Usage
from setsquare.events.audit import AuditAction, Mutation, digest_of
from setsquare.events.spending import Amount, BudgetReached, BudgetReset, Budgets
from setsquare.journeys.app import App
from setsquare.journeys.calling import budgets_of
from setsquare.journeys.on_record import on_record
from setsquare.text.paths import RelPath
from setsquare.usage.budget import fraction, window_of
from setsquare.usage.tally import DAILY, MONTHLY, day_at
from setsquare.workspace.model import Workspace
from setsquare.workspace.settings import BudgetWindow, Settings
from setsquare.workspace.settings_keys import PURPOSES

WINDOWS = (DAILY, MONTHLY)


class WindowStanding(Struct, frozen=True, kw_only=True):
    """One budget: its window, what is used of which limits, and whether it pauses everything."""

    name: str
    period: str
    used: Amount
    limits: BudgetWindow
    fraction: float
    is_paused: bool


class BudgetReport(Struct, frozen=True, kw_only=True):
    """Where the budgets stand: `action` is what is in force (`restrict`, `pause` or empty), `by` the budget that wants it.

    `routes` pairs each purpose with the profile that serves it now.
    """

    windows: tuple[WindowStanding, ...]
    zone: str
    action: str
    by: str
    in_flight: Amount
    routes: tuple[tuple[str, str], ...]
    alerts: tuple[BudgetReached, ...]
    resets: tuple[BudgetReset, ...]


def workspace_settings(workspace: Workspace) -> Settings:
    """Find the settings whose budgets count: those of the first root that has some."""
    return workspace.settings[0] if workspace.settings else Settings(path=RelPath(".kiro/settings.json"))


def standing(app: App, workspace: Workspace) -> BudgetReport:
    """Say where the budgets stand.

    Raises:
        LedgerUnavailable: the ledger cannot be read.
    """
    settings = workspace_settings(workspace)
    budgets = budgets_of(settings)
    found = app.ledger.standing(budgets)
    windows = tuple(
        WindowStanding(
            name=name,
            period=tally.period,
            used=tally.used,
            limits=window_of(budgets, name),
            fraction=fraction(tally.used, window_of(budgets, name)),
            is_paused=tally.is_paused,
        )
        for name, tally in ((DAILY, found.daily), (MONTHLY, found.monthly))
    )
    return BudgetReport(
        windows=windows,
        zone=budgets.zone,
        action=found.action if found.action in {"restrict", "pause"} else "",
        by=found.by if found.action in {"restrict", "pause"} else "",
        in_flight=found.in_flight,
        routes=tuple((purpose, _route(settings, purpose, found.action)) for purpose in PURPOSES),
        alerts=found.alerts,
        resets=found.resets,
    )


def _route(settings: Settings, purpose: str, action: str) -> str:
    """Name the profile that serves a purpose now; empty for none."""
    if action == "pause":
        return ""
    if action == "restrict":
        return "fast" if any(profile.name == "fast" for profile in settings.models) else ""
    profile = settings.profile(purpose)
    return profile.name if profile else ""


# req: agent-runtime/6.4
def reset(app: App, workspace: Workspace, window: str, reason: str) -> BudgetReset:
    """Let a budget count from here, which also ends its pause; who wanted it and why is recorded.

    Raises:
        Usage: there is no such window, or no reason.
        LedgerUnavailable: it cannot be recorded.
    """
    if window not in WINDOWS:
        raise Usage(f"There is no {window} budget.", "One of: daily, monthly.")
    said = " ".join(reason.split())
    if not said:
        raise Usage("A reset is recorded with its reason, and none was given.", f"`setsquare budget reset {window} --reason TEXT`")
    budgets: Budgets = budgets_of(workspace_settings(workspace))
    now = app.clock.now()
    made = BudgetReset(window=window, day=day_at(now, budgets.zone), at=now, by=app.git.user(), reason=said)
    found = app.ledger.standing(budgets)
    before = digest_of(found.daily if window == DAILY else found.monthly)
    with on_record(app.audit, Mutation(action=AuditAction.BUDGET_RESET, subject=window, before=before, after=digest_of(made), why=said)):
        app.ledger.reset(made)
    return made
