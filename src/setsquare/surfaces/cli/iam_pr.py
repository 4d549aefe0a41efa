"""`setsquare iam pr`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from msgspec import Struct

from setsquare.errors import Usage
from setsquare.journeys.iam_readiness import NotReady, judged_at, readiness, role_of
from setsquare.journeys.iam_wanted import Wanted
from setsquare.powers.iam.settings import Need
from setsquare.surfaces.cli.iam_options import CHECKOUT, COMPLETE, FORGE, FORGE_API, FROM_FILES, ROLE, SERVICE
from setsquare.surfaces.cli.iam_refusing import refused
from setsquare.surfaces.cli.iam_told import proof_shown, told_text
from setsquare.surfaces.cli.iam_words import plain
from setsquare.surfaces.cli.options import Output
from setsquare.surfaces.cli.options import command as made
from setsquare.surfaces.cli.style import paint
from setsquare.wire.iam import settings_here

if TYPE_CHECKING:
    from setsquare.journeys.iam_proposing import Proposed

DISABLED_CODE = 3


class Options(Struct, frozen=True, kw_only=True):
    """Which role, from which files, and where the request goes."""

    role: str
    service: str
    trail: str
    policies: str
    days: int | None
    until: str
    is_complete: bool
    narrow_resources: bool
    checkout: str
    forge: str
    api: str
    dry_run: bool
    reopen: bool
    close_out_of_scope: bool
    output_format: str


class Request(Struct, frozen=True, kw_only=True):
    """A pull request as the forge has it."""

    number: int
    url: str
    title: str
    branch: str
    base: str
    state: str


class Result(Struct, frozen=True, kw_only=True):
    """What came of it. `status` is `opened`, `updated`, `unchanged`, `nothing`, `declined`, `dry-run` or `disabled`; `left` says of other policies why they are no part of it.

    `warnings` say what weakens the evidence: a short window, a role without calls, what is odd about the settings or the trail.

    `told` proves that people were told of requests out of scope, `untold` says why they were not.
    """

    schema: str = "setsquare/iam-pr/1"
    status: str
    role: str
    branch: str
    base: str
    title: str
    body: str
    diff: str
    commit: str
    pushed: bool
    left: tuple[str, ...]
    warnings: tuple[str, ...] = ()
    request: Request | None = None
    closed: tuple[Request, ...] = ()
    told: str = ""
    untold: str = ""


PARAMS = (
    ROLE,
    SERVICE,
    *FROM_FILES,
    COMPLETE,
    click.option("--narrow-resources", is_flag=True, help="Also name the resources of actions whose every use names its resource."),
    CHECKOUT,
    FORGE,
    FORGE_API,
    click.option("--dry-run", is_flag=True, help="Show the change and the text; push and open nothing."),
    click.option("--reopen", is_flag=True, help="Open a new request although a person closed the role's last one without merging it."),
    click.option(
        "--close-out-of-scope", is_flag=True, help="Only close the Power's own open requests for roles that are out of scope now."
    ),
)


@made("pr", Options, PARAMS)
def command(options: Options) -> Output:
    """Propose what is enough for ROLE: one branch and one pull request of the role in prRepository, brought up to date when it is run again.

    The policy is edited where it stands in JSON, Terraform or CloudFormation; your working tree is not touched. Tokens: GITHUB_TOKEN or GH_TOKEN, GITLAB_TOKEN, GITEA_TOKEN.
    Needs a trusted workspace. Nothing in AWS changes before somebody merges and applies it.
    """
    wanted = Wanted(
        role=options.role,
        service=options.service,
        trail=options.trail,
        policies=options.policies,
        days=options.days,
        until=options.until,
        is_complete=options.is_complete,
        narrow_resources=options.narrow_resources,
    )
    roles = (role_of(options.role),) if options.role else ()
    needs = (Need.PROPOSING,) if options.close_out_of_scope else (*wanted.needs, Need.PROPOSING)
    ready = readiness(judged_at(settings_here()), roles, needs)
    if isinstance(ready, NotReady):
        return refused(ready, options.output_format)
    if options.close_out_of_scope and (options.role or options.service or options.dry_run or options.reopen):
        raise Usage("--close-out-of-scope looks at every request and takes no role.", "Leave the role out.")
    from setsquare.journeys.iam_proposing import proposed, swept  # noqa: PLC0415  (start-up: a refusal needs none of it)
    from setsquare.wire.iam import iam_world  # noqa: PLC0415
    from setsquare.wire.iam_forge import Where, outward  # noqa: PLC0415

    world, beyond = iam_world(), outward(Where(checkout=options.checkout, kind=options.forge, api=options.api))
    found = (
        swept(world, beyond, ready)
        if options.close_out_of_scope
        else proposed(world, beyond, ready, wanted, is_dry=options.dry_run, is_asked_again=options.reopen)
    )
    if isinstance(found, NotReady):
        return refused(found, options.output_format)
    result = _result(found)
    return Output(result=result, text=_text(result), exit_code=DISABLED_CODE if found.is_disabled else 0)


def _result(found: Proposed) -> Result:
    from setsquare.ports.forge import PullRequest  # noqa: PLC0415  (start-up)

    def shown(request: PullRequest) -> Request:
        return Request(
            number=request.number, url=request.url, title=request.title, branch=request.head, base=request.base, state=request.state
        )

    return Result(
        status="disabled" if found.is_disabled else found.status,
        role=found.role,
        branch=found.branch,
        base=found.base,
        title=found.title,
        body=found.body,
        diff=found.diff,
        commit=found.commit,
        pushed=found.is_pushed,
        left=found.left,
        warnings=found.warnings,
        request=shown(found.request) if found.request else None,
        closed=tuple(map(shown, found.closed)),
        told=proof_shown(found.told),
        untold=found.told.problem,
    )


_SAID = {
    "opened": "Opened",
    "updated": "Brought up to date",
    "unchanged": "Nothing has changed since",
}


def _text(result: Result) -> str:
    lines = [f"Closed, being out of scope: {plain(each.url)} ({plain(each.branch)})" for each in result.closed]
    lines += told_text(result.told, result.untold)
    lines += [f"{paint('!', 'yellow')} {plain(each)}" for each in result.warnings]
    if result.status == "disabled":
        lines += [
            paint("The Power is switched off: its requests kept appearing for roles out of scope.", "red", "bold"),
            "Look at targetRoles and excludeRoles, then `setsquare iam audit --enable --reason …`.",
        ]
    elif result.status == "nothing":
        lines.append(
            "Every request that the Power made and that is open now is for a role in scope."
            if not result.role
            else f"Nothing would change in the code for {plain(result.role)}."
            if result.left
            else f"Nothing would change for {plain(result.role)}: no permission is shown to be unused."
        )
    elif result.status == "dry-run":
        lines += [
            paint(plain(result.title), "bold"),
            f"branch {plain(result.branch)}, to {plain(result.base)}",
            "",
            _lines(result.diff),
            _lines(result.body),
            "Nothing was pushed and nothing was opened.",
        ]
    elif result.status == "declined" and result.request:
        lines += [
            f"A person closed {plain(result.request.url)} without merging it, so nothing was pushed and nothing is opened.",
            "Look at what was said there; --reopen opens a new request all the same.",
        ]
    elif result.request:
        lines += [
            f"{_SAID[result.status]}: {plain(result.request.url)}",
            f"  {plain(result.request.title)}",
            f"  branch {plain(result.branch)} at {result.commit[:12]}{', pushed' if result.pushed else ''}, to {plain(result.base)}",
        ]
    said = "" if result.status == "nothing" else "not part of it: "
    lines += [f"  {said}{plain(each)}" for each in result.left]
    return "\n".join(lines)


def _lines(text: str) -> str:
    return "\n".join(plain(line) for line in text.splitlines())
