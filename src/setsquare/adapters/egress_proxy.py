"""Lets a confined command reach the hosts on its list and nothing else: a proxy that knows CONNECT, names and TLS.

The proxy runs in the platform, not in the sandbox. It accepts on a listening socket that stands inside of the sandbox's own network, and
connects from the machine's. A connection is judged three times: the name that was asked for, the addresses that the name stands for (the
proxy resolves it itself and connects to the very address that it judged), and the server name in the first TLS message. What lies inside the
TLS connection cannot be seen.
"""

from __future__ import annotations

import contextlib
import errno
import os
import select
import socket
import threading
import time
from collections.abc import Callable
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from setsquare.adapters.client_hello import MOST_BYTES, read_hello
from setsquare.adapters.egress_relay import Relay, Stopped, Wakeable
from setsquare.guard.egress import MOST_HEAD_BYTES, AllowList, Blocked, Hello, Target
from setsquare.ports.sandbox import Connection

_ALERT = b"\x15\x03\x03\x00\x02\x02\x31"
"""The fatal TLS alert `access_denied`."""
_CLOSE_S = 2.0
_TRIED = 3
"""How many of a name's addresses are tried."""


class Judge(Protocol):
    """Decides about connections; the product's own is `setsquare.guard.egress.AllowList`."""

    def request(self, head: bytes) -> Target | Blocked:
        """Judge a request to the proxy."""
        ...

    def addresses(self, found: tuple[str, ...]) -> Blocked | None:
        """Judge what a name stands for."""
        ...

    def hello(self, told: Hello | None, host: str) -> Blocked | None:
        """Judge the first bytes that a command sends."""
        ...


class Limits(Struct, frozen=True, kw_only=True):
    """What a command may use: connections in all and at once, bytes in each direction in all, seconds for a step and without any byte."""

    connections: int = 2000
    at_once: int = 64
    sent_bytes: int = 5_000_000
    received_bytes: int = 4_000_000_000
    request_s: float = 10.0
    hello_s: float = 10.0
    dial_s: float = 10.0
    idle_s: float = 120.0


def resolve(host: str, port: int) -> tuple[str, ...]:
    """Ask the system for a name's addresses; the final dot keeps it from trying the name below the domains of this network.

    Raises:
        OSError: there is none, or nobody answered.
    """
    found = socket.getaddrinfo(f"{host}.", port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


def dial(address: str, port: int) -> socket.socket:
    """Begin to connect to an address, without waiting; an address of this machine itself is no way out.

    Raises:
        OSError: it cannot be reached.
    """
    made = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    try:
        made.setblocking(False)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        result = made.connect_ex((address, port))
        _require(result in {0, errno.EINPROGRESS}, result)
        _require(made.getsockname()[0] != address, errno.EACCES)
    except BaseException:
        made.close()
        raise
    return made


def _require(is_well: bool, number: int) -> None:
    if not is_well:
        raise OSError(number, os.strerror(number))


class Egress(Struct, frozen=True, kw_only=True):
    """How commands get out: who judges, how names are resolved and addresses reached, and within which limits."""

    judge: Callable[[tuple[str, ...]], Judge] = AllowList
    resolve: Callable[[str, int], tuple[str, ...]] = resolve
    dial: Callable[[str, int], socket.socket] = dial
    limits: Limits = Limits()


class EgressProxy:
    """Serves one command; `close` ends every thread and gives what was asked for."""

    def __init__(self, listener: socket.socket, hosts: tuple[str, ...], egress: Egress) -> None:
        """Take the socket that listens inside of the sandbox, and begin to accept."""
        self._listener, self._egress, self._limits = listener, egress, egress.limits
        self._judge = egress.judge(hosts)
        self._lock = threading.Lock()
        self._asked: list[Connection] = []
        self._sent = self._received = self._accepted = 0
        self._room = threading.BoundedSemaphore(egress.limits.at_once)
        self._wake, self._woken = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        self._threads: set[threading.Thread] = set()
        listener.setblocking(False)
        self._accepting = threading.Thread(target=self._accept, name="egress", daemon=True)
        self._accepting.start()

    def close(self) -> tuple[Connection, ...]:
        """End all connections and threads.

        A thread that waits for the system to resolve a name cannot be ended; it does nothing any more when it wakes.
        """
        until = time.monotonic() + _CLOSE_S
        os.write(self._woken, b"1")  # never read: from now on every wait ends at once
        self._accepting.join()
        self._listener.close()
        for thread in tuple(self._threads):
            thread.join(max(0.0, until - time.monotonic()))
        os.close(self._woken)
        if not any(thread.is_alive() for thread in tuple(self._threads)):
            os.close(self._wake)
        with self._lock:
            return tuple(self._asked)

    def _accept(self) -> None:
        """Give every connection a thread, as long as there is room; without room the next one waits."""
        end = Wakeable(self._wake)
        with contextlib.suppress(Stopped):
            while True:
                while not self._room.acquire(timeout=0.05):
                    end.look()
                end.wait(self._listener, select.POLLIN, None)
                try:
                    client, _ = self._listener.accept()
                except OSError:
                    self._room.release()
                    end.pause(0.02)
                    continue
                self._begin(client)

    def _begin(self, client: socket.socket) -> None:
        self._accepted += 1
        if self._accepted > self._limits.connections:
            if self._accepted == self._limits.connections + 1:
                self._note(Connection(host="", port=0, is_allowed=False, rule="too-many-connections"))
            client.close()
            self._room.release()
            return
        thread = threading.Thread(target=self._serve, args=(client,), name="egress", daemon=True)
        self._threads.add(thread)
        try:
            thread.start()
        except RuntimeError:
            self._threads.discard(thread)
            client.close()
            self._room.release()

    def _serve(self, client: socket.socket) -> None:
        try:
            with client:
                client.setblocking(False)
                self._pass(client, Wakeable(self._wake))
        except (Stopped, OSError):
            pass  # the command is over or one side went away
        finally:
            self._room.release()
            self._threads.discard(threading.current_thread())

    def _pass(self, client: socket.socket, end: Wakeable) -> None:
        """Judge one connection and carry its bytes."""
        head, rest = _read_head(client, end, self._limits.request_s)
        target = self._judge.request(head)
        if isinstance(target, Blocked):
            self._note(Connection(host=_asked_host(head), port=0, is_allowed=False, rule=target.rule))
            _answer(client, end, target)
            return
        place = self._note(Connection(host=target.host, port=target.port, is_allowed=True, rule=target.rule))
        upstream = self._reach(target, end)
        if isinstance(upstream, Blocked):
            self._change(place, is_allowed=upstream.rule in _UNREACHED, rule=upstream.rule)
            _answer(client, end, upstream)
            return
        with upstream:
            end.send(client, b"HTTP/1.1 200 Connection established\r\n\r\n", self._limits.request_s)
            greeting, told = _read_greeting(client, rest, end, self._limits.hello_s)
            blocked = self._judge.hello(told, target.host)
            if blocked is not None:
                self._change(place, is_allowed=False, rule=blocked.rule)
                with contextlib.suppress(OSError, TimeoutError):
                    end.send(client, _ALERT, 1.0)
                return
            self._carry(place, client, upstream, greeting)

    def _reach(self, target: Target, end: Wakeable) -> socket.socket | Blocked:
        """Resolve a name, judge what it stands for and connect to that very address."""
        try:
            found = self._egress.resolve(target.host, target.port)
        except (OSError, UnicodeError):
            return Blocked("not-resolved", f"{target.host} could not be resolved")
        end.look()
        blocked = self._judge.addresses(found)
        if blocked is not None:
            return blocked
        for address in found[:_TRIED]:
            with contextlib.suppress(OSError):
                made = self._egress.dial(address, target.port)
                try:
                    made.setblocking(False)
                    end.wait(made, select.POLLOUT, self._limits.dial_s)
                    failed = made.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                    _require(failed == 0, failed)
                except BaseException:
                    made.close()
                    raise
                return made
        return Blocked("unreachable", f"{target.host} could not be reached")

    def _carry(self, place: int, client: socket.socket, upstream: socket.socket, greeting: bytes) -> None:
        def count(sent: int, received: int) -> str:
            with self._lock:
                self._sent += sent
                self._received += received
                known = self._asked[place]
                self._asked[place] = replace(known, sent_bytes=known.sent_bytes + sent, received_bytes=known.received_bytes + received)
                if self._sent > self._limits.sent_bytes:
                    return "too-many-bytes-sent"
                return "too-many-bytes-received" if self._received > self._limits.received_bytes else ""

        over = Relay(client, upstream, self._limits.idle_s).run(greeting, Wakeable(self._wake), count)
        if over:
            self._change(place, is_allowed=False, rule=over)

    def _note(self, asked: Connection) -> int:
        with self._lock:
            self._asked.append(asked)
            return len(self._asked) - 1

    def _change(self, place: int, *, is_allowed: bool, rule: str) -> None:
        with self._lock:
            self._asked[place] = replace(self._asked[place], is_allowed=is_allowed, rule=rule)


_UNREACHED = frozenset({"not-resolved", "unreachable"})
"""Outcomes that nobody refused."""


def _read_head(client: socket.socket, end: Wakeable, limit_s: float) -> tuple[bytes, bytes]:
    """Read a request up to its empty line; give it and what came after. One that does not end in time or size is as it is."""
    until = time.monotonic() + limit_s
    raw = b""
    while b"\r\n\r\n" not in raw and len(raw) < MOST_HEAD_BYTES:
        try:
            chunk = end.receive(client, MOST_HEAD_BYTES - len(raw), until - time.monotonic())
        except TimeoutError:
            break
        if not chunk:
            break
        raw += chunk
        if raw[:1] < b"A" or raw[:1] > b"Z":
            break  # not HTTP at all
    head, mark, rest = raw.partition(b"\r\n\r\n")
    return head + (b"\r\n\r\n" if mark else b""), rest


def _read_greeting(client: socket.socket, raw: bytes, end: Wakeable, limit_s: float) -> tuple[bytes, Hello | None]:
    """Read the first TLS message; give all bytes that were read, and what it says."""
    until = time.monotonic() + limit_s
    while isinstance(told := read_hello(raw), bytes):
        try:
            chunk = end.receive(client, MOST_BYTES, until - time.monotonic())
        except TimeoutError:
            chunk = b""
        if not chunk:
            return raw, None
        raw += chunk
    return raw, told


def _asked_host(head: bytes) -> str:
    """Show what a refused request asked for, printable and short."""
    parts = head.partition(b"\r\n")[0].split(b" ")
    asked = parts[1] if len(parts) > 1 else parts[0]
    return ascii(asked[:200].decode("latin-1"))[1:-1][:255]


def _answer(client: socket.socket, end: Wakeable, blocked: Blocked) -> None:
    """Tell the command why, in the status line too, since that is all that most programs show."""
    status = "502 Not reached" if blocked.rule in _UNREACHED else "403 Refused by Setsquare"
    body = f"{blocked.reason} [{blocked.rule}]\n".encode("ascii", "backslashreplace")
    head = f"HTTP/1.1 {status} ({blocked.rule})\r\nContent-Type: text/plain\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    with contextlib.suppress(TimeoutError):
        end.send(client, head.encode("ascii") + body, 2.0)
        client.shutdown(socket.SHUT_WR)
        while end.receive(client, 4096, 0.5):
            pass  # what is left unread would make the kernel throw the answer away
