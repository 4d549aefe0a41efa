"""What goes in and out: requests and responses without a socket."""

from __future__ import annotations

import json
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Request:
    """One HTTP request."""

    method: str
    path: str
    body: dict = field(default_factory=dict)
    headers: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Response:
    """One HTTP response; `body` is sent as JSON, nothing when it is `None`."""

    status: int
    body: dict | None = None

    def encoded(self) -> bytes:
        """Write the body as JSON bytes."""
        return b"" if self.body is None else json.dumps(self.body).encode()
