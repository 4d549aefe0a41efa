from __future__ import annotations

import httpx
import pytest

from setsquare.adapters.model_endpoint import Endpoint
from setsquare.adapters.model_errors import HTTPX_FAILURES, Complaint, complaint_of, failure, httpx_failure, scrubbed
from setsquare.errors import ModelFailed, ModelNonsense, ModelTransient
from setsquare.workspace.settings import ModelProfile

PROFILE = ModelProfile(name="primary", provider="openai", model="m")
ENDPOINT = Endpoint("https://user.example/v1/chat/completions?token=hidden", PROFILE, key="the-key-itself")

EXPECTED = {
    httpx.HTTPError: ModelTransient,
    httpx.RequestError: ModelTransient,
    httpx.TransportError: ModelTransient,
    httpx.TimeoutException: ModelTransient,
    httpx.ConnectTimeout: ModelTransient,
    httpx.ReadTimeout: ModelTransient,
    httpx.WriteTimeout: ModelTransient,
    httpx.PoolTimeout: ModelTransient,
    httpx.NetworkError: ModelTransient,
    httpx.ConnectError: ModelTransient,
    httpx.ReadError: ModelTransient,
    httpx.WriteError: ModelTransient,
    httpx.CloseError: ModelTransient,
    httpx.ProtocolError: ModelTransient,
    httpx.RemoteProtocolError: ModelTransient,
    httpx.LocalProtocolError: ModelFailed,
    httpx.ProxyError: ModelTransient,
    httpx.UnsupportedProtocol: ModelFailed,
    httpx.DecodingError: ModelNonsense,
    httpx.TooManyRedirects: ModelFailed,
    httpx.HTTPStatusError: ModelTransient,
    httpx.InvalidURL: ModelFailed,
    httpx.CookieConflict: ModelFailed,
    httpx.StreamError: ModelFailed,
    httpx.StreamConsumed: ModelFailed,
    httpx.StreamClosed: ModelFailed,
    httpx.ResponseNotRead: ModelFailed,
    httpx.RequestNotRead: ModelFailed,
}


def exceptions() -> list[type[Exception]]:
    found = (value for value in vars(httpx).values() if isinstance(value, type) and issubclass(value, Exception))
    return sorted(set(found), key=lambda kind: kind.__name__)


def raised(kind: type[Exception]) -> Exception:
    if kind is httpx.HTTPStatusError:
        request = httpx.Request("POST", "https://user.example")
        return httpx.HTTPStatusError("500", request=request, response=httpx.Response(500, request=request))
    try:
        return kind("what happened to the-key-itself")
    except TypeError:
        return kind()


@pytest.mark.parametrize("kind", exceptions(), ids=lambda kind: kind.__name__)
def test_every_exception_of_httpx_is_mapped(kind: type[Exception]) -> None:
    error = raised(kind)
    assert isinstance(error, HTTPX_FAILURES)
    mapped = httpx_failure(ENDPOINT, error)
    assert type(mapped) is EXPECTED[kind]
    assert "user.example/v1/chat/completions" in mapped.message
    assert mapped.hint
    assert "the-key-itself" not in mapped.message
    assert "hidden" not in mapped.message


def test_a_certificate_is_not_tried_again() -> None:
    mapped = httpx_failure(ENDPOINT, httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] unable to get local issuer"))
    assert not mapped.retryable
    assert "certificate" in mapped.hint


@pytest.mark.parametrize("status", range(300, 600))
def test_every_status_has_an_error(status: int) -> None:
    mapped = failure(ENDPOINT, Complaint(status=status))
    assert isinstance(mapped, ModelFailed)
    assert mapped.retryable == (status in {408, 409, 425, 429} or status >= 500)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"3",
        b'{"error": null}',
        b'{"error": 3}',
        b'{"error": {"message": {"a": 1}}}',
        b"\xff\x00",
        b"[" * 100_000,
        b'{"error": {"message": "\xff"}}',
    ],
)
def test_any_body_is_readable(body: bytes) -> None:
    assert isinstance(failure(ENDPOINT, complaint_of(500, {}, body)), ModelTransient)


def test_an_http_date_counts_from_the_servers_date() -> None:
    headers = {"retry-after": "Wed, 21 Oct 2015 07:28:30 GMT", "date": "Wed, 21 Oct 2015 07:28:00 GMT"}
    assert complaint_of(429, headers, b"{}").retry_after_s == 30.0


@pytest.mark.parametrize("told", ["1e999", "nan", "inf", "", "99999999999999999999", "Wed, 99 Oct 2015"])
def test_odd_waiting_times_are_none(told: str) -> None:
    assert complaint_of(429, {"retry-after": told, "date": "Wed, 21 Oct 2015 07:28:00 GMT"}, b"{}").retry_after_s is None


def test_strangers_text_is_made_fit() -> None:
    text = scrubbed(ENDPOINT, "the-key-itself sk-proj-1234567890 Bearer abc\x1b[2J\n\u202eok" + "y" * 1000)
    assert "the-key-itself" not in text
    assert "1234567890" not in text
    assert text.isprintable()
    assert len(text) == 300
