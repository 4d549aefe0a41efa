"""`setsquare lsp`: the page of help; the server itself is started before the command line is read."""

from __future__ import annotations

import click
from msgspec import Struct

from setsquare.errors import Usage
from setsquare.surfaces.cli.options import Output
from setsquare.surfaces.cli.options import command as made


class Options(Struct, frozen=True):
    """How editors start it."""

    stdio: bool


@made("lsp", Options, (click.option("--stdio", is_flag=True, help="Speak over standard input and output, as it always does."),))
def command(options: Options) -> Output:
    """Serve an editor: findings, links, completion and rename of specs (extra: lsp).

    Editors start it as `setsquare lsp`; it speaks the Language Server Protocol over standard input and output.

    Raises:
        Usage: something stands before or behind it that an editor does not write.
    """
    del options
    raise Usage(
        "`setsquare lsp` is started by an editor, without options of the command line.", "Write `setsquare lsp` or `setsquare lsp --stdio`."
    )
