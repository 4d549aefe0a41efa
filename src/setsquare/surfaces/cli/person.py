"""Tells whether a person is at the terminal, for what gives rights back."""

from __future__ import annotations

import sys

from setsquare.errors import NeedsAnswer


def require_person(what: str, *, is_sure: bool) -> None:
    """Stop where nobody is at the terminal and nobody said that a person wants it.

    Raises:
        NeedsAnswer: nobody is there.
    """
    if not is_sure and not (sys.stdin is not None and sys.stdin.isatty()):
        raise NeedsAnswer(f"{what} is a person's decision, and there is no terminal.", "Type it in a terminal, or add `--yes`.")
