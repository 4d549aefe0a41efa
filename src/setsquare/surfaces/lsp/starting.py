"""Starts the language server, or says what it lacks."""

from __future__ import annotations

import sys
from collections.abc import Sequence

_KNOWN = ("--stdio",)
_PROCESS = "--clientProcessId="


def start(arguments: Sequence[str]) -> int:
    """Serve an editor over standard input and output and give the exit code: 2 for unknown arguments, 4 where the extra is missing."""
    wrong = next((argument for argument in arguments if argument not in _KNOWN and not argument.startswith(_PROCESS)), None)
    if wrong is not None:
        return _failed(f"`setsquare lsp` knows no `{wrong}`.", "It speaks over standard input and output; `--stdio` may be given.", 2)
    try:
        from setsquare.surfaces.lsp.server import serve  # noqa: PLC0415  (an extra)
    except ModuleNotFoundError as error:
        if error.name and error.name.partition(".")[0] in ("pygls", "lsprotocol", "cattrs", "attrs", "attr"):
            return _failed("The language server needs an extra that is not installed.", "Install it: pip install 'setsquare[lsp]'", 4)
        raise
    return serve(arguments)


def _failed(message: str, hint: str, code: int) -> int:
    """Say what failed, on standard error as the command line does."""
    sys.stderr.write(f"setsquare: {message}\n  {hint}\n")
    return code
