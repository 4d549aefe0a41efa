"""The two ends of the wire: lines that are read are bounded, lines that are written hold no control character, and nothing else reaches them."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, Final, Literal

import msgspec
from mcp_types import jsonrpc_message_adapter
from msgspec import UNSET, Struct, UnsetType

from setsquare.text.json_escapes import escaped

MOST_LINE: Final = 4_000_000
"""Bytes of the longest message that is read; a question has some hundred."""
_NO_JSON, _INVALID = -32_700, -32_600


class _Head(Struct, frozen=True):
    """What makes a message one: a request or a notification has a method, an answer has a result or an error."""

    jsonrpc: Literal["2.0"]
    method: str | UnsetType = UNSET
    id: str | int | UnsetType | None = UNSET
    result: msgspec.Raw | UnsetType = UNSET
    error: msgspec.Raw | UnsetType = UNSET

    @property
    def is_message(self) -> bool:
        """Tell whether it is one."""
        return not (self.method is UNSET and self.result is UNSET and self.error is UNSET)

    @property
    def number(self) -> str | int | None:
        """Give what an answer to it is known by."""
        return None if self.id is UNSET or self.method is UNSET else self.id


class _Fault(Struct, frozen=True):
    """Why a line is not taken: the code and the words of JSON-RPC, and whose answer that is."""

    code: int
    problem: str
    number: str | int | None = None


# req: mcp-server/1.4
class Outgoing:
    """Writes messages, in escapes where a terminal would obey what they hold. Two may be written at the same time, and each stays whole."""

    def __init__(self, stream: BinaryIO) -> None:
        """Take the stream."""
        self._stream = stream
        self._turn = threading.Lock()

    def write(self, text: str) -> int:
        """Write a message with its line end."""
        raw = escaped(text).encode("utf-8", "replace")
        with self._turn:
            try:
                return self._stream.write(raw)
            except BrokenPipeError:
                self._give_up()
        return len(raw)

    def flush(self) -> None:
        """Send what was written."""
        with self._turn:
            try:
                self._stream.flush()
            except BrokenPipeError:
                self._give_up()

    def _give_up(self) -> None:
        """Write to nobody: the client has closed its end, and will close the other."""
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, self._stream.fileno())
        os.close(nothing)


# req: mcp-server/5.3
class Incoming:
    """Reads messages, one in a line. What is none is passed over, answered as JSON-RPC says and told on standard error."""

    def __init__(self, stream: BinaryIO, outgoing: Outgoing) -> None:
        """Take the stream, and where refusals go."""
        self._stream = stream
        self._outgoing = outgoing

    def readline(self) -> str:
        """Give the next message, empty at the end."""
        while line := self._stream.readline(MOST_LINE + 1):
            if len(line) > MOST_LINE:
                self._pass_over(line)
                self._refuse(_Fault(_INVALID, f"a line of more than {MOST_LINE // 1_000_000} MB is no message and was passed over"))
            elif line.strip():
                fault = _fault(line)
                if fault is None:
                    return line.decode("utf-8", "replace")
                self._refuse(fault)
        return ""

    def _pass_over(self, line: bytes) -> None:
        """Read to the end of a line, keeping none of it."""
        while line and not line.endswith(b"\n"):
            line = self._stream.readline(1 << 16)

    def _refuse(self, fault: _Fault) -> None:
        """Answer by its number, or without one where it has none. Source: JSON-RPC 2.0, section 5.1."""
        sys.stderr.write(f"setsquare mcp: {fault.problem}\n")
        sys.stderr.flush()
        error = {"jsonrpc": "2.0", "id": fault.number, "error": {"code": fault.code, "message": fault.problem}}
        self._outgoing.write(msgspec.json.encode(error).decode() + "\n")
        self._outgoing.flush()


@contextmanager
def wire() -> Iterator[tuple[BinaryIO, BinaryIO]]:
    """Take standard input and output for the protocol alone: whatever else reads finds the end, whatever else writes goes to standard error."""
    sys.stdout.flush()
    reading, writing = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    # They stay open to the end of the process: a thread may still wait for a line.
    yield os.fdopen(reading, "rb", closefd=False), os.fdopen(writing, "wb", closefd=False)


def _fault(line: bytes) -> _Fault | None:
    """Say why a line is no message that can be answered; nothing for one that is.

    What the library would not read it passes over without a word, and a client that asked would wait for ever.
    """
    if line.lstrip().startswith(b"["):
        return _Fault(_INVALID, "a line that is no message was passed over: a batch is not taken, send every message in a line of its own")
    try:
        head = msgspec.json.decode(line, type=_Head)
    except msgspec.ValidationError:
        return _Fault(_INVALID, "a line that is no message was passed over")
    except (msgspec.DecodeError, RecursionError):
        return _Fault(_NO_JSON, "a line that is no JSON was passed over")
    if not head.is_message or (head.method is not UNSET and head.id is None):
        return _Fault(_INVALID, "a line that is no message was passed over")
    try:
        jsonrpc_message_adapter.validate_json(line, by_name=False)
    except ValueError:
        return _Fault(
            _INVALID, "a message was passed over: its parameters are no object, or too deep, or hold a number that is too long", head.number
        )
    return None
