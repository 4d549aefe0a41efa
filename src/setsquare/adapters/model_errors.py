"""Maps everything that a model server or the way to it can do wrong to the error tree, in this one place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

import httpx
import msgspec
from msgspec import Raw, Struct

from setsquare.adapters.model_endpoint import Endpoint
from setsquare.errors import ModelAuth, ModelFailed, ModelNonsense, ModelOverloaded, ModelRateLimited, ModelTooLong, ModelTransient

HTTPX_FAILURES = (httpx.HTTPError, httpx.InvalidURL, httpx.CookieConflict, httpx.StreamError)
"""The roots of all that httpx raises."""

_SHOWN_CHARACTERS = 300
_KEY_LOOKALIKE = re.compile(r"\b(?:sk|pk|key|xai|gsk)-[\w*.-]{6,}|\bBearer\s+\S+", re.IGNORECASE)
_TOO_LONG = re.compile(
    r"context.?length|context.?window|context.?size|context limit|(?:prompt|input|request|message)s? (?:is|are) too (?:long|large)"
    r"|too many (?:input |prompt )?tokens|request_too_large|string_above_max_length|exceeds? the (?:model'?s )?maximum (?:context|number of tokens)",
    re.IGNORECASE,
)
_RATE_LIMIT = re.compile(r"rate.?limit|too_many_requests", re.IGNORECASE)
_QUOTA = re.compile(r"insufficient_quota|billing_(?:hard|not)|credit balance", re.IGNORECASE)
_AUTH = re.compile(r"authentication|permission_error|invalid_api_key|unauthori[sz]ed", re.IGNORECASE)
_OVERLOADED = re.compile(r"overloaded|engine_overloaded|service_unavailable", re.IGNORECASE)
_NOT_FOUND = re.compile(r"not_found", re.IGNORECASE)
_BAD_REQUEST = re.compile(r"invalid_request|bad_?request", re.IGNORECASE)


class Complaint(Struct, frozen=True, kw_only=True):
    """What a server said instead of an answer: HTTP status (0: none, inside a stream), kind words, its message, waiting time in seconds."""

    status: int
    kind: str = ""
    message: str = ""
    retry_after_s: float | None = None


class _ErrorBody(Struct):
    message: Raw = Raw()
    type: Raw = Raw()
    code: Raw = Raw()


class _Envelope(Struct):
    error: Raw = Raw()
    message: Raw = Raw()
    detail: Raw = Raw()


def complaint_of(status: int, headers: Mapping[str, str], body: bytes) -> Complaint:
    """Read a refusal of any of the known shapes; a body of no known shape is the message itself."""
    told = inner_complaint(body)
    return Complaint(status=status, kind=told.kind, message=told.message, retry_after_s=retry_after_s(headers))


def inner_complaint(body: bytes) -> Complaint:
    """Read an error object, `{"error": {...}}`, `{"error": "text"}`, `{"message": ...}`, `{"detail": ...}`, or plain text.

    >>> inner_complaint(b'{"error": {"message": "busy", "type": "overloaded_error"}}').kind
    'overloaded_error'
    >>> inner_complaint(b"<html>Bad gateway</html>").message
    '<html>Bad gateway</html>'
    """
    plain = body.decode("utf-8", "replace")
    try:
        envelope = msgspec.json.decode(body, type=_Envelope)
        inner = bytes(envelope.error)
        if inner.startswith(b"{"):
            error = msgspec.json.decode(inner, type=_ErrorBody)
            code = _text(error.code)
            kind = " ".join(filter(None, (_text(error.type), code)))
            status = int(code) if code.isascii() and code.isdigit() and len(code) == 3 else 0
            return Complaint(status=status, kind=kind, message=_text(error.message) or plain)
        return Complaint(status=0, message=_text(envelope.error) or _text(envelope.message) or _text(envelope.detail) or plain)
    except (ValueError, RecursionError):
        return Complaint(status=0, message=plain)


def _text(raw: Raw) -> str:
    """Give a JSON string's text, any other value's JSON, nothing for null."""
    source = bytes(raw)
    if source in {b"", b"null"}:
        return ""
    return msgspec.json.decode(source, type=str) if source.startswith(b'"') else source.decode("utf-8", "replace")


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Read how long a server asks to wait, in seconds; an HTTP date counts from the server's own `date`.

    Source: RFC 9110, section 10.2.3; `retry-after-ms` is a provider's own, finer form.

    >>> retry_after_s({"retry-after": "7"}), retry_after_s({"retry-after-ms": "250"}), retry_after_s({"retry-after": "soon"})
    (7.0, 0.25, None)
    """
    for name, factor in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        if re.fullmatch(r"\d{1,12}(\.\d{1,9})?", told := headers.get(name, "").strip()):
            return float(told) * factor
    try:
        until = parsedate_to_datetime(headers.get("retry-after", ""))
        return max(0.0, (until - parsedate_to_datetime(headers.get("date", ""))).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return None


def failure(endpoint: Endpoint, complaint: Complaint) -> ModelFailed:
    """Turn a server's refusal into the error that a caller can act on."""
    status, words = complaint.status, f"{complaint.kind} {complaint.message}"
    message = _message(endpoint, complaint)
    profile = endpoint.profile
    if status == 402 or _QUOTA.search(words):
        return ModelFailed(message, "The account has no credit left: look at the provider's billing page, or use another profile.")
    if status == 429 or (status == 0 and _RATE_LIMIT.search(complaint.kind)):
        return ModelRateLimited(message, "Wait and try again, or ask the provider for a higher limit.", complaint.retry_after_s)
    if status in {401, 403} or (status == 0 and _AUTH.search(complaint.kind)):
        return ModelAuth(message, _auth_hint(endpoint))
    if status == 413 or (status in {0, 400, 422, 500} and _TOO_LONG.search(words)):
        return ModelTooLong(message, "Give the model less: a smaller task, fewer files, or a model with a larger context window.")
    if status in {503, 529} or _OVERLOADED.search(complaint.kind):
        return ModelOverloaded(message, "The provider is too busy: try again later, or use another profile.", complaint.retry_after_s)
    if status == 404 or (status == 0 and _NOT_FOUND.search(complaint.kind)):
        return ModelFailed(message, f"Check model '{profile.model}' and the server address of profile '{profile.name}' in settings.json.")
    if 300 <= status < 400:
        return ModelFailed(message, f"The server sends requests elsewhere, which is not followed: correct profile '{profile.name}'.")
    if status in {408, 409, 425} or status >= 500 or (status == 0 and not _BAD_REQUEST.search(complaint.kind)):
        return ModelTransient(message, "Try again; if it stays so, look at the server's own log.", complaint.retry_after_s)
    return ModelFailed(message, f"The server does not take this request: compare profile '{profile.name}' with what the server supports.")


def httpx_failure(endpoint: Endpoint, error: Exception) -> ModelFailed:
    """Turn what httpx raised into the error that a caller can act on."""
    said = scrubbed(endpoint, str(error) or type(error).__name__)
    message = f"POST to {endpoint.shown} failed: {said}."
    match error:
        case httpx.HTTPStatusError():
            return failure(endpoint, Complaint(status=error.response.status_code))
        case httpx.ConnectError() if "CERTIFICATE_VERIFY_FAILED" in str(error):
            return ModelFailed(
                message, "The server's certificate is not trusted; with a certificate of your own set SETSQUARE_TRUST_ENV=1."
            )
        case httpx.ConnectError():
            return ModelTransient(message, f"Is the server running, and is the address of profile '{endpoint.profile.name}' right?")
        case httpx.ProxyError():
            return ModelTransient(message, "Check the proxy variables of your environment, or unset SETSQUARE_TRUST_ENV.")
        case httpx.DecodingError():
            return ModelNonsense(message, "The answer's encoding is broken: look at the server or what stands before it.")
        case httpx.TooManyRedirects() | httpx.UnsupportedProtocol() | httpx.LocalProtocolError() | httpx.InvalidURL():
            return ModelFailed(message, f"Correct the server address of profile '{endpoint.profile.name}'.")
        case httpx.TimeoutException():
            return ModelTransient(f"POST to {endpoint.shown} failed: no answer in time ({type(error).__name__}).", "Try again later.")
        case httpx.HTTPError():
            return ModelTransient(message, "The connection failed or was cut: try again.")
        case _:
            return ModelFailed(message, "This should not happen: please report it with this message.")


def cut(endpoint: Endpoint, why: str) -> ModelTransient:
    """Say that an answer did not arrive whole."""
    return ModelTransient(f"The answer of {endpoint.shown} {why}.", "Try again; if it stays so, look at the server's own log.")


def nonsense(endpoint: Endpoint, why: str) -> ModelNonsense:
    """Say that an answer is not what its protocol allows."""
    return ModelNonsense(
        f"The answer of {endpoint.shown} is not understood: {scrubbed(endpoint, why)}.",
        f"Does the server speak the protocol of provider '{endpoint.profile.provider}' (profile '{endpoint.profile.name}')?",
    )


def scrubbed(endpoint: Endpoint, text: str) -> str:
    """Make a stranger's text fit for a message: no key, no control characters, one line, at most 300 characters."""
    if endpoint.key:
        text = text.replace(endpoint.key, "[key]")
    text = _KEY_LOOKALIKE.sub("[key]", text[: 20 * _SHOWN_CHARACTERS])
    clean = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return clean if len(clean) <= _SHOWN_CHARACTERS else clean[: _SHOWN_CHARACTERS - 1] + "…"


def _message(endpoint: Endpoint, complaint: Complaint) -> str:
    what = f"status {complaint.status}" if complaint.status else "an error in mid-answer"
    said = scrubbed(endpoint, complaint.message).rstrip(".")
    return f"POST to {endpoint.shown} failed: {what}{': ' if said else ''}{said}."


def _auth_hint(endpoint: Endpoint) -> str:
    if endpoint.key_note:
        return f"No key was sent: {endpoint.key_note}."
    return "Check that the key is valid and may use this model."
