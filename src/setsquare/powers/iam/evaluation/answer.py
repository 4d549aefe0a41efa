"""The answer to a request, and how it came about."""

from __future__ import annotations

import enum

from msgspec import Struct


class Answer(enum.Enum):
    """Unknown: the answer depends on context that is not known."""

    ALLOW = "allow"
    DENY = "deny"
    UNKNOWN = "unknown"


class Step(Struct, frozen=True, kw_only=True):
    """One thing that the evaluation looked at.

    `layer` is `identity`, `boundary`, `service-control`, `resource-control`, `session`, `resource`, `endpoint` or `public-access-block`. `statement` is the index in its policy, -1 for the policy as a whole; `answer` is what the statement alone says, `None` where it does not apply; `reason` names the
    element that decided, in words.
    """

    layer: str
    policy: str
    statement: int
    answer: Answer | None
    reason: str


class Evaluation(Struct, frozen=True, kw_only=True):
    """An answer. `is_explicit` tells a denial by a Deny statement from one because nothing allows; `unknown_keys` are the lower-case keys that would decide."""

    answer: Answer
    is_explicit: bool = False
    steps: tuple[Step, ...] = ()
    unknown_keys: tuple[str, ...] = ()
