"""How an account is reached: the region, the account that is meant, what stands for AWS, and who is told of each call."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct, field

from setsquare.adapters.aws_clients import ReadingClients
from setsquare.ports.clock import Clock


class AwsAccess(Struct, frozen=True, kw_only=True):
    """Builds the clients of one region. `account` is that whose events count, empty for any; `endpoint` stands for AWS in tests.

    `noted` is told service and operation of each call that is sent.
    """

    region: str
    clock: Clock
    account: str = ""
    endpoint: str | None = None
    noted: Callable[[str, str], None] | None = None
    clients: ReadingClients = field(default_factory=ReadingClients)

    def client(self, service: str, region: str = "") -> Any:
        """Build a client that can only read.

        Raises:
            CloudFailed: botocore is not installed, or knows no such service or region.
        """
        return self.clients.client(service, region or self.region, endpoint=self.endpoint, noted=self.noted)

    def now(self) -> datetime:
        """Give the time, in UTC."""
        return datetime.strptime(self.clock.now(), "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def nothing_known(_identity: str) -> bool:
    """Say of every piece that it was never read."""
    return False
