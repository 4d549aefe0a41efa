"""Starts the server, or says what it lacks; and answers one command line for it, in a process that only looks."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Sequence
from typing import NoReturn, Protocol

from setsquare.errors import SetsquareError
from setsquare.ports.own_answers import ANSWERING
from setsquare.surfaces.mcp.wanted import Wanted, wanted

_LEAST = 2


class CommandLine(Protocol):
    """The command line of this program."""

    def prepare(self) -> None:
        """Import what most questions need, ahead of them."""
        ...

    def run(self, arguments: list[str]) -> int:
        """Run a command line and give its exit code."""
        ...


def start(arguments: Sequence[str], answer: CommandLine) -> int:
    """Serve a client over standard input and output and give the exit code: 2 for wrong arguments, 4 where the extra is missing."""
    if arguments[:1] == [ANSWERING] and len(arguments) >= _LEAST and arguments[1].isdecimal():
        _answered(int(arguments[1]), answer)
    try:
        asked = wanted(arguments)
        return _printed(asked) if asked.client else _served(asked)
    except SetsquareError as error:
        return _failed(error.message, error.hint, error.exit_code)


def _answered(parent: int, answer: CommandLine) -> NoReturn:
    """Make ready, wait for the question, give up every way to change something, then answer."""
    from setsquare.wire.looking import question_awaited  # noqa: PLC0415  (start-up: a server does not)

    answer.prepare()
    asked = question_awaited(parent)
    code = answer.run(list(asked)) if asked is not None else 0
    with contextlib.suppress(OSError):
        sys.stdout.flush()
        sys.stderr.flush()
    # All that is left is to take apart some hundred modules, while the answer waits for the end.
    os._exit(code)


def _printed(asked: Wanted) -> int:
    from setsquare.surfaces.mcp.client_config import client_config  # noqa: PLC0415  (start-up: needs every tool)

    sys.stdout.write(client_config(asked))
    return 0


def _served(asked: Wanted) -> int:
    from setsquare.wire.looking import looking_world  # noqa: PLC0415  (start-up)

    world = looking_world(asked.workspace, asked.readable)
    try:
        from setsquare.surfaces.mcp.server import serve  # noqa: PLC0415  (an extra)
    except ModuleNotFoundError as error:
        if error.name and error.name.partition(".")[0] != "setsquare":
            return _failed("The MCP server needs an extra that is not installed.", "Install it: pip install 'setsquare[mcp]'", 4)
        raise
    return serve(world)


def _failed(message: str, hint: str, code: int) -> int:
    """Say what failed, on standard error as the command line does."""
    sys.stderr.write(f"setsquare: {message}\n  {hint}\n")
    return code
