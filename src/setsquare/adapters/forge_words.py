"""Says in words what a forge answered and what a refusal means. The token is shown nowhere."""

from __future__ import annotations

from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx
import msgspec
from msgspec import Struct

from setsquare.errors import ForgeAuth, ForgeBusy, ForgeFailed

MOVED = frozenset({301, 302, 307, 308})
"""Statuses of what lies elsewhere."""
_SHOWN = 300

Shape = TypeVar("Shape")


class Target(Struct, frozen=True, kw_only=True):
    """One repository of a forge. `api` is where its API begins, `headers` carry the token, `variable` names where it came from."""

    forge: str
    api: str
    repository: str
    headers: tuple[tuple[str, str], ...] = ()
    token: str = ""
    variable: str = ""


class ForgeWords:
    """The words of one forge."""

    __slots__ = ("_target",)

    def __init__(self, target: Target) -> None:
        """Take the forge."""
        self._target = target

    def failure(self, method: str, path: str, status: int, body: bytes, headers: httpx.Headers) -> ForgeFailed:
        """Say what a refusal means."""
        what = f"{self._target.forge} answered {status} to {method} {self.shown(path)}"
        said = self.said(body)
        text = f"{what}: {said}" if said else f"{what}."
        if status == httpx.codes.TOO_MANY_REQUESTS or (status == httpx.codes.FORBIDDEN and _is_limited(headers)):
            waiting = headers.get("retry-after", "")
            return ForgeBusy(
                text, f"It asks to wait {waiting} s; try again then." if waiting.isdigit() else "It asks to wait; try again later."
            )
        if status in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}:
            need = "a token that may read the code and write pull requests"
            return ForgeAuth(text, f"Set {self._target.variable} to {need} of {self._target.repository}.")
        if status >= httpx.codes.INTERNAL_SERVER_ERROR or status == httpx.codes.REQUEST_TIMEOUT:
            return ForgeBusy(text, "Nothing is half done; try again later.")
        if status == httpx.codes.NOT_FOUND:
            hidden = f"A repository that the token of {self._target.variable} may not see looks the same as none."
            return ForgeFailed(text, f"Look at the name {self._target.repository}. {hidden}")
        if status in MOVED:
            return ForgeFailed(text, "The repository has moved: name it as it is called now.")
        return ForgeFailed(text, "Look at the message, then try again; nothing is half done.")

    def decoded(self, body: bytes, shape: type[Shape], path: str) -> Shape:
        """Read an answer; what is none is an error."""
        try:
            return msgspec.json.decode(body, type=shape)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise ForgeFailed(
                f"{self._target.forge} answered {self.shown(path)} with something that is none of its answers: {error}"[:_SHOWN],
                "Is this its API, and not a web page or a proxy?",
            ) from error

    def said(self, body: bytes) -> str:
        """Give the forge's own words, short and on one line."""
        try:
            told: Any = msgspec.json.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return ""
        words: list[str] = []
        if isinstance(told, dict):
            words += [str(told[key]) for key in ("message", "error", "error_description") if told.get(key)]
            words += [
                str(each.get("message") or each.get("code") or "") if isinstance(each, dict) else str(each)
                for each in told.get("errors") or ()
            ]
        text = self.safe("; ".join(word for word in words if word))[:_SHOWN]
        return "".join(letter if letter.isprintable() else " " for letter in text)

    def safe(self, text: str) -> str:
        """Take the token out."""
        return text.replace(self._target.token, "[redacted]") if self._target.token else text

    def shown(self, path: str) -> str:
        """Show where a request went, without its query."""
        return self.safe(urlsplit(path).path)[:_SHOWN]


def _is_limited(headers: httpx.Headers) -> bool:
    return "retry-after" in headers or headers.get("x-ratelimit-remaining") == "0"
