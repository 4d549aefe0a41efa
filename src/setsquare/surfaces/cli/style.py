"""Colours text for terminals; plain everywhere else, and wherever NO_COLOR is set."""

from __future__ import annotations

import os
import re
import sys
import unicodedata
from collections.abc import Sequence

_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "blue": "34", "cyan": "36"}


def is_coloured() -> bool:
    """Tell whether standard output may be coloured."""
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"


def paint(text: str, *names: str) -> str:
    """Colour a text by style names; plain where colours are off."""
    if not names or not is_coloured():
        return text
    return f"\x1b[{';'.join(_CODES[name] for name in names)}m{text}\x1b[0m"


def width(text: str) -> int:
    """Count the terminal columns of a text; colours take none.

    >>> width("ab"), width("需求")
    (2, 4)
    """
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text)
    return sum(0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in plain)


def pad(text: str, columns: int) -> str:
    """Fill a text with blanks up to a number of terminal columns.

    >>> pad("需", 3)
    '需 '
    """
    return text + " " * max(0, columns - width(text))


def safe(text: str) -> str:
    r"""Make control characters, escape sequences and direction marks visible, so that text cannot redraw the terminal.

    >>> safe("a\x1b[2Jb")
    'a\\x1b[2Jb'
    """
    return "".join(char if char in "\n\t" or _is_plain(char) else char.encode("unicode_escape").decode() for char in text)


def _is_plain(char: str) -> bool:
    """Tell whether a character shows as itself."""
    return unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") or char == "\u200d"


def listing(rows: Sequence[tuple[str, ...]], room: int | None) -> str:
    """Align rows below their first one, the head; in a terminal that is too narrow each row becomes a short paragraph.

    >>> print(listing([("SPEC", "STAGE", "NEXT"), ("login", "build", "setsquare run login")], 20))
    login
      stage build
      next setsquare run login
    """
    laid = table(rows, indent="")
    if room is None or all(width(line) <= room for line in laid.split("\n")):
        return laid
    return "\n".join(_paragraph(rows[0], row, room) for row in rows[1:])


def _paragraph(head: tuple[str, ...], row: tuple[str, ...], room: int) -> str:
    """Write one row as its first cell and named others, as many in a line as fit."""
    lines = [paint(row[0], "bold")]
    for name, cell in zip(head[1:], row[1:], strict=True):
        part = f"{paint(name.lower(), 'dim')} {cell}"
        if cell in ("", "–"):
            continue
        if len(lines) > 1 and width(lines[-1]) + 3 + width(part) <= room:
            lines[-1] += f"   {part}"
        else:
            lines.append(f"  {part}")
    return "\n".join(lines)


def table(rows: Sequence[tuple[str, ...]], *, indent: str = "  ") -> str:
    """Align rows in columns, two blanks between."""
    widths = [max(width(row[column]) for row in rows) for column in range(len(rows[0]))] if rows else []
    return "\n".join((indent + "  ".join(pad(cell, widths[column]) for column, cell in enumerate(row))).rstrip() for row in rows)
