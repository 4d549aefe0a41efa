"""Writes and reads journal lines."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from setsquare.events.facts import Event

VERSION = 1


class Entry(Struct, frozen=True, kw_only=True):
    """One journal line: `seq` counts from 1 without gaps, `at` is UTC in ISO 8601, `actor` is `platform`, `model` or a person's name."""

    seq: int
    at: str
    actor: str
    event: Event
    v: int = VERSION


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Entry)


def encode_entry(entry: Entry) -> bytes:
    """Write an entry as one JSON line with its line end.

    >>> from setsquare.events.facts import RunFinished
    >>> entry = Entry(seq=1, at="2025-01-01T00:00:00Z", actor="platform", event=RunFinished(step=1, outcome="done"))
    >>> decode_entry(encode_entry(entry)) == entry
    True
    """
    return _encoder.encode(entry) + b"\n"


def decode_entry(line: bytes) -> Entry:
    """Read one journal line.

    Raises:
        msgspec.MsgspecError: the line is not a whole entry of a known version.

    >>> decode_entry(b'{"seq": 1}')
    Traceback (most recent call last):
    msgspec.ValidationError: Object missing required field `at`
    """
    try:
        return _decoder.decode(line)
    except UnicodeDecodeError as error:
        raise msgspec.DecodeError(str(error)) from error
