"""Reads numbers that are not written in plain digits: `一`, `二十三`, `１２`, `②`, `IV`."""

from __future__ import annotations

from typing import Final

from setsquare.text.lazy_pattern import LazyPattern

CHINESE: Final = r"[〇零一二两三四五六七八九十百]{1,7}"
"""A number in Chinese characters up to 999, as a regular expression's part."""

ROMAN: Final = r"(?=[IVXL])(?:XL|L?X{0,3})(?:IX|IV|V?I{0,3})(?![A-Za-z])"
"""A Roman number from 1 to 89 in capitals, as a regular expression's part; it may match nothing but never an ordinary word."""

_DIGITS: Final = {
    sign: value for value, signs in enumerate(("〇零", "一", "二两", "三", "四", "五", "六", "七", "八", "九")) for sign in signs
}
_UNITS: Final = {"十": 10, "百": 100}
_ROMAN: Final = {"I": 1, "V": 5, "X": 10, "L": 50}
_IS_CHINESE: Final = LazyPattern(rf"{CHINESE}\Z")
_IS_ROMAN: Final = LazyPattern(rf"{ROMAN}\Z")
_CIRCLED: Final = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"


def plain_number(written: str) -> str:
    """Write a number in ASCII digits; what is none, or already is, comes back as it is.

    >>> [plain_number(written) for written in ("３.１", "二十三", "十", "一百零五", "IV", "②", "REQ-1", "1.2a")]
    ['3.1', '23', '10', '105', '4', '2', 'REQ-1', '1.2a']
    """
    if written.isascii():
        return str(_roman(written)) if written and _IS_ROMAN.match(written) else written
    if _IS_CHINESE.match(written):
        return str(_chinese(written))
    return "".join(_digit(sign) for sign in written)


def _digit(sign: str) -> str:
    """Write one sign in ASCII where it is a digit, a circled number or a full-width full stop."""
    if sign.isdecimal():
        return str(int(sign))
    at = _CIRCLED.find(sign)
    return str(at + 1) if at >= 0 else "." if sign == "．" else sign


def _chinese(written: str) -> int:
    """Add up hundreds, tens and ones; without units the signs are digits side by side."""
    if not set(written) & set(_UNITS):
        return int("".join(str(_DIGITS[sign]) for sign in written))
    total, digit = 0, 0
    for sign in written:
        if sign in _UNITS:
            total += (digit or 1) * _UNITS[sign]
            digit = 0
        else:
            digit = _DIGITS[sign]
    return total + digit


def _roman(written: str) -> int:
    """Add the signs up; one before a larger one counts against it."""
    values = [_ROMAN[sign] for sign in written]
    return sum(-value if value < following else value for value, following in zip(values, [*values[1:], 0], strict=True))
