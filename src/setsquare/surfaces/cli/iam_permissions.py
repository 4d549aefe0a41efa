"""`setsquare iam permissions`."""

from __future__ import annotations

import click
import msgspec
from msgspec import Struct

from setsquare.errors import Usage
from setsquare.journeys.iam_readiness import NotReady, judged_at, readiness
from setsquare.powers.iam.permissions import GrantDocument, account_of, needed, policy_document
from setsquare.powers.iam.settings import Need
from setsquare.powers.iam.usage.sources import SourceKind, TrailSource, source_of
from setsquare.surfaces.cli.iam_options import TRAIL
from setsquare.surfaces.cli.iam_refusing import refused
from setsquare.surfaces.cli.iam_words import plain
from setsquare.surfaces.cli.options import Output
from setsquare.surfaces.cli.options import command as made
from setsquare.surfaces.cli.style import paint, table
from setsquare.text.counted import counted
from setsquare.wire.iam import settings_here

_SHOWN = {"granted": ("✓", "green"), "missing": ("✗", "red"), "unknown": ("?", "yellow"), "": ("·", "dim")}


class Options(Struct, frozen=True, kw_only=True):
    """For which trail, and whether each permission is tried."""

    trail: str
    check: bool
    output_format: str


class PermissionRow(Struct, frozen=True, kw_only=True):
    """One permission. `standing` is `granted`, `missing` or `unknown`, empty where it was not tried; `said` is what AWS said."""

    action: str
    resources: tuple[str, ...]
    why: str
    standing: str = ""
    said: str = ""


class Result(Struct, frozen=True, kw_only=True):
    """The permissions that are needed, as a list and as a policy; `replace` are words in it that stand in for what the settings do not say."""

    schema: str = "setsquare/iam-permissions/1"
    permissions: tuple[PermissionRow, ...]
    policy: GrantDocument
    replace: tuple[str, ...]
    checked: bool
    missing: int


PARAMS = (TRAIL, click.option("--check", is_flag=True, help="Try each of them on the account, by calls that read next to nothing."))


@made("permissions", Options, PARAMS)
def command(options: Options) -> Output:
    """Print the exact AWS permissions that the Power needs to read roles and one trail, as a policy that grants nothing else.

    No trust, no credentials and no network are needed, and the Power may still be off. With --check each call is tried once on the account; the exit code is 1 when
    one of them is not permitted.
    """
    source = source_of(options.trail)
    if source.problem:
        raise Usage(f"--trail {options.trail}: {source.problem}.", "Such as --trail s3://BUCKET/PREFIX, logs:GROUP, lookup or lake:ARN.")
    judged = judged_at(settings_here())
    account = account_of(judged.settings)
    if not options.check:
        permissions = needed(account, source)
        rows = tuple(PermissionRow(action=each.action, resources=each.resources, why=each.why) for each in permissions)
        stand_ins = tuple(
            word for word in account.stand_ins if any(word in resource for each in permissions for resource in each.resources)
        )
        result = Result(permissions=rows, policy=policy_document(permissions), replace=stand_ins, checked=False, missing=0)
        return Output(result=result, text=_text(result))
    return _checked(options, source)


def _checked(options: Options, source: TrailSource) -> Output:
    from setsquare.journeys.iam_permitting import permissions_checked  # noqa: PLC0415  (start-up: printing needs none of it)
    from setsquare.wire.iam import iam_world, permission_probe  # noqa: PLC0415

    needs = (Need.FETCHING, Need.LOG_GROUP) if source.kind is SourceKind.SETTINGS else (Need.FETCHING,)
    ready = readiness(judged_at(settings_here()), (), needs)
    if isinstance(ready, NotReady):
        return refused(ready, options.output_format)
    found = permissions_checked(iam_world(), ready, source, permission_probe)
    if isinstance(found, NotReady):
        return refused(found, options.output_format)
    rows = tuple(
        PermissionRow(
            action=each.permission.action,
            resources=each.permission.resources,
            why=each.permission.why,
            standing=each.tried.standing.value,
            said=each.tried.said,
        )
        for each in found
    )
    missing = sum(row.standing == "missing" for row in rows)
    result = Result(permissions=rows, policy=policy_document(each.permission for each in found), replace=(), checked=True, missing=missing)
    return Output(result=result, text=_text(result), exit_code=1 if missing else 0)


def _text(result: Result) -> str:
    if result.checked:
        lines = [table([(paint(*_SHOWN[row.standing]), row.action, row.why, plain(row.said)) for row in result.permissions]), ""]
        lines.append(f"{counted(result.missing, 'permission')} missing." if result.missing else "None is missing.")
        return "\n".join(lines)
    lines = [msgspec.json.format(msgspec.json.encode(result.policy), indent=4).decode()]
    if result.replace:
        lines += ["", f"To replace: {', '.join(result.replace)}, which the settings do not say."]
    return "\n".join(lines)
