"""Posts one notice as JSON: bounded in time and size, tried again where that can help, never led to another host, and silent about secrets."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

import httpx
import msgspec
from msgspec import Struct

from setsquare._version import __version__
from setsquare.errors import NotifyFailed

_CONNECT_S = 5.0
_TOTAL_S = 15.0
_TRIES = 3
_MOST_WAIT_S = 20.0
_MOST_ANSWER = 64_000
_BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})
_SHOWN = 120
_SECRET_LENGTH = 8


class Answer(Struct, frozen=True):
    """What a channel answered: a status and at most 64 kB of text."""

    status: int
    text: str

    @property
    def shown(self) -> str:
        """Give the start of the text on one line."""
        plain = "".join(char if char.isprintable() else " " for char in self.text[:_SHOWN])
        return " ".join(plain.split())


class Channel(Struct, frozen=True, kw_only=True):
    """Where notices go. `name` is what people see, without any secret; `url` may be one itself, and `headers` may hold one.

    `sleep` waits between tries, in seconds.
    """

    name: str
    url: str
    headers: Mapping[str, str] = {}
    sleep: Callable[[float], None] = time.sleep

    def post(self, body: object, more: Mapping[str, str] | None = None) -> Answer:
        """Send a JSON body and give a good answer.

        Raises:
            NotifyFailed: the channel refuses it, cannot be reached, or stays busy.
        """
        raw = msgspec.json.encode(body)
        headers = {
            "content-type": "application/json; charset=utf-8",
            "user-agent": f"setsquare/{__version__}",
            **self.headers,
            **(more or {}),
        }
        problem = ""
        for attempt in range(_TRIES):
            answer, problem, wait_s = self._once(raw, headers)
            if answer is not None:
                return answer
            if wait_s is None:
                break
            if attempt + 1 < _TRIES:
                self.sleep(min(max(wait_s, float(2**attempt)), _MOST_WAIT_S))
        raise NotifyFailed(
            f"The alert was not delivered to {self.name}: {problem}.", "Mend the channel, then try it: `setsquare iam alerts --test`."
        )

    def _once(self, raw: bytes, headers: Mapping[str, str]) -> tuple[Answer | None, str, float | None]:
        """Try once: an answer, or why there is none, and how long to wait before it is worth trying again."""
        limits = httpx.Timeout(_TOTAL_S, connect=_CONNECT_S)
        try:
            with (
                httpx.Client(timeout=limits, follow_redirects=False, trust_env=True) as client,
                client.stream("POST", self.url, content=raw, headers=dict(headers)) as response,
            ):
                answer = Answer(response.status_code, _text(response))
                waiting = response.headers.get("retry-after", "")
        except httpx.TimeoutException:
            return None, "it did not answer in time", 1.0
        except (httpx.InvalidURL, httpx.UnsupportedProtocol):
            return None, "its address is none", None
        except (httpx.HTTPError, httpx.StreamError) as error:
            # The text of such an error may hold the address, which may be the secret.
            return None, f"it cannot be reached ({type(error).__name__})", 1.0
        if httpx.codes.is_success(answer.status):
            return answer, "", None
        problem = f"it answered {answer.status}" + (f" ({answer.shown})" if answer.shown and not self._repeats_secret(answer.text) else "")
        if httpx.codes.is_redirect(answer.status):
            return None, f"it answered {answer.status}, and redirects are not followed", None
        return None, problem, _seconds(waiting) if answer.status in _BUSY else None

    def _repeats_secret(self, text: str) -> bool:
        """Tell whether a text repeats a part of the address or a header, which may be the secret."""
        address = httpx.URL(self.url)
        parts = (*address.path.split("/"), *address.params.values(), *(word for value in self.headers.values() for word in value.split()))
        return any(len(part) >= _SECRET_LENGTH and part in text for part in parts)


def _text(response: httpx.Response) -> str:
    raw = bytearray()
    until = time.monotonic() + _TOTAL_S
    for chunk in response.iter_bytes():
        raw += chunk
        if len(raw) > _MOST_ANSWER or time.monotonic() > until:
            break
    return bytes(raw[:_MOST_ANSWER]).decode("utf-8", "replace")


def _seconds(waiting: str) -> float:
    return float(waiting) if waiting.isascii() and waiting.isdigit() else 1.0
