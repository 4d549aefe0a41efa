"""Runs one command line: the top level where every failure becomes a message and an exit code."""

from __future__ import annotations

import itertools
import os
from pathlib import Path

import click
from msgspec import Struct

from setsquare._version import __version__
from setsquare.errors import SetsquareError
from setsquare.surfaces.cli.loading import LazyGroup
from setsquare.surfaces.cli.options import pretty
from setsquare.surfaces.cli.places import from_here
from setsquare.surfaces.cli.streams import OutputFailed, discard, prepare, write_document, write_error

INTERRUPTED = 130

EXIT_CODES = (
    "Exit codes: 0 ok · 1 findings, or a task that did not verify · 2 usage, or input that cannot be read · 3 refused, or stopped for want of "
    "an answer or approval · 4 something outside failed · 130 interrupted"
)


class ErrorBody(Struct, frozen=True):
    """What failed: a stable code, a message, what to do next."""

    code: str
    message: str
    hint: str


class ErrorResult(Struct, frozen=True, kw_only=True):
    """The output of any command that failed, with `--format json`."""

    schema: str = "setsquare/error/1"
    error: ErrorBody


@click.group(cls=LazyGroup, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]}, epilog=EXIT_CODES)
@click.version_option(__version__, "--version", prog_name="setsquare", message="%(prog)s %(version)s")
@click.option(
    "--format", "output_format", type=click.Choice(["text", "json"]), default="text", help="How to print the status, without a command."
)
@click.pass_context
def group(ctx: click.Context, output_format: str) -> int | None:
    """From EARS requirements to verified, traced, committed code, under guard rails.

    Without a command: `setsquare status`.
    """
    if ctx.invoked_subcommand is None:
        status = group.get_command(ctx, "status")
        if status is not None:
            return int(ctx.invoke(status, output_format=output_format))
    return None


def run(arguments: list[str]) -> int:
    """Run a command line and give its exit code; never raises."""
    prepare()
    is_json = _wants_json(arguments)
    try:
        code = group.main(args=arguments, prog_name="setsquare", standalone_mode=False)
    except OutputFailed as error:
        return _fail(ErrorBody(error.code, error.message, error.hint), error.exit_code, is_json=False)
    except SetsquareError as error:
        return _fail(ErrorBody(error.code, from_here(error.message), from_here(error.hint)), error.exit_code, is_json=is_json)
    except click.exceptions.Exit as error:
        return error.exit_code
    except click.exceptions.Abort:
        return _fail(ErrorBody("interrupted", "Interrupted.", ""), INTERRUPTED, is_json=is_json)
    except click.ClickException as error:
        return _fail(ErrorBody("usage", _usage_message(error), _usage_hint(error)), 2, is_json=is_json)
    except KeyboardInterrupt:
        return _fail(ErrorBody("interrupted", "Interrupted.", ""), INTERRUPTED, is_json=is_json)
    except BrokenPipeError:
        discard()
        return 0
    except Exception as error:  # noqa: BLE001  (the surface's top level)
        if os.environ.get("SETSQUARE_TRACEBACK"):
            write_error(_way(error))
        body = _unforeseen(error)
        return _fail(body, 2 if body.code == "usage" else 4, is_json=is_json)
    return code if isinstance(code, int) else 0


def _unforeseen(error: Exception) -> ErrorBody:
    """Explain what nobody foresaw: a current folder that vanished can fail any command anywhere."""
    if isinstance(error, FileNotFoundError) and not _has_folder():
        return ErrorBody("usage", "The current folder does not exist any more.", "Change to a folder that exists.")
    if isinstance(error, OSError) and error.strerror:
        place = f" `{error.filename}`" if error.filename else ""
        return ErrorBody(
            "world-failed",
            f"The system refused an access{place}: {error.strerror}.",
            "Check its permissions and free space, then run it again.",
        )
    hint = "This is a defect of Setsquare. Run again with SETSQUARE_TRACEBACK=1 and report what it prints."
    return ErrorBody("internal", f"{type(error).__name__} {_place(error)}", hint)


def _place(error: Exception) -> str:
    """Say where in Setsquare something went wrong; the message is left out, because it may hold a prompt or a key (safety.md AT36)."""
    import traceback  # noqa: PLC0415  (start-up: only a defect needs it)

    own = [frame for frame in traceback.extract_tb(error.__traceback__) if f"{os.sep}setsquare{os.sep}" in frame.filename]
    return f"in {own[-1].filename.rpartition(f'{os.sep}setsquare{os.sep}')[2]}, line {own[-1].lineno}" if own else "somewhere"


def _way(error: BaseException) -> str:
    """Show the way to a defect through the code, and of every exception its kind alone: what is reported may hold no prompt and no key."""
    import traceback  # noqa: PLC0415  (start-up: only a defect needs it)

    parts: list[str] = []
    seen: set[int] = set()
    found: BaseException | None = error
    while found is not None and id(found) not in seen:
        seen.add(id(found))
        parts.append("".join((*traceback.format_tb(found.__traceback__), f"{type(found).__name__}\n")))
        found = found.__cause__ or (None if found.__suppress_context__ else found.__context__)
    return "which led to:\n".join(reversed(parts))


def _has_folder() -> bool:
    """Tell whether the current folder still exists."""
    try:
        Path.cwd()
    except FileNotFoundError:
        return False
    return True


def _wants_json(arguments: list[str]) -> bool:
    """Tell whether errors must be JSON, before the options are parsed."""
    return "--format=json" in arguments or ("--format", "json") in itertools.pairwise(arguments)


def _usage_message(error: click.ClickException) -> str:
    """Say in one sentence what is wrong with a command line."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError) and isinstance(error.ctx.command, click.Group):
        return f"`{error.ctx.command_path}` needs a command: {', '.join(error.ctx.command.list_commands(error.ctx))}."
    return " ".join(error.format_message().split())


def _usage_hint(error: click.ClickException) -> str:
    """Name the help page that shows the right usage."""
    context = getattr(error, "ctx", None)
    return f"See `{context.command_path} --help`." if isinstance(context, click.Context) else "See `setsquare --help`."


def _fail(body: ErrorBody, code: int, *, is_json: bool) -> int:
    """Print a failure: JSON on standard output, text on standard error."""
    if is_json and _is_written(pretty(ErrorResult(error=body))):
        return code
    message, hint = _in_one_line(body.message), _in_one_line(body.hint)
    write_error(f"setsquare: {message}\n" + (f"  {hint}\n" if hint else ""))
    return code


def _in_one_line(text: str) -> str:
    """Write line ends as escapes: a spec's name may hold one, and what follows would pass for a line of its own."""
    return text.rstrip("\n").replace("\r", "\\r").replace("\n", "\\n")


def _is_written(document: str) -> bool:
    """Write a document; where that fails the message goes to standard error instead."""
    try:
        write_document(document)
    except OutputFailed:
        return False
    return True
