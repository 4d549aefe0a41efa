"""`setsquare iam recommend`."""

from __future__ import annotations

from pathlib import Path

import click
from msgspec import Struct

from setsquare.errors import Refused, StorageFailed
from setsquare.journeys.iam_readiness import NotReady
from setsquare.journeys.iam_wanted import Wanted
from setsquare.surfaces.cli.iam_options import COMPLETE, FROM_FILES, ROLE, SERVICE, found_here
from setsquare.surfaces.cli.iam_refusing import ReasonResult, reasons_shown, refused
from setsquare.surfaces.cli.iam_results import PolicyResult, RoleResult
from setsquare.surfaces.cli.iam_words import plain
from setsquare.surfaces.cli.options import Output
from setsquare.surfaces.cli.options import command as made
from setsquare.surfaces.cli.style import paint
from setsquare.text.counted import counted
from setsquare.text.lazy_pattern import LazyPattern

_PLAIN = LazyPattern(r"[^\w+=,.@-]")


class Options(Struct, frozen=True, kw_only=True):
    """Which role, from which files, how far to go, and where to write."""

    role: str
    service: str
    trail: str
    policies: str
    days: int | None
    until: str
    is_complete: bool
    narrow_resources: bool
    allow_wider: bool
    output: str
    output_format: str


class Result(Struct, frozen=True, kw_only=True):
    """What would be enough for a role. `diff` is what would change, over all policies; `written` are the files that --output made.

    `oddities` say where the trail and the role do not seem to belong together.
    """

    schema: str = "setsquare/iam-recommend/1"
    role: RoleResult
    diff: str
    written: tuple[str, ...] = ()
    warnings: tuple[ReasonResult, ...] = ()
    oddities: tuple[str, ...] = ()


PARAMS = (
    ROLE,
    SERVICE,
    *FROM_FILES,
    COMPLETE,
    click.option("--narrow-resources", is_flag=True, help="Also name the resources of actions whose every use names its resource."),
    click.option(
        "--allow-wider",
        is_flag=True,
        help="Where nothing else fits AWS's quotas, also keep unused actions that shorter words match; never new ones.",
    ),
    click.option(
        "--output", default="", metavar="FOLDER", help="Write the new policies here, one file each; existing files are left alone."
    ),
)


@made("recommend", Options, PARAMS)
def command(options: Options) -> Output:
    """Print what would be enough for ROLE: its own statements without what was never used, as a diff.

    Deny statements, conditions, the trust policy and the boundary stay as they are. Nothing is written but what --output names, and nothing in AWS is changed.
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
        allow_wider=options.allow_wider,
    )
    found = found_here(wanted)
    if isinstance(found, NotReady):
        return refused(found, options.output_format)
    from setsquare.surfaces.cli.iam_shaping import role_shown  # noqa: PLC0415  (start-up: a refusal needs none of it)
    from setsquare.surfaces.cli.iam_text import warned  # noqa: PLC0415
    from setsquare.surfaces.cli.report.iam_page import policy_diff  # noqa: PLC0415

    role = role_shown(found.found[0])
    diff = "\n".join(policy_diff(policy) for policy in role.policies if policy.changed)
    written = _written(options.output, role.policies) if options.output else ()
    result = Result(role=role, diff=diff, written=written, warnings=reasons_shown(found.warnings), oddities=found.oddities)
    return Output(result=result, text="\n".join([*warned(found.warnings, found.oddities), _text(role, diff, written)]))


def _written(folder: str, policies: tuple[PolicyResult, ...]) -> tuple[str, ...]:
    """Write every policy that changes, none over a file that is there."""
    wanted: dict[Path, str] = {}
    for policy in policies:
        for name, text in zip(policy.names, policy.after, strict=True) if policy.changed else ():
            place = Path(folder) / f"{_PLAIN.sub('_', name)}.json"
            wanted[place.with_name(f"{place.stem}-{len(wanted)}.json") if place in wanted else place] = text
    there = [str(place) for place in wanted if place.exists() or place.is_symlink()]
    if there:
        raise Refused(f"`{there[0]}` exists already, so nothing was written.", "Name another folder.")
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
        for place, text in wanted.items():
            with place.open("x", encoding="utf-8") as file:
                file.write(text if text.endswith("\n") else f"{text}\n")
    except OSError as error:
        raise StorageFailed(f"The policies cannot be written to `{folder}`: {error.strerror or error}.", "Name another folder.") from error
    return tuple(map(str, wanted))


def _text(role: RoleResult, diff: str, written: tuple[str, ...]) -> str:
    from setsquare.surfaces.cli.iam_text import kept_lines, reserves  # noqa: PLC0415  (start-up, as above)

    lines = [f"{paint(plain(role.role), 'bold')}: {counted(role.days, 'day')}, {role.begin} to {role.end}", role.summary]
    lines += [*kept_lines(role), *reserves(role), ""]
    lines.append(_coloured(diff) if diff else "Nothing would change: no permission is shown to be unused.")
    if role.refusals:
        lines += ["", paint("No pull request may be made of this", "bold", "red"), *(f"  {plain(each)}" for each in role.refusals)]
    notes = [note for note in role.notes if note != role.statement]
    if notes:
        lines += ["", paint("To know", "bold"), *(f"  {plain(each)}" for each in notes)]
    lines += [f"Wrote {plain(path)}." for path in written]
    return "\n".join(lines)


def _coloured(diff: str) -> str:
    colours = {"+": "green", "-": "red", "@": "cyan"}
    return "\n".join(paint(plain(line), *((colours[line[0]],) if line[:1] in colours else ())) for line in diff.splitlines())
