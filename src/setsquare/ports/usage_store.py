"""Where uses are kept, so that no piece of a trail is read twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from setsquare.ports.trails import TrailPart
from setsquare.powers.iam.usage.model import Principal, Use, Window


class KeptUsage(Protocol):
    """What a choice of pieces holds in a window."""

    def parts(self) -> Iterator[TrailPart]:
        """Give the pieces without their uses, in the order of the choice."""
        ...

    def principals(self, role: str) -> Iterator[Principal]:
        """Give the roles, sorted: those of this name or ARN, all roles for an empty one."""
        ...

    def uses(self, principal: Principal) -> tuple[Use, ...]:
        """Give what a principal did in the window, joined over its days, sorted.

        Raises:
            setsquare.errors.StorageFailed: what is kept can no longer be read.
        """
        ...


class UsageStore(Protocol):
    """Keeps pieces of trails by their identity; where nothing can be kept for long, at least until the end of the run."""

    def holds(self, identity: str) -> bool:
        """Tell whether a piece is kept."""
        ...

    def put(self, part: TrailPart) -> None:
        """Keep a piece; one that is kept already stays as it is."""
        ...

    def kept(self, identities: Sequence[str], window: Window) -> KeptUsage:
        """Choose pieces that are kept; others are passed over.

        Raises:
            setsquare.errors.StorageFailed: what is kept can no longer be read.
        """
        ...
