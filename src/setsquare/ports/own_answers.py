"""Answers of this program's own command line, asked one by one, each in a process that can write nothing."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from msgspec import Struct

ANSWERING = "--answering"
"""Stands behind `setsquare mcp` where this program asks itself; the number of the asking process follows. What is asked comes through standard input."""


class Asked(Struct, frozen=True, kw_only=True):
    """One question for a process that answers: the command line, where it stands, what it may read and the one folder that it may write.

    `environment` comes this way too: what a process was started with can be read in /proc by whoever it can be made to read for.
    """

    arguments: tuple[str, ...]
    folder: str
    private: str
    readable: tuple[str, ...]
    environment: dict[str, str]


class Said(Struct, frozen=True, kw_only=True):
    """What a command line gave: its document as it was printed, and what it said beside it, for a log.

    `fault` says why there is no document, such as that it took too long; empty where there is one.
    """

    document: bytes = b""
    beside: str = ""
    fault: str = ""


class OwnAnswers(Protocol):
    """Asks the command line of this program."""

    def readiness(self) -> AbstractAsyncContextManager[None]:
        """Keep a process ready for the next question while this lasts; without it questions are answered too, later."""
        ...

    async def answer(self, arguments: tuple[str, ...]) -> Said:
        """Run one command line to its end; a caller that is cancelled ends it."""
        ...
