"""Holds an interruption (Ctrl-C) back while a fact is being written, so that journal and state never part."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Interruptions:
    """Turns SIGINT into `KeyboardInterrupt`, but never within `held`; there it waits for the end.

    Outside of the main thread, where Python delivers no signals, it does nothing.
    """

    def __init__(self) -> None:
        self._is_held = False
        self._is_pending = False

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Watch for interruptions while a run is driven."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = signal.signal(signal.SIGINT, self._on_signal)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)

    def hold(self) -> None:
        """Hold interruptions back from now on."""
        self._is_held = True

    def release(self) -> None:
        """Let interruptions through again.

        Raises:
            KeyboardInterrupt: one came in between.
        """
        self._is_held = False
        if self._is_pending:
            self._is_pending = False
            raise KeyboardInterrupt

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        """Take an interruption."""
        if self._is_held:
            self._is_pending = True
            return
        raise KeyboardInterrupt
