"""Work in shares gives what work in one piece gives, whatever becomes of a child."""

from __future__ import annotations

import os
import threading

import pytest

from setsquare.adapters.forked_shares import LEAST_PER_SHARE, ForkedShares

MUCH = LEAST_PER_SHARE * 10


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Count only threads that the test begins: a server of an earlier one may still be going in this process."""
    counted, earlier = threading.active_count, threading.active_count() - 1
    monkeypatch.setattr(threading, "active_count", lambda: counted() - earlier)


def named(share: int, shares: int) -> bytes:
    return f"{share}/{shares}".encode() * 100_000


def test_a_little_is_done_here_in_one_piece() -> None:
    assert ForkedShares(cores=8).run(lambda share, shares: f"{os.getpid()} {share} {shares}".encode(), 3) == (
        f"{os.getpid()} 0 1".encode(),
    )


def test_much_is_done_in_two_processes_and_answers_keep_their_order() -> None:
    assert ForkedShares(cores=8).run(named, MUCH) == (named(0, 2), named(1, 2))
    first, second = ForkedShares(cores=8).run(lambda _share, _shares: str(os.getpid()).encode(), MUCH)
    assert first != second == str(os.getpid()).encode()


def test_one_core_forks_nothing() -> None:
    assert ForkedShares(cores=1).run(named, MUCH) == (named(0, 1),)


def test_no_fork_beside_a_thread() -> None:
    ended = threading.Event()
    thread = threading.Thread(target=ended.wait)
    thread.start()
    try:
        assert ForkedShares(cores=8).run(named, MUCH) == (named(0, 1),)
    finally:
        ended.set()
        thread.join()


@pytest.mark.parametrize("end", [lambda: os._exit(3), lambda: os.kill(os.getpid(), 9), lambda: 1 / 0])
def test_the_share_of_a_child_that_fails_is_done_here(end: object, capfd: pytest.CaptureFixture[str]) -> None:
    parent = os.getpid()

    def work(share: int, shares: int) -> bytes:
        if os.getpid() != parent:
            end()  # type: ignore[operator]
        return named(share, shares)

    assert ForkedShares(cores=2).run(work, MUCH) == (named(0, 2), named(1, 2))
