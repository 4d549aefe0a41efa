"""`setsquare usage`."""

from __future__ import annotations

import re

import click
from msgspec import Struct

from setsquare.errors import Usage
from setsquare.journeys.budgeting import BudgetReport, standing
from setsquare.journeys.opening import opened
from setsquare.journeys.usage_reporting import GROUPS, UsageRow, usage_by, whole
from setsquare.surfaces.cli.options import Output
from setsquare.surfaces.cli.options import command as made
from setsquare.surfaces.cli.style import safe, table
from setsquare.usage.meter import cost_text
from setsquare.wire import app_here


class Options(Struct, frozen=True, kw_only=True):
    """How to add up, and from which day on."""

    by: str
    since: str


class RowResult(Struct, frozen=True, kw_only=True):
    """What was used under one name; `estimated` calls were not counted by the provider, `cost_usd` is `null` when a price is unknown."""

    name: str
    calls: int
    failed: int
    estimated: int
    input_tokens: int
    output_tokens: int
    cache_read_tokens: int
    cache_write_tokens: int
    cost_usd: float | None


class BudgetResult(Struct, frozen=True, kw_only=True):
    """What is used of a budget; `fraction` is 1 where all is."""

    window: str
    period: str
    input_tokens: int
    output_tokens: int
    fraction: float


class Result(Struct, frozen=True, kw_only=True):
    """What models used: rows by `by`, and all of them added up; `routes` pairs purposes with the profiles that serve them now."""

    schema: str = "setsquare/usage/1"
    by: str
    since: str
    rows: tuple[RowResult, ...]
    total: RowResult
    budgets: tuple[BudgetResult, ...]
    in_force: str
    routes: dict[str, str]


PARAMS = (
    click.option("--by", type=click.Choice(GROUPS), default="model", show_default=True, help="What to add up by."),
    click.option("--since", default="", metavar="DAY", help="From this day on, such as 2026-11-25."),
)


@made("usage", Options, PARAMS)
def command(options: Options) -> Output:
    """Say what models used here, by day, model, run, spec or session, and what that cost.

    Costs come from the prices of the profiles in settings.json; an unknown price is shown as unknown. A call that its provider did not count
    stands with what was set aside for it.
    """
    if options.since and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", options.since):
        raise Usage(f"{options.since!r} is no day.", "Write it as 2026-11-25.")
    app = app_here()
    workspace = opened(app)
    rows = usage_by(app, workspace, options.by, options.since)
    found = standing(app, workspace)
    result = Result(
        by=options.by,
        since=options.since,
        rows=tuple(map(_row, rows)),
        total=_row(whole(rows)),
        budgets=tuple(
            BudgetResult(
                window=it.name,
                period=it.period,
                input_tokens=it.used.input_tokens,
                output_tokens=it.used.output_tokens,
                fraction=it.fraction,
            )
            for it in found.windows
        ),
        in_force=found.action,
        routes=dict(found.routes),
    )
    return Output(result=result, text=_text(options.by, rows, found))


def _row(row: UsageRow) -> RowResult:
    """Shape a row for programs."""
    return RowResult(
        name=row.name,
        calls=row.calls,
        failed=row.failed,
        estimated=row.estimated,
        input_tokens=row.input_tokens,
        output_tokens=row.output_tokens,
        cache_read_tokens=row.cache_read_tokens,
        cache_write_tokens=row.cache_write_tokens,
        cost_usd=row.cost_usd,
    )


def _text(group: str, rows: tuple[UsageRow, ...], found: BudgetReport) -> str:
    """Say it to a person."""
    lines = []
    if rows:
        heads = (group, "calls", "input", "output", "estimated cost")
        cells = [
            (safe(row.name), f"{row.calls:,}", f"{row.input_tokens:,}", f"{row.output_tokens:,}", cost_text(row.cost_usd)) for row in rows
        ]
        lines.append(table([heads, *cells]))
    total = whole(rows)
    lines += [
        "",
        f"Input: {total.input_tokens:,} tokens",
        f"Output: {total.output_tokens:,} tokens",
        f"Estimated cost: {cost_text(total.cost_usd)}",
    ]
    if total.estimated:
        lines.append(f"{total.estimated:,} of {total.calls:,} calls were not counted by the provider and stand with an estimate.")
    for it in found.windows:
        has_limit = it.limits.input_tokens is not None or it.limits.output_tokens is not None
        part = f" ({int(it.fraction * 100)}% of {it.name} budget)" if has_limit else ""
        lines.append(f"{it.name.capitalize()} usage: {it.used.input_tokens:,} input / {it.used.output_tokens:,} output tokens{part}")
    lines.append("Routing: " + ", ".join(f"{purpose} -> {profile or 'none'}" for purpose, profile in found.routes))
    if found.action:
        lines.append(f"The {found.by} budget is in force ({found.action}): setsquare budget reset {found.by} --reason TEXT")
    return "\n".join(lines).lstrip("\n")
