"""Holds an interruption (Ctrl-C, a signal to end, an order to stop) back while a fact is being written, so that journal and state never part."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from setsquare.ports.stops import StopOrder

POLL_S = 0.05
"""How often a run looks for an order to stop, in seconds."""

_AGAIN_S = 0.5
"""An interruption that comes so soon after another, in seconds, does not break into the cleaning up that the first began."""

_Handler = Callable[[int, FrameType | None], object] | int | None
"""What stood for a signal before; it goes back as it came."""

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interruptions:
    """Turns signals and orders into `KeyboardInterrupt`, but never within `hold` and `release`; there they wait for the end.

    `order` is the order that came, `signal` the first signal, 0 when there was none. Outside of the main thread, where Python delivers no
    signals, an order is taken at the next fact.
    """

    def __init__(self) -> None:
        self.order: StopOrder | None = None
        self.signal = 0
        self._ordered: Callable[[], StopOrder | None] = _nothing
        self._is_held = False
        self._is_pending = False
        self._is_closed = False
        self._taken: set[int] = set()
        self._raised_s = float("-inf")

    @contextmanager
    def watched(self, ordered: Callable[[], StopOrder | None]) -> Iterator[None]:
        """Watch for interruptions while a run is driven; they are held back until the first `release`. `ordered` looks for an order."""
        self._ordered, self._is_held, self._is_closed = ordered, True, False
        self.order = ordered()
        self._is_pending = self.order is not None
        thread = threading.current_thread()
        bell = _Bell(is_rung_by_signals=thread is threading.main_thread())
        before = _handled(self._on_signal) if bell.is_rung_by_signals else {}
        watcher = threading.Thread(target=self._watch, args=(bell, thread.ident if before else None), name="setsquare-stop", daemon=True)
        watcher.start()
        try:
            yield
        finally:
            self._is_closed = True
            bell.end()
            watcher.join()
            bell.close()
            for number, handler in before.items():
                signal.signal(number, handler)

    def hold(self) -> None:
        """Hold interruptions back from now on.

        Raises:
            KeyboardInterrupt: one has come already.
        """
        self._raise_pending()
        self._is_held = True

    def release(self) -> None:
        """Let interruptions through again.

        Raises:
            KeyboardInterrupt: one came in between.
        """
        self._is_held = False
        self._raise_pending()

    def close(self) -> None:
        """Let nothing through any more: the run is being parked, for the reason that came first."""
        self._is_closed = True
        self.order = self.order or self._ordered()

    def is_ordered(self) -> bool:
        """Tell whether an order to stop has come; commands end then."""
        return self.order is not None

    def _raise_pending(self) -> None:
        """Raise what was held back."""
        if self._is_pending and not self._is_closed:
            self._is_pending = False
            self._raised_s = time.monotonic()
            raise KeyboardInterrupt

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        """Take a signal."""
        self.signal = self.signal or number
        self._taken.add(number)
        if self._is_closed:
            return
        self._is_pending = True
        if not self._is_held and time.monotonic() - self._raised_s >= _AGAIN_S:
            self._raise_pending()

    def _watch(self, bell: _Bell, thread: int | None) -> None:
        """Look for an order; wake the run where it is, again when something swallowed that."""
        while (rung := bell.wait(POLL_S if self.order is None else _AGAIN_S)) is not None:
            for number in rung - self._taken if thread is not None else ():
                # The system may give a signal to any thread, and only the first one, which may sleep, handles it.
                signal.pthread_kill(thread or 0, number)
            self.order = self.order or self._ordered()
            if self.order is None or self._is_closed:
                continue
            if thread is None:
                self._is_pending = True
            elif not rung:
                signal.pthread_kill(thread, signal.SIGINT)


class _Bell:
    """What the watching thread waits at: rung by signals, whichever thread they came to, and at the end."""

    def __init__(self, *, is_rung_by_signals: bool) -> None:
        """Take whether this process's signals ring it; only the main thread can see to that."""
        self.is_rung_by_signals = is_rung_by_signals
        self._heard, self._rope = os.pipe()
        os.set_blocking(self._heard, False)
        os.set_blocking(self._rope, False)
        self._before = signal.set_wakeup_fd(self._rope, warn_on_full_buffer=False) if is_rung_by_signals else -1
        self._is_over = False

    def wait(self, limit_s: float) -> set[int] | None:
        """Give the numbers of the signals that came within a time, `None` at the end."""
        select.select([self._heard], [], [], limit_s)
        rung: set[int] = set()
        with contextlib.suppress(BlockingIOError):
            rung.update(os.read(self._heard, 4096))
        return None if self._is_over else rung & set(_SIGNALS)

    def end(self) -> None:
        """Ring for the last time."""
        self._is_over = True
        with contextlib.suppress(BlockingIOError):
            os.write(self._rope, b"\0")

    def close(self) -> None:
        """Take the bell down."""
        if self.is_rung_by_signals:
            signal.set_wakeup_fd(self._before)
        os.close(self._heard)
        os.close(self._rope)


def _handled(handler: Callable[[int, FrameType | None], None]) -> dict[int, _Handler]:
    """Take the signals over and give what handled them; `nohup` and its like keep what they ignore, except Ctrl-C."""
    before: dict[int, _Handler] = {}
    for number in _SIGNALS:
        if number is signal.SIGINT or signal.getsignal(number) is not signal.SIG_IGN:
            before[number] = signal.signal(number, handler)
    return before


def _nothing() -> StopOrder | None:
    """Look for no order."""
    return None
