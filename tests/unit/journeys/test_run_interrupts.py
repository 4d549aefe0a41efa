"""Signals and orders reach a run wherever it is, once, and never within a fact that is being written."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time

import pytest

from setsquare.journeys.run_interrupts import Interruptions
from setsquare.ports.stops import Scope, StopOrder

ORDER = StopOrder(scope=Scope.RUN, by="ada")


@pytest.fixture(autouse=True)
def _hearing():
    """The end of the terminal is heard, even where the tests run under `nohup`: else a read would wait for it for ever."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


def nothing():
    return None


def sent(*numbers, after_s=0.1):
    """Send signals from a thread of this process, so that the system may give them to any of its threads."""

    def send():
        time.sleep(after_s)
        for number in numbers:
            os.kill(os.getpid(), number)

    thread = threading.Thread(target=send)
    thread.start()
    return thread


@pytest.mark.parametrize(
    "numbers",
    [(signal.SIGINT,), (signal.SIGTERM,), (signal.SIGHUP,), (signal.SIGINT, signal.SIGINT), (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)],
)
def test_signals_break_into_a_blocking_read_once(numbers):
    ours, theirs = socket.socketpair()
    interruptions, cleaned = Interruptions(), []
    thread = sent(*numbers)
    with ours, theirs, interruptions.watched(nothing):
        interruptions.release()
        with pytest.raises(KeyboardInterrupt):  # noqa: PT012  (what cleans up is under test)
            try:
                ours.recv(1)
            finally:
                time.sleep(0.2)  # the others come while this cleans up
                cleaned.append(True)
        interruptions.close()
        thread.join()
        interruptions.hold()
        interruptions.release()
    assert cleaned == [True]
    assert interruptions.signal in numbers


def test_an_order_breaks_into_a_blocking_read():
    ours, theirs = socket.socketpair()
    interruptions, began = Interruptions(), time.monotonic()
    with ours, theirs, interruptions.watched(lambda: ORDER if time.monotonic() - began > 0.2 else None):
        interruptions.release()
        with pytest.raises(KeyboardInterrupt):
            ours.recv(1)
        assert interruptions.order == ORDER
        assert interruptions.is_ordered()
    assert time.monotonic() - began < 2


def test_an_order_that_stands_before_stops_at_the_first_moment():
    interruptions = Interruptions()
    with interruptions.watched(lambda: ORDER), pytest.raises(KeyboardInterrupt):
        interruptions.release()


def test_an_interruption_that_something_swallows_comes_again():
    ours, theirs = socket.socketpair()
    interruptions, began, swallowed = Interruptions(), time.monotonic(), []
    with ours, theirs, interruptions.watched(lambda: ORDER if time.monotonic() - began > 0.1 else None):
        interruptions.release()
        try:
            ours.recv(1)
        except KeyboardInterrupt:
            swallowed.append(True)
        with pytest.raises(KeyboardInterrupt):
            ours.recv(1)
    assert swallowed == [True]


def test_nothing_breaks_into_what_is_held():
    interruptions = Interruptions()
    with interruptions.watched(nothing):
        interruptions.release()
        interruptions.hold()
        os.kill(os.getpid(), signal.SIGTERM)
        for _ in range(10):
            time.sleep(0.01)
        with pytest.raises(KeyboardInterrupt):
            interruptions.release()


def test_in_another_thread_an_order_is_taken_before_the_next_fact():
    seen: list[str] = []

    def work():
        interruptions = Interruptions()
        with interruptions.watched(lambda: ORDER if seen else None):
            interruptions.release()
            interruptions.hold()
            interruptions.release()
            seen.append("running")
            until = time.monotonic() + 5
            while not interruptions.is_ordered() and time.monotonic() < until:
                time.sleep(0.01)
            time.sleep(0.05)
            try:
                interruptions.hold()
            except KeyboardInterrupt:
                seen.append("stopped")

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == ["running", "stopped"]


def test_what_handled_signals_before_handles_them_again():
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
    with Interruptions().watched(nothing):
        pass
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)] == before
    assert signal.set_wakeup_fd(-1) == -1
    assert not [thread for thread in threading.enumerate() if thread.name == "setsquare-stop"]


def test_nohup_stays_deaf_to_the_end_of_the_terminal():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with Interruptions().watched(nothing):
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)
