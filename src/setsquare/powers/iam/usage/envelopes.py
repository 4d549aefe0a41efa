"""Finds the records in what holds them: files of CloudTrail, lists, EventBridge envelopes, answers of LookupEvents, exports of log groups, JSON lines.

Source: AWS, CloudTrail User Guide, "CloudTrail log file examples"; EventBridge User Guide, "AWS service events delivered via CloudTrail"; CloudTrail API, LookupEvents.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import cast

import msgspec
from msgspec import Struct

from setsquare.powers.iam.usage.events import Context, Identity, OnBehalfOf, Record, Resource, log_decoder, record_decoder
from setsquare.powers.iam.usage.folding import Fold
from setsquare.text.counted import counted

NO_RECORD = "what stands there is no record"
MOST_NESTED = 4
"""How many envelopes may lie in one another."""

_SPACE = b" \t\r\n"
_BOM = b"\xef\xbb\xbf"


class _Envelope(Struct):
    """Every name under which records may lie; of records themselves the name of the event tells that it is one."""

    Records: list[msgspec.Raw] | None = None
    Events: list[msgspec.Raw] | None = None
    events: list[msgspec.Raw] | None = None
    logEvents: list[msgspec.Raw] | None = None  # noqa: N815  (the services' own names, here and below)
    detail: msgspec.Raw = msgspec.Raw(b"")
    CloudTrailEvent: str | None = None
    message: msgspec.Raw = msgspec.Raw(b"")
    queried: msgspec.Raw = msgspec.field(default=msgspec.Raw(b""), name="@message")
    eventData: msgspec.Raw = msgspec.Raw(b"")  # noqa: N815
    eventName: msgspec.Raw = msgspec.Raw(b"")  # noqa: N815


def read_into(fold: Fold, raw: bytes) -> str:
    """Read all records of a document into a fold; give what is wrong with the document, empty when nothing is.

    A broken document gives the records that stand before the break; a record that is none is counted, and the others go on.
    """
    raw = raw.removeprefix(_BOM)
    try:
        records = log_decoder().decode(raw).Records
    except msgspec.ValidationError:
        return _read_any(fold, raw)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return _read_broken(fold, raw)
    fold.add(records)
    return ""


def read_line(fold: Fold, line: bytes) -> bool:
    """Read one line of JSON lines, or of an export in which a time stands before the event; tell whether it is one, or blank."""
    text = line.strip(_SPACE)
    if not text:
        return True
    start = text.find(b"{")
    if start < 0 or start > MOST_BEFORE:
        return False
    try:
        _take(fold, msgspec.json.decode(text[start:], type=msgspec.Raw), 0)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return False
    return True


MOST_BEFORE = 128
"""So many bytes may stand before the event in a line."""


def _read_any(fold: Fold, raw: bytes) -> str:
    """Read a whole document whose shape is not that of a file of CloudTrail."""
    try:
        whole = msgspec.json.decode(raw, type=msgspec.Raw)
        values = msgspec.json.decode(whole, type=list[msgspec.Raw]) if raw.lstrip(_SPACE).startswith(b"[") else [whole]
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return _read_broken(fold, raw)
    for value in values:
        _take(fold, value, 0)
    return ""


def _read_broken(fold: Fold, raw: bytes) -> str:
    """Read lines; where the first line is none, what stands before the break of a document."""
    lines = raw.splitlines()
    first = next((line for line in lines if line.strip(_SPACE)), b"")
    if not first:
        return "it is empty"
    trial = Fold()
    if not read_line(trial, first):
        return _read_before_break(fold, raw)
    broken = sum(not read_line(fold, line) for line in lines)
    for _ in range(broken):
        fold.miss(NO_RECORD)
    return f"{broken:,} of {counted(len(lines), 'line')} no events" if broken else ""


def _read_before_break(fold: Fold, raw: bytes) -> str:
    text = raw.decode("utf-8", "replace")
    start = text.find("[")
    count = 0
    for value in _values(text, start + 1) if start >= 0 else ():
        _take(fold, value, 0)
        count += 1
    return f"it breaks off or is no JSON: {counted(count, 'record')} before the break" if count else "it is no JSON"


def _values(text: str, at: int) -> Iterator[bytes]:
    """Give the objects of a list one by one, until one is broken."""
    decoder = json.JSONDecoder()
    while True:
        while at < len(text) and text[at] in ", \t\r\n":
            at += 1
        if at >= len(text) or text[at] != "{":
            return
        try:
            _value, end = decoder.raw_decode(text, at)
        except (json.JSONDecodeError, RecursionError):
            return
        yield text[at:end].encode("utf-8", "surrogatepass")
        at = end


def _take(fold: Fold, value: bytes | msgspec.Raw, depth: int) -> None:
    """Take a record, or what lies in an envelope; what is neither is counted."""
    envelope = _envelope(value)
    if envelope is None or depth > MOST_NESTED:
        fold.miss(NO_RECORD)
        return
    inner = _inner(envelope)
    if inner is None:
        record = _record(value)
        if record is None:
            fold.miss(NO_RECORD)
        else:
            fold.add((record,))
        return
    for each in inner:
        _take(fold, each, depth + 1)


def _inner(envelope: _Envelope) -> Iterable[bytes | msgspec.Raw] | None:
    """Give what lies in an envelope; `None` when it is a record itself."""
    # An entry of LookupEvents has a name of its own beside the event that it wraps.
    if envelope.CloudTrailEvent is not None:
        return (envelope.CloudTrailEvent.encode("utf-8", "replace"),)
    for values in (envelope.Records, envelope.Events, envelope.events, envelope.logEvents):
        if values is not None:
            return values
    if len(envelope.eventName):
        return None
    for single in (envelope.detail, envelope.eventData, envelope.message, envelope.queried):
        if len(single):
            text = bytes(single)
            return (msgspec.json.decode(text, type=str).encode("utf-8", "replace") if text.startswith(b'"') else text,)
    return None


def _envelope(value: bytes | msgspec.Raw) -> _Envelope | None:
    try:
        return msgspec.json.decode(value, type=_Envelope)
    except msgspec.ValidationError:
        # A field under one of these names has another type: what has that is no envelope.
        return _Envelope() if isinstance(msgspec.json.decode(value), dict) else None
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None


def _record(value: bytes | msgspec.Raw) -> Record | None:
    try:
        return record_decoder().decode(value)
    except msgspec.ValidationError:
        return _lenient(msgspec.json.decode(value))


def _lenient(found: object) -> Record | None:
    """Make a record of one in which fields have types of their own: such a field counts as absent."""
    if not isinstance(found, dict):
        return None
    fields = cast("dict[str, object]", found)
    identity = fields.get("userIdentity")
    parameters = fields.get("requestParameters")
    resources = fields.get("resources")
    reading, management = fields.get("readOnly"), fields.get("managementEvent")
    return Record(
        userIdentity=_identity(cast("dict[str, object]", identity)) if isinstance(identity, dict) else None,
        eventTime=_text(fields, "eventTime") or "",
        eventSource=_text(fields, "eventSource") or "",
        eventName=_text(fields, "eventName") or "",
        awsRegion=_text(fields, "awsRegion") or "",
        errorCode=_text(fields, "errorCode"),
        readOnly=reading if isinstance(reading, bool) else reading == "true" or None,
        managementEvent=management if isinstance(management, bool) else None,
        eventCategory=_text(fields, "eventCategory"),
        eventID=_text(fields, "eventID") or "",
        requestParameters=msgspec.Raw(msgspec.json.encode(parameters) if isinstance(parameters, dict) else b""),
        resources=[Resource(_text(each, "ARN")) for each in resources if isinstance(each, dict)] if isinstance(resources, list) else None,
    )


def _identity(found: dict[str, object]) -> Identity:
    context, user = found.get("sessionContext"), found.get("onBehalfOf")
    issuer = context.get("sessionIssuer") if isinstance(context, dict) else None
    return Identity(
        type=_text(found, "type"),
        arn=_text(found, "arn"),
        principalId=_text(found, "principalId"),
        accountId=_text(found, "accountId"),
        userName=_text(found, "userName"),
        invokedBy=_text(found, "invokedBy"),
        sessionContext=Context(msgspec.Raw(msgspec.json.encode(issuer))) if isinstance(issuer, dict) else None,
        onBehalfOf=OnBehalfOf(_text(user, "userId"), _text(user, "identityStoreArn")) if isinstance(user, dict) else None,
    )


def _text(found: dict[str, object], name: str) -> str | None:
    value = found.get(name)
    return value if isinstance(value, str) else None
