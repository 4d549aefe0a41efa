"""Where CloudTrail events are read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

from msgspec import Struct

from setsquare.powers.iam.usage.model import Gap, Seen, Use, Window
from setsquare.powers.iam.usage.packing import PackedUses


class TrailPart(Struct, frozen=True, kw_only=True):
    """What one piece of a trail (a file, a page of a query) holds, folded by day. `identity` names the piece and its content: the same identity is never read twice.

    `events` counts all records of it, `unread` those that no principal could be named for, by reason in `reasons`; `regions` and `days`, and in more detail `seen`,
    what it holds of any principal. The uses are in `uses` or, from readers of many events, in `packed`; a part of both has both.
    `is_kept` says that the piece was known already and was not read again. A part with an empty identity is none to keep: it has no uses, but says
    something of the trail as a whole.
    """

    identity: str
    uses: tuple[Use, ...]
    events: int = 0
    unread: int = 0
    regions: tuple[str, ...] = ()
    days: tuple[str, ...] = ()
    gaps: tuple[Gap, ...] = ()
    packed: tuple[PackedUses, ...] = ()
    seen: Seen = Seen()
    reasons: tuple[tuple[str, int], ...] = ()
    is_kept: bool = False


class Trail(Protocol):
    """Reads a trail. `name` is what reports show as the source."""

    @property
    def name(self) -> str:
        """Name the source."""
        ...

    def parts(self, window: Window, progress: Callable[[str], None]) -> Iterator[TrailPart]:
        """Give the pieces that may hold events of a window, in a stable order; a piece that cannot be read is a part with a gap.

        Raises:
            setsquare.errors.CloudFailed: the source as a whole cannot be read.
        """
        ...
