"""Carrying bytes between two sockets: both ways, to each side's own end, within limits, and over when the command is."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from setsquare.adapters.egress_relay import Relay, Stopped, Wakeable


class Ends:
    """A relay between two pairs of sockets, run in a thread."""

    def __init__(self, idle_s: float = 5.0, count: Callable[[int, int], str] = lambda _sent, _received: "") -> None:
        self.client, ours = socket.socketpair()
        self.server, theirs = socket.socketpair()
        self.wake, self.woken = os.pipe()
        self.result: list[object] = []
        for sock in (ours, theirs):
            sock.setblocking(False)
        for sock in (self.client, self.server):
            sock.settimeout(5)

        def work() -> None:
            with ours, theirs:
                try:
                    self.result.append(Relay(ours, theirs, idle_s).run(b"first ", Wakeable(self.wake), count))
                except (Stopped, OSError) as ended:
                    self.result.append(type(ended).__name__)

        self.thread = threading.Thread(target=work)
        self.thread.start()

    def over(self) -> object:
        self.thread.join(5)
        assert not self.thread.is_alive()
        return self.result[0]

    def close(self) -> None:
        os.write(self.woken, b"1")
        self.thread.join(5)
        self.client.close()
        self.server.close()
        os.close(self.wake)
        os.close(self.woken)


@pytest.fixture
def make() -> Iterator[Callable[..., Ends]]:
    made: list[Ends] = []

    def one(**options) -> Ends:
        made.append(Ends(**options))
        return made[-1]

    yield one
    for ends in made:
        ends.close()


def everything(sock: socket.socket) -> bytes:
    parts = []
    while part := sock.recv(1 << 16):
        parts.append(part)
    return b"".join(parts)


def test_both_ways_to_the_end(make):
    ends = make()
    ends.client.sendall(b"question")
    ends.client.shutdown(socket.SHUT_WR)
    assert everything(ends.server) == b"first question"
    ends.server.sendall(b"answer")
    ends.server.close()
    assert everything(ends.client) == b"answer"
    assert ends.over() == ""


def test_the_other_side_ends_first(make):
    ends = make()
    assert ends.server.recv(6) == b"first "
    ends.server.shutdown(socket.SHUT_WR)
    assert ends.client.recv(10) == b""
    ends.client.sendall(b"still")
    assert ends.server.recv(10) == b"still"
    ends.client.close()
    assert ends.over() == ""


def test_much_at_once_and_a_slow_reader(make):
    ends = make()
    raw = os.urandom(3_000_000)
    sender = threading.Thread(target=lambda: (ends.client.sendall(raw), ends.client.shutdown(socket.SHUT_WR)))
    sender.start()
    time.sleep(0.2)
    assert everything(ends.server) == b"first " + raw
    sender.join(5)


def test_silence_ends_it(make):
    ends = make(idle_s=0.2)
    assert ends.over() == ""
    assert everything(ends.server) == b"first "


def test_a_limit_ends_it(make):
    total = [0, 0]

    def count(sent: int, received: int) -> str:
        total[0] += sent
        total[1] += received
        return "too much" if total[0] > 10 else ""

    ends = make(count=count)
    ends.client.sendall(b"x" * 20)
    assert ends.over() == "too much"
    assert total[0] == 26


def test_the_end_of_the_command_ends_it(make):
    ends = make()
    started = time.monotonic()
    os.write(ends.woken, b"1")
    assert ends.over() == "Stopped"
    assert time.monotonic() - started < 2


def test_a_side_that_is_torn_away(make):
    ends = make()
    ends.server.close()
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # the relay may have noticed before we wrote
        ends.client.sendall(b"x")
    ends.client.close()
    assert ends.over() in {"", "BrokenPipeError", "ConnectionResetError"}
