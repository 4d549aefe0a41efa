"""`setsquare iam watch`."""

from __future__ import annotations

import select
import sys
from datetime import date
from typing import TYPE_CHECKING

import click
import msgspec
from msgspec import Struct
from msgspec.structs import replace

from setsquare.errors import Usage
from setsquare.journeys.iam_readiness import NotReady
from setsquare.journeys.iam_wanted import Wanted
from setsquare.journeys.iam_watch_asked import Asked, permitted
from setsquare.powers.iam.usage.sources import source_of
from setsquare.surfaces.cli.iam_alerts import WORLD_FAILED
from setsquare.surfaces.cli.iam_options import CHECKOUT, FORGE, FORGE_API, FROM_FILES
from setsquare.surfaces.cli.iam_refusing import EXIT_CODE, reasons_shown, refused
from setsquare.surfaces.cli.iam_watch_results import Result, alert_advice, look_shown, look_text, problem_shown, summary_of
from setsquare.surfaces.cli.options import Output, pretty
from setsquare.surfaces.cli.options import command as made
from setsquare.surfaces.cli.streams import columns, write_document, write_text
from setsquare.surfaces.cli.style import paint
from setsquare.text.counted import counted
from setsquare.wire.iam import settings_here
from setsquare.wire.iam_forge import Where

if TYPE_CHECKING:
    from setsquare.journeys.iam_looking import Look
    from setsquare.journeys.iam_repeating import Beat


class Options(Struct, frozen=True, kw_only=True):
    """From where, how often, and what becomes of what is new."""

    trail: str
    policies: str
    days: int | None
    until: str
    yes: bool
    sandbox_account: str
    events: str
    since: str
    account: str
    tells: bool
    close_out_of_scope: bool
    checkout: str
    forge: str
    api: str
    is_once: bool
    every: str
    output_format: str

    @property
    def asked(self) -> Asked:
        """Say what is asked for: with local events alone nothing is asked of AWS."""
        is_local = bool(self.events) and not source_of(self.events).is_remote
        wanted = Wanted(every=True, trail=self.trail, policies=self.policies, days=self.days, until=self.until, holds_new=not self.yes)
        return Asked(
            wanted=wanted,
            events=self.events,
            since=self.since,
            account=self.account,
            sandbox=self.sandbox_account,
            sees_roles=not is_local or bool(self.trail or self.policies),
            tells=self.tells,
            sweeps=self.close_out_of_scope,
        )


PARAMS = (
    *FROM_FILES,
    click.option("--yes", is_flag=True, help="Analyse roles that are new in scope at once, too."),
    click.option(
        "--sandbox-account",
        default="",
        metavar="ID",
        help="Dry run on this account, before the Power is on: list every call that is made, remember nothing.",
    ),
    click.option(
        "--events",
        default="",
        metavar="SOURCE",
        help="Judge the changes of IAM in these events: a file that grows, a folder, - for standard input, lookup for the account's event history, or logs:GROUP.",
    ),
    click.option(
        "--since",
        default="",
        metavar="YYYY-MM-DD",
        help="The first day of --events lookup or logs:GROUP. Default: where the last --alert ended, else a day ago.",
    ),
    click.option(
        "--account", default="", metavar="FILE", help="What the account was before these events: its authorization details, as JSON."
    ),
    click.option("--alert", "--tell", "tells", is_flag=True, help="Tell the channel of the settings of what is new, once each."),
    click.option(
        "--close-out-of-scope", is_flag=True, help="Close the Power's own requests for roles out of scope; the second time switches it off."
    ),
    CHECKOUT,
    FORGE,
    FORGE_API,
    click.option("--once", "is_once", is_flag=True, help="Look once, as without --every."),
    click.option(
        "--every",
        default="",
        metavar="TIME",
        help="Look again each 30s, 5m, 1h …, until Ctrl-C; with --format json one document in a line.",
    ),
)


@made("watch", Options, PARAMS)
def command(options: Options) -> Output:
    """Look over the roles that the settings choose and over changes of IAM; once, or again and again with --every.

    A role that is new in scope is announced in one look and analysed from the next one on. Ways to more rights that nobody accepted are reported, and with --alert told,
    once each, also after a crash. What fails is said and tried again. With --sandbox-account the whole reading is done on another account and every call is listed:
    the exit code is 1 when one of them is not a reading one. With a file of --events alone nothing is asked of AWS.
    """
    every_s = _every(options)
    asked = options.asked
    ready = permitted(settings_here(), asked)
    if isinstance(ready, NotReady):
        return refused(ready, options.output_format)
    advice = alert_advice(ready.settings)
    if every_s:
        _repeat(options, asked, every_s, advice)
    from setsquare.journeys.iam_looking import looked  # noqa: PLC0415  (start-up: a refusal needs none of it)
    from setsquare.wire.iam_watch import watch_world  # noqa: PLC0415

    found = looked(watch_world(_where(options), is_counting=bool(options.sandbox_account)), asked)
    if isinstance(found, NotReady):
        return refused(found, options.output_format)
    look = found.look
    result = look_shown(look, is_left=not options.yes)
    text = look_text(result, advice)
    if columns() is not None and not options.is_once and not options.sandbox_account:
        text = f"{text}\nLooked once; --every 5m looks again and again."
    return Output(result=result, text=text, exit_code=_exit_code(look))


def _exit_code(look: Look) -> int:
    if look.is_disabled or look.refused is not None:
        return EXIT_CODE
    if look.failure is not None:
        return look.failure.exit_code
    if look.alerted is not None and look.alerted.failed:
        return WORLD_FAILED
    return 1 if look.watched is not None and look.watched.changing else 0


def _every(options: Options) -> int:
    """Give the seconds between two looks, 0 for one look.

    Raises:
        Usage: what is asked for does not go together.
    """
    is_remote = source_of(options.events).is_remote if options.events else False
    reaching = options.every or options.tells or options.close_out_of_scope or options.events
    wrong = (
        (options.is_once and options.every, "--once and --every do not go together", "Leave one of them out."),
        (
            options.every and "-" in {options.events, options.policies},
            "Standard input is read to its end, once",
            "Name a file that grows, or leave --every out.",
        ),
        (
            options.sandbox_account and reaching,
            "A dry run on a sandbox looks at roles once, and tells nobody",
            "Leave the other options out.",
        ),
        (options.account and not options.events, "--account says what was before the events", "Name the events as well: --events SOURCE."),
        (
            options.since and not is_remote,
            "--since is for the event history of the account",
            "Add --events lookup or logs:GROUP, or leave it out.",
        ),
        (options.since and not _is_day(options.since), f"--since {options.since} is no day", "Write it as YYYY-MM-DD."),
        (
            not options.close_out_of_scope and (options.checkout or options.api or options.forge != "auto"),
            "--checkout, --forge and --api say where requests lie",
            "Add --close-out-of-scope, or leave them out.",
        ),
    )
    for is_wrong, problem, hint in wrong:
        if is_wrong:
            raise Usage(f"{problem}.", hint)
    if not options.every:
        return 0
    from setsquare.journeys.iam_repeating import seconds_of  # noqa: PLC0415  (start-up)

    seconds = seconds_of(options.every)
    if seconds is None:
        raise Usage(f"--every {options.every} is no time between looks.", "Write it as 30s, 5m or 1h: from one second to a day.")
    return seconds


def _is_day(written: str) -> bool:
    try:
        return date.fromisoformat(written).isoformat() == written
    except ValueError:
        return False


def _where(options: Options) -> Where:
    return Where(checkout=options.checkout, kind=options.forge, api=options.api)


def _repeat(options: Options, asked: Asked, every_s: int, advice: str) -> None:
    """Look until a person ends it.

    Raises:
        click.exceptions.Exit: with the exit code; each look was written when it was done.
    """
    from setsquare.journeys.iam_looking import looked  # noqa: PLC0415  (start-up: a refusal needs none of it)
    from setsquare.journeys.iam_repeating import repeated  # noqa: PLC0415
    from setsquare.journeys.run_interrupts import Interruptions  # noqa: PLC0415
    from setsquare.wire.iam_watch import pace, watch_world  # noqa: PLC0415

    signals = Interruptions()
    world = watch_world(_where(options), signals=signals)
    telling = _Telling(options, advice)
    ended = repeated(lambda before: looked(world, asked, before), pace(every_s), telling.beat, signals)
    if not telling.is_json:
        failed = f", {counted(ended.failures, 'look')} failed" if ended.failures else ""
        write_text(f"Ended after {counted(ended.looks, 'look')}{failed}.\n")
    raise click.exceptions.Exit(EXIT_CODE if ended.is_refused else 0)


class _Telling:
    """Writes each look when it is done; for people the first one whole, and of the others what differs from the one before."""

    def __init__(self, options: Options, advice: str) -> None:
        """Take how to write; `advice` says how alerts would be sent that nobody asked for."""
        self.is_json = options.output_format == "json"
        self._is_left = not options.yes
        self._advice = advice
        self._before: Result | None = None

    def beat(self, beat: Beat) -> None:
        """Write one look.

        Raises:
            click.exceptions.Exit: nobody reads any more.
        """
        if isinstance(beat.found, NotReady):
            result = Result(reasons=reasons_shown(beat.found.reasons))
        elif beat.found is None:
            result = Result()
        else:
            result = look_shown(beat.found.look, is_left=self._is_left)
        if beat.failure is not None:
            result = replace(result, problem=problem_shown(beat.failure))
        result = replace(result, look=beat.number, at=beat.at, wait_s=beat.wait_s)
        if not _is_read():
            raise click.exceptions.Exit(0)
        if self.is_json:
            write_document(msgspec.json.format(pretty(result), indent=-1) + "\n")
        else:
            following = f"; the next in {_shown(beat.wait_s)}" if beat.wait_s else ""
            head = f"{paint(f'{beat.at}  look {beat.number}', 'bold')}: {summary_of(result)}{following}"
            body = look_text(result, self._advice, self._before)
            write_text(f"{head}\n{body}\n" if body else f"{head}\n")
        if result.trail:
            self._before = result


def _is_read() -> bool:
    """Tell whether somebody still reads standard output: what ends behind a pipe, such as `head`, ends the watch with it."""
    try:
        output = select.poll()
        output.register(sys.stdout.fileno(), 0)
        return not any(state & select.POLLERR for _, state in output.poll(0))
    except (OSError, ValueError):
        return True


def _shown(wait_s: float) -> str:
    seconds = round(wait_s)
    if seconds % 60 or not seconds:
        return f"{seconds} s"
    return f"{seconds // 3600} h" if seconds % 3600 == 0 else f"{seconds // 60} min"
