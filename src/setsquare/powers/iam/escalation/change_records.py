"""Finds the records that change IAM among events of any form: files of CloudTrail, envelopes of EventBridge, one event in a line."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from msgspec import Struct

from setsquare.powers.iam.escalation.changes import Change, change_of, records_in


class ChangeRecords(Struct, frozen=True, kw_only=True):
    """Changes of IAM that took effect, in their order, how many events they were found among, and the numbers of lines that are no event, from 1."""

    changes: tuple[Change, ...] = ()
    events: int = 0
    unread: tuple[int, ...] = ()


def change_records(raw: bytes) -> ChangeRecords:
    r"""Read a document of events, or one event in each line.

    >>> key = b'{"eventSource": "iam.amazonaws.com", "eventName": "CreateAccessKey", "requestParameters": {"userName": "ci"}}'
    >>> found = change_records(b'{"detail": ' + key + b"}\nx\n" + key)
    >>> [(change.event, change.principal) for change in found.changes], found.events, found.unread
    ([('CreateAccessKey', 'ci'), ('CreateAccessKey', 'ci')], 2, (2,))
    >>> whole = change_records(b'{\n"Records": [' + key + b', {"eventName": "GetRole"}]\n}')
    >>> len(whole.changes), whole.events, whole.unread
    (1, 2, ())
    """
    if _is_document(raw):
        return _read(((1, raw),))
    return _read((number, line.strip()) for number, line in enumerate(raw.split(b"\n"), 1) if line.strip())


def in_order(changes: Iterable[Change]) -> tuple[Change, ...]:
    """Sort changes by when they took effect; where an event says no time, it stays behind the one before it.

    >>> first, second = (Change(event="CreateRole", actor="", at=at) for at in ("2026-11-26T10:00:00Z", "2026-11-26T09:00:00Z"))
    >>> [change.at for change in in_order((first, second))]
    ['2026-11-26T09:00:00Z', '2026-11-26T10:00:00Z']
    """
    latest, timed = "", []
    for change in changes:
        latest = change.at or latest
        timed.append((latest, change))
    return tuple(change for _, change in sorted(timed, key=lambda each: each[0]))


def _is_document(raw: bytes) -> bool:
    try:
        msgspec.json.decode(raw, type=msgspec.Raw)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return False
    return True


def _read(texts: Iterable[tuple[int, bytes]]) -> ChangeRecords:
    changes: list[Change] = []
    unread: list[int] = []
    events = 0
    for number, text in texts:
        if not (text.strip().startswith((b"{", b"[")) and _is_document(text)):
            unread.append(number)
            continue
        for record in records_in(text):
            events += 1
            change = change_of(record)
            if change is not None:
                changes.append(change)
    return ChangeRecords(changes=tuple(changes), events=events, unread=tuple(unread))
