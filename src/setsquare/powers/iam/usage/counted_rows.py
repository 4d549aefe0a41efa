"""Calls that a service counted before they were read here: rows of an aggregation become uses and what was seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import msgspec
from msgspec import Struct

from setsquare.powers.iam.usage.detail import Detail, written
from setsquare.powers.iam.usage.events import Context, Identity
from setsquare.powers.iam.usage.folding import NO_CALL, NO_PRINCIPAL, NO_TIME
from setsquare.powers.iam.usage.mapped import label_of
from setsquare.powers.iam.usage.model import Gap, Outcome, Principal, Seen, Use
from setsquare.powers.iam.usage.outcomes import outcome_of
from setsquare.powers.iam.usage.principals import principal_of

_S3 = "s3.amazonaws.com"
_DYNAMODB = "dynamodb.amazonaws.com"
_STATEMENTS = ("Execute", "BatchExecute", "Transact")


class Row(Struct, frozen=True, kw_only=True):
    """Calls of one kind on one day. `who` is the ARN of the role behind a session, else of who acted; `flags` are words as `Detail.flags` has them.

    `is_management` is `None` where the event does not say.
    """

    kind: str
    who: str
    unique_id: str
    account: str
    source: str
    event: str
    error: str
    region: str
    category: str
    day: str
    first: str
    last: str
    count: int
    is_reading: bool
    is_management: bool | None = None
    via: str = ""
    flags: tuple[str, ...] = ()


class Counts(Struct, frozen=True, kw_only=True):
    """What rows come to; `unread` counts the calls that cannot be attributed, by reason in `reasons`."""

    uses: tuple[Use, ...]
    seen: Seen
    events: int
    unread: int
    reasons: tuple[tuple[str, int], ...]
    gaps: tuple[Gap, ...]


def counts_of(rows: Iterable[Row]) -> Counts:
    """Make uses of rows. Their resources are not known: rows tell what was done and not on what.

    >>> counts_of(()).events
    0
    """
    uses: list[Use] = []
    held: list[Row] = []
    missed: Counter[str] = Counter()
    events = 0
    for row in rows:
        events += row.count
        principal = _principal(row)
        reason = _fault(row, principal)
        if principal is None or reason:
            missed[reason] += row.count
            continue
        held.append(row)
        uses.append(_use(row, principal))
    return Counts(
        uses=tuple(uses),
        seen=_seen(held),
        events=events,
        unread=sum(missed.values()),
        reasons=tuple(sorted(missed.items())),
        gaps=_gaps(held),
    )


def _fault(row: Row, principal: Principal | None) -> str:
    if len(row.day) != 10:
        return NO_TIME
    if not row.source or not row.event:
        return NO_CALL
    return NO_PRINCIPAL if principal is None else ""


def _principal(row: Row) -> Principal | None:
    if row.kind == "AssumedRole" and ":role/" in row.who:
        issuer = {"type": "Role", "arn": row.who, "principalId": row.unique_id.partition(":")[0]}
        return principal_of(Identity(type=row.kind, sessionContext=Context(msgspec.Raw(msgspec.json.encode(issuer)))))
    identity = Identity(type=row.kind or None, arn=row.who or None, principalId=row.unique_id or None, invokedBy=row.via or row.who or None)
    return principal_of(identity)


def _use(row: Row, principal: Principal) -> Use:
    return Use(
        principal=principal,
        source=row.source,
        event=row.event,
        resource="*",
        outcome=outcome_of(row.error) if row.error else Outcome.USED,
        day=row.day,
        count=row.count,
        first=row.first,
        last=row.last,
        region=row.region,
        via=row.via,
        is_data=_is_data(row),
        detail=_detail(row),
        error=row.error,
    )


def _detail(row: Row) -> str:
    """Give the flags that tell something of this service, as they are read out of whole requests."""
    of_s3 = row.source == _S3
    flags = tuple(flag for flag in row.flags if (flag not in {"tags", "profile"}) == of_s3)
    telling = of_s3 or (not row.is_reading and row.source not in (_DYNAMODB, "sts.amazonaws.com", "iam.amazonaws.com"))
    return written(Detail(flags=flags)) if telling else ""


def _is_data(row: Row) -> bool:
    return row.category not in ("Management", "") or (not row.category and row.is_management is False)


def _seen(held: list[Row]) -> Seen:
    management = [row for row in held if not _is_data(row)]
    data = {(label_of(row.source), "read" if row.is_reading else "write") for row in held if _is_data(row)}
    return Seen(
        days=tuple(sorted({row.day for row in held})),
        regions=tuple(sorted({row.region for row in held if row.region})),
        sources=tuple(sorted({label_of(row.source) for row in management})),
        scopes=tuple(sorted(f"{label}:{did}" for label, did in data)),
        reads=sum(row.is_reading for row in management),
        writes=sum(not row.is_reading for row in management),
    )


def _gaps(held: list[Row]) -> tuple[Gap, ...]:
    """Say what counts hide: what a statement of DynamoDB did stands in its request alone."""
    if any(row.source == _DYNAMODB and row.event.startswith(_STATEMENTS) for row in held):
        reason = "counted calls do not show what statements and transactions of dynamodb did"
        return (Gap(code="source-excluded", reason=reason, scope="dynamodb"),)
    return ()
