"""Reads many pieces of a trail at once, in forked processes that send back what each piece comes to."""

from __future__ import annotations

import contextlib
import fcntl
import gc
import os
import signal
import struct
import threading
from collections.abc import Callable, Generator, Sequence
from typing import BinaryIO

import msgspec

from setsquare.ports.trails import TrailPart

LEAST_PER_WORKER = 4
"""A fork costs a few milliseconds: with fewer pieces than this for each, fewer workers are started."""

MOST_WORKERS = 8

_LENGTH = struct.Struct(">Q")
_PIPE_BYTES = 1 << 20
_GONE = (OSError, EOFError, msgspec.MsgspecError)


def worker_count(wanted: int | None, pieces: int) -> int:
    """Choose how many processes read: as many as there are cores, where that is not said, and one where a fork is not safe."""
    # A fork in a process with threads may copy a lock that nobody will open again.
    if not hasattr(os, "fork") or threading.active_count() > 1:
        return 1
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(wanted or cores, MOST_WORKERS, pieces // LEAST_PER_WORKER))


def read_all(read: Callable[[int], TrailPart], pieces: int, workers: int) -> Generator[TrailPart]:
    """Give what `read` gives for each number from 0, in order, read by so many processes; what a lost process did not read is read here."""
    if workers <= 1:
        yield from map(read, range(pieces))
        return
    children: list[_Child | None] = []
    for first in range(workers):
        children.append(_begun(read, range(first, pieces, workers), children))
    decoder = msgspec.msgpack.Decoder(TrailPart)
    try:
        for number in range(pieces):
            child = children[number % workers]
            part = None if child is None else _next(child.incoming, decoder)
            if part is None:
                _lose(children, number % workers)
                part = read(number)
            yield part
    finally:
        for at in range(workers):
            _lose(children, at)


class _Child(msgspec.Struct, frozen=True):
    number: int
    incoming: BinaryIO


def _begun(read: Callable[[int], TrailPart], share: Sequence[int], others: Sequence[_Child | None]) -> _Child | None:
    """Start a process for a share; nothing where there can be none."""
    try:
        incoming, outgoing = os.pipe()
    except OSError:
        return None
    with contextlib.suppress(OSError, AttributeError):
        fcntl.fcntl(outgoing, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
    try:
        number = os.fork()
    except OSError:
        os.close(incoming)
        os.close(outgoing)
        return None
    if number:
        os.close(outgoing)
        return _Child(number, os.fdopen(incoming, "rb", buffering=1 << 16))
    code = 1
    try:
        os.close(incoming)
        # A pipe whose reading end stands open in a brother would never break when this program stops reading.
        for other in others:
            if other is not None:
                os.close(other.incoming.fileno())
        _work(read, share, outgoing)
        code = 0
    finally:
        # No clean-up of the parent's may run twice: the child ends here, whatever happened.
        os._exit(code)


def _work(read: Callable[[int], TrailPart], share: Sequence[int], outgoing: int) -> None:
    # What a piece is made of holds no cycles; looking for them costs more than a tenth of the time.
    gc.disable()
    with os.fdopen(outgoing, "wb") as pipe:
        for number in share:
            raw = msgspec.msgpack.encode(read(number))
            pipe.write(_LENGTH.pack(len(raw)))
            pipe.write(raw)
            pipe.flush()


def _next(incoming: BinaryIO, decoder: msgspec.msgpack.Decoder[TrailPart]) -> TrailPart | None:
    """Take the next piece from a process; `None` when it is gone."""
    try:
        head = incoming.read(_LENGTH.size)
        if len(head) < _LENGTH.size:
            return None
        return decoder.decode(incoming.read(_LENGTH.unpack(head)[0]))
    except _GONE:
        return None


def _lose(children: list[_Child | None], at: int) -> None:
    """Let a process go: its pipe is closed; one that is still reading is ended; it is waited for."""
    child = children[at]
    if child is None:
        return
    children[at] = None
    with contextlib.suppress(OSError):
        child.incoming.close()
    with contextlib.suppress(OSError):
        if os.waitpid(child.number, os.WNOHANG) == (0, 0):
            os.kill(child.number, signal.SIGKILL)
            os.waitpid(child.number, 0)
