"""`setsquare iam status`."""

from __future__ import annotations

import click
from msgspec import Struct

from setsquare.journeys.iam_connecting import Connection, connection_of
from setsquare.journeys.iam_readiness import NotReady, judged_at, readiness
from setsquare.journeys.iam_reviewing import Review, last_review, record_review
from setsquare.powers.iam.settings import PR_ONLY
from setsquare.powers.iam.settings_variables import variables_of
from setsquare.surfaces.cli.iam_refusing import refused
from setsquare.surfaces.cli.iam_words import plain
from setsquare.surfaces.cli.options import Output
from setsquare.surfaces.cli.options import command as made
from setsquare.surfaces.cli.style import paint, table
from setsquare.text.counted import counted
from setsquare.wire import app_here
from setsquare.wire.iam import outside, settings_here, today
from setsquare.wire.iam_forge import power_state


class Options(Struct, frozen=True, kw_only=True):
    """What a person found when they looked the roles over, if they did, and whether AWS is asked."""

    reviewed: str | None
    offline: bool
    output_format: str


class VariableResult(Struct, frozen=True, kw_only=True):
    """A variable that the settings need, by its name alone."""

    name: str
    set: bool


class Result(Struct, frozen=True, kw_only=True):
    """How the Power stands. `connection` is one of a few fixed phrases, `account` who answered; `reviewed` is the day of the last review of these patterns.

    `disabled_at` is when it was switched off for requests out of scope, empty where it was not.
    """

    schema: str = "setsquare/iam-status/1"
    mode: str
    targets: tuple[str, ...]
    excluded: tuple[str, ...]
    days: int
    variables: tuple[VariableResult, ...]
    connection: str
    found: str
    advice: str
    account: str
    reviewed: str
    review_due: bool
    review: str
    disabled_at: str = ""


PARAMS = (
    click.option(
        "--reviewed", default=None, metavar="TEXT", help="Record that you looked over targetRoles and excludeRoles, and what you found."
    ),
    click.option("--offline", is_flag=True, help="Do not ask AWS who the credentials are."),
)


@made("status", Options, PARAMS)
def command(options: Options) -> Output:
    """Say how the Power stands: what it may look at, which variables are set, whether AWS accepts the credentials, when its roles were reviewed.

    AWS is asked for nothing but who the credentials are, and only in a trusted workspace.
    """
    judged = judged_at(settings_here())
    ready = readiness(judged)
    if isinstance(ready, NotReady):
        return refused(ready, options.output_format)
    app = app_here()
    if options.reviewed is not None:
        record_review(app, ready.settings, options.reviewed)
    connection = connection_of(judged, outside(), is_offline=options.offline)
    review = last_review(app, ready.settings, today())
    settings = ready.settings
    result = Result(
        mode=PR_ONLY,
        targets=settings.target_roles,
        excluded=settings.exclude_roles,
        days=settings.lookback_days,
        variables=tuple(VariableResult(name=name, set=name not in connection.unset) for name in variables_of(settings)),
        connection=connection.link.value,
        found=connection.found,
        advice=connection.advice,
        account=connection.identity,
        reviewed=review.on,
        review_due=review.is_due,
        review=review.found,
        disabled_at=power_state().record().disabled_at,
    )
    return Output(result=result, text=_text(result, connection, review))


def _text(result: Result, connection: Connection, review: Review) -> str:
    variables = ", ".join(f"{each.name} {'set' if each.set else 'unset'}" for each in result.variables)
    rows = [
        ("mode", f"{result.mode}: proposes, never applies"),
        ("targetRoles", plain(", ".join(result.targets))),
        ("excludeRoles", plain(", ".join(result.excluded)) or "none"),
        ("window", counted(result.days, "day")),
        *((("variables", variables),) if variables else ()),
        ("AWS", plain(f"{connection.link.value}{f': {connection.found}' if connection.found else ''}")),
        ("roles", f"{review.found}{f', on {review.on}' if review.on else ''}"),
    ]
    lines = [table(rows)]
    told = [plain(connection.advice)] if connection.advice else []
    if result.disabled_at:
        lines.insert(
            0, paint(f"Switched off since {plain(result.disabled_at)}: its requests kept appearing for roles out of scope.", "red", "bold")
        )
        told.insert(0, "Look at targetRoles and excludeRoles, then: setsquare iam audit --enable --reason TEXT")
    if review.is_due:
        told.append('Look over targetRoles and excludeRoles once a quarter, then: setsquare iam status --reviewed "what you found"')
    return "\n".join(lines + (["", paint("To do", "bold"), *(f"  {each}" for each in told)] if told else []))
