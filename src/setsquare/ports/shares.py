"""Work that is cut into shares, which may run at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol


class Shares(Protocol):
    """Runs shares of one work; a share must only read, for it may be run twice and in a process of its own."""

    def run(self, work: Callable[[int, int], bytes], size: int) -> tuple[bytes, ...]:
        """Call `work` with each share's number, from 0, and the number of shares; the answers in the order of the shares.

        `size` is how many things there are to do, by which the number of shares is chosen; there is at least one.
        """
        ...
