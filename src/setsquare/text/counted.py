"""Writes numbers of things as people say them."""

from __future__ import annotations


def counted(number: int, noun: str, several: str = "") -> str:
    """Write a number with its noun; `several` is the plural where it is not formed with an `s`.

    >>> counted(1, "file"), counted(2, "file"), counted(0, "file"), counted(1200, "criterion", "criteria")
    ('1 file', '2 files', '0 files', '1,200 criteria')
    """
    return f"{number:,} {noun if number == 1 else several or f'{noun}s'}"
