"""Reads a file's text for conversion and gives its very bytes back: byte order mark, line ends, and what is no UTF-8."""

from __future__ import annotations

import base64

from msgspec import Struct

from setsquare.workspace.openspec.text import normalised

_BOM = b"\xef\xbb\xbf"


class Encoding(Struct, frozen=True, kw_only=True):
    """How a file is written. `raw` are its bytes in base64 where text, mark and line ends alone do not give them."""

    file: str
    has_mark: bool = False
    is_crlf: bool = False
    raw: str = ""


def encoding_of(file: str, raw: bytes) -> Encoding:
    r"""Say how a file is written.

    >>> encoding_of("a.md", b"x\r\ny\r\n").is_crlf, encoding_of("a.md", b"x\r\ny\n").raw
    (True, 'eA0KeQo=')
    """
    plain = Encoding(file=file, has_mark=raw.startswith(_BOM), is_crlf=b"\r\n" in raw)
    if written(normalised(raw), plain) == raw:
        return plain
    return Encoding(file=file, raw=base64.b64encode(raw).decode())


def written(text: str, encoding: Encoding) -> bytes:
    r"""Write text as a file was written; the bytes of before where they say the same.

    >>> written("x\ny\n", encoding_of("a.md", b"x\r\ny\n"))
    b'x\r\ny\n'
    """
    if encoding.raw:
        try:
            raw = base64.b64decode(encoding.raw, validate=True)
        except ValueError:
            return text.encode()
        return raw if normalised(raw) == text else text.encode()
    body = text.encode()
    return (_BOM if encoding.has_mark else b"") + (body.replace(b"\n", b"\r\n") if encoding.is_crlf else body)
