"""Asks this program's own command line in a process of its own for every answer, which is ended when nobody waits for it any more.

One process can stand ready: it has imported what it needs and waits for its only question, with every way to read and write still open and nothing read yet.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import sys
import tempfile
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import msgspec

from setsquare.ports.own_answers import ANSWERING, Asked, Said

LIMIT_S = 300.0
MOST_BYTES = 64_000_000
"""More than this is no answer to a question; the process is ended."""

MOST_AT_ONCE = 4
MOST_WAITING = 200
"""Questions that wait for one of these to be answered; more are no longer taken."""
_MOST_BESIDE = 20_000
_PIECE = 1 << 16
_AT_START = ("HOME", "PATH", "TZ", "LANG", "LANGUAGE", "SYSTEMROOT")
_AT_START_PREFIXES = ("LC_", "PYTHON", "LD_", "DYLD_", "COVERAGE_")
"""What Python itself must have from its first moment; no secret stands in these."""
_OFF = ("SETSQUARE_TRACEBACK", "PYTHONINSPECT", "PYTHONDEBUG", "PYTHONVERBOSE")


class _TooLong(Exception):
    """An answer that has no end."""


class OwnProcess:
    """Runs command lines in a workspace's folder, a few at once. They look only: see `adapters/looking_only.py`."""

    __slots__ = ("_environment", "_folder", "_is_kept", "_readable", "_ready", "_room", "_running", "_waiting")

    def __init__(self, folder: str, environment: Mapping[str, str], readable: tuple[str, ...] = ("/",)) -> None:
        """Take the folder that every command line stands in, the variables of the person, and all that may be read."""
        self._folder = folder
        self._environment = {name: value for name, value in environment.items() if name not in _OFF}
        self._readable = readable
        self._room = asyncio.Semaphore(MOST_AT_ONCE)
        self._ready: Process | None = None
        self._is_kept = False
        self._waiting = 0
        self._running: dict[Process, str] = {}

    @asynccontextmanager
    async def readiness(self) -> AsyncIterator[None]:
        """Keep a process ready while this lasts, and end it then."""
        self._is_kept = True
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._leave, number)
        try:
            await self._prepare()
            yield
        finally:
            self._is_kept = False
            ready, self._ready = self._ready, None
            if ready is not None:
                await _ended(ready)

    def _leave(self, number: int) -> None:
        """End by a signal as any process does, but leave no answering process and no folder of one behind.

        Nothing is waited for: a thread that waits for a line cannot be interrupted.
        """
        for process, private in self._running.items():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            shutil.rmtree(private, ignore_errors=True)
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    # req: mcp-server/5.1
    # req: mcp-server/5.2
    async def answer(self, arguments: tuple[str, ...]) -> Said:
        """Run one command line; its process and all that it started are gone afterwards, also when the caller is cancelled."""
        if self._waiting >= MOST_AT_ONCE + MOST_WAITING:
            return Said(fault=f"{self._waiting} questions are waiting already")
        self._waiting += 1
        try:
            async with self._room:
                with tempfile.TemporaryDirectory(prefix="setsquare-", ignore_cleanup_errors=True) as private:
                    said = await self._answered(arguments, private)
                await self._prepare()
                return said
        finally:
            self._waiting -= 1

    async def _answered(self, arguments: tuple[str, ...], private: str) -> Said:
        asked = Asked(
            arguments=arguments,
            folder=self._folder,
            private=private,
            readable=self._readable,
            environment={**self._environment, "TMPDIR": private},
        )
        try:
            process = await self._taken()
        except OSError as error:
            return Said(fault=f"no process could be started: {error.strerror or error}")
        self._running[process] = private
        try:
            async with asyncio.timeout(LIMIT_S):
                _, document, beside = await asyncio.gather(
                    _write(process, asked), _read(process.stdout, MOST_BYTES), _read(process.stderr, _MOST_BESIDE, is_cut=True)
                )
                await process.wait()
        except TimeoutError:
            return Said(fault=f"it took longer than {LIMIT_S:.0f} s")
        except _TooLong:
            return Said(fault=f"the answer is longer than {MOST_BYTES // 1_000_000} MB")
        finally:
            await _ended(process)
            del self._running[process]
        said = beside.decode("utf-8", "replace")
        return Said(document=document, beside=said) if document else Said(beside=said, fault="it gave no answer")

    async def _taken(self) -> Process:
        """Give the process that stands ready, or another; one that ended while it waited is none."""
        ready, self._ready = self._ready, None
        if ready is not None and ready.returncode is None:
            return ready
        return await self._started()

    async def _prepare(self) -> None:
        """Let a process stand ready for the next question; where none can be started the question itself will say so."""
        if not self._is_wanted():
            return
        with contextlib.suppress(OSError):
            ready = await self._started()
            if self._is_wanted():
                self._ready = ready
            else:
                await _ended(ready)

    def _is_wanted(self) -> bool:
        """Tell whether a process should stand ready and none does; another question may have changed that meanwhile."""
        return self._is_kept and self._ready is None

    async def _started(self) -> Process:
        first = {name: value for name, value in self._environment.items() if name in _AT_START or name.startswith(_AT_START_PREFIXES)}
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "setsquare", "mcp", ANSWERING, str(os.getpid())),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=self._folder,
            env=first,
            start_new_session=True,
        )


async def _write(process: Process, asked: Asked) -> None:
    """Ask, and close the way in; a process that is gone has nothing to be asked, and its silence is told."""
    if process.stdin is not None:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            process.stdin.write(msgspec.json.encode(asked))
            await process.stdin.drain()
        process.stdin.close()


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


async def _ended(process: Process) -> None:
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


async def _left(process: Process) -> None:
    """Wait until a process is gone and both of its streams are at their end."""
    await process.wait()
    await _read(process.stdout, 0, is_cut=True)
    await _read(process.stderr, 0, is_cut=True)
