"""`setsquare mcp`: the page of help; the server itself is started before the command line is read."""

from __future__ import annotations

import click
from msgspec import Struct

from setsquare.errors import Usage
from setsquare.surfaces.cli.options import Output
from setsquare.surfaces.cli.options import command as made


class Options(Struct, frozen=True):
    """How clients start it."""

    workspace: str
    readable: tuple[str, ...]
    client: str
    stdio: bool


PARAMS = (
    click.option("--workspace", default="", metavar="PATH", help="The workspace; by default the one that the server is started in."),
    click.option(
        "--read",
        "readable",
        multiple=True,
        metavar="PATH",
        help="A file or folder beside the workspace that may be read too; may be given again.",
    ),
    click.option(
        "--print-config",
        "client",
        default="",
        metavar="CLIENT",
        help="Print what to paste into the configuration of kiro, claude, cursor or vscode, and serve nothing.",
    ),
    click.option("--stdio", is_flag=True, help="Speak over standard input and output, as it always does."),
)


@made("mcp", Options, PARAMS)
def command(options: Options) -> Output:
    """Serve a model in another program: the answers of check, trace, impact, drift, policy and iam as read-only tools (extra: mcp).

    Clients such as Kiro start it as `setsquare mcp`; it speaks the Model Context Protocol over standard input and output. No tool can write, run a
    command or reach the network.
    """
    del options
    raise Usage("`setsquare mcp` is started by a client, without other options of the command line.", "Write `setsquare mcp` first.")
