"""Reads the first TLS message of a connection, as far as it says which server is meant.

Source: RFC 8446 §§ 4.1.2, 5.1; RFC 6066 § 3; draft-ietf-tls-esni (extension 0xfe0d).
"""

from __future__ import annotations

import struct

from setsquare.guard.egress import Hello

MOST_BYTES = 16_384
"""How long a greeting may be, in bytes; those of browsers and package managers take less than 2,500."""

_HANDSHAKE, _CLIENT_HELLO = 22, 1
_SERVER_NAME, _ENCRYPTED = 0, 0xFE0D


class _Short(Exception):
    """A length reaches beyond what there is."""


def read_hello(raw: bytes) -> Hello | bytes | None:
    r"""Read a TLS greeting from the first bytes of a stream: `b""` when more bytes are needed, `None` when it is none or too long.

    >>> read_hello(b"GET / HTTP/1.1"), read_hello(b"\x16\x03")
    (None, b'')
    """
    message = b""
    at = 0
    while True:
        if raw[at : at + 1] not in {b"", b"\x16"} or raw[at + 1 : at + 2] not in {b"", b"\x03"}:
            return None
        if len(raw) - at < 5:
            return b"" if len(raw) < MOST_BYTES else None
        (length,) = struct.unpack_from(">H", raw, at + 3)
        if not 0 < length <= MOST_BYTES:
            return None
        message += raw[at + 5 : at + 5 + length]
        if message[0:1] not in {b"", b"\x01"}:
            return None
        whole = 4 + int.from_bytes(message[1:4], "big") if len(message) >= 4 else MOST_BYTES
        if whole > MOST_BYTES:
            return None
        if len(message) >= whole:
            return _read_body(message[4:whole]) if len(message) == whole else None
        if len(raw) < at + 5 + length:
            return b"" if len(raw) < MOST_BYTES else None
        at += 5 + length


def _read_body(body: bytes) -> Hello | None:
    """Read the message itself: version, random, session, cipher suites, compression, extensions."""
    try:
        at = _after(body, 34, 1)
        at = _after(body, at, 2)
        at = _after(body, at, 1)
        if at == len(body):
            return Hello(names=())
        extensions, end = _counted(body, at, 2)
        return _read_extensions(extensions) if end == len(body) else None
    except _Short:
        return None


def _counted(raw: bytes, at: int, size: int) -> tuple[bytes, int]:
    """Take what a length of `size` bytes counts; give it and where it ends."""
    begin = at + size
    end = begin + int.from_bytes(raw[at:begin], "big")
    if begin > len(raw) or end > len(raw):
        raise _Short
    return raw[begin:end], end


def _after(raw: bytes, at: int, size: int) -> int:
    return _counted(raw, at, size)[1]


def _read_extensions(raw: bytes) -> Hello | None:
    names: tuple[bytes, ...] = ()
    seen: set[int] = set()
    at = 0
    while at < len(raw):
        if at + 4 > len(raw):
            return None
        (kind,) = struct.unpack_from(">H", raw, at)
        content, at = _counted(raw, at + 2, 2)
        if kind in seen:
            return None
        seen.add(kind)
        if kind == _SERVER_NAME:
            names = _read_names(content)
    return Hello(names=names, is_encrypted=_ENCRYPTED in seen)


def _read_names(raw: bytes) -> tuple[bytes, ...]:
    """Read the list of server names; one of another kind than a host name counts as a name that equals none."""
    listed, end = _counted(raw, 0, 2)
    if end != len(raw):
        raise _Short
    names: list[bytes] = []
    at = 0
    while at < len(listed):
        name, after = _counted(listed, at + 1, 2)
        names.append(name if listed[at] == 0 else b"\0" + name)
        at = after
    return tuple(names)
