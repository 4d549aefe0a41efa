r"""Writes and reads journal lines.

A file name is bytes, and JSON holds characters. Where an entry names a file whose name is not UTF-8, its lists of names are percent-encoded and the
entry says so in a field of its own; texts, which are for reading, spell such a byte as `\udce9`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import msgspec
import msgspec.structs
from msgspec import UNSET, Struct, UnsetType

from setsquare.events.facts import Event
from setsquare.events.odd_names import from_percent, in_percent, spelled

VERSION = 1


class Entry(Struct, frozen=True, kw_only=True):
    """One journal line: `seq` counts from 1 without gaps, `at` is UTC in ISO 8601, `actor` is `platform`, `model` or a person's name.

    `names` tells how the names in lists are written in the line, where they are not written as they are; in the event itself they always are as
    they are.
    """

    seq: int
    at: str
    actor: str
    event: Event
    v: int = VERSION
    names: Literal["percent"] | UnsetType = UNSET


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Entry)


def encode_entry(entry: Entry) -> bytes:
    """Write an entry as one JSON line with its line end.

    >>> from setsquare.events.facts import RunFinished
    >>> entry = Entry(seq=1, at="2025-01-01T00:00:00Z", actor="platform", event=RunFinished(step=1, outcome="done"))
    >>> decode_entry(encode_entry(entry)) == entry
    True
    """
    if entry.names is not UNSET:
        return _encoder.encode(_converted(msgspec.to_builtins(entry), in_percent)) + b"\n"
    return _encoder.encode(entry) + b"\n"


# req: agent-runtime/4.5
def writable(entry: Entry) -> Entry:
    r"""Give an entry as it can be written where JSON cannot hold it: its names are kept, its texts are spelled out.

    >>> from setsquare.events.facts import ScopeEnforced
    >>> entry = Entry(seq=1, at="t", actor="a\udce9", event=ScopeEnforced(step=1, reverted=("caf\udce9.txt", "100%")))
    >>> line = encode_entry(writable(entry))
    >>> b'["caf%E9.txt","100%25"]' in line, decode_entry(line).event == entry.event, decode_entry(line).actor
    (True, True, 'a\\udce9')
    """
    return msgspec.structs.replace(msgspec.convert(_converted(msgspec.to_builtins(entry), None, spelled), Entry), names="percent")


def decode_entry(line: bytes) -> Entry:
    """Read one journal line.

    Raises:
        msgspec.MsgspecError: the line is not a whole entry of a known version.

    >>> decode_entry(b'{"seq": 1}')
    Traceback (most recent call last):
    msgspec.ValidationError: Object missing required field `at`
    """
    try:
        entry = _decoder.decode(line)
    except UnicodeDecodeError as error:
        raise msgspec.DecodeError(str(error)) from error
    if entry.names is UNSET:
        return entry
    return msgspec.convert(_converted(msgspec.to_builtins(entry), from_percent), Entry)


def _converted(value: object, names: Callable[[str], str] | None, texts: Callable[[str], str] | None = None) -> object:
    """Convert the strings that stand in lists as names, and all others as texts, at any depth."""
    match value:
        case str():
            return texts(value) if texts else value
        case list() | tuple():
            return [(names(item) if names else item) if isinstance(item, str) else _converted(item, names, texts) for item in value]
        case dict():
            return {key: _converted(item, names, texts) for key, item in value.items()}
        case _:
            return value
