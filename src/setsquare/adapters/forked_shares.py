"""Runs shares of a work in forked processes: they start with all that is imported, and nothing has to be sent to them."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable

LEAST_PER_SHARE = 150
"""A fork costs a few milliseconds: fewer things than this are done where they are."""

MOST_SHARES = 2


class ForkedShares:
    """Does the last share here and the others in children of this process; without `fork`, with other threads, or on one core, all is done here."""

    __slots__ = ("_cores",)

    def __init__(self, cores: int | None = None) -> None:
        """Take how many cores there are; those of this process where nothing is said."""
        self._cores = cores

    def run(self, work: Callable[[int, int], bytes], size: int) -> tuple[bytes, ...]:
        """Call `work` for each share."""
        shares = self._count(size)
        children = [_begun(work, share, shares) for share in range(shares - 1)]
        try:
            last = work(shares - 1, shares)
        finally:
            answers = [_ended(child) for child in children]
        return (*(work(at, shares) if answer is None else answer for at, answer in enumerate(answers)), last)

    def _count(self, size: int) -> int:
        # A fork in a process with threads may copy a lock that nobody will open again.
        if not hasattr(os, "fork") or threading.active_count() > 1:
            return 1
        cores = (
            len(os.sched_getaffinity(0)) if self._cores is None and hasattr(os, "sched_getaffinity") else self._cores or os.cpu_count() or 1
        )
        return max(1, min(cores, MOST_SHARES, size // LEAST_PER_SHARE))


def _begun(work: Callable[[int, int], bytes], share: int, shares: int) -> tuple[int, int] | None:
    """Start a child; give its number and the end of the pipe where its answer comes, or nothing where there can be no child."""
    try:
        incoming, outgoing = os.pipe()
    except OSError:
        return None
    try:
        child = os.fork()
    except OSError:
        os.close(incoming)
        os.close(outgoing)
        return None
    if child:
        os.close(outgoing)
        return child, incoming
    code = 1
    try:
        os.close(incoming)
        answer = work(share, shares)
        with os.fdopen(outgoing, "wb") as pipe:
            pipe.write(answer)
        code = 0
    finally:
        # No clean-up of the parent's may run twice: the child ends here, whatever happened.
        os._exit(code)


def _ended(child: tuple[int, int] | None) -> bytes | None:
    """Take a child's answer; `None` when it failed, and its share is then done here."""
    if child is None:
        return None
    number, incoming = child
    with os.fdopen(incoming, "rb") as pipe:
        answer = pipe.read()
    _, status = os.waitpid(number, 0)
    return answer if os.waitstatus_to_exitcode(status) == 0 else None
