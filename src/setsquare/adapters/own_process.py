"""Asks this program's own command line in a process of its own for every answer, which is ended when nobody waits for it any more."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import tempfile
from collections.abc import Mapping

from setsquare.ports.own_answers import ANSWERING, Said

LIMIT_S = 300.0
MOST_BYTES = 64_000_000
"""More than this is no answer to a question; the process is ended."""

MOST_AT_ONCE = 4
_MOST_BESIDE = 20_000
_PIECE = 1 << 16
_OFF = ("SETSQUARE_TRACEBACK", "PYTHONINSPECT", "PYTHONDEBUG", "PYTHONVERBOSE")


class _TooLong(Exception):
    """An answer that has no end."""


class OwnProcess:
    """Runs command lines in a workspace's folder, a few at once. They look only: see `adapters/looking_only.py`."""

    __slots__ = ("_environment", "_folder", "_room")

    def __init__(self, folder: str, environment: Mapping[str, str]) -> None:
        """Take the folder that every command line stands in, and the variables of the person."""
        self._folder = folder
        self._environment = {name: value for name, value in environment.items() if name not in _OFF}
        self._room = asyncio.Semaphore(MOST_AT_ONCE)

    # req: mcp-server/5.1
    # req: mcp-server/5.2
    async def answer(self, arguments: tuple[str, ...]) -> Said:
        """Run one command line; its process and all that it started are gone afterwards, also when the caller is cancelled."""
        async with self._room:
            with tempfile.TemporaryDirectory(prefix="setsquare-", ignore_cleanup_errors=True) as private:
                return await self._answered(arguments, private)

    async def _answered(self, arguments: tuple[str, ...], private: str) -> Said:
        try:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-P", "-m", "setsquare", "mcp", ANSWERING, str(os.getpid()), private, *arguments),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                cwd=self._folder,
                env={**self._environment, "TMPDIR": private},
                start_new_session=True,
            )
        except OSError as error:
            return Said(fault=f"no process could be started: {error.strerror or error}")
        try:
            async with asyncio.timeout(LIMIT_S):
                document, beside = await asyncio.gather(_read(process.stdout, MOST_BYTES), _read(process.stderr, _MOST_BESIDE, is_cut=True))
                await process.wait()
        except TimeoutError:
            return Said(fault=f"it took longer than {LIMIT_S:.0f} s")
        except _TooLong:
            return Said(fault=f"the answer is longer than {MOST_BYTES // 1_000_000} MB")
        finally:
            await _ended(process)
        said = beside.decode("utf-8", "replace")
        return Said(document=document, beside=said) if document else Said(beside=said, fault="it gave no answer")


async def _read(stream: asyncio.StreamReader | None, most: int, *, is_cut: bool = False) -> bytes:
    """Read a stream to its end; of one that is cut only the beginning is kept.

    Raises:
        _TooLong: it is longer than it may be.
    """
    kept = bytearray()
    while stream is not None and (piece := await stream.read(_PIECE)):
        if len(kept) + len(piece) <= most:
            kept += piece
        elif not is_cut:
            raise _TooLong
    return bytes(kept)


async def _ended(process: asyncio.subprocess.Process) -> None:
    """Kill a process with everything that it started, and see it off, also while this task is being cancelled.

    One that is over is left alone: its number may be somebody else's.
    """
    if process.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    leaving = asyncio.ensure_future(_left(process))
    while not leaving.done():
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.shield(leaving)


async def _left(process: asyncio.subprocess.Process) -> None:
    """Wait until a process is gone and both of its streams are at their end."""
    await process.wait()
    await _read(process.stdout, 0, is_cut=True)
    await _read(process.stderr, 0, is_cut=True)
