"""Waits on sockets so that the end of a command ends every wait, and carries bytes between two of them."""

from __future__ import annotations

import contextlib
import select
import socket
import time
from collections.abc import Callable

_CHUNK = 1 << 16
_MOST_WAITING = 1 << 18


class Stopped(Exception):
    """The command is over."""


class Wakeable:
    """Waits for sockets that do not block; any wait ends with `Stopped` once the wake descriptor can be read."""

    def __init__(self, wake: int) -> None:
        """Take the descriptor that tells the end."""
        self._wake = wake

    def look(self) -> None:
        """Stop when the command is over."""
        self.pause(0.0)

    def pause(self, wait_s: float) -> None:
        """Wait for the end of the command, at most so long."""
        if self._poll({}, wait_s):
            raise Stopped

    def wait(self, sock: socket.socket, events: int, limit_s: float | None) -> None:
        """Wait until a socket is ready.

        Raises:
            TimeoutError: it was not within `limit_s` seconds.
        """
        if not self._poll({sock.fileno(): events}, limit_s):
            raise TimeoutError

    def receive(self, sock: socket.socket, most: int, limit_s: float) -> bytes:
        """Read what comes next, `b""` at the end.

        Raises:
            TimeoutError: nothing came within `limit_s` seconds.
        """
        self.wait(sock, select.POLLIN, max(0.0, limit_s))
        return sock.recv(most)

    def send(self, sock: socket.socket, raw: bytes, limit_s: float) -> None:
        """Write all bytes.

        Raises:
            TimeoutError: they could not be written within `limit_s` seconds.
        """
        until = time.monotonic() + limit_s
        while raw:
            self.wait(sock, select.POLLOUT, max(0.0, until - time.monotonic()))
            raw = raw[sock.send(raw) :]

    def ready(self, wanted: dict[int, int], limit_s: float) -> dict[int, int]:
        """Wait for some of several descriptors; empty after `limit_s` seconds."""
        return self._poll(wanted, limit_s)

    def _poll(self, wanted: dict[int, int], limit_s: float | None) -> dict[int, int]:
        poll = select.poll()
        poll.register(self._wake, select.POLLIN)
        for descriptor, events in wanted.items():
            poll.register(descriptor, events)
        found = dict(poll.poll(None if limit_s is None else limit_s * 1000))
        if self._wake in found:
            raise Stopped
        return found


class _Side:
    """One end of a relay: what waits to be written to it, and whether it has ended."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.waiting = bytearray()
        self.has_ended = False  # it will send nothing any more
        self.is_shut = False  # we will send it nothing any more


class Relay:
    """Carries bytes both ways until both sides have ended, nothing moved for `idle_s` seconds, or a limit is passed."""

    def __init__(self, client: socket.socket, upstream: socket.socket, idle_s: float) -> None:
        """Take two connected sockets that do not block."""
        self._client, self._upstream, self._idle_s = _Side(client), _Side(upstream), idle_s

    def run(self, first: bytes, end: Wakeable, count: Callable[[int, int], str]) -> str:
        """Begin with bytes that the client has sent; `count` is told the bytes sent and received and names the limit that they pass.

        Raises:
            Stopped: the command is over.
        """
        self._upstream.waiting += first
        over = count(len(first), 0)
        while not over and not (self._client.is_shut and self._upstream.is_shut):
            wanted = self._wanted()
            found = end.ready(wanted, self._idle_s)
            if not found:
                return ""
            for side, other in ((self._client, self._upstream), (self._upstream, self._client)):
                state = found.get(side.sock.fileno(), 0)
                if state & select.POLLOUT and side.waiting:
                    del side.waiting[: side.sock.send(side.waiting[:_CHUNK])]
                if state & (select.POLLIN | select.POLLHUP | select.POLLERR) and not side.has_ended:
                    taken = self._take(side, other)
                    over = over or count(*((taken, 0) if side is self._client else (0, taken)))
            self._shut(self._upstream, self._client)
            self._shut(self._client, self._upstream)
        return over

    def _wanted(self) -> dict[int, int]:
        wanted: dict[int, int] = {}
        for side, other in ((self._client, self._upstream), (self._upstream, self._client)):
            events = select.POLLOUT if side.waiting else 0
            if not side.has_ended and len(other.waiting) < _MOST_WAITING:
                events |= select.POLLIN
            if events:
                wanted[side.sock.fileno()] = events
        return wanted

    @staticmethod
    def _take(side: _Side, other: _Side) -> int:
        try:
            chunk = side.sock.recv(_CHUNK)
        except BlockingIOError:
            return 0
        side.has_ended = not chunk
        other.waiting += chunk
        return len(chunk)

    @staticmethod
    def _shut(side: _Side, other: _Side) -> None:
        """Pass the end of one side on once all that it sent is written."""
        if other.has_ended and not side.waiting and not side.is_shut:
            side.is_shut = True
            with contextlib.suppress(OSError):
                side.sock.shutdown(socket.SHUT_WR)
