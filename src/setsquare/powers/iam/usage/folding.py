"""Folds records into uses, a day and a kind of call at a time.

Source: AWS, CloudTrail User Guide, "CloudTrail record contents for management, data, and network activity events".
"""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Iterable, Sequence
from datetime import date
from operator import attrgetter

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from setsquare.powers.iam.usage.events import Identity, Record
from setsquare.powers.iam.usage.mapped import label_of
from setsquare.powers.iam.usage.model import Principal, Seen
from setsquare.powers.iam.usage.packing import DATA, READING, Calls, PackedUses, Row
from setsquare.powers.iam.usage.principals import principal_of
from setsquare.powers.iam.usage.remaking import changes_in
from setsquare.powers.iam.usage.requests import CHANGING, detail_in
from setsquare.powers.iam.usage.resources import named_in, scope_of

NO_PRINCIPAL = "the record names nobody who acted"
NO_TIME = "the record has no time"
NO_CALL = "the record names no event or no source of it"
INSIGHT = "an Insights event, which is no call"

MOST_SCOPES = 500
"""So many buckets, tables and functions of one file are held, and resources of one kind of call looked at for them."""

MOST_IDS = 200_000
"""So many ids of events are remembered while one file is read; the same event a second time, further away than that, counts twice."""

LEAST_SAMPLE, MOST_SAMPLE = 16, 1_000
"""So many ids of a file's events are kept: the first ones in order, so that of the same events the same ids are kept, whatever file they lie in."""
ONE_IN = 64
"""Of a large file one id in so many is kept."""

_EVERY = ("*",)
_S3 = "s3.amazonaws.com"
# In these services requests that read tell more than their name, too.
_TELLING = frozenset({_S3, "dynamodb.amazonaws.com"})
_NULL = len(b"null")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

# What tells one kind of call from another, taken in one step: the loop runs for every event of a trail.
_kind_of = attrgetter("eventSource", "eventName", "awsRegion", "errorCode", "readOnly", "eventCategory", "managementEvent")
_id_of = attrgetter("eventID")
_Kind = tuple[object, ...]


class Folded(Struct, frozen=True, kw_only=True):
    """What records hold: packed uses by principal, what was seen of any, and how many records could not be attributed, by reason."""

    packed: tuple[PackedUses, ...]
    seen: Seen
    events: int
    unread: int
    reasons: tuple[tuple[str, int], ...] = ()


class Fold:
    """Takes records, many at a time, and gives what they come to."""

    __slots__ = ("_calls", "_days", "_events", "_facts", "_has_all_ids", "_ids", "_principals", "_reasons")

    def __init__(self) -> None:
        self._calls: dict[Principal, Calls] = {}
        self._days: dict[str, dict[bytes | Principal, _Day]] = {}
        self._facts: dict[_Kind, _Facts] = {}
        self._principals: dict[bytes, Principal] = {}
        self._reasons: dict[str, int] = {}
        self._events = 0
        self._ids: set[str] = set()
        self._has_all_ids = True

    def miss(self, reason: str, events: int = 1) -> None:
        """Count a record that cannot be attributed; `events` is 0 where it was counted as an event already."""
        self._events += events
        self._reasons[reason] = self._reasons.get(reason, 0) + 1

    def add(self, records: Sequence[Record]) -> None:
        """Take records. The loop is written out: it runs for every event of a trail."""
        day, known, events = "", self._days.get(""), 0
        for record in self._once(records):
            events += 1
            time, identity = record.eventTime, record.userIdentity
            if known is None or time[:10] != day:
                day = time[:10]
                known = self._day(day)
            if identity is None or known is None:
                self.miss(_why_not(record), 0)
                continue
            # The same issuer is written with the same bytes: it is looked at once.
            context = identity.sessionContext
            issuer = b"" if context is None or identity.type != "AssumedRole" else bytes(context.sessionIssuer)
            found = known.get(issuer)
            if found is None and (found := self._found(known, identity, issuer)) is None:
                self.miss(NO_PRINCIPAL, 0)
                continue
            kind, resources, request = _kind_of(record), record.resources, record.requestParameters
            arns: Iterable[str] = _EVERY if resources is None else [arn for resource in resources if (arn := resource.ARN)]
            if len(request) > _NULL and (resources is None or record.readOnly is not True or kind[0] in _TELLING):
                arns, detail = _told(record, bytes(request), arns)
                if detail or identity.invokedBy is not None:
                    kind = (*kind, detail, identity.invokedBy)
            elif identity.invokedBy is not None:
                kind = (*kind, "", identity.invokedBy)
            row = found.rows.get(kind)
            if row is None and (row := self._row(found, kind, day)) is None:
                continue
            for arn in arns or _EVERY:
                before = row.get(arn)
                if before is None:
                    row[arn] = (1, time, "")
                else:
                    count, first, last = before
                    newest = last or first
                    row[arn] = (count + 1, time if time < first else first, time if time > newest else newest)  # noqa: FURB136  (half the time of min and max)
        self._events += events

    def folded(self) -> Folded:
        """Give what all records came to, in a stable order."""
        encode = msgspec.msgpack.encode
        ids, all_ids = self._named()
        return Folded(
            packed=tuple(
                PackedUses(principal, encode(self._calls[principal])) for principal in sorted(self._calls) if self._calls[principal]
            ),
            seen=replace(
                _seen(self._days, self._facts.values(), self._calls.values()),
                ids=ids,
                all_ids=all_ids,
                roles=changes_in(self._calls) if any(facts.event in CHANGING for facts in self._facts.values()) else (),
            ),
            events=self._events,
            unread=sum(self._reasons.values()),
            reasons=tuple(sorted(self._reasons.items())),
        )

    def _named(self) -> tuple[tuple[str, ...], str]:
        """Give some ids of the events, and a digest of all of them where each has one."""
        # An id is one of the events of all files that hold it: the order of ids is the same everywhere.
        ids = sorted(self._ids)
        sample = tuple(ids[: min(MOST_SAMPLE, max(LEAST_SAMPLE, len(ids) // ONE_IN))])
        is_whole = self._has_all_ids and bool(ids) and len(ids) == self._events
        return sample, hashlib.sha256("\0".join(ids).encode("utf-8", "surrogatepass")).hexdigest() if is_whole else ""

    def _once(self, records: Sequence[Record]) -> Sequence[Record]:
        """Leave out events that were taken before, of which CloudTrail writes the same id; an event without one is always taken."""
        known = self._ids
        if len(known) > MOST_IDS:
            known.clear()
            self._has_all_ids = False
        ids = set(map(_id_of, records))
        if len(ids) == len(records) and "" not in ids and (not known or known.isdisjoint(ids)):
            # The first records of a file are mostly all of it: their set is taken as it is.
            if known:
                known |= ids
            else:
                self._ids = ids
            return records
        fresh = []
        for record in records:
            if record.eventID not in known:
                fresh.append(record)
            if record.eventID:
                known.add(record.eventID)
            else:
                self._has_all_ids = False
        return fresh

    def _day(self, day: str) -> dict[bytes | Principal, _Day] | None:
        """Give what is known of a day; `None` for what is no day."""
        known = self._days.get(day)
        if known is None and _is_day(day):
            known = self._days[day] = {}
        return known

    def _found(self, known: dict[bytes | Principal, _Day], identity: Identity, issuer: bytes) -> _Day | None:
        principal = self._principals.get(issuer) if issuer else None
        if principal is None:
            principal = principal_of(identity)
            if principal is None:
                return None
            if issuer:
                self._principals[issuer] = principal
        found = known.get(principal)
        if found is None:
            found = known[principal] = _Day({}, self._calls.setdefault(principal, {}))
        if issuer:
            known[issuer] = found
        return found

    def _row(self, found: _Day, kind: _Kind, day: str) -> Row | None:
        """Give the row of a kind of call that is new on a day; `None`, and counted, when it is no call."""
        facts = self._facts.get(kind)
        if facts is None:
            reason = _fault(kind)
            if reason:
                self.miss(reason, 0)
                return None
            facts = self._facts[kind] = _facts(kind)
        facts.times += 1
        key = (facts.source, facts.event, day, facts.region, facts.error, facts.via, facts.number, facts.detail)
        row = found.calls.get(key)
        if row is None:
            row = found.calls[key] = {}
        found.rows[kind] = row
        return row


def fold(records: Sequence[Record]) -> Folded:
    """Fold records in one go."""
    made = Fold()
    made.add(records)
    return made.folded()


class _Day(Struct, frozen=True, gc=False):
    """What one principal did on a day: the rows by kinds of call as the records write them, within the calls of all days."""

    rows: dict[_Kind, Row]
    calls: Calls


class _Facts(Struct, gc=False):
    """A kind of call, as it is packed, and how many times it was new to a principal on a day."""

    source: str
    event: str
    region: str
    error: str
    via: str
    number: int
    detail: str
    times: int = 0


def _facts(kind: _Kind) -> _Facts:
    source, event, region, error, reading, category, management = kind[:7]
    detail, via = kind[7:] or ("", "")
    is_data = category not in ("Management", None) or (category is None and management is False)
    number = (READING if reading else 0) + (DATA if is_data else 0)
    return _Facts(str(source), str(event), str(region), str(error or ""), str(via or ""), number, str(detail))


def _fault(kind: _Kind) -> str:
    if kind[5] == "Insight":
        return INSIGHT
    return "" if kind[0] and kind[1] else NO_CALL


def _is_day(text: str) -> bool:
    """Tell whether a text is a day of the calendar; a record of another one is broken, since no window would ever hold it."""
    try:
        return _DAY.fullmatch(text) is not None and bool(date.fromisoformat(text))
    except ValueError:
        return False


def _why_not(record: Record) -> str:
    if record.eventCategory == "Insight":
        return INSIGHT
    return NO_PRINCIPAL if record.userIdentity is None else NO_TIME


def _seen(days: Iterable[str], facts: Iterable[_Facts], calls: Iterable[Calls]) -> Seen:
    held = tuple(facts)
    management = [one for one in held if not one.number & DATA]
    return Seen(
        days=tuple(sorted(days)),
        regions=tuple(sorted({one.region for one in held if one.region})),
        sources=tuple(sorted({label_of(one.source) for one in management})),
        reads=sum(one.times for one in management if one.number & READING),
        writes=sum(one.times for one in management if not one.number & READING),
        scopes=_scopes(calls),
    )


def _scopes(calls: Iterable[Calls]) -> tuple[str, ...]:
    """List the buckets, tables and functions of data events; where these are many, only the first are held: of the others nothing is claimed then."""
    found: set[str] = set()
    for each in calls:
        for (source, _event, _day, _region, _error, _via, number, _detail), row in each.items():
            if number & DATA:
                kind = f"{label_of(source)}:{'read' if number & READING else 'write'}"
                found.add(kind)
                found |= {f"{kind} {scope_of(arn)}" for arn in itertools.islice(row, MOST_SCOPES) if arn != "*"}
    return tuple(sorted(found)[:MOST_SCOPES])


def _told(record: Record, request: bytes, arns: Iterable[str]) -> tuple[Iterable[str], str]:
    """Give the resources of an event, from its request where it lists none, and what its request tells besides."""
    source = record.eventSource
    if record.resources is None and (b'"arn:' in request or source == _S3):
        arns = named_in(request, source, record.awsRegion) or _EVERY
    if source == _S3 and b"ersionId" not in request and b"x-amz-" not in request:
        return arns, ""
    return arns, detail_in(request, source, record.eventName, is_reading=record.readOnly is True)
