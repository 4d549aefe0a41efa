"""`setsquare check`."""

from __future__ import annotations

import difflib
import errno
import os
from pathlib import Path

import click
from msgspec import Struct

from setsquare.errors import Unreadable, Usage
from setsquare.journeys.check import CheckOutcome, check
from setsquare.rules.finding import Severity
from setsquare.rules.page import page
from setsquare.rules.registry import RULES
from setsquare.surfaces.cli.options import Output
from setsquare.surfaces.cli.options import command as made
from setsquare.surfaces.cli.places import shown
from setsquare.surfaces.cli.report.github import github
from setsquare.surfaces.cli.report.json import check_result
from setsquare.surfaces.cli.report.places import LEVELS, Report
from setsquare.surfaces.cli.report.sarif import sarif
from setsquare.surfaces.cli.report.text import text
from setsquare.surfaces.cli.streams import columns
from setsquare.surfaces.cli.style import is_coloured
from setsquare.wire import files_at, workspace_folder

_ROOTS = frozenset({".kiro", ".setsquare", ".specify", "openspec", "specs"})
_FORMATS = ("text", "json", "sarif", "github")


class Options(Struct, frozen=True, kw_only=True):
    """What to judge, by which rules, and how to print."""

    paths: tuple[str, ...]
    fix: bool
    select: tuple[str, ...]
    ignore: tuple[str, ...]
    fail_on: str
    explain: str | None
    output_format: str


class ExplainResult(Struct, frozen=True, kw_only=True):
    """One rule's page in Markdown."""

    schema: str = "setsquare/explain/1"
    code: str
    name: str
    page: str


PARAMS = (
    click.argument("paths", nargs=-1, type=click.Path()),
    click.option("--fix", is_flag=True, help="Apply the safe fixes until none is left; report what remains."),
    click.option("--select", multiple=True, metavar="RULE", help="Only these rules or families, such as EARS002 or TSK; may be repeated."),
    click.option("--ignore", multiple=True, metavar="RULE", help="Not these rules or families; may be repeated."),
    click.option(
        "--fail-on",
        type=click.Choice(["error", "warning", "note"]),
        default="warning",
        show_default=True,
        help="The least severity that ends with exit code 1.",
    ),
    click.option("--explain", metavar="RULE", default=None, help="Print a rule's page and judge nothing."),
)


@made("check", Options, PARAMS, formats=_FORMATS)
def command(options: Options) -> Output:
    """Judge every spec, steering file, tool file and setting at or below PATHS; by default the workspace that you stand in.

    Offline, without a model, the same result every time. Ends with 1 when anything of at least --fail-on severity stands, with 2
    when something may not be read.
    """
    if options.explain is not None:
        return _explained(options.explain)
    base, paths = _base(options.paths)
    outcome = check(files_at(base), paths, is_fixing=options.fix, selected=_selected(options))
    report = Report(outcome, lambda path: shown(base, path))
    is_json = options.output_format == "json"
    result = check_result(report) if is_json else _Unshaped()
    return Output(
        result=result, text="" if is_json else _text(report, options.output_format), exit_code=_exit_code(outcome, options.fail_on)
    )


class _Unshaped(Struct, frozen=True):
    """Stands for a result that nobody asked for: shaping thousands of findings costs time."""


def _text(report: Report, output_format: str) -> str:
    """Print the report for people or for another tool."""
    match output_format:
        case "sarif":
            return sarif(report)
        case "github":
            return github(report)
        case _:
            return text(report, is_coloured=is_coloured(), columns=columns())


# req: check/1.6
def _exit_code(outcome: CheckOutcome, fail_on: str) -> int:
    """Give 1 when findings fail the check, 2 when something could not be read at all, else 0."""
    if _fails(outcome, fail_on):
        return 1
    return 2 if any(reason == os.strerror(errno.EACCES) for _, reason in outcome.workspace.skipped) else 0


def _fails(outcome: CheckOutcome, fail_on: str) -> bool:
    """Tell whether a finding is as severe as asked for; severities are declared from the worst to the least."""
    order = list(Severity)
    least = next(severity for severity in order if LEVELS[severity] == fail_on)
    return any(outcome.count(severity) for severity in order[: order.index(least) + 1])


def _selected(options: Options) -> tuple[str, ...] | None:
    """Resolve --select and --ignore to rule codes.

    Raises:
        Usage: a name is neither a rule nor a family.
    """
    known = {rule.code for rule in RULES} | {rule.family for rule in RULES} | {rule.name.upper() for rule in RULES}
    for name in (*options.select, *options.ignore):
        if name.upper() not in known:
            near = difflib.get_close_matches(name.upper(), sorted(known), n=1)
            raise Usage(
                f"There is no rule or family `{name}`.",
                f"Did you mean `{near[0]}`?" if near else f"Rules: {', '.join(rule.code for rule in RULES)}.",
            )
    if not options.select and not options.ignore:
        return None
    select, ignore = ({name.upper() for name in names} for names in (options.select, options.ignore))
    names = {rule.code: {rule.code, rule.family, rule.name.upper()} for rule in RULES}
    return tuple(code for code, own in names.items() if (not select or own & select) and not own & ignore)


def _explained(name: str) -> Output:
    """Print one rule's page.

    Raises:
        Usage: there is no such rule.
    """
    for rule in RULES:
        if name.upper() in (rule.code, rule.name.upper()):
            return Output(result=ExplainResult(code=rule.code, name=rule.name, page=page(rule)), text=page(rule))
    near = difflib.get_close_matches(name.upper(), [rule.code for rule in RULES], n=1)
    raise Usage(
        f"There is no rule `{name}`.", f"Did you mean `{near[0]}`?" if near else f"Rules: {', '.join(rule.code for rule in RULES)}."
    )


def _base(paths: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """Choose the folder to load and the paths in it: a path inside a spec tree is judged with the whole tree, because references lead there.

    Raises:
        Unreadable: a path does not exist.
    """
    if not paths:
        return workspace_folder(), ()
    for path in paths:
        if not os.path.lexists(path):
            raise Unreadable(f"There is no file or folder `{path}`.", "Check the spelling; paths are relative to the current folder.")
    absolute = [Path(path).resolve() if Path(path).is_dir() else Path(path).parent.resolve() / Path(path).name for path in paths]
    common = Path(os.path.commonpath([path if path.is_dir() else path.parent for path in absolute]))
    base = common
    for folder in (common, *common.parents):
        if folder.name in _ROOTS:
            base = folder.parent
    return str(base), () if absolute == [base] else tuple(path.relative_to(base).as_posix() for path in absolute)
