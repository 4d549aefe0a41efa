"""Scans a folder's source files beside the work of the server."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable
from typing import Final

from setsquare.errors import SetsquareError
from setsquare.journeys.living import FoundCode, found_code
from setsquare.surfaces.lsp.desk import Desk

_PATIENCE_S: Final = 3.0
"""How long a request waits for the first scan of source files."""

log: Final = logging.getLogger("setsquare.lsp")


class Scans:
    """The scans that were started, each folder's once."""

    def __init__(self, refresh: Callable[[], None]) -> None:
        """Take what is done when one has ended: the editor is asked to ask for lenses again."""
        self._refresh = refresh
        self._started: dict[Desk, asyncio.Event] = {}

    async def wait(self, desk: Desk) -> None:
        """Wait until a folder's source files are scanned, but not for ever."""
        if desk.living.has_code:
            return
        ready = self._started.get(desk)
        if ready is None:
            ready = self._started[desk] = asyncio.Event()
            _start_scan(desk, asyncio.get_running_loop(), ready, self._refresh)
        try:
            await asyncio.wait_for(ready.wait(), _PATIENCE_S)
        except TimeoutError:
            log.info("the source files below %s are not scanned yet", desk.folder)


def _start_scan(desk: Desk, loop: asyncio.AbstractEventLoop, ready: asyncio.Event, refresh: Callable[[], None]) -> None:
    """Scan a folder's source files in a thread that ends with the process."""
    view, workspace = desk.scan_view(), desk.living.workspace

    def take(code: FoundCode) -> None:
        desk.adopt(code)
        ready.set()
        refresh()

    def scan() -> None:
        code = FoundCode()
        try:
            code = found_code(view, workspace)
        except SetsquareError as error:
            log.warning("%s", error.message)
        finally:
            with contextlib.suppress(RuntimeError):  # the server has ended meanwhile
                loop.call_soon_threadsafe(take, code)

    threading.Thread(target=scan, name="setsquare-scan", daemon=True).start()
