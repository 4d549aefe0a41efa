"""Usage as folded facts.

Source: AWS, CloudTrail User Guide, "CloudTrail record contents" and "CloudTrail userIdentity element".
"""

from __future__ import annotations

import enum

from msgspec import Struct


class Outcome(enum.Enum):
    """What became of a call. Throttled, invalid and not-found calls were authorised and count as used; a denied one was not."""

    USED = "used"
    DENIED = "denied"


class Principal(Struct, frozen=True, order=True):
    """Who acted. `kind` is `role`, `user`, `federated`, `service`, `account`, `root` or `unknown`; `arn` carries a role's path.

    `unique_id` (`AROA…`) tells a role from one that was made anew under the same name.
    """

    kind: str
    arn: str
    unique_id: str = ""


class Use(Struct, frozen=True, kw_only=True, order=True):
    """Calls of one kind on one day, `YYYY-MM-DD` in UTC. `resource` is an ARN, each sign of which stands for itself, or `*` where the event names none; `first` and `last` are event times, ISO 8601.

    `via` is the service on whose behalf the principal's session was used (`invokedBy`), else empty; `is_data` for data events.
    `detail` is what the mapping needs beyond the event name (an HTTP verb and path, a statement's verb, a passed role), else empty.
    """

    principal: Principal
    source: str
    event: str
    resource: str
    outcome: Outcome
    day: str
    count: int
    first: str
    last: str
    region: str = ""
    via: str = ""
    is_data: bool = False
    detail: str = ""
    error: str = ""


class Window(Struct, frozen=True):
    """A stretch of days, both ends included, `YYYY-MM-DD` in UTC."""

    begin: str
    end: str

    @property
    def days(self) -> int:
        """Count the days."""
        from datetime import date  # noqa: PLC0415  (start-up)

        return (date.fromisoformat(self.end) - date.fromisoformat(self.begin)).days + 1


class Gap(Struct, frozen=True, kw_only=True):
    """A reason why the trail cannot show everything.

    `code` is one of `days-missing`, `region-absent`, `read-only-excluded`, `write-only-excluded`, `source-excluded`, `younger-than-window`,
    `unreadable-file`, `no-management-events`, `no-data-events`, `regions-named`, `capped`, `unproven`; `scope` names the service, region or file it concerns, empty for all.
    """

    code: str
    reason: str
    scope: str = ""


class Seen(Struct, frozen=True, kw_only=True):
    """What a piece of a trail holds of any principal: days, regions, labels of the sources of management events, and at least how many of these read and write.

    `data` are the service labels of data events with what they did, `s3:read` or `s3:write`.
    """

    days: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    data: tuple[str, ...] = ()
    reads: int = 0
    writes: int = 0


class Coverage(Struct, frozen=True, kw_only=True):
    """What a trail covers: the days on which it holds any event, the regions, and whether data events of a service were seen or are proven by a selector.

    An entry of `data_sources` is a service prefix, `s3`, or `s3:read` and `s3:write` where only these are held.
    """

    days: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    data_sources: tuple[str, ...] = ()
    gaps: tuple[Gap, ...] = ()


class Usage(Struct, frozen=True, kw_only=True):
    """What one role did in a window, with what the trail covers. `unread` counts records of the trail that could not be attributed, by reason in `reasons`.

    A use of a window stands for its calls on all days: `day` is that of the last one.
    """

    principal: Principal
    window: Window
    uses: tuple[Use, ...]
    coverage: Coverage
    events: int = 0
    unread: int = 0
    reasons: tuple[tuple[str, int], ...] = ()
