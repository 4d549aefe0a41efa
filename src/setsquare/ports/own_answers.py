"""Answers of this program's own command line, asked one by one, each in a process that can write nothing."""

from __future__ import annotations

from typing import Protocol

from msgspec import Struct

ANSWERING = "--answering"
"""Stands behind `setsquare mcp` where this program asks itself; the number of the asking process follows, the folder that may be written, the command line."""


class Said(Struct, frozen=True, kw_only=True):
    """What a command line gave: its document as it was printed, and what it said beside it, for a log.

    `fault` says why there is no document, such as that it took too long; empty where there is one.
    """

    document: bytes = b""
    beside: str = ""
    fault: str = ""


class OwnAnswers(Protocol):
    """Asks the command line of this program."""

    async def answer(self, arguments: tuple[str, ...]) -> Said:
        """Run one command line to its end; a caller that is cancelled ends it."""
        ...
