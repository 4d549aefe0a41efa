"""`setsquare iam coverage`."""

from __future__ import annotations

from msgspec import Struct

from setsquare.journeys.iam_readiness import NotReady
from setsquare.journeys.iam_wanted import Wanted
from setsquare.surfaces.cli.iam_options import COMPLETE, DAYS, TRAIL, UNTIL, ready_here
from setsquare.surfaces.cli.iam_refusing import refused
from setsquare.surfaces.cli.iam_results import GapResult
from setsquare.surfaces.cli.iam_words import plain
from setsquare.surfaces.cli.options import Output
from setsquare.surfaces.cli.options import command as made
from setsquare.surfaces.cli.style import paint, table
from setsquare.text.counted import counted

_MOST_ROLES = 20


class Options(Struct, frozen=True, kw_only=True):
    """Which trail, over which days."""

    trail: str
    days: int | None
    until: str
    is_complete: bool
    output_format: str


class SeenResult(Struct, frozen=True, kw_only=True):
    """A role that acted in the window; `scope` tells whether the settings choose it."""

    arn: str
    calls: int
    denied: int
    scope: bool


class UnreadResult(Struct, frozen=True, kw_only=True):
    """Why records could not be attributed, and how many."""

    reason: str
    records: int


class Result(Struct, frozen=True, kw_only=True):
    """What a trail can show. `seen_days` are the window's days with any event; `pieces` its files or pages, `fresh` those read now.

    `data_sources` are the services whose data events a selector proves, `data_scopes` the buckets, tables and functions whose data events are there, after their kind.
    `quiet_days` have no event and are proven by digests, `stated_days` by nothing but `statement`, what a person said with --trail-is-complete.
    """

    schema: str = "setsquare/iam-coverage/1"
    trail: str
    begin: str
    end: str
    days: int
    seen_days: tuple[str, ...]
    regions: tuple[str, ...]
    data_sources: tuple[str, ...]
    events: int
    pieces: int
    fresh: int
    unread: tuple[UnreadResult, ...]
    gaps: tuple[GapResult, ...]
    roles: tuple[SeenResult, ...]
    data_scopes: tuple[str, ...] = ()
    quiet_days: tuple[str, ...] = ()
    stated_days: tuple[str, ...] = ()
    statement: str = ""


@made("coverage", Options, (TRAIL, DAYS, UNTIL, COMPLETE))
def command(options: Options) -> Output:
    """Say what a trail can show: its days, regions and kinds of events, what could not be read, and which roles acted.

    Each gap is a reason why "never used" may not be said. Data events (such as reading an object) count only where the trail holds them.
    """
    wanted = Wanted(trail=options.trail, policies="-", days=options.days, until=options.until, is_complete=options.is_complete)
    ready = ready_here(wanted)
    if isinstance(ready, NotReady):
        return refused(ready, options.output_format)
    from setsquare.journeys.iam_covering import covered  # noqa: PLC0415  (start-up: a refusal needs none of it)
    from setsquare.powers.iam.recommendation.noting import statement_of  # noqa: PLC0415
    from setsquare.wire.iam import iam_world  # noqa: PLC0415

    found = covered(iam_world(), ready, wanted)
    if isinstance(found, NotReady):
        return refused(found, options.output_format)
    held = found.gathered
    result = Result(
        trail=found.trail,
        begin=held.window.begin,
        end=held.window.end,
        days=held.window.days,
        seen_days=held.coverage.days,
        regions=held.coverage.regions,
        data_sources=held.coverage.data_sources,
        events=held.events,
        pieces=held.pieces,
        fresh=held.fresh,
        unread=tuple(UnreadResult(reason=reason, records=number) for reason, number in held.reasons),
        gaps=tuple(GapResult(code=gap.code, reason=gap.reason, scope=gap.scope) for gap in held.coverage.gaps),
        roles=tuple(SeenResult(arn=role.arn, calls=role.calls, denied=role.denied, scope=role.is_in_scope) for role in found.roles),
        data_scopes=held.coverage.data_scopes,
        quiet_days=held.coverage.quiet,
        stated_days=held.coverage.stated,
        statement=statement_of(held.coverage),
    )
    return Output(result=result, text=_text(result))


def _text(result: Result) -> str:
    rows = [
        ("window", f"{counted(result.days, 'day')}, {result.begin} to {result.end}"),
        ("days with events", f"{len(result.seen_days):,} of {result.days:,}"),
        *((("quiet days", f"{len(result.quiet_days):,}, without events, proven by digests"),) if result.quiet_days else ()),
        ("regions", plain(", ".join(result.regions)) or "none"),
        ("data events of", _data_events(result)),
        ("events", f"{result.events:,} in {counted(result.pieces, 'piece')}, {result.fresh:,} of them read now"),
        *(("not attributed", f"{each.records:,}: {plain(each.reason)}") for each in result.unread),
    ]
    lines = [paint(plain(result.trail), "bold"), table(rows)]
    if result.statement:
        lines += ["", f"{paint('!', 'yellow')} {plain(result.statement)}"]
    if result.gaps:
        lines += ["", paint("The trail cannot show everything", "bold"), *(f"  {plain(gap.reason)}" for gap in result.gaps)]
    if result.roles:
        shown = [
            (
                plain(role.arn),
                counted(role.calls, "call"),
                f"{role.denied:,} refused" if role.denied else "",
                "in scope" if role.scope else "",
            )
            for role in result.roles[:_MOST_ROLES]
        ]
        more = len(result.roles) - _MOST_ROLES
        lines += ["", paint("Roles that acted", "bold"), table(shown), *([f"  … and {more} more"] if more > 0 else [])]
    return "\n".join(lines)


def _data_events(result: Result) -> str:
    """Say of which services data events are proven, and of which they are there for some resources."""
    kinds: dict[str, int] = {}
    for scope in result.data_scopes:
        kind, _, resource = scope.partition(" ")
        kinds[kind] = kinds.get(kind, 0) + bool(resource)
    seen = (f"{kind} of {counted(number, 'resource')}" if number else f"{kind} of unknown resources" for kind, number in kinds.items())
    return plain(", ".join((*result.data_sources, *seen))) or "no service: such actions are never called unused"
