"""`setsquare iam explain`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from msgspec import Struct

from setsquare.errors import Usage
from setsquare.journeys.iam_readiness import NotReady
from setsquare.journeys.iam_wanted import Wanted
from setsquare.surfaces.cli.iam_options import COMPLETE, FROM_FILES, found_here
from setsquare.surfaces.cli.iam_refusing import ReasonResult, reasons_shown, refused
from setsquare.surfaces.cli.iam_results import PermissionResult
from setsquare.surfaces.cli.iam_words import plain
from setsquare.surfaces.cli.options import Output
from setsquare.surfaces.cli.options import command as made
from setsquare.surfaces.cli.style import paint, table
from setsquare.text.counted import counted

if TYPE_CHECKING:
    from setsquare.journeys.iam_analyzing import Analyses

VERDICTS = {
    "used": "used, so it is kept",
    "needed": "needed by calls of other actions, so it is kept",
    "unused": "granted and never used",
    "unjudged": "kept, because nothing can show that it is unused",
    "ungranted": "not granted by any policy of the role",
}
INSUFFICIENT = "shows no use, but the trail is not enough to call it unused, so it is kept"


class Options(Struct, frozen=True, kw_only=True):
    """Which action of which role, from which files."""

    role: str
    action: str
    trail: str
    policies: str
    days: int | None
    until: str
    is_complete: bool
    output_format: str


class Result(Struct, frozen=True, kw_only=True):
    """Why an action is kept or called unused. `verdict` may also be `ungranted`; `permission` is null then. `grants` show the statements in words.

    `statement` is what a person said of the trail with --trail-is-complete, empty where nobody did. `oddities` say where the trail and the role do not seem to
    belong together.
    """

    schema: str = "setsquare/iam-explain/1"
    role: str
    action: str
    verdict: str
    permission: PermissionResult | None
    begin: str
    end: str
    days: int
    trail: str
    gaps: tuple[str, ...]
    grants: tuple[str, ...]
    statement: str = ""
    warnings: tuple[ReasonResult, ...] = ()
    oddities: tuple[str, ...] = ()


PARAMS = (click.argument("role"), click.argument("action"), *FROM_FILES, COMPLETE)


@made("explain", Options, PARAMS)
def command(options: Options) -> Output:
    """Say why ACTION of ROLE is kept or called unused: which statement grants it, what was seen of it, and what the trail can show."""
    wanted = Wanted(
        role=options.role,
        trail=options.trail,
        policies=options.policies,
        days=options.days,
        until=options.until,
        is_complete=options.is_complete,
    )
    found = found_here(wanted)
    if isinstance(found, NotReady):
        return refused(found, options.output_format)
    result = _result(found, options.action)
    from setsquare.surfaces.cli.iam_text import warned  # noqa: PLC0415  (start-up: a refusal needs none of it)

    return Output(result=result, text="\n".join([*warned(found.warnings, found.oddities), _text(result)]))


def _result(analyses: Analyses, action: str) -> Result:
    from setsquare.surfaces.cli.iam_shaping import permission_shown, statements_shown  # noqa: PLC0415  (start-up: a refusal needs none of it)

    found = analyses.found[0]
    verdict = next((each for each in found.recommendation.verdicts if each.action.lower() == action.lower()), None)
    if verdict is None and action.lower() not in found.universe.actions:
        message = f"`{action}` is granted by no policy of the role, and AWS documents no such action (list of {found.universe.dated})."
        raise Usage(message, "An action is written as service:Name, such as s3:GetObject.")
    facts = found.universe.actions.get(action.lower())
    permission = permission_shown(verdict, found.universe) if verdict else None
    return Result(
        role=found.grant.role,
        action=permission.action if permission else facts.name if facts else action,
        verdict=permission.verdict if permission else "ungranted",
        permission=permission,
        begin=found.usage.window.begin,
        end=found.usage.window.end,
        days=found.usage.window.days,
        trail=analyses.trail,
        gaps=tuple(gap.reason for gap in found.usage.coverage.gaps),
        grants=statements_shown(found.grant, permission.grants) if permission else (),
        statement=found.recommendation.statement,
        warnings=reasons_shown(analyses.warnings),
        oddities=analyses.oddities,
    )


def _text(result: Result) -> str:
    said = INSUFFICIENT if result.permission is not None and result.permission.insufficient else VERDICTS[result.verdict]
    lines = [
        f"{paint(plain(result.action), 'bold')} of {plain(result.role)}: {said}",
        f"  {counted(result.days, 'day')}, {result.begin} to {result.end}, {plain(result.trail)}",
    ]
    each = result.permission
    if each is not None:
        rows = [
            ("calls", f"{each.count:,}" + (f", last on {each.last_used}" if each.last_used else "")),
            ("refused by AWS", f"{each.denied:,}"),
            ("evidence", plain(each.reason)),
            ("shown by", plain(each.layer) or "nothing"),
            ("confidence", each.confidence),
            ("level", each.level or "not documented"),
        ]
        lines += ["", table(rows)]
        lines += ["", paint("Granted by", "bold"), *(f"  {plain(' '.join(grant.split()))}" for grant in result.grants)]
        if each.resources:
            lines += ["", paint("Used on", "bold"), *(f"  {plain(name)}" for name in each.resources)]
    if result.statement:
        lines += ["", f"{paint('!', 'yellow')} {plain(result.statement)}"]
    if result.gaps:
        lines += ["", paint("The trail cannot show everything", "bold"), *(f"  {plain(gap)}" for gap in result.gaps)]
    return "\n".join(lines)
