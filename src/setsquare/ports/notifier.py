"""Tells people who are not looking."""

from __future__ import annotations

from typing import Protocol

from msgspec import Struct


class Notice(Struct, frozen=True, kw_only=True):
    """What people are told. `title` is one line, `lines` are facts in plain words; `key` is the same for the same fact, so that nobody is told twice."""

    title: str
    lines: tuple[str, ...] = ()
    link: str = ""
    key: str = ""


class Delivered(Struct, frozen=True):
    """Proof of delivery: where to, and what the channel answered (a status, a message id)."""

    channel: str
    receipt: str


class Notifier(Protocol):
    """One channel."""

    def tell(self, notice: Notice) -> Delivered:
        """Deliver a notice.

        Raises:
            setsquare.errors.NotifyFailed: the channel refused it or cannot be reached.
        """
        ...
