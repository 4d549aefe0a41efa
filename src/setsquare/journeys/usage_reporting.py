"""Adds up what was used, by day, model, run, spec or session, from the ledger and from the journals that are older than it."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from setsquare.errors import WorldFailed
from setsquare.events.facts import ModelReplied, RunStarted
from setsquare.events.spending import Account, Amount, Totalled
from setsquare.journeys.app import App
from setsquare.journeys.budgeting import workspace_settings
from setsquare.usage.meter import ModelTotal
from setsquare.workspace.model import Workspace
from setsquare.workspace.settings import Price, Settings

GROUPS = ("day", "model", "run", "spec", "session")


class UsageRow(Struct, frozen=True, kw_only=True):
    """What was used under one name; `estimated` calls were not counted by the provider, `cost_usd` is `None` when a price is unknown."""

    name: str
    calls: int = 0
    failed: int = 0
    estimated: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    cost_usd: float | None = 0.0


def usage_by(app: App, workspace: Workspace, group: str, since: str = "") -> tuple[UsageRow, ...]:
    """Add up by one of `GROUPS`, days before `since` (`2026-11-25`) left out; sorted by name, days from the latest.

    Raises:
        LedgerUnavailable: the ledger cannot be read.
    """
    settings = workspace_settings(workspace)
    rows: dict[str, UsageRow] = {}
    for total in _all(app):
        if total.day < since:
            continue
        name = _name(total, group)
        rows[name] = _with(rows.get(name, UsageRow(name=name)), total, price_of(settings, total.account))
    return tuple(sorted(rows.values(), key=lambda row: row.name, reverse=group == "day"))


def whole(rows: tuple[UsageRow, ...]) -> UsageRow:
    """Add rows up; the cost is known when all costs are."""
    costs = [row.cost_usd for row in rows]
    return UsageRow(
        name="all",
        calls=sum(row.calls for row in rows),
        failed=sum(row.failed for row in rows),
        estimated=sum(row.estimated for row in rows),
        input_tokens=sum(row.input_tokens for row in rows),
        output_tokens=sum(row.output_tokens for row in rows),
        cache_read_tokens=sum(row.cache_read_tokens for row in rows),
        cache_write_tokens=sum(row.cache_write_tokens for row in rows),
        cost_usd=None if None in costs else sum(cost for cost in costs if cost is not None),
    )


def price_of(settings: Settings, account: Account) -> Price | None:
    """Find what the model of an account costs: by its profile, or by another one that names the same model; `None` when nobody says."""
    for profile in sorted(settings.models, key=lambda profile: profile.name != account.profile):
        if profile.price is not None and account.model == f"{profile.provider.strip().lower()}:{profile.model}":
            return profile.price
    return None


def _name(total: Totalled, group: str) -> str:
    account = total.account
    names = {"day": total.day, "model": account.model, "run": account.run, "spec": account.spec, "session": account.session}
    return names[group] or {"run": "(drafts and others)", "spec": "(no spec)"}.get(group, "(unknown)")


def _with(row: UsageRow, total: Totalled, price: Price | None) -> UsageRow:
    """Add a total to a row."""
    cost = ModelTotal(
        model="",
        price=price,
        input_tokens=total.amount.input_tokens,
        output_tokens=total.amount.output_tokens,
        cache_read_tokens=total.cache_read_tokens,
        cache_write_tokens=total.cache_write_tokens,
    ).cost_usd
    return UsageRow(
        name=row.name,
        calls=row.calls + total.calls,
        failed=row.failed + total.failed,
        estimated=row.estimated + total.uncounted,
        input_tokens=row.input_tokens + total.amount.input_tokens,
        output_tokens=row.output_tokens + total.amount.output_tokens,
        cache_read_tokens=row.cache_read_tokens + total.cache_read_tokens,
        cache_write_tokens=row.cache_write_tokens + total.cache_write_tokens,
        cost_usd=None if cost is None or row.cost_usd is None else row.cost_usd + cost,
    )


def _all(app: App) -> Iterator[Totalled]:
    """Give the ledger's totals, and those of runs that went on before there was one."""
    totals = app.ledger.totals()
    yield from totals
    known = {total.account.run for total in totals}
    first = min((total.day for total in totals), default="~")
    for run in app.journals.runs():
        if run not in known:
            yield from _of_journal(app, run, first)


def _of_journal(app: App, run: str, before: str) -> Iterator[Totalled]:
    """Add up what a journal tells of days before one; a journal that cannot be read tells nothing."""
    spec = ""
    try:
        for entry in app.journals.open(run).entries():
            event, day = entry.event, entry.at[:10]
            if isinstance(event, RunStarted):
                spec = event.spec
            elif isinstance(event, ModelReplied) and day < before:
                usage, reply = event.reply.usage, event.reply
                yield Totalled(
                    day=day,
                    account=Account(purpose="taskExecution", model=f"{reply.provider}:{reply.model}", run=run, spec=spec),
                    calls=1,
                    amount=Amount(usage.input_tokens or 0, usage.output_tokens or 0),
                    cache_read_tokens=usage.cache_read_tokens,
                    cache_write_tokens=usage.cache_write_tokens,
                    uncounted=int(usage.input_tokens is None or usage.output_tokens is None),
                )
    except WorldFailed:
        return
