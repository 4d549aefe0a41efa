"""Uses of one principal packed for keeping and sending, and merged over the days of a window."""

from __future__ import annotations

import functools
from collections.abc import Iterable

import msgspec
from msgspec import Struct

from setsquare.powers.iam.usage.model import Outcome, Principal, Use, Window
from setsquare.powers.iam.usage.outcomes import outcome_of

_Merged = tuple[str, str, str, str, str, bool, str]

FORMAT = 4
"""Changes when packed rows of an older program can no longer be read, or events are folded otherwise: what was kept is then read again."""

DATA = 1
READING = 2

Row = dict[str, tuple[int, str, str]]
"""A resource to how often it was used on a day, and when first and last; the last is empty when it is the first."""

Calls = dict[tuple[str, str, str, str, str, str, int, str], Row]
"""Source, event, day, region, error, via, kind and detail to the resources. A kind is a sum of `DATA` and `READING`."""


class PackedUses(Struct, frozen=True):
    """The uses of one principal in one piece of a trail, packed."""

    principal: Principal
    rows: bytes


def packed(uses: Iterable[Use]) -> tuple[PackedUses, ...]:
    """Pack uses, principal by principal in their order."""
    found: dict[Principal, Calls] = {}
    for use in uses:
        calls = found.setdefault(use.principal, {})
        key = (use.source, use.event, use.day, use.region, use.error, use.via, DATA if use.is_data else 0, use.detail)
        row = calls.setdefault(key, {})
        before = row.get(use.resource)
        if before is None:
            row[use.resource] = (use.count, use.first, "" if use.last == use.first else use.last)
        else:
            row[use.resource] = (before[0] + use.count, min(before[1], use.first), max(before[2] or before[1], use.last))
    return tuple(PackedUses(principal, msgspec.msgpack.encode(calls)) for principal, calls in found.items())


def merged(principal: Principal, rows: Iterable[bytes], window: Window) -> tuple[Use, ...]:
    """Unpack what one principal did and join the days of a window: one use for each kind of call and resource, sorted.

    Raises:
        msgspec.MsgspecError: the rows are no packed uses.
    """
    decode, begin, end = _decoder().decode, window.begin, window.end
    found: dict[_Merged, Row] = {}
    for raw in rows:
        for (source, event, day, region, error, via, kind, detail), resources in decode(raw).items():
            if not begin <= day <= end:
                continue
            key = (source, event, region, error, via, kind & DATA == DATA, detail)
            row = found.get(key)
            if row is None:
                found[key] = resources
                continue
            for resource, new in resources.items():
                before = row.get(resource)
                row[resource] = new if before is None else _joined(before, new)
    return tuple(_uses(principal, found))


def encoded(uses: Iterable[Use]) -> bytes:
    """Write merged uses of one principal for keeping."""
    return msgspec.msgpack.encode(
        [(u.source, u.event, u.resource, u.count, u.first, u.last, u.region, u.via, u.is_data, u.detail, u.error) for u in uses]
    )


def decoded(principal: Principal, raw: bytes) -> tuple[Use, ...]:
    """Read what `encoded` wrote.

    Raises:
        msgspec.MsgspecError: it is none.
    """
    rows = msgspec.msgpack.decode(raw, type=list[tuple[str, str, str, int, str, str, str, str, bool, str, str]])
    return tuple(
        [
            _use(principal, (source, event, region, error, via, is_data, detail), resource, (count, first, last))
            for source, event, resource, count, first, last, region, via, is_data, detail, error in rows
        ]
    )


def _joined(one: tuple[int, str, str], other: tuple[int, str, str]) -> tuple[int, str, str]:
    count, first, last = one
    more, early, late = other
    last, late = last or first, late or early
    return count + more, first if first < early else early, last if last > late else late  # noqa: FURB136  (half the time of min and max)


def _uses(principal: Principal, found: dict[_Merged, Row]) -> Iterable[Use]:
    for key in sorted(found):
        resources = found[key]
        for resource in sorted(resources):
            yield _use(principal, key, resource, resources[resource])


def _use(principal: Principal, key: _Merged, resource: str, times: tuple[int, str, str]) -> Use:
    source, event, region, error, via, is_data, detail = key
    count, first, last = times
    last = last or first
    outcome = outcome_of(error) if error else Outcome.USED
    return Use(
        principal=principal,
        source=source,
        event=event,
        resource=resource,
        outcome=outcome,
        day=last[:10],
        count=count,
        first=first,
        last=last,
        region=region,
        via=via,
        is_data=is_data,
        detail=detail,
        error=error,
    )


@functools.cache
def _decoder() -> msgspec.msgpack.Decoder[Calls]:
    return msgspec.msgpack.Decoder(Calls)
