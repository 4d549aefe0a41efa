"""Tells whether a person is at the terminal and says why, for what gives rights back."""

from __future__ import annotations

import sys

from setsquare.errors import NeedsAnswer, Usage


def require_person(what: str, *, is_sure: bool) -> None:
    """Stop where nobody is at the terminal and nobody said that a person wants it.

    Raises:
        NeedsAnswer: nobody is there.
    """
    if not is_sure and not (sys.stdin is not None and sys.stdin.isatty()):
        raise NeedsAnswer(f"{what} is a person's decision, and there is no terminal.", "Type it in a terminal, or add `--yes`.")


def require_reason(what: str, reason: str, typed: str) -> None:
    """Stop where the reason is missing, before anybody is asked; `typed` is how the command is written.

    Raises:
        Usage: there is none.
    """
    if not reason.strip():
        raise Usage(f"{what} needs a reason.", f"`{typed} --reason TEXT`")
