"""Runs the process of a sandbox backend: bounded output, bounded time, an end on demand."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable

from msgspec import Struct

from setsquare.errors import SandboxFailed
from setsquare.ports.sandbox import Confinement, Execution

POLL_S = 0.1
CROWDED = "too many processes"
GRACE_S = 10.0
"""How long killed processes may take to vanish, in seconds."""

_CHUNK = 1 << 16


class Output:
    """Keeps the head and the tail of a stream within `limit` bytes."""

    def __init__(self, limit: int) -> None:
        """Take the most bytes to keep."""
        self._limit = max(limit, 2)
        self._head = bytearray()
        self._tail = bytearray()
        self._left_out = 0

    def add(self, chunk: bytes) -> None:
        """Take what came next."""
        room = self._limit // 2 - len(self._head)
        if room > 0:
            self._head += chunk[:room]
            chunk = chunk[room:]
        self._tail += chunk
        surplus = len(self._tail) - (self._limit - self._limit // 2)
        if surplus > 0:
            del self._tail[:surplus]
            self._left_out += surplus

    @property
    def is_truncated(self) -> bool:
        """Tell whether the middle is gone."""
        return self._left_out > 0

    def whole(self) -> bytes:
        """Give what was kept; a line says how much is missing between head and tail."""
        gap = f"\n[... {self._left_out} bytes left out ...]\n".encode() if self._left_out else b""
        return bytes(self._head) + gap + bytes(self._tail)


class Watch(Struct, frozen=True, kw_only=True):
    """When to stop: after `limit_s` seconds, when `is_halted` says so, or when `excess` names something that is too much."""

    limit_s: float
    is_halted: Callable[[], bool]
    excess: Callable[[], str]


class Ending(Struct, frozen=True, kw_only=True):
    """Why watching ended: by itself when none is set. `excess` says what was too much."""

    duration_s: float
    is_timed_out: bool = False
    is_halted: bool = False
    excess: str = ""

    @property
    def is_stopped(self) -> bool:
        """Tell whether the command did not end by itself."""
        return self.is_timed_out or self.is_halted or bool(self.excess)


def watch(process: subprocess.Popen[bytes], output: Output, rules: Watch) -> Ending:
    """Collect output until the process ends or a rule stops it; the caller kills it then.

    A process that a command left behind may keep the output open: what counts is the end of `process` itself.
    """
    started, judged = time.monotonic(), 0.0
    stream = process.stdout
    if stream is None:
        raise ValueError("the process has no output to watch")
    os.set_blocking(stream.fileno(), False)
    with selectors.DefaultSelector() as selector:
        selector.register(stream, selectors.EVENT_READ)
        exits = os.pidfd_open(process.pid) if hasattr(os, "pidfd_open") else None
        if exits is not None:
            selector.register(exits, selectors.EVENT_READ)
        try:
            while True:
                for key, _ in selector.select(POLL_S):
                    if key.fileobj is stream and not _drain(stream.fileno(), output):
                        selector.unregister(stream)
                took = time.monotonic() - started
                if process.poll() is not None:
                    return Ending(duration_s=took)
                if took < judged + POLL_S / 2:
                    continue
                judged = took
                if took > rules.limit_s:
                    return Ending(duration_s=took, is_timed_out=True)
                if rules.is_halted():
                    return Ending(duration_s=took, is_halted=True)
                if excess := rules.excess():
                    return Ending(duration_s=took, excess=excess)
        finally:
            if exits is not None:
                os.close(exits)


def _drain(descriptor: int, output: Output, most: int = 16) -> bool:
    """Read what is there, at most `most` chunks so that the clock is looked at; `False` at the end of the stream."""
    for _ in range(most):
        try:
            chunk = os.read(descriptor, _CHUNK)
        except BlockingIOError:
            return True
        if not chunk:
            return False
        output.add(chunk)
    return True


def drain_rest(process: subprocess.Popen[bytes], output: Output) -> None:
    """Take what a dead command's pipe still holds, and close it."""
    if process.stdout is not None:
        with process.stdout as stream:
            _drain(stream.fileno(), output, most=256)


def execution(ending: Ending, exit_code: int, output: Output) -> Execution:
    """Say how a command ended: 124 after the time limit, as killed when it was stopped for another reason."""
    text = output.whole()
    if ending.excess:
        text += f"\n[stopped: {ending.excess}]\n".encode()
    if ending.is_timed_out:
        exit_code = 124
    elif ending.is_halted or ending.excess:
        exit_code = -signal.SIGKILL
    return Execution(
        exit_code=exit_code, output=text, duration_s=ending.duration_s, is_timed_out=ending.is_timed_out, is_truncated=output.is_truncated
    )


def missing_command(what: str, duration_s: float) -> Execution:
    """Say that a command does not exist, as a shell does: its exit code is 127."""
    return Execution(exit_code=127, output=f"cannot start the command: {what}\n".encode("utf-8", "replace"), duration_s=duration_s)


def require_startable(argv: tuple[str, ...], confinement: Confinement) -> None:
    """Stop before a command that no kernel could start.

    Raises:
        SandboxFailed: it has no name, or a NUL character in it or in its environment.
    """
    texts = (*argv, *(text for pair in confinement.environment for text in pair))
    if not argv or any("\0" in text for text in texts):
        raise SandboxFailed("cannot start a command without a name or with a NUL character in it", "check the command's arguments")
