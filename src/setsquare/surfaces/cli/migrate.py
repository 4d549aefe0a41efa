"""`setsquare migrate`."""

from __future__ import annotations

import click
from msgspec import Struct

from setsquare._version import __version__
from setsquare.errors import Usage
from setsquare.journeys.migrating import Deed
from setsquare.journeys.migration import KIRO, SOURCE_IDS, Migration, Outcome, carry_out, planned_migration, planned_undo, undo
from setsquare.journeys.skill_files import Ground
from setsquare.migrate.rule_lines import RuleLine
from setsquare.surfaces.cli.diff import coloured
from setsquare.surfaces.cli.options import Output
from setsquare.surfaces.cli.options import command as made
from setsquare.surfaces.cli.style import paint, safe
from setsquare.text.counted import counted
from setsquare.text.paths import quoted
from setsquare.wire import app_here, files_at, links_at, workspace_folder

_FINDINGS = 1
_REFUSED = 3
_SHOWN = 10
"""Reports of one kind that the text lists; JSON lists all."""


class Options(Struct, frozen=True, kw_only=True):
    """From where, and how."""

    source: str
    dry_run: bool
    undo: bool
    yes: bool


class MigratedFile(Struct, frozen=True, kw_only=True):
    """One file: what is done with it, the files that its text is from, and why."""

    path: str
    deed: str
    sources: tuple[str, ...]
    reason: str


class Told(Struct, frozen=True, kw_only=True):
    """A word about a file; `line` from 1, 0 for the whole file."""

    path: str
    line: int
    text: str


class LeftOut(Struct, frozen=True, kw_only=True):
    """Lines that are in no target, word for word, with the first one's number and what became of them."""

    path: str
    line: int
    text: str
    reason: str


class Place(Struct, frozen=True, kw_only=True):
    """A rule as it stands somewhere."""

    path: str
    line: int
    text: str


class Duplicate(Struct, frozen=True, kw_only=True):
    """One rule at two places; `same` tells whether the words are equal."""

    same: bool
    first: Place
    second: Place


class Contradiction(Struct, frozen=True, kw_only=True):
    """Two rules that cannot both be followed, and what each says about the subject."""

    subject: str
    first_value: str
    second_value: str
    first: Place
    second: Place


class Result(Struct, frozen=True, kw_only=True):
    """What a migration does, or did when `outcome` is `applied`; `edits` shows how files that stay differ from what would be written."""

    schema: str = "setsquare/migrate/1"
    action: str
    outcome: str
    sources: tuple[str, ...] = ()
    files: tuple[MigratedFile, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    notes: tuple[Told, ...] = ()
    problems: tuple[Told, ...] = ()
    duplicates: tuple[Duplicate, ...] = ()
    contradictions: tuple[Contradiction, ...] = ()
    diff: str = ""
    edits: str = ""


@made(
    "migrate",
    Options,
    (
        click.option("--from", "source", default="", metavar="SOURCE", help=f"Only from: {', '.join((*SOURCE_IDS, KIRO))}, or one file."),
        click.option("--dry-run", is_flag=True, help="Only show what would change."),
        click.option("--undo", is_flag=True, help="Take the last migration back, byte by byte."),
        click.option("--yes", is_flag=True, help="Do it without asking; without it somebody must be at the terminal."),
    ),
)
def command(options: Options) -> Output:
    """Carry over instruction files of other tools, OpenSpec's old files and Kiro's older files.

    Shows the change as a diff and asks. What people wrote stays where it is. Rules that two files state twice or against each other are reported.
    Ends with 1 when a file could not be carried over, with 3 when nobody said yes.
    """
    if options.undo and options.source:
        raise Usage("--undo takes the last migration back, whatever it came from.", "Leave --from out.")
    folder = workspace_folder()
    ground = Ground(files=files_at(folder), links=links_at(folder), version=__version__)
    return _undone(ground, options) if options.undo else _migrated(ground, options)


def _migrated(ground: Ground, options: Options) -> Output:
    """Show a migration, or carry it out."""
    planned, outcome = planned_migration(ground, options.source), Outcome.PROPOSED
    if not options.dry_run:
        planned, outcome = carry_out(app_here(), planned, lambda: planned_migration(ground, options.source), is_sure=options.yes)
    elif not planned.plan.changes:
        outcome = Outcome.NOTHING
    result = _result(planned, outcome)
    is_refused = not options.dry_run and outcome in (Outcome.PROPOSED, Outcome.DECLINED)
    code = _REFUSED if is_refused else _FINDINGS if planned.problems else 0
    again = "setsquare migrate" + (f" --from {quoted(options.source)}" if options.source else "") + ("" if options.dry_run else " --yes")
    return Output(result=result, text=_text(result, again), exit_code=code)


def _undone(ground: Ground, options: Options) -> Output:
    """Show what taking the last migration back changes, or do it."""
    planned = planned_undo(ground)
    if planned is None:
        result = Result(action="undo", outcome=Outcome.NOTHING.value)
        return Output(result=result, text="There is no migration to take back.")
    outcome = Outcome.PROPOSED if options.dry_run else undo(app_here(), planned, is_sure=options.yes)
    deed = "restored" if outcome is Outcome.APPLIED else "restore"
    files = (
        *(MigratedFile(path=path, deed=deed, sources=(), reason="") for path in planned.restored),
        *(MigratedFile(path=path, deed="kept", sources=(), reason="somebody edited it since") for path in planned.edited),
    )
    result = Result(action="undo", outcome=outcome.value, files=files, diff=planned.diff)
    lines = coloured(planned.diff) if outcome is Outcome.PROPOSED else []
    lines += [f"  {paint(file.deed, 'green' if file.deed == deed else 'yellow')}  {_shown(file.path)}" for file in files]
    if planned.edited:
        lines.append("Nothing can be taken back while these stand as edited.")
    elif outcome is Outcome.APPLIED:
        lines.append("Every file is as it was before the migration.")
    elif outcome is Outcome.DECLINED:
        lines.append("Nothing was written.")
    else:
        lines.append("Nothing is written yet. Next: setsquare migrate --undo" + ("" if options.dry_run else " --yes"))
    is_refused = outcome is not Outcome.APPLIED and not options.dry_run
    return Output(result=result, text="\n".join(lines), exit_code=_REFUSED if is_refused else _FINDINGS if planned.edited else 0)


def _result(planned: Migration, outcome: Outcome) -> Result:
    return Result(
        action="migrate",
        outcome=outcome.value,
        sources=planned.sources,
        files=tuple(MigratedFile(path=step.path, deed=step.deed.value, sources=step.sources, reason=step.why) for step in planned.steps),
        left_out=tuple(LeftOut(path=left.path, line=left.line, text=left.text, reason=left.why) for left in planned.left_out),
        notes=tuple(Told(path=note.path, line=0, text=note.text) for note in planned.notes),
        problems=tuple(Told(path=problem.path, line=problem.line, text=problem.reason) for problem in planned.problems),
        duplicates=tuple(Duplicate(same=one.is_same, first=_place(one.first), second=_place(one.second)) for one in planned.doubles),
        contradictions=tuple(
            Contradiction(
                subject=one.subject,
                first_value=one.first_value,
                second_value=one.second_value,
                first=_place(one.first),
                second=_place(one.second),
            )
            for one in planned.contradictions
        ),
        diff=planned.diff,
        edits=planned.edits,
    )


def _place(rule: RuleLine) -> Place:
    return Place(path=rule.path, line=rule.line, text=rule.text)


_WILL = {
    Deed.WRITTEN.value: "write",
    Deed.REWRITTEN.value: "rewrite",
    Deed.STRIPPED.value: "strip",
    Deed.REMOVED.value: "remove",
}


def _text(result: Result, again: str) -> str:
    """Say what is changed and what a person should look at; the diff where nothing was written yet."""
    is_applied = result.outcome == Outcome.APPLIED.value
    shown = coloured(result.diff) if result.outcome == Outcome.PROPOSED.value else []
    shown += coloured(result.edits)
    lines = [*shown, *("" for _ in shown[:1])]
    for file in result.files:
        if file.deed == Deed.UNCHANGED.value:
            continue
        is_kept = file.deed == Deed.KEPT.value
        word = file.deed if is_kept or is_applied else _WILL[file.deed]
        origin = f" (from {', '.join(file.sources)})" if file.sources and not is_kept else ""
        reason = f": {file.reason}" if file.reason else ""
        lines.append(f"  {paint(word, 'yellow' if is_kept else 'green')}  {_shown(file.path + origin + reason)}")
    current = sum(file.deed == Deed.UNCHANGED.value for file in result.files)
    lines += [f"  {paint('current', 'dim')}  {counted(current, 'file')}"] if current else []
    lines += [f"  {paint('note', 'dim')}  {_shown(f'{note.path}: {note.text}')}" for note in result.notes]
    lines += [
        f"  {paint('problem', 'red')}  {_shown(_at(problem))}: {_shown(problem.text)}; it is not carried over"
        for problem in result.problems
    ]
    return "\n".join([*lines, *_compared(result), _end(result, again)])


def _at(told: Told) -> str:
    return f"{told.path}:{told.line}" if told.line else told.path


def _compared(result: Result) -> list[str]:
    """List rules that stand twice or against each other, with both places."""
    lines: list[str] = []
    if result.contradictions:
        lines.append(f"{counted(len(result.contradictions), 'contradiction')}: both places stay as they are; decide which holds.")
    for one in result.contradictions[:_SHOWN]:
        lines.append(f"  {paint('against', 'red')}  {_shown(one.subject)}: {_shown(one.first_value)} or {_shown(one.second_value)}")
        lines += [f"      {_shown(f'{place.path}:{place.line}  {place.text}')}" for place in (one.first, one.second)]
    lines += [f"  and {len(result.contradictions) - _SHOWN} more: --format json"] if len(result.contradictions) > _SHOWN else []
    groups: dict[tuple[str, int], list[Duplicate]] = {}
    for twice in result.duplicates:
        groups.setdefault((twice.first.path, twice.first.line), []).append(twice)
    if groups:
        lines.append(f"{counted(len(groups), 'rule')} at more than one place: kept at each.")
    for found in tuple(groups.values())[:_SHOWN]:
        first = found[0].first
        places = ", ".join(f"{place.path}:{place.line}" for place in (first, *(twice.second for twice in found)))
        word = "twice" if all(twice.same for twice in found) else "nearly twice"
        lines.append(f"  {paint(word, 'yellow')}  {_shown(f'{first.text}  ({places})')}")
    lines += [f"  and {len(groups) - _SHOWN} more: --format json"] if len(groups) > _SHOWN else []
    return lines


def _end(result: Result, again: str) -> str:
    """Say what comes next."""
    match result.outcome:
        case Outcome.APPLIED.value:
            return "Next: setsquare check; then commit. Take it back: setsquare migrate --undo"
        case Outcome.NOTHING.value:
            return "Nothing is to be changed."
        case Outcome.DECLINED.value:
            return "Nothing was written."
    return f"Nothing is written yet. Next: {again}"


def _shown(text: str) -> str:
    """Show a text on one line: a file's name may hold a line end."""
    return safe(text).replace("\n", "\\n")
