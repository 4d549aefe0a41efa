"""Splits server-sent events out of bytes, however they are cut into chunks."""

from __future__ import annotations

import re

from msgspec import Struct

_LINE_END = re.compile(rb"\r\n|\n|\r")
_BOM = b"\xef\xbb\xbf"


class ServerEvent(Struct, frozen=True):
    """One event: its name, empty when it has none, and its data lines joined by line feeds."""

    name: str
    data: bytes


class EventDecoder:
    r"""Collects bytes until events are whole; an unfinished last event is never given.

    Source: HTML standard, section 9.2 "Server-sent events".

    >>> decoder = EventDecoder()
    >>> decoder.feed(b": hello\r\ndata: a"), decoder.feed(b"b\r"), decoder.feed(b"\n\r\n")
    ((), (), (ServerEvent(name='', data=b'ab'),))
    """

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._seen = 0
        self._is_start = True
        self._skips_line_feed = False
        self._name = ""
        self._data: list[bytes] = []
        self._data_bytes = 0

    @property
    def pending_bytes(self) -> int:
        """Give how much is kept for an event that is not whole yet."""
        return len(self._buffer) + self._data_bytes

    def feed(self, chunk: bytes) -> tuple[ServerEvent, ...]:
        """Take the next bytes and give the events that are whole now."""
        if self._skips_line_feed and chunk:
            chunk = chunk.removeprefix(b"\n")
            self._skips_line_feed = False
        self._buffer += chunk
        events: list[ServerEvent] = []
        start = 0
        # Only what is new is searched, so that a long line costs its length once.
        while (end := _LINE_END.search(self._buffer, max(start, self._seen))) is not None:
            event = self._line(bytes(self._buffer[start : end.start()]))
            start = end.end()
            # The second half of this line end may be the first byte of the next chunk.
            self._skips_line_feed = end.group() == b"\r" and start == len(self._buffer)
            if event is not None:
                events.append(event)
        del self._buffer[:start]
        self._seen = len(self._buffer)
        return tuple(events)

    def _line(self, line: bytes) -> ServerEvent | None:
        if self._is_start:
            self._is_start = False
            line = line.removeprefix(_BOM)
        if not line:
            return self._flush()
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"data":
            self._data.append(value)
            self._data_bytes += len(value) + 1
        elif field == b"event":
            self._name = value.decode("utf-8", "replace")
        return None

    def _flush(self) -> ServerEvent | None:
        event = ServerEvent(self._name, b"\n".join(self._data)) if self._data else None
        self._name, self._data, self._data_bytes = "", [], 0
        return event
