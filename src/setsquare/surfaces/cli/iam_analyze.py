"""`setsquare iam analyze`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from msgspec import Struct

from setsquare.journeys.iam_readiness import NotReady
from setsquare.journeys.iam_wanted import Wanted
from setsquare.surfaces.cli.iam_options import COMPLETE, EVERY, FROM_FILES, ROLE, SERVICE, found_here
from setsquare.surfaces.cli.iam_refusing import ReasonResult, reasons_shown, refused
from setsquare.surfaces.cli.iam_results import RoleResult
from setsquare.surfaces.cli.iam_words import plain
from setsquare.surfaces.cli.options import Output
from setsquare.surfaces.cli.options import command as made
from setsquare.text.counted import counted

if TYPE_CHECKING:
    from setsquare.journeys.iam_analyzing import Analyses

HTML = click.option(
    "--html", default="", metavar="FILE", help="Write the role's page here; with --all a folder with one page for each role."
)
FAIL = click.option("--fail-on-unused", "fails", is_flag=True, help="End with 1 when a permission was granted and never used.")


class Options(Struct, frozen=True, kw_only=True):
    """Which role, from which files, and what becomes of it."""

    role: str
    every: bool
    service: str
    trail: str
    policies: str
    days: int | None
    until: str
    is_complete: bool
    html: str
    fails: bool
    output_format: str


class SkippedResult(Struct, frozen=True, kw_only=True):
    """A role that was left out of --all, and why."""

    role: str
    reason: ReasonResult


class Result(Struct, frozen=True, kw_only=True):
    """What was found of each role. `trail` and `policies` name the sources, `actions` the version of the list of AWS's actions.

    `pages` are the files that --html wrote.
    """

    schema: str = "setsquare/iam-analyze/1"
    trail: str
    policies: str
    actions: str
    roles: tuple[RoleResult, ...]
    skipped: tuple[SkippedResult, ...] = ()
    warnings: tuple[ReasonResult, ...] = ()
    oddities: tuple[str, ...] = ()
    pages: tuple[str, ...] = ()


@made("analyze", Options, (ROLE, EVERY, SERVICE, *FROM_FILES, COMPLETE, HTML, FAIL))
def command(options: Options) -> Output:
    """Say which permissions ROLE used, and which it was granted and never used.

    With --trail and --policies nothing but local files is read: no trust, no credentials, no network. "Never used" is said only of actions whose use the trail
    would show; what nothing can judge is kept, with the reason.
    """
    wanted = Wanted(
        role=options.role,
        every=options.every,
        service=options.service,
        trail=options.trail,
        policies=options.policies,
        days=options.days,
        until=options.until,
        is_complete=options.is_complete,
    )
    found = found_here(wanted)
    return refused(found, options.output_format) if isinstance(found, NotReady) else _output(found, options)


def _output(found: Analyses, options: Options) -> Output:
    from setsquare.surfaces.cli.iam_shaping import role_shown  # noqa: PLC0415  (start-up, as above)
    from setsquare.surfaces.cli.iam_text import role_text, warned  # noqa: PLC0415
    from setsquare.surfaces.cli.report.iam_page import written_pages  # noqa: PLC0415

    roles = tuple(map(role_shown, found.found))
    pages = written_pages(options.html, roles, found.trail, is_folder=options.every) if options.html else ()
    result = Result(
        trail=found.trail,
        policies=found.policies,
        actions=found.found[0].universe.version if found.found else "",
        roles=roles,
        skipped=tuple(SkippedResult(role=each.role, reason=reasons_shown((each.reason,))[0]) for each in found.skipped),
        warnings=reasons_shown(found.warnings),
        oddities=found.oddities,
        pages=pages,
    )
    lines = warned(found.warnings, found.oddities)
    lines += ["\n\n".join(role_text(role, found.trail) for role in roles)] if roles else ["No role of the source is in scope."]
    if found.skipped:
        lines += ["", f"Left out: {counted(len(found.skipped), 'role')} that targetRoles do not choose or excludeRoles hold back."]
    lines += [f"Wrote {plain(page)}." for page in pages]
    is_unused = any(role.unused for role in roles)
    return Output(result=result, text="\n".join(lines), exit_code=1 if options.fails and is_unused else 0)
