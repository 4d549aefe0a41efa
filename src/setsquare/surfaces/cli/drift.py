"""`setsquare drift`."""

from __future__ import annotations

from pathlib import Path

import click
from msgspec import Struct
from msgspec.structs import replace

from setsquare.errors import Usage
from setsquare.journeys.accepting_drift import Accepted, accept, accept_all
from setsquare.journeys.app import App
from setsquare.journeys.drifting import AGE_LIMIT_DAYS, Drifts, DriftWish, drifts
from setsquare.journeys.opening import named_as
from setsquare.spec.drift import Drift, Severity
from setsquare.surfaces.cli.options import Output
from setsquare.surfaces.cli.options import command as made
from setsquare.surfaces.cli.places import shown
from setsquare.surfaces.cli.report.sources import SourceResult
from setsquare.surfaces.cli.reports_read import RESULTS, reports_of
from setsquare.surfaces.cli.source_params import SOURCE_PARAMS
from setsquare.surfaces.cli.sources_beyond import sources_read, told
from setsquare.surfaces.cli.style import paint, safe
from setsquare.text.paths import quoted
from setsquare.wire import app_here
from setsquare.workspace.sources import mount_of

_COLOURS = {Severity.FAIL: "red", Severity.WARN: "yellow", Severity.INFO: "dim"}


class Options(Struct, frozen=True, kw_only=True):
    """What to look at, what fails, and what to accept."""

    specs: tuple[str, ...]
    since: str
    fail_on: str
    age: int
    results: tuple[str, ...]
    accept: str
    accept_all: str
    path: str
    reason: str
    with_sources: bool = False
    given: tuple[str, ...] = ()


class Found(Struct, frozen=True, kw_only=True):
    """One finding. `criterion` is `login/1.2`, empty for the spec as a whole; `accept` is the command that ends it, empty where none does."""

    level: str
    severity: str
    spec: str
    criterion: str
    path: str
    line: int
    symbol: str
    reason: str
    advice: str
    accept: str


class AcceptedResult(Struct, frozen=True, kw_only=True):
    """What was accepted; `dropped` are files whose links are gone."""

    spec: str
    criteria: tuple[str, ...]
    pinned: tuple[str, ...]
    dropped: tuple[str, ...]
    reason: str
    by: str
    at: str
    commit: str


class Result(Struct, frozen=True, kw_only=True):
    """All findings, the weightiest first. `unlocked` are specs whose links are not pinned yet; `unrecorded` pins remember no code yet.

    `not_compared` counts links by the extra that would read their language; `moved` counts code that moved word for word, which is no drift.
    """

    schema: str = "setsquare/drift/1"
    fail: int = 0
    warn: int = 0
    info: int = 0
    findings: tuple[Found, ...] = ()
    unlocked: tuple[str, ...] = ()
    unrecorded: int = 0
    not_compared: dict[str, int] = {}
    moved: int = 0
    accepted: AcceptedResult | None = None
    sources: tuple[SourceResult, ...] = ()


PARAMS = (
    click.argument("specs", nargs=-1, metavar="[SPEC]..."),
    click.option("--since", default="", metavar="REF", help="What a scope's files are compared with; without it the spec's last approval."),
    click.option(
        "--fail-on",
        type=click.Choice([severity.value for severity in Severity]),
        default=Severity.FAIL.value,
        show_default=True,
        help="End with 1 when there is something of this weight, or a greater one.",
    ),
    click.option("--age", type=click.IntRange(1), default=AGE_LIMIT_DAYS, show_default=True, metavar="DAYS", help="When a spec is old."),
    RESULTS,
    click.option(
        "--accept", default="", metavar="CRITERION", help="Record that the code of a criterion, such as login/1.2, is right as it is."
    ),
    click.option("--accept-all", default="", metavar="SPEC", help="The same for all code that is linked to a spec."),
    click.option("--path", default="", metavar="FILE", help="With --accept: only the code in one file."),
    click.option("--reason", default="", help="Why it is right; recorded."),
    *SOURCE_PARAMS,
)


@made("drift", Options, PARAMS)
def command(options: Options) -> Output:
    """Say where code and spec have gone apart since somebody last looked.

    D1 linked code changed (layout and comments do not count); D2 a file of the spec's scope changed and the spec did not; D3 a criterion
    changed and its code did not; D4 a linked test fails, is skipped or was deleted; D5 nobody has looked for long; design: it went apart
    from its tasks or the repository. Only D4 fails by default. With --sources, the specs of other checkouts are judged too, each by its own
    locks and history, and named like pay:till.
    """
    asks = options.with_sources or bool(options.given)
    if options.accept or options.accept_all:
        if asks:
            raise Usage(
                "--accept records for this workspace, and --sources only reads others.", "Accept in the checkout that the code is in."
            )
        return _accepting(options)
    if options.path or options.reason:
        raise Usage("--path and --reason say what to accept, and nothing is.", "Add --accept CRITERION.")
    if options.since.startswith("-"):
        raise Usage(f"`{options.since}` names no commit.", "Name a commit, a branch or a tag.")
    app = app_here()
    wish = DriftWish(specs=options.specs, since=options.since, age_limit_days=options.age, reports=reports_of(options.results))
    found, sources, unread = _beyond(app, wish, options.given) if asks else (drifts(app, wish), (), ())
    limit = Severity(options.fail_on).rank
    fails = any(drift.severity.rank <= limit for drift in found.found)
    result = replace(_result(app.folder, found), sources=sources)
    return Output(result=result, text="\n".join((_text(app.folder, found), *unread)), exit_code=1 if fails else 0)


def _beyond(app: App, wish: DriftWish, given: tuple[str, ...]) -> tuple[Drifts, tuple[SourceResult, ...], tuple[str, ...]]:
    """Look at other checkouts too.

    Raises:
        Usage: a source was given in a form that is none.
    """
    from setsquare.journeys.sources_drifting import drifts_together  # noqa: PLC0415  (only where sources are asked for)

    sources = sources_read(app, given)
    return (drifts_together(app, wish, sources), *told(sources))


def _accepting(options: Options) -> Output:
    """Accept, and say what was.

    Raises:
        Usage: there is no reason, or options exclude each other.
    """
    if not options.reason.strip():
        raise Usage("The reason is missing.", "Say why the code is right: --reason TEXT.")
    if options.accept and options.accept_all:
        raise Usage("--accept and --accept-all exclude each other.", "Give one of the two.")
    if options.specs or options.since or options.results:
        raise Usage("What is accepted is named by --accept alone.", "Leave the rest out.")
    if options.accept_all and options.path:
        raise Usage("--path goes with --accept only.", "Accept a criterion: --accept login/1.2 --path FILE.")
    app = app_here()
    if options.accept:
        done = accept(app, options.accept, _from_workspace(app.folder, options.path), options.reason.strip())
    else:
        done = accept_all(app, options.accept_all, options.reason.strip())
    result = Result(
        accepted=AcceptedResult(
            spec=done.spec,
            criteria=done.criteria,
            pinned=done.pinned,
            dropped=done.dropped,
            reason=done.clearing.reason,
            by=done.clearing.by,
            at=done.clearing.at,
            commit=done.clearing.commit,
        )
    )
    return Output(result=result, text=_accepted_text(app.folder, done))


def _from_workspace(folder: str, path: str) -> str:
    """Name a file that a person typed from the workspace's folder; one that exists in neither way is taken as typed from there."""
    if not path:
        return ""
    here = Path(path).absolute()
    top = Path(folder)
    return here.relative_to(top).as_posix() if here.is_relative_to(top) and (here.exists() or not (top / path).exists()) else path


def _accepted_text(folder: str, done: Accepted) -> str:
    names = ", ".join(f"{done.spec}/{name}" for name in done.criteria)
    lines = [f"Accepted {safe(names)} as of {done.clearing.commit[:10] or 'now'}: {safe(done.clearing.reason)}"]
    lines += [f"  pinned  {safe(shown(folder, path))}" for path in done.pinned]
    lines += [f"  let go  {safe(shown(folder, path))}" for path in done.dropped]
    return "\n".join(lines)


def _result(folder: str, found: Drifts) -> Result:
    count = {severity: sum(drift.severity is severity for drift in found.found) for severity in Severity}
    return Result(
        fail=count[Severity.FAIL],
        warn=count[Severity.WARN],
        info=count[Severity.INFO],
        findings=tuple(_found(folder, found, drift) for drift in found.found),
        unlocked=tuple(named_as(found.workspace, spec) for spec in found.unlocked),
        unrecorded=found.unrecorded,
        not_compared=dict(found.missing),
        moved=found.moved,
    )


def _found(folder: str, found: Drifts, drift: Drift) -> Found:
    name = _spec_name(found, drift)
    return Found(
        level=drift.level.value,
        severity=drift.severity.value,
        spec=name,
        criterion=f"{name}/{drift.criterion}" if drift.criterion else "",
        path=shown(folder, drift.path) if drift.path else "",
        line=drift.line,
        symbol=drift.symbol,
        reason=drift.reason,
        advice=drift.advice,
        accept=_accept_command(folder, name, drift),
    )


def _accept_command(folder: str, name: str, drift: Drift) -> str:
    """Write the command that accepts a finding; results of tests, scopes, designs and ages cannot be accepted."""
    if (
        not drift.criterion
        or not drift.path
        or mount_of(drift.home)
        or (drift.level.value == "D4" and drift.advice != "Write a test for the criterion")
    ):
        return ""
    return f"setsquare drift --accept {quoted(f'{name}/{drift.criterion}')} --path {quoted(shown(folder, drift.path))} --reason TEXT"


def _spec_name(found: Drifts, drift: Drift) -> str:
    return next(named_as(found.workspace, spec) for spec in found.workspace.specs if spec.path == drift.home)


def _text(folder: str, found: Drifts) -> str:
    """Show findings by spec, then what could not be judged."""
    lines: list[str] = []
    for drift in found.found:
        name = _spec_name(found, drift)
        place = f"{shown(folder, drift.path)}:{drift.line}" if drift.line else shown(folder, drift.path) if drift.path else ""
        what = f"{name}/{drift.criterion}" if drift.criterion else name
        head = "  ".join(
            part for part in (paint(drift.severity.value, _COLOURS[drift.severity]), drift.level.value, safe(what), safe(place)) if part
        )
        lines += [head, f"  {safe(drift.reason)}", f"  {paint(safe(drift.advice), 'dim')}"]
    accepting = next((command for drift in found.found if (command := _accept_command(folder, _spec_name(found, drift), drift))), "")
    if accepting:
        lines.append(f"Right as it is? {safe(accepting)}")
    if not found.found:
        lines.append("No drift found.")
    return "\n".join((*lines, *_notes(found)))


def _notes(found: Drifts) -> list[str]:
    """Say once what was not judged, and how that changes."""
    lines = []
    if found.unlocked:
        names = ", ".join(safe(named_as(found.workspace, spec)) for spec in found.unlocked[:6])
        more = f" and {len(found.unlocked) - 6} more" if len(found.unlocked) > 6 else ""
        lines.append(f"Not pinned yet, so that D1 and D3 cannot be told: {names}{more}. First: setsquare trace lock")
    if found.unrecorded:
        lines.append(f"{found.unrecorded} pins remember no code yet. Write them: setsquare trace lock")
    for extra, count in sorted(found.missing.items()):
        links = "1 link" if count == 1 else f"{count} links"
        lines.append(f"{links} not compared: pip install 'setsquare[{extra}]' reads their language.")
    return lines
