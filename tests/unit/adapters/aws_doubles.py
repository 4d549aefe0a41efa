"""What tests of AWS's readers share: a clock that stands, and events."""

from __future__ import annotations

from typing import Any

ACCOUNT = "123456789012"


class Clock:
    """Stands at a moment; sleeping is written down and moves it on."""

    def __init__(self, now: str = "2026-11-26T12:00:00Z") -> None:
        self.time, self.passed = now, 0.0
        self.slept: list[float] = []

    def now(self) -> str:
        return self.time

    def monotonic_s(self) -> float:
        return self.passed

    def sleep(self, wait_s: float) -> None:
        self.slept.append(wait_s)
        self.passed += wait_s

    def new_id(self) -> str:
        return "id"


def event(day: str, source: str = "ec2", name: str = "DescribeInstances", role: str = "ecs-api", **more: Any) -> dict[str, Any]:
    arn = f"arn:aws:iam::{ACCOUNT}:role/team/{role}"
    identity = {
        "type": "AssumedRole",
        "principalId": "AROA1:s",
        "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/s",
        "sessionContext": {"sessionIssuer": {"type": "Role", "principalId": "AROA1", "arn": arn}},
    }
    return {
        "eventVersion": "1.08",
        "userIdentity": identity,
        "eventTime": f"{day}T10:00:00Z",
        "eventSource": f"{source}.amazonaws.com",
        "eventName": name,
        "awsRegion": "us-east-1",
        "readOnly": name.startswith(("Describe", "List", "Get")),
        "eventCategory": "Management",
        "managementEvent": True,
        "recipientAccountId": ACCOUNT,
        "requestParameters": None,
        **more,
    }
