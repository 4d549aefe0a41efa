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
    `after-window`, `unreadable-file`, `files-missing`, `no-management-events`, `no-data-events`, `regions-named`, `one-region`, `counted-twice`, `passed-over`, `capped`, `unproven`; `scope` names
    the service, region or file it concerns, empty for all.
    """

    code: str
    reason: str
    scope: str = ""


class Stretch(Struct, frozen=True, order=True):
    """A time without gap whose events a trail is proven to have delivered. `chain` names who proves it, `begin` and `end` are times, ISO 8601 in UTC."""

    chain: str
    region: str
    begin: str
    end: str


class RoleChange(Struct, frozen=True, order=True):
    """A call that made or deleted a role. `at` is its time, ISO 8601; `account` is empty where the record does not tell it."""

    name: str
    account: str
    at: str
    is_made: bool


class Namesake(Struct, frozen=True, order=True):
    """Another role that had the name of one in the window: its unique id, and the days of its first and last call."""

    unique_id: str
    first: str
    last: str


class Seen(Struct, frozen=True, kw_only=True):
    """What a piece of a trail holds of any principal: days, regions, labels of the sources of management events, and at least how many of these read and write.

    `data` are the service labels whose data events a selector proves, with what they did, `s3:read` or `s3:write`; `scopes` those of data events that are there, with the
    bucket, table or function, `s3:read arn:aws:s3:::app`, and nothing behind the kind where the event does not name it. `stretches` are proven times.
    `is_of_all_regions` tells that the account says so of the trail. `roles` are those that were made or deleted. `ids` are some ids of events, the same ones of the same events, and `all_ids` a digest of all of them, empty
    where some event has none.
    """

    days: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    data: tuple[str, ...] = ()
    reads: int = 0
    writes: int = 0
    scopes: tuple[str, ...] = ()
    stretches: tuple[Stretch, ...] = ()
    is_of_all_regions: bool = False
    ids: tuple[str, ...] = ()
    all_ids: str = ""
    roles: tuple[RoleChange, ...] = ()


class Coverage(Struct, frozen=True, kw_only=True):
    """What a trail covers: the days on which it holds any event, the regions, and the services whose data events a selector proves.

    An entry of `data_sources` is a service prefix, `s3`, or `s3:read` and `s3:write` where only these are held. `data_scopes` are as `Seen.scopes`: data events that
    are there prove their own bucket, table or function alone. `quiet` are days without any event that digests prove to be complete; `stated` those that nothing but a
    person's word covers, with `is_stated` where that word was given; `stated_region` is the one region that is there, where the word stands for all others.
    """

    days: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    data_sources: tuple[str, ...] = ()
    gaps: tuple[Gap, ...] = ()
    data_scopes: tuple[str, ...] = ()
    quiet: tuple[str, ...] = ()
    stated: tuple[str, ...] = ()
    is_stated: bool = False
    stated_region: str = ""


class Usage(Struct, frozen=True, kw_only=True):
    """What one role did in a window, with what the trail covers. `unread` counts records of the trail that could not be attributed, by reason in `reasons`.

    A use of a window stands for its calls on all days: `day` is that of the last one. `namesakes` are roles of the same name whose calls are not among the uses, `changes` the
    calls that made or deleted a role of the name, oldest first.
    """

    principal: Principal
    window: Window
    uses: tuple[Use, ...]
    coverage: Coverage
    events: int = 0
    unread: int = 0
    reasons: tuple[tuple[str, int], ...] = ()
    namesakes: tuple[Namesake, ...] = ()
    changes: tuple[RoleChange, ...] = ()
