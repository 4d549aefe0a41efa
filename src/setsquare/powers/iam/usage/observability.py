"""Whether CloudTrail can show that an action was used."""

from __future__ import annotations

import enum

from msgspec import Struct


class Observability(enum.Enum):
    """Only `MANAGEMENT`, and `DATA` where the trail is shown to hold such events, allow the claim "never used"."""

    MANAGEMENT = "management-event"
    DATA = "data-event"
    NEVER = "never-logged"
    UNKNOWN = "unknown"


class Observed(Struct, frozen=True):
    """The class of one action, with the reason in a sentence.

    `is_claimable` tells whether this trail allows the claim "never used" for the action: its class does, and no gap of the trail concerns it. `is_held` tells that the
    trail is one that holds such events, so that a trail without its gaps would allow the claim.
    """

    observability: Observability
    reason: str
    is_claimable: bool = False
    is_held: bool = False
