"""Tells any service that takes JSON: title, lines, link and key of a notice, signed where a secret is set.

Source: RFC 2104 (HMAC); the header is written as GitHub's `X-Hub-Signature-256` is.
"""

from __future__ import annotations

import hashlib
import hmac

import msgspec

from setsquare.adapters.notifier_http import Channel
from setsquare.ports.notifier import Delivered, Notice

SIGNATURE = "x-setsquare-signature-256"
"""The header that holds the signature of the body."""


class JsonWebhook:
    """A webhook of one's own; the body is signed with `secret` where there is one."""

    def __init__(self, channel: Channel, secret: str = "") -> None:
        """Take where to post."""
        self._channel = channel
        self._secret = secret

    def tell(self, notice: Notice) -> Delivered:
        """Deliver a notice.

        Raises:
            NotifyFailed: the service refused it or cannot be reached.
        """
        body = {"schema": "setsquare/notice/1", "title": notice.title, "lines": notice.lines, "link": notice.link, "key": notice.key}
        more = {}
        if self._secret:
            more[SIGNATURE] = "sha256=" + hmac.new(self._secret.encode(), msgspec.json.encode(body), hashlib.sha256).hexdigest()
        answer = self._channel.post(body, more)
        return Delivered(self._channel.name, f"{answer.status} {answer.shown}".strip())
