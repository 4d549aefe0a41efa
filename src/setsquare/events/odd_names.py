"""Writes file names that are not UTF-8 as text that JSON can hold: to be read by people, or to be read back exactly.

A name is bytes; Python holds a byte that is no character as half a character (a lone surrogate).

Source: RFC 3986, section 2.1 (percent-encoding); PEP 383.
"""

from __future__ import annotations

import re

_NO_CHARACTER = re.compile("[%\ud800-\udfff]")
_PERCENT = re.compile("%([0-9A-F]{2}|u[0-9A-F]{4})")
_BYTES = range(0xDC80, 0xDD00)
"""What stands in a name for a byte that is not UTF-8, as `os.fsdecode` puts it there."""


def is_odd(name: str) -> bool:
    r"""Tell whether JSON cannot hold a name as it is.

    >>> is_odd("caf\udce9.txt"), is_odd("café.txt")
    (True, False)
    """
    return any("\ud800" <= letter <= "\udfff" for letter in name) if not name.isascii() else False


def spelled(text: str) -> str:
    r"""Spell half characters out, to be read by people; which name it was cannot be told from that for certain.

    >>> print(spelled("caf\udce9.txt"))
    caf\udce9.txt
    """
    return text.encode("utf-8", "backslashreplace").decode()


def in_percent(name: str) -> str:
    r"""Write a name with a percent sign before each byte that is no character, and for the sign itself.

    >>> in_percent("caf\udce9 100%.txt")
    'caf%E9 100%25.txt'
    """

    def written(found: re.Match[str]) -> str:
        code = ord(found[0])
        return "%25" if code == ord("%") else f"%{code - 0xDC00:02X}" if code in _BYTES else f"%u{code:04X}"

    return _NO_CHARACTER.sub(written, name)


def from_percent(name: str) -> str:
    r"""Read a name that was written so.

    >>> from_percent("caf%E9 100%25.txt") == "caf\udce9 100%.txt"
    True
    """

    def read(found: re.Match[str]) -> str:
        digits = found[1]
        if digits == "25":
            return "%"
        return chr(int(digits[1:], 16)) if digits[0] == "u" else chr(0xDC00 + int(digits, 16))

    return _PERCENT.sub(read, name)
