"""Finds the records in what holds them, whatever that is.

Files of CloudTrail, lists, EventBridge envelopes, answers of LookupEvents and of CloudTrail Lake, exports and subscriptions of log groups, JSON lines, documents one after another.

Source: AWS, CloudTrail User Guide, "CloudTrail log file examples"; EventBridge User Guide, "AWS service events delivered via CloudTrail"; CloudTrail API, LookupEvents and
GetQueryResults; CloudWatch Logs User Guide, "Real-time processing of log data with subscriptions".
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
NO_EVENT_JSON = "a row of CloudTrail Lake without the column eventJson, which holds the event as a whole"
MOST_NESTED = 4
"""How many envelopes may lie in one another."""

_SPACE = b" \t\r\n"
_INSIDE = b" \t}]"
# Between documents may stand white space, and what RFC 7464 puts before each of a sequence.
_BETWEEN = " \t\r\n\ufeff\x1e"
# What a subscription sends to see whether it arrives.
_CONTROL = "CONTROL_MESSAGE"
_EVENT_JSON = "eventjson"
_BOM = b"\xef\xbb\xbf"


class _Envelope(Struct):
    """Every name under which records may lie; of records themselves the name of the event tells that it is one."""

    Records: list[msgspec.Raw] | None = None
    Events: list[msgspec.Raw] | None = None
    events: list[msgspec.Raw] | None = None
    logEvents: list[msgspec.Raw] | None = None  # noqa: N815  (the services' own names, here and below)
    QueryResultRows: list[list[dict[str, str | None]]] | None = None
    messageType: str = ""  # noqa: N815
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
    """Read one line of JSON lines, or of an export in which a time stands before the event; tell whether it is one, or blank. A line may hold several documents."""
    text = line.strip(_SPACE)
    if not text:
        return True
    values = _in_line(text) if text.startswith(b"[") else []
    if not values:
        start = text.find(b"{", 0, MOST_BEFORE + 1)
        values = _in_line(text[start:]) if start >= 0 else []
    for value in values:
        _take_document(fold, value)
    return bool(values)


def _in_line(text: bytes) -> list[bytes | msgspec.Raw]:
    """Give the documents that a text consists of; none where something else stands in it."""
    try:
        return [msgspec.json.decode(text, type=msgspec.Raw)]
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        whole = text.decode("utf-8", "replace")
        spans = list(_spans(whole))
        if not spans or whole[spans[-1][1] :].strip(_BETWEEN):
            return []
        return [_bytes(whole[begin:end]) for begin, end in spans]


MOST_BEFORE = 128
"""So many bytes may stand before the event in a line."""


def _read_any(fold: Fold, raw: bytes) -> str:
    """Read a whole document whose shape is not that of a file of CloudTrail."""
    try:
        whole = msgspec.json.decode(raw, type=msgspec.Raw)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return _read_broken(fold, raw)
    _take_document(fold, whole)
    return ""


def _read_broken(fold: Fold, raw: bytes) -> str:
    """Read lines; where the first line is none, documents one after another, and what stands before the break of one."""
    lines = raw.splitlines()
    held = [line for line in lines if line.strip(_SPACE)]
    if not held:
        return "it is empty"
    if len(held) == 1 and read_line(fold, held[0]):
        return ""
    # A line that is moved in, or begins with the end of something, is a part of a document of many lines.
    if len(held) == 1 or not read_line(Fold(), held[0]) or (any(line[0] in _INSIDE for line in held) and _is_whole(raw)):
        return _read_documents(fold, raw)
    broken = sum(not read_line(fold, line) for line in lines)
    for _ in range(broken):
        fold.miss(NO_RECORD)
    return f"{broken:,} of {counted(len(lines), 'line')} no events" if broken else ""


def _read_documents(fold: Fold, raw: bytes) -> str:
    """Read documents that stand one after another, as Firehose and subscriptions deliver them, whatever is between them."""
    text = raw.decode("utf-8", "replace")
    documents = at = 0
    for begin, at in _spans(text):
        _take_document(fold, _bytes(text[begin:at]))
        documents += 1
    return _read_before_break(fold, text, at, documents) if text[at:].strip(_BETWEEN) else ""


def _read_before_break(fold: Fold, text: str, begin: int, documents: int) -> str:
    """Read what a broken document holds before its break."""
    start = text.find("[", begin)
    count = 0
    for value in _values(text, start + 1) if start >= 0 else ():
        _take(fold, value, 0)
        count += 1
    after = f", after {counted(documents, 'whole document')}" if documents else ""
    return f"it breaks off or is no JSON: {counted(count, 'record')} before the break{after}" if count or documents else "it is no JSON"


def _spans(text: str) -> Iterator[tuple[int, int]]:
    """Tell where the objects and lists stand that follow one another, until one is broken."""
    decoder = json.JSONDecoder()
    at = 0
    while True:
        while at < len(text) and text[at] in _BETWEEN:
            at += 1
        if at >= len(text) or text[at] not in "{[":
            return
        try:
            _value, end = decoder.raw_decode(text, at)
        except (json.JSONDecodeError, RecursionError):
            return
        yield at, end
        at = end


def _is_whole(raw: bytes) -> bool:
    """Tell whether nothing but whole documents stands in a text."""
    text = raw.decode("utf-8", "replace")
    end = max((end for _begin, end in _spans(text)), default=0)
    return not text[end:].strip(_BETWEEN)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


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
        yield _bytes(text[at:end])
        at = end


def _take_document(fold: Fold, value: bytes | msgspec.Raw) -> None:
    """Take a whole document: a file of CloudTrail, a list, or an envelope."""
    try:
        fold.add(log_decoder().decode(value).Records)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        for each in _listed(value):
            _take(fold, each, 0)


def _listed(value: bytes | msgspec.Raw) -> list[bytes | msgspec.Raw]:
    """Give what a list holds; what is none, alone."""
    try:
        return list(msgspec.json.decode(value, type=list[msgspec.Raw]))
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return [value]


def _take(fold: Fold, value: bytes | msgspec.Raw, depth: int) -> None:
    """Take a record, or what lies in an envelope; what is neither is counted."""
    envelope = _envelope(value)
    if envelope is None or depth > MOST_NESTED:
        fold.miss(NO_RECORD)
        return
    if envelope.QueryResultRows is not None:
        _take_rows(fold, envelope.QueryResultRows, depth)
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


def _take_rows(fold: Fold, rows: list[list[dict[str, str | None]]], depth: int) -> None:
    """Take the rows of a query: other columns than the event as a whole hide what a call was about, so that nothing could be claimed from them."""
    for row in rows:
        whole = next((text for cell in row for name, text in cell.items() if name.lower() == _EVENT_JSON and text), None)
        if whole is None:
            fold.miss(NO_EVENT_JSON)
        else:
            _take(fold, whole.encode("utf-8", "replace"), depth + 1)


def _inner(envelope: _Envelope) -> Iterable[bytes | msgspec.Raw] | None:
    """Give what lies in an envelope; `None` when it is a record itself."""
    if envelope.messageType == _CONTROL:
        return ()
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
