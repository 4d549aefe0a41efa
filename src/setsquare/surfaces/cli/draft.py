"""`setsquare draft`."""

from __future__ import annotations

from typing import assert_never

import click
from msgspec import Struct

from setsquare.errors import Usage
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
    changed: bool
    since: str
    drop_obsolete: bool


class Unit(Struct, frozen=True, kw_only=True):
    """One part of the document that a change of the requirements reaches.

    `key` is a task's number, a section's title or a property; `action` is one of `replaced`, `appended`, `renumbered`, `marked`, `kept`, `removed`,
    `conflict`.
    """

    key: str
    title: str
    action: str


class Result(Struct, frozen=True, kw_only=True):
    """What became of the draft: `outcome` is `applied`, `proposed`, `declined`, `unchanged` or `escalated`.

    Tokens are null where the provider did not count them; `cost_usd` is null where no price is known. `units` are the parts that were looked at
    where only those were drafted that a change reaches.
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
    units: tuple[Unit, ...] = ()


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
    click.option("--changed", is_flag=True, help="Draft only what a change of the requirements reaches; all else stays byte by byte."),
    click.option(
        "--since",
        default="",
        metavar="REF",
        help="With --changed: compare with the requirements where this commit and HEAD part. Default: those that the document was made from.",
    ),
    click.option("--drop-obsolete", is_flag=True, help="With --changed: take open tasks away of whose criteria none is left."),
)


@made("draft", Options, PARAMS)
def command(options: Options) -> Output:
    """Draft the design or the tasks of SPEC from what is approved before it.

    Without a model the outline writes what the requirements say and asks what they leave open: the same bytes every time. With a model the
    same checks apply, with two repairs at most. The file is written with --write or after a yes; otherwise the diff is only shown.

    With --changed a document that stands already is brought up to changed requirements: what the change does not reach, ticked boxes and what
    people wrote stay. What cannot be merged with it goes to a file beside, such as tasks.proposed.md.
    """
    if (options.since or options.drop_obsolete) and not options.changed:
        raise Usage("`--since` and `--drop-obsolete` belong to `--changed`.", "Add `--changed`.")
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
    if options.changed:
        from setsquare.journeys.redrafting import RedraftRequest, redraft  # noqa: PLC0415  (only this way of drafting needs it)

        outcome = redraft(app, RedraftRequest(draft=request, since=options.since, drops_obsolete=options.drop_obsolete))
    else:
        outcome = draft(app, request)
    result = _result(outcome, options.stage, app.folder)
    has_failed = isinstance(outcome, Escalated) and bool(outcome.code)
    code = _OUTSIDE if has_failed else {"escalated": _FINDINGS, "declined": _REFUSED, "proposed": _REFUSED}.get(result.outcome, 0)
    text = _text(result, quoted(options.spec), is_written=options.write, is_changed=options.changed)
    return Output(result=result, text=text, exit_code=code)


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
        units=tuple(Unit(key=unit.key, title=unit.title, action=unit.action.value) for unit in draft_made.units),
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


def _text(result: Result, typed: str, *, is_written: bool, is_changed: bool) -> str:
    """Show the diff, what was noticed, and what comes next, with the spec as the person typed it: two specs may have one name."""
    again = f"setsquare draft {result.stage} {typed}{' --changed' if is_changed else ''}"
    if result.outcome == "escalated":
        return _escalated(result, again, is_changed=is_changed)
    notes = [f"{paint('note', 'yellow')}  {safe(note)}" for note in result.notes]
    if result.outcome == "unchanged":
        word = "is up to its requirements" if is_changed else "is as drafted"
        shown_notes = notes if is_changed else []
        return "\n".join([*shown_notes, f"{result.path} {word} already.", f"Next: setsquare approve {typed} {result.stage}"])
    colours = {"+": ("green",), "-": ("red",), "@": ("cyan",)}
    lines = [] if is_written else [paint(row, *colours.get(row[:1], ())) for row in safe(result.diff).splitlines()]
    lines += [f"{unit.action:<10}  {safe(unit.key)}  {safe(unit.title)}".rstrip() for unit in result.units]
    lines += notes
    cost = "" if result.model == "outline" else f" ({result.attempts} answers, cost {cost_text(result.cost_usd)})"
    if result.outcome == "applied":
        done = paint("Brought up to date", "green", "bold") if is_changed else _done(result.diff)
        return "\n".join(
            [
                *lines,
                f"{done} {result.path} by {result.model}{cost}.",
                f"Next: read it, change what you want, then: setsquare approve {typed} {result.stage}",
            ]
        )
    word = "Not written: you said no." if result.outcome == "declined" else "Not written: nobody was there to say yes."
    return "\n".join([*lines, f"{paint(word, 'yellow')} Drafted by {result.model}{cost}.", f"Write it: {again} --write"])


def _escalated(result: Result, again: str, *, is_changed: bool) -> str:
    """Say why there is no draft and who can go on."""
    reasons = [f"  - {safe(reason)}" for reason in result.reasons]
    workshop = "What the model misses twice is not clear enough: hold a design workshop on the changed criteria, or draft"
    advice = workshop if is_changed else "Write it yourself, change the requirements, or draft"
    return "\n".join(
        [
            f"{paint('No usable draft', 'red', 'bold')} from {result.model} after {result.attempts} answers:",
            *reasons,
            "",
            f"{advice} without a model: {again} --model outline",
        ]
    )
