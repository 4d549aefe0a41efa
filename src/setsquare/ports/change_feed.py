"""Where changes of an account's IAM are heard of."""

from __future__ import annotations

from typing import Protocol

from msgspec import Struct

from setsquare.powers.iam.escalation.changes import Change


class Fresh(Struct, frozen=True, kw_only=True):
    """What came since the feed was asked last, oldest first. `events` counts all events that were looked at; `lines` are the numbers of lines that are none.

    `problems` name what could not be read; it is read again next time. `until` is the time up to which all is known, empty where nobody can say.
    """

    changes: tuple[Change, ...] = ()
    events: int = 0
    lines: tuple[int, ...] = ()
    problems: tuple[str, ...] = ()
    until: str = ""


class ChangeFeed(Protocol):
    """One source of changes. `name` is what reports show."""

    @property
    def name(self) -> str:
        """Name the source."""
        ...

    def fresh(self) -> Fresh:
        """Give what came since it was asked last; at first everything that it holds.

        Raises:
            setsquare.errors.Unreadable: what was named is not there.
            setsquare.errors.CloudFailed: the source cannot be asked.
        """
        ...
