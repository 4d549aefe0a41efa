"""`setsquare draft`."""

from __future__ import annotations

from typing import assert_never

import click
from msgspec import Struct

from setsquare.journeys.draft import Applied, DraftMade, DraftOutcome, DraftRequest, Escalated, Proposed, Unchanged, draft
from setsquare.spec.stage import Stage
from setsquare.surfaces.cli.options import Output
from setsquare.surfaces.cli.options import command as made
from setsquare.surfaces.cli.places import shown
from setsquare.surfaces.cli.style import paint, safe
from setsquare.text.paths import quoted
from setsquare.usage.meter import Meter, cost_text
from setsquare.wire import app_here

_REFUSED, _FINDINGS, _OUTSIDE = 3, 1, 4


class Options(Struct, frozen=True, kw_only=True):
    """What to draft, how, and whether to write it."""

    stage: str
    spec: str
    model: str
    write: bool
    override: str
    max_tasks: int | None
    replace_done: bool


class Result(Struct, frozen=True, kw_only=True):
    """What became of the draft: `outcome` is `applied`, `proposed`, `declined`, `unchanged` or `escalated`.

    Tokens are null where the provider did not count them; `cost_usd` is null where no price is known.
    """

    schema: str = "setsquare/draft/1"
    spec: str
    stage: str
    path: str
    outcome: str
    model: str
    attempts: int
    diff: str
    notes: tuple[str, ...]
    reasons: tuple[str, ...]
    input_tokens: int | None
    output_tokens: int | None
    cost_usd: float | None


PARAMS = (
    click.argument("stage", type=click.Choice(["design", "tasks"])),
    click.argument("spec"),
    click.option(
        "--model",
        default="",
        metavar="PROFILE",
        help="A profile of settings.json, or `outline` for none. Default: what the settings route to, else the outline.",
    ),
    click.option("--write", is_flag=True, help="Write the file without asking."),
    click.option(
        "--override",
        default="",
        metavar="REASON",
        help="Draft although the requirements have EARS errors; the reason is recorded in the draft.",
    ),
    click.option("--max-tasks", type=click.IntRange(min=1), default=None, metavar="N", help="Bound the number of tasks."),
    click.option("--replace-done", is_flag=True, help="Permit that a task list with ticked tasks is replaced."),
)


@made("draft", Options, PARAMS)
def command(options: Options) -> Output:
    """Draft the design or the tasks of SPEC from what is approved before it.

    Without a model the outline writes what the requirements say and asks what they leave open: the same bytes every time. With a model the
    same checks apply, with two repairs at most. The file is written with --write or after a yes; otherwise the diff is only shown.
    """
    app = app_here()
    request = DraftRequest(
        spec=options.spec,
        stage=Stage(options.stage),
        model=options.model,
        writes=options.write,
        override_reason=options.override,
        most_tasks=options.max_tasks,
        drops_done=options.replace_done,
    )
    outcome = draft(app, request)
    result = _result(outcome, options.stage, app.folder)
    has_failed = isinstance(outcome, Escalated) and bool(outcome.code)
    code = _OUTSIDE if has_failed else {"escalated": _FINDINGS, "declined": _REFUSED, "proposed": _REFUSED}.get(result.outcome, 0)
    return Output(result=result, text=_text(result, quoted(options.spec), is_written=options.write), exit_code=code)


def _result(outcome: DraftOutcome, stage: str, folder: str) -> Result:
    """Shape an outcome for programs."""
    match outcome:
        case Applied(made=draft_made):
            return _made(draft_made, stage, folder, "applied")
        case Proposed(made=draft_made, was_declined=was_declined):
            return _made(draft_made, stage, folder, "declined" if was_declined else "proposed")
        case Unchanged(made=draft_made):
            return _made(draft_made, stage, folder, "unchanged")
        case Escalated():
            tokens = _tokens(outcome.meter)
            return Result(
                spec=outcome.spec,
                stage=stage,
                path=shown(folder, outcome.path),
                outcome="escalated",
                model=outcome.model,
                attempts=outcome.attempts,
                diff="",
                notes=(),
                reasons=outcome.reasons,
                input_tokens=tokens[0],
                output_tokens=tokens[1],
                cost_usd=outcome.meter.cost_usd,
            )
        case _:
            assert_never(outcome)


def _made(draft_made: DraftMade, stage: str, folder: str, outcome: str) -> Result:
    """Shape a draft for programs."""
    tokens = _tokens(draft_made.meter)
    return Result(
        spec=draft_made.spec,
        stage=stage,
        path=shown(folder, draft_made.path),
        outcome=outcome,
        model=draft_made.model,
        attempts=draft_made.attempts,
        diff=draft_made.diff,
        notes=draft_made.notes,
        reasons=(),
        input_tokens=tokens[0],
        output_tokens=tokens[1],
        cost_usd=draft_made.meter.cost_usd,
    )


def _tokens(meter: Meter) -> tuple[int | None, int | None]:
    """Give the tokens of a meter; unknown ones are not 0."""
    return meter.input_tokens, meter.output_tokens


def _done(diff: str) -> str:
    r"""Say whether words that somebody wrote were replaced; a template's headings and comments are none.

    >>> _done("--- a/design.md\n-# Design\n+# Design: Login"), _done("--- a/design.md\n-We use a queue.")
    ('Wrote', 'Replaced what stood in')
    """
    gone = [row[1:].strip() for row in diff.splitlines() if row.startswith("-") and not row.startswith("---")]
    is_lost = any(row and not row.startswith(("#", "<!--")) for row in gone)
    return paint("Replaced what stood in", "yellow", "bold") if is_lost else paint("Wrote", "green", "bold")


def _text(result: Result, typed: str, *, is_written: bool) -> str:
    """Show the diff, what was noticed, and what comes next, with the spec as the person typed it: two specs may have one name."""
    if result.outcome == "escalated":
        reasons = [f"  - {safe(reason)}" for reason in result.reasons]
        return "\n".join(
            [
                f"{paint('No usable draft', 'red', 'bold')} from {result.model} after {result.attempts} answers:",
                *reasons,
                "",
                f"Write it yourself, change the requirements, or draft without a model: setsquare draft {result.stage} {typed} --model outline",
            ]
        )
    if result.outcome == "unchanged":
        return f"{result.path} is as drafted already.\nNext: setsquare approve {typed} {result.stage}"
    colours = {"+": ("green",), "-": ("red",), "@": ("cyan",)}
    lines = [] if is_written else [paint(row, *colours.get(row[:1], ())) for row in safe(result.diff).splitlines()]
    lines += [f"{paint('note', 'yellow')}  {safe(note)}" for note in result.notes]
    cost = "" if result.model == "outline" else f" ({result.attempts} answers, cost {cost_text(result.cost_usd)})"
    if result.outcome == "applied":
        return "\n".join(
            [
                *lines,
                f"{_done(result.diff)} {result.path} by {result.model}{cost}.",
                f"Next: read it, change what you want, then: setsquare approve {typed} {result.stage}",
            ]
        )
    word = "Not written: you said no." if result.outcome == "declined" else "Not written: nobody was there to say yes."
    return "\n".join(
        [
            *lines,
            f"{paint(word, 'yellow')} Drafted by {result.model}{cost}.",
            f"Write it: setsquare draft {result.stage} {typed} --write",
        ]
    )
