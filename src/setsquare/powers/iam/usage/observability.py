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
    """The class of one action, with the reason in a sentence."""

    observability: Observability
    reason: str
