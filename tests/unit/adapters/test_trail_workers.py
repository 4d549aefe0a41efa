"""Readers in processes of their own: order, loss, and an end before the end."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from setsquare.adapters.trail_workers import read_all, worker_count
from setsquare.ports.trails import TrailPart

PARENT = os.getpid()


def read(number: int) -> TrailPart:
    return TrailPart(identity=str(number), uses=(), events=number)


def dying(number: int) -> TrailPart:
    if number == 7 and os.getpid() != PARENT:
        os.kill(os.getpid(), signal.SIGKILL)
    return read(number)


def large(number: int) -> TrailPart:
    return TrailPart(identity=str(number) + "x" * 3_000_000, uses=())


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_pieces_come_in_order(workers):
    assert [part.events for part in read_all(read, 50, workers)] == list(range(50))


def test_what_a_lost_process_did_not_read_is_read_here():
    assert [part.events for part in read_all(dying, 30, 2)] == list(range(30))


def test_stopping_early_leaves_no_process_behind():
    pieces = read_all(large, 40, 2)
    next(pieces)
    pieces.close()
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def test_how_many_read():
    assert worker_count(2, 100) == 2
    assert worker_count(2, 3) == 1
    assert worker_count(99, 1000) <= 8
    started = threading.Event()
    thread = threading.Thread(target=started.wait)
    thread.start()
    try:
        assert worker_count(2, 100) == 1
    finally:
        started.set()
        thread.join()
