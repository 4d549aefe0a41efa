"""`setsquare check`."""

from __future__ import annotations

import contextlib
import errno
import functools
import gc
import os
from collections.abc import Callable, Iterator

import click
from msgspec import Struct

from setsquare.errors import Usage
from setsquare.journeys.check import CheckOutcome, CheckRequest, World, check
from setsquare.rules.finding import Severity
from setsquare.surfaces.cli.check_place import base_of, place_below
from setsquare.surfaces.cli.options import Output
from setsquare.surfaces.cli.options import command as made
from setsquare.surfaces.cli.places import shown
from setsquare.surfaces.cli.report.places import LEVELS, Report
from setsquare.surfaces.cli.source_params import SOURCE_PARAMS
from setsquare.wire import cache_at, files_at, history_at

_FORMATS = ("text", "json", "sarif", "github", "gitlab", "junit")
_DEFAULT_BASELINE = ".setsquare/baseline.jsonl"


class Options(Struct, frozen=True, kw_only=True):
    """What to judge, by which rules, what to mend, and how to print."""

    paths: tuple[str, ...]
    fix: bool
    unsafe_fixes: bool
    diff: bool
    select: tuple[str, ...]
    ignore: tuple[str, ...]
    since: str | None
    baseline: str | None
    write_baseline: str | None
    fail_on: str | None
    no_cache: bool
    explain: str | None
    output_format: str
    with_sources: bool
    given: tuple[str, ...]


class ExplainResult(Struct, frozen=True, kw_only=True):
    """One rule's page in Markdown, or the list of a family's rules, which has no name."""

    schema: str = "setsquare/explain/1"
    code: str
    name: str
    page: str


class _Unshaped(Struct, frozen=True):
    """Stands for a result that nobody asked for: shaping thousands of findings costs time."""


def _each(_ctx: click.Context, _param: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    """Take names apart that commas separate: `--select EARS,TSK001`."""
    return tuple(name.strip() for names in given for name in names.split(",") if name.strip())


PARAMS = (
    click.argument("paths", nargs=-1, type=click.Path()),
    click.option("--fix", is_flag=True, help="Apply the safe fixes until none is left; report what remains."),
    click.option("--unsafe-fixes", is_flag=True, help="With --fix or --diff: apply fixes too that may change what a sentence means."),
    click.option(
        "--diff", is_flag=True, help="Show what the fixes would change and write nothing; ends with 1 when they would change anything."
    ),
    click.option(
        "--select",
        multiple=True,
        metavar="RULE",
        callback=_each,
        help="Only these rules or families, such as EARS002 or TSK, with commas between several; may be repeated.",
    ),
    click.option("--ignore", multiple=True, metavar="RULE", callback=_each, help="Not these rules or families; may be repeated."),
    click.option("--since", metavar="REF", default=None, help="Only findings on lines that changed since the branch left REF."),
    click.option(
        "--baseline",
        metavar="FILE",
        default=None,
        help="Hide the findings that FILE knows; by default the one that .setsquare/check.toml names.",
    ),
    click.option(
        "--write-baseline",
        metavar="FILE",
        default=None,
        is_flag=False,
        flag_value=_DEFAULT_BASELINE,
        help=f"Write all findings to FILE as known; without FILE to {_DEFAULT_BASELINE}.",
    ),
    click.option(
        "--fail-on",
        type=click.Choice(["error", "warning", "note"]),
        default=None,
        help="The least severity that ends with exit code 1; warning unless .setsquare/check.toml says otherwise.",
    ),
    click.option("--no-cache", is_flag=True, help="Judge anew, also when nothing changed since the last time."),
    *SOURCE_PARAMS,
    click.option("--explain", metavar="RULE", default=None, help="Print a rule's page, or the list of a family, and judge nothing."),
)


@made("check", Options, PARAMS, formats=_FORMATS)
def command(options: Options) -> Output:
    """Judge every spec, steering file, tool file and setting at or below PATHS; by default the workspace that you stand in.

    Offline, without a model, the same result every time. Settings of rules stand in .setsquare/check.toml. Ends with 1 when anything of at
    least --fail-on severity stands, with 2 when something may not be read.
    """
    if options.explain is not None:
        from setsquare.surfaces.cli.explaining import explained  # noqa: PLC0415  (start-up: it needs every rule)

        code, name, page = explained(options.explain)
        return Output(result=ExplainResult(code=code, name=name, page=page), text=page)
    _insist_on_sense(options)
    base, paths = base_of(options.paths)
    with _without_collector():
        report = _report(base, paths, options)
        outcome = report.outcome
        is_json = options.output_format == "json"
        return Output(
            result=_result(report) if is_json else _Unshaped(),
            text="" if is_json else _text(report, options),
            exit_code=_exit_code(outcome, options) or (2 if report.unread else 0),
        )


def _report(base: str, paths: tuple[str, ...], options: Options) -> Report:
    """Judge the workspace, and its sources where they are asked for."""
    world, request = _world(base, options), _request(options, base, paths)
    outcome, place = check(world, request), _shown_below(base)
    if not (options.with_sources or options.given):
        return Report(outcome, place)
    from setsquare.surfaces.cli.check_sources import together  # noqa: PLC0415  (start-up: only where sources are asked for)
    from setsquare.workspace.sources import mount_of, unmounted  # noqa: PLC0415

    found = together(base, world, request, outcome, options.given)
    return Report(found.outcome, lambda path: unmounted(path) if mount_of(path) else place(path), found.sources, found.unread)


def _shown_below(base: str) -> Callable[[str], str]:
    """Show paths below a folder: as they are where the command runs in it; each is worked out once, because findings share few files."""
    if shown(base, "") == ".":
        return str
    return functools.cache(lambda path: shown(base, path))


def _world(base: str, options: Options) -> World:
    """Choose what the check works with."""
    files = files_at(base)
    history = history_at(base) if options.since else None
    return World(files=files, history=history) if options.no_cache else World(files=files, history=history, cache=cache_at(base))


def _request(options: Options, base: str, paths: tuple[str, ...]) -> CheckRequest:
    """Translate the options.

    Raises:
        Usage: a name is neither a rule nor a family, or a file lies outside of the workspace.
    """
    if options.select or options.ignore:
        from setsquare.surfaces.cli.explaining import insist_on_rules  # noqa: PLC0415  (start-up)

        insist_on_rules((*options.select, *options.ignore))
    named = options.baseline
    if options.write_baseline not in (None, _DEFAULT_BASELINE):
        named = options.write_baseline
    return CheckRequest(
        paths=paths,
        selected=tuple(name.upper() for name in options.select) or None,
        ignored=tuple(name.upper() for name in options.ignore),
        is_fixing=options.fix or options.diff,
        is_unsafe=options.unsafe_fixes,
        is_trial=options.diff,
        since=options.since or "",
        baseline=None if named is None else place_below(base, named),
        writes_baseline=options.write_baseline is not None,
    )


def _insist_on_sense(options: Options) -> None:
    """Refuse options that contradict each other.

    Raises:
        Usage: they do.
    """
    if options.unsafe_fixes and not (options.fix or options.diff):
        raise Usage("--unsafe-fixes changes nothing by itself.", "Add --fix to apply the fixes, or --diff to see them.")
    if options.fix and options.diff:
        raise Usage("--fix writes and --diff does not.", "Give one of them.")
    if (options.with_sources or options.given) and (options.since or options.write_baseline is not None):
        raise Usage("--since and --write-baseline speak of this repository alone.", "Give them without --sources and --source.")
    if options.write_baseline is not None and (options.select or options.ignore or options.since or options.fix or options.diff):
        raise Usage("A baseline knows all findings.", "Give --write-baseline without --select, --ignore, --since, --fix and --diff.")


@contextlib.contextmanager
def _without_collector() -> Iterator[None]:
    """Switch the search for cycles off: a check makes many values that live until its end, and no cycles among them.

    What lives then is left out of later searches, of which the one at the process's end would be the longest.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_on:
            gc.enable()


def _result(report: Report) -> Struct:
    from setsquare.surfaces.cli.report.json import check_result  # noqa: PLC0415  (start-up: one format is printed)

    return check_result(report)


def _text(report: Report, options: Options) -> str:
    """Print the report for people or for another tool."""
    match options.output_format:
        case "sarif":
            from setsquare.surfaces.cli.report.sarif import sarif  # noqa: PLC0415  (start-up: one format is printed)

            return sarif(report)
        case "github":
            from setsquare.surfaces.cli.report.github import github  # noqa: PLC0415

            return github(report)
        case "gitlab":
            from setsquare.surfaces.cli.report.gitlab import gitlab  # noqa: PLC0415

            return gitlab(report)
        case "junit":
            from setsquare.surfaces.cli.report.junit import junit  # noqa: PLC0415

            return junit(report)
        case _:
            return _shown_diff(report) if options.diff else _for_people(report)


def _for_people(report: Report) -> str:
    from setsquare.surfaces.cli.report.text import text  # noqa: PLC0415  (start-up: one format is printed)
    from setsquare.surfaces.cli.streams import columns  # noqa: PLC0415
    from setsquare.surfaces.cli.style import is_coloured  # noqa: PLC0415

    return text(report, is_coloured=is_coloured(), columns=columns())


def _shown_diff(report: Report) -> str:
    from setsquare.surfaces.cli.report.diff import diff  # noqa: PLC0415  (start-up: one format is printed)

    return diff(report) or "No fix would change anything.\n"


# req: check/1.6
def _exit_code(outcome: CheckOutcome, options: Options) -> int:
    """Give 1 when findings fail the check, or fixes would change a file, 2 when something could not be read at all, else 0."""
    if options.diff:
        return 1 if outcome.applied.changes else 0
    set_level = outcome.judged.fail_on
    if _fails(outcome, options.fail_on or (LEVELS[set_level] if set_level else "warning")):
        return 1
    return 2 if any(reason == os.strerror(errno.EACCES) for _, reason in outcome.skipped) else 0


def _fails(outcome: CheckOutcome, fail_on: str) -> bool:
    """Tell whether a finding is as severe as asked for; severities are declared from the worst to the least."""
    order = list(Severity)
    least = next(severity for severity in order if LEVELS[severity] == fail_on)
    return any(outcome.count(severity) for severity in order[: order.index(least) + 1])
