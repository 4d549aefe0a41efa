"""`setsquare case`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import click
from msgspec import Struct

from setsquare.errors import NeedsAnswer, StorageFailed, Unreadable
from setsquare.journeys.case import Case, read_case, write_case
from setsquare.journeys.case_exporting import exported
from setsquare.journeys.case_replaying import Replayed, replayed, smallest
from setsquare.surfaces.cli.options import Output
from setsquare.surfaces.cli.options import command as made
from setsquare.surfaces.cli.style import paint, safe
from setsquare.text.counted import counted
from setsquare.wire import app_here, case_app


class ExportOptions(Struct, frozen=True, kw_only=True):
    """Which run, into which file."""

    run: str
    file: str


class ReplayOptions(Struct, frozen=True, kw_only=True):
    """Which case, and whether to make it smaller."""

    file: str
    yes: bool
    shrink: str | None


class ExportResult(Struct, frozen=True, kw_only=True):
    """What the case holds; `left_out` are files that may hold secrets."""

    schema: str = "setsquare/case-export/1"
    run: str
    task: str
    code: str
    turns: int
    files: int
    left_out: tuple[str, ...]
    to: str


class ReplayResult(Struct, frozen=True, kw_only=True):
    """Whether the case ended as it was recorded; `turns` is how many it holds, fewer after `--shrink`."""

    schema: str = "setsquare/case-replay/1"
    same: bool
    expected: str
    seen: str
    rule: str
    turns: int
    to: str = ""


@click.group("case")
def command() -> None:
    """Cut a failed task out of its run, to play it again elsewhere."""


@made("export", ExportOptions, (click.argument("run"), click.argument("file", type=click.Path(dir_okay=False))))
def export(options: ExportOptions) -> Output:
    """Write the task in which RUN stopped to FILE: the files it began with, what the model said, what people answered.

    Files that may hold secrets are left out. The case can be given to somebody else: it plays without a model and without your workspace.
    """
    case = exported(app_here(), options.run)
    try:
        Path(options.file).write_bytes(write_case(case))
    except OSError as error:
        raise StorageFailed(f"The case could not be written to {options.file}: {error.strerror}.", "Name another file.") from error
    result = ExportResult(
        run=case.run,
        task=case.task,
        code=case.ending.code,
        turns=len(case.said),
        files=len(case.files),
        left_out=case.left_out,
        to=options.file,
    )
    text = (
        f"Task {safe(case.task)} of run {case.run}, which ended with {case.ending.code or 'success'}: "
        f"{counted(len(case.said), 'turn')}, {counted(len(case.files), 'file')}, in {safe(options.file)}.\n"
        + (f"Left out, because they may hold secrets: {safe(', '.join(case.left_out[:10]))}\n" if case.left_out else "")
        + f"Play it: setsquare case replay {safe(options.file)}"
    )
    return Output(result=result, text=text)


@made(
    "replay",
    ReplayOptions,
    (
        click.argument("file", type=click.Path(dir_okay=False)),
        click.option("--yes", is_flag=True, help="Run the commands of the case without showing them first; they run in the sandbox."),
        click.option(
            "--shrink", metavar="FILE", default=None, type=click.Path(dir_okay=False), help="Write a smaller case that ends the same way."
        ),
    ),
)
def replay(options: ReplayOptions) -> Output:
    """Play a case in a temporary folder and say whether it ends as it was recorded: exit 0 when it does, 1 when not.

    Its commands run in the sandbox, without network, on the case's own files.
    """
    try:
        case = read_case(Path(options.file).read_bytes())
    except OSError as error:
        raise Unreadable(f"The case {options.file} cannot be read: {error.strerror}.", "Check the path.") from error
    if not options.yes:
        _consent(case)
    seen = _played(case)
    turns, to = len(case.said), ""
    if options.shrink is not None and seen.is_same:
        small = smallest(case, lambda each: _played(each).is_same)
        Path(options.shrink).write_bytes(write_case(small))
        turns, to = len(small.said), options.shrink
    result = ReplayResult(same=seen.is_same, expected=case.ending.code, seen=seen.ending.code, rule=seen.ending.rule, turns=turns, to=to)
    return Output(result=result, text=_text(result), exit_code=0 if seen.is_same else 1)


def _consent(case: Case) -> None:
    """Show what would run, and ask.

    Raises:
        NeedsAnswer: nobody said yes.
    """
    commands = [f"  {safe(call.arguments)}" for turn in case.said if turn.reply for call in turn.reply.calls if call.tool == "shell"]
    click.echo("\n".join(["The case runs these commands, in the sandbox:", f"  verification: {safe(case.verify)}", *commands]), err=True)
    if not sys.stdin.isatty() or not click.confirm("Play it?", err=True):
        raise NeedsAnswer("Nobody agreed to run the case's commands.", "Read them, then add `--yes`.")


def _played(case: Case) -> Replayed:
    """Play a case in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="setsquare-case-") as place:
        return replayed(case_app(Path(place), case), case)


def _text(result: ReplayResult) -> str:
    """Say how it ended."""
    seen = result.seen or "success"
    rule = f" [{safe(result.rule)}]" if result.rule else ""
    if not result.same:
        return f"{paint('✗', 'yellow')} The case ended with {seen}{rule}; recorded was {result.expected or 'success'}."
    shrunk = f" A case of {result.turns} turns that ends the same way is in {safe(result.to)}." if result.to else ""
    return f"{paint('✓', 'green')} The case ended as recorded: {seen}{rule}.{shrunk}"


command.add_command(export)
command.add_command(replay)
