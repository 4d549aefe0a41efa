"""Speaks to the API of a forge: one request, its answer within bounds of time and size, and what went wrong in words. The token is shown nowhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TypeVar
from urllib.parse import urlsplit

import httpx
import msgspec
from msgspec import Struct

from setsquare._version import __version__
from setsquare.adapters.forge_words import MOVED, ForgeWords, Target
from setsquare.errors import ForgeBusy, ForgeFailed

LIMIT_ANSWER_BYTES = 16_000_000
LIMIT_PAGES = 100
_LIMIT_WAIT_S = 20.0
"""So long is waited for a forge that names a time; for a longer one the command ends."""
_LIMIT_ALL_S = 60.0
_TRIES = 3
_MOST_REDIRECTS = 3
_TIMEOUT = httpx.Timeout(20.0, connect=5.0)
_SHOWN = 300

Shape = TypeVar("Shape")


class Answer(Struct, frozen=True, kw_only=True):
    """What a forge answered; `following` is the path of the next page, empty after the last one."""

    status: int
    body: bytes
    following: str = ""


class ForgeHttp:
    """Calls the API of one forge."""

    __slots__ = ("_sleep", "_target", "_timeout", "_transport", "_words")

    def __init__(
        self,
        target: Target,
        *,
        sleep: Callable[[float], None] = time.sleep,
        timeout: httpx.Timeout = _TIMEOUT,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """Take the forge; a token goes over a safe connection, or to this machine, and nowhere else.

        Raises:
            ForgeFailed: the address is no `https:` one of another machine.
        """
        parts = urlsplit(target.api)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in {"127.0.0.1", "::1", "localhost"}):
            raise ForgeFailed(
                f"{target.forge} at {target.api} is not asked over https, so no token is sent there.", "Use an https address."
            )
        self._target = target
        self._words = ForgeWords(target)
        self._sleep = sleep
        self._timeout = timeout
        self._transport = transport

    @property
    def target(self) -> Target:
        """Give the forge and the repository."""
        return self._target

    def get(self, path: str, shape: type[Shape]) -> Shape:
        """Read one thing.

        Raises:
            ForgeFailed: it is not there, or the forge refuses, is busy or answers something else.
        """
        return self._words.decoded(self._called("GET", path, None, ()).body, shape, path)

    def find(self, path: str, shape: type[Shape]) -> Shape | None:
        """Read one thing; `None` when it is not there.

        Raises:
            ForgeFailed: as above.
        """
        answer = self._called("GET", path, None, (404,))
        return None if answer.status == httpx.codes.NOT_FOUND else self._words.decoded(answer.body, shape, path)

    def pages(self, path: str, shape: type[Shape], until: Callable[[Shape], bool] | None = None) -> tuple[Shape, ...]:
        """Read a list, page by page as its `Link` headers lead; with `until` no further than the page that holds one of these.

        Raises:
            ForgeFailed: as above, or the list does not end.
        """
        found: list[Shape] = []
        for _ in range(LIMIT_PAGES):
            answer = self._called("GET", path, None, ())
            page: list[Shape] = self._words.decoded(answer.body, list[shape], path)  # type: ignore[valid-type]  # msgspec takes the type at run time
            found += page
            if not answer.following or (until and any(map(until, page))):
                return tuple(found)
            path = answer.following
        raise ForgeFailed(f"{self._target.forge} gives more than {LIMIT_PAGES} pages of {path}.", "Close old requests, then try again.")

    def send(self, method: str, path: str, value: Mapping[str, str], shape: type[Shape]) -> Shape:
        """Write one thing and give what the forge made of it.

        Raises:
            ForgeFailed: as above.
        """
        return self._words.decoded(self._called(method, path, value, ()).body, shape, path)

    def attempt(self, method: str, path: str, value: Mapping[str, str], shape: type[Shape], *, refusals: tuple[int, ...]) -> Shape | str:
        """Write one thing; a refusal of these kinds is given in the forge's words.

        Raises:
            ForgeFailed: as above.
        """
        answer = self._called(method, path, value, refusals)
        return self._words.said(answer.body) if answer.status in refusals else self._words.decoded(answer.body, shape, path)

    def _called(self, method: str, path: str, value: Mapping[str, str] | None, accepted: tuple[int, ...]) -> Answer:
        """Send a request; one that was not done for sure is sent again after the time that the forge names."""
        end = time.monotonic() + _LIMIT_ALL_S
        for number in range(_TRIES):
            status, body, headers = self._sent(method, path, value, end)
            if httpx.codes.OK <= status < httpx.codes.MULTIPLE_CHOICES or status in accepted:
                return Answer(status=status, body=body, following=self._following(headers))
            failure = self._words.failure(method, path, status, body, headers)
            wait = _waiting(status, headers, number) if isinstance(failure, ForgeBusy) else None
            # A request that writes may have been done when the forge fails inside; the whole command is safe to repeat, one call is not.
            is_repeatable = method == "GET" or status in {403, 429}
            if wait is None or not is_repeatable or number == _TRIES - 1 or wait > _LIMIT_WAIT_S or time.monotonic() + wait > end:
                raise failure
            self._sleep(wait)
        raise AssertionError  # the loop ends with a raise

    def _sent(self, method: str, path: str, value: Mapping[str, str] | None, end: float) -> tuple[int, bytes, httpx.Headers]:
        """Send one request; another place on the same host is followed, another host never."""
        url = path if path.startswith("http") else f"{self._target.api}{path}"
        content = None if value is None else msgspec.json.encode(value)
        headers = {"user-agent": f"setsquare/{__version__}", "accept": "application/json", **dict(self._target.headers)}
        if content is not None:
            headers["content-type"] = "application/json"
        try:
            with httpx.Client(follow_redirects=False, timeout=self._timeout, transport=self._transport) as client:
                for _ in range(_MOST_REDIRECTS):
                    with client.stream(method, url, content=content, headers=headers) as response:
                        body = self._whole(response, end)
                    moved = response.headers.get("location", "")
                    if response.status_code not in MOVED or method != "GET" or not moved:
                        return response.status_code, body, response.headers
                    url = self._same_host(str(httpx.URL(url).join(moved)))
        except httpx.TimeoutException as error:
            raise ForgeBusy(
                f"{self._target.forge} did not answer {method} {self._words.shown(path)} in time.", "Nothing is half done; try again later."
            ) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            said = self._words.safe(f"{type(error).__name__}: {error}")[:_SHOWN]
            raise ForgeBusy(
                f"{self._target.forge} could not be asked ({method} {self._words.shown(path)}): {said}",
                "Look at the network, then try again.",
            ) from error
        raise ForgeFailed(
            f"{self._target.forge} leads {self._words.shown(path)} from one place to the next.", "Look at the repository's name."
        )

    def _whole(self, response: httpx.Response, end: float) -> bytes:
        body = bytearray()
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > LIMIT_ANSWER_BYTES:
                raise ForgeFailed(
                    f"{self._target.forge} answers more than {LIMIT_ANSWER_BYTES // 1_000_000} MB.", "Look at the repository's name."
                )
            if time.monotonic() > end:
                raise ForgeBusy(f"{self._target.forge} answers too slowly.", "Nothing is half done; try again later.")
        return bytes(body)

    def _same_host(self, url: str) -> str:
        here, there = urlsplit(self._target.api), urlsplit(url)
        if (here.scheme, here.netloc) != (there.scheme, there.netloc):
            raise ForgeFailed(
                f"{self._target.forge} sends the request on to {there.netloc}, which gets no token.",
                "Name the repository as it is called now.",
            )
        return url

    def _following(self, headers: httpx.Headers) -> str:
        link = next((each for each in _links(headers.get("link", "")) if each.get("rel") == "next"), None)
        return self._same_host(str(httpx.URL(self._target.api).join(link["url"]))) if link else ""


def _links(header: str) -> list[dict[str, str]]:
    """Read a `Link` header; its form is the transport library's business."""
    return list(httpx.Response(200, headers={"link": header}).links.values()) if header else []


def _waiting(status: int, headers: httpx.Headers, number: int) -> float | None:
    """Say how long to wait: as the forge says, else a little; `None` when it names no usable time for its limit."""
    asked = headers.get("retry-after", "")
    if asked.isdigit():
        return float(asked[:6])
    reset = headers.get("x-ratelimit-reset", "")
    if headers.get("x-ratelimit-remaining") == "0" and reset.isdigit():
        return None
    return 0.5 * 2.0**number if status >= httpx.codes.INTERNAL_SERVER_ERROR or status in {408, 429} else None
