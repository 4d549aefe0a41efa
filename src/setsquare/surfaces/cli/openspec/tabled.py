"""A group of OpenSpec's commands: lazily loaded, with that tool's usage errors and exit codes."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

import click
from msgspec import Struct

from setsquare.errors import SetsquareError
from setsquare.surfaces.cli.loading import Listed, loaded
from setsquare.surfaces.cli.openspec.usage_errors import unknown_command, worded
from setsquare.surfaces.cli.streams import OutputFailed, write_document, write_error

VERSION = "1.13.2"
"""The version of OpenSpec whose contract these commands keep."""

INTERRUPTED = 130


class OwnOptions(Struct, frozen=True):
    """A group's own options, and what runs with them once a command of the group was found."""

    options: tuple[click.Option, ...]
    checked: Callable[..., None]


class TabledGroup(click.Group):
    """A group whose commands stand in a table. The outermost one also answers `--version` and takes `--no-color`, wherever they stand.

    `lost` tells, in place of the usual words and for JSON or not,
    that a name stands for no command or, when it is empty, that none was given; it gives the exit code.
    """

    def __init__(
        self,
        name: str,
        table: Mapping[str, Listed],
        described: str,
        *,
        own: OwnOptions | None = None,
        lost: Callable[[str, bool], int] | None = None,
        is_outermost: bool = False,
    ) -> None:
        """Take the commands by name; `described` is the help text."""
        super().__init__(
            name,
            help=described,
            params=list(own.options) if own else [],
            callback=own.checked if own else None,
            context_settings={"help_option_names": ["-h", "--help"]},
        )
        self._table = table
        self._lost = lost
        self._is_outermost = is_outermost
        if is_outermost:
            self.params += [
                click.Option(["-V", "--version"], is_flag=True, help="Print the version of OpenSpec whose contract is kept."),
                click.Option(["--no-color"], is_flag=True, help="Print without colours."),
            ]

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  (click's signature)
        """List the commands in the table's order."""
        return list(self._table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  (click's signature)
        """Import one command."""
        listed = self._table.get(cmd_name)
        return None if listed is None else loaded(listed)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse what stands before the command's name; `help NAME` is `NAME --help`."""
        if ctx.resilient_parsing:
            return super().parse_args(ctx, args)
        rest = _without_globals(ctx, args) if self._is_outermost else args
        if self._lost is not None and all(word == "--json" for word in rest):
            ctx.exit(self._lost("", bool(rest)))
        if not rest:
            write_error(f"{ctx.get_help()}\n")
            ctx.exit(1)
        if rest[0] == "help":
            rest = [*rest[1:2], "--help"]
        try:
            return super().parse_args(ctx, rest)
        except click.ClickException as error:
            write_error(worded(error, self))
            ctx.exit(1)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or name the nearest ones."""
        if args[0] not in self._table and not ctx.resilient_parsing:
            if self._lost is not None:
                ctx.exit(self._lost(args[0], "--json" in args))
            write_error(unknown_command(args[0], tuple(self._table)))
            ctx.exit(1)
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> int:
        """Run the command and give its exit code; what fails is told in OpenSpec's way.

        Raises:
            OutputFailed: standard output cannot be written.
        """
        is_json = "--json" in ctx.args
        try:
            code = super().invoke(ctx)
        except OutputFailed:
            raise
        except SetsquareError as error:
            _told(error, is_json=is_json)
            ctx.exit(1)
        except (click.exceptions.Abort, KeyboardInterrupt):
            write_error("Cancelled.\n")
            ctx.exit(INTERRUPTED)
        except click.ClickException as error:
            write_error(worded(error, self.get_command(ctx, ctx.invoked_subcommand or "")))
            ctx.exit(1)
        return code if isinstance(code, int) else 0

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  (click's signature)
        """Write the commands from the table, without importing one."""
        for group in dict.fromkeys(listed.group for listed in self._table.values()):
            with formatter.section(group):
                formatter.write_dl([(name, listed.line) for name, listed in self._table.items() if listed.group == group])


def _without_globals(ctx: click.Context, args: list[str]) -> list[str]:
    """Take out what OpenSpec understands before and after a command's name; asked for the version, print it and end."""
    end = args.index("--") if "--" in args else len(args)
    if any(word in ("-V", "--version") for word in args[:end]):
        write_document(f"{VERSION}\n")
        ctx.exit(0)
    if "--no-color" in args[:end]:
        before = os.environ.get("NO_COLOR")
        os.environ["NO_COLOR"] = "1"
        ctx.call_on_close(lambda: _restored(before))
    return [word for index, word in enumerate(args) if word != "--no-color" or index > end]


def _restored(before: str | None) -> None:
    """Put the variable back, for who runs several command lines in one process."""
    if before is None:
        os.environ.pop("NO_COLOR", None)
    else:
        os.environ["NO_COLOR"] = before


def _told(error: SetsquareError, *, is_json: bool) -> None:
    """Tell a failure of the world: as `status` on standard output, else in lines on standard error."""
    if not is_json:
        write_error(f"Error: {error.message}\n" + (f"Fix: {error.hint}\n" if error.hint else ""))
        return
    from setsquare.spec.openspec.diagnostic import Diagnostic, Severity  # noqa: PLC0415  (start-up: only a failure needs it)
    from setsquare.surfaces.cli.openspec.answer import Failed, document  # noqa: PLC0415

    finding = Diagnostic(severity=Severity.ERROR, code=error.code.replace("-", "_"), message=error.message, fix=error.hint)
    write_document(document(Failed(status=(finding,))))
