"""Posts one request to a model server and reads the answer within bounds of time and size."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from setsquare._version import __version__
from setsquare.adapters.event_stream import EventDecoder, ServerEvent
from setsquare.adapters.model_endpoint import Endpoint
from setsquare.adapters.model_errors import HTTPX_FAILURES, Complaint, complaint_of, cut, httpx_failure, nonsense

LIMIT_ANSWER_BYTES = 32_000_000
LIMIT_EVENT_BYTES = 4_000_000
_LIMIT_REFUSAL_BYTES = 64_000
_CONNECT_S = 10.0
_WRITE_S = 60.0
_IDLE_S = 120.0


class Answer:
    """A server's answer while it is being read."""

    def __init__(self, endpoint: Endpoint, response: httpx.Response, deadline_s: float) -> None:
        """Take the open response and the moment of the monotonic clock after which reading stops."""
        self._endpoint = endpoint
        self._response = response
        self._deadline_s = deadline_s
        self._kept: tuple[bytes, ...] | None = None

    def complaint(self) -> Complaint | None:
        """Read the refusal, if it is one."""
        if self._response.status_code == httpx.codes.OK:
            return None
        body = bytearray()
        for chunk in self._raw():
            body += chunk
            if len(body) > _LIMIT_REFUSAL_BYTES or time.monotonic() > self._deadline_s:
                break
        return complaint_of(self._response.status_code, self._response.headers, bytes(body[:_LIMIT_REFUSAL_BYTES]))

    def whole(self) -> bytes | None:
        """Give the body when it is one JSON value although a stream was asked for, else `None`: then read `events`.

        What is neither declared as a stream nor as JSON is judged by how it begins.
        """
        kind = self._response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind == "text/event-stream":
            return None
        body = b"".join(self._chunks())
        if kind == "application/json" or body.lstrip().startswith(b"{"):
            return body
        self._kept = (body,)
        return None

    def events(self) -> Iterator[ServerEvent]:
        """Give the events of the stream as they come.

        Raises:
            ModelNonsense: one event is larger than 4 MB, all are larger than 32 MB, or the answer is a page that holds none.
            ModelTransient: the profile's time limit passed.
        """
        decoder = EventDecoder()
        has_events = False
        for chunk in self._chunks() if self._kept is None else self._kept:
            for event in decoder.feed(chunk):
                has_events = True
                yield event
            if decoder.pending_bytes > LIMIT_EVENT_BYTES:
                raise nonsense(self._endpoint, f"one event is larger than {LIMIT_EVENT_BYTES:,} bytes")
        if self._kept is not None and self._kept[0].strip() and not has_events:
            raise nonsense(self._endpoint, "it is neither JSON nor an event stream but something else, such as a web page")

    def _chunks(self) -> Iterator[bytes]:
        if self._response.headers.get("content-encoding", "identity").lower() != "identity":
            raise nonsense(self._endpoint, "it is compressed although that was not asked for")
        read = 0
        for chunk in self._raw():
            read += len(chunk)
            if read > LIMIT_ANSWER_BYTES:
                raise nonsense(self._endpoint, f"it is larger than {LIMIT_ANSWER_BYTES:,} bytes")
            if time.monotonic() > self._deadline_s:
                raise cut(self._endpoint, f"took longer than the {self._endpoint.profile.limit_s} s that its profile allows")
            yield chunk

    def _raw(self) -> Iterator[bytes]:
        try:
            yield from self._response.iter_raw()
        except HTTPX_FAILURES as error:
            raise httpx_failure(self._endpoint, error) from error


class Post:
    """Posts to one endpoint, each time over a connection of its own: a kept one may be dead after a long tool run."""

    def __init__(self, endpoint: Endpoint, headers: tuple[tuple[str, str], ...]) -> None:
        """Take the endpoint and the headers that carry key and version."""
        self._endpoint = endpoint
        self._headers = headers
        self._tls: ssl.SSLContext | None = None

    @contextmanager
    def open(self, body: bytes) -> Iterator[Answer]:
        """Send a JSON body; the answer is read inside the `with`.

        Raises:
            ModelFailed: one of its kinds.
        """
        limit_s = float(self._endpoint.profile.limit_s)
        deadline_s = time.monotonic() + limit_s
        idle_s = min(_IDLE_S, limit_s)
        headers = {
            "content-type": "application/json",
            "accept": "text/event-stream, application/json",
            "accept-encoding": "identity",
            "user-agent": f"setsquare/{__version__}",
            **dict(self._headers),
        }
        try:
            with (
                httpx.Client(
                    verify=self._context(),
                    trust_env=self._endpoint.trusts_environment,
                    follow_redirects=False,
                    timeout=httpx.Timeout(idle_s, connect=min(_CONNECT_S, limit_s), write=_WRITE_S),
                ) as client,
                client.stream("POST", self._endpoint.url, content=body, headers=headers) as response,
            ):
                yield Answer(self._endpoint, response, deadline_s)
        except HTTPX_FAILURES as error:
            raise httpx_failure(self._endpoint, error) from error

    def _context(self) -> ssl.SSLContext:
        """Load certificates once, and only where they are needed; without them https cannot succeed."""
        if self._tls is None:
            is_tls = self._endpoint.url.startswith("https:") or self._endpoint.trusts_environment
            trusts_environment = self._endpoint.trusts_environment
            self._tls = httpx.create_ssl_context(trust_env=trusts_environment) if is_tls else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        return self._tls
