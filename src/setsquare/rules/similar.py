"""Finds what a writer probably meant."""

from __future__ import annotations

from collections.abc import Iterable

_MOST = 2000


def nearest(written: str, known: Iterable[str]) -> str:
    """Give the known name most like a written one; empty when none is like it.

    >>> nearest("autonomyLevl", ["models", "autonomyLevel"]), nearest("zzz", ["models"])
    ('autonomyLevel', '')
    """
    import difflib  # noqa: PLC0415  (start-up: only an unknown name needs it)

    names = {name.lower(): name for name in list(known)[:_MOST]}
    found = difflib.get_close_matches(written.lower(), names, n=1, cutoff=0.6)
    return names[found[0]] if found else ""
