"""Offline nothing is asked, whatever could be."""

from __future__ import annotations

import json
from typing import Any

import pytest

from setsquare.journeys.iam_connecting import Link, Outside, connection_of
from setsquare.powers.iam.settings_judging import judge
from setsquare.text.json_document import scan
from setsquare.text.paths import RelPath

POWER = {
    "enabled": True,
    "mode": "pr-only",
    "targetRoles": ["ecs-*"],
    "awsRegion": "${REGION}",
    "awsAccountId": "123456789012",
    "cloudtrailLogGroup": "trail",
    "prRepository": "acme/infra",
}


@pytest.mark.parametrize("is_offline", [False, True])
def test_offline_neither_trust_nor_aws_is_asked(is_offline: bool) -> None:
    asked: list[str] = []

    def noted(what: str, answer: Any) -> Any:
        asked.append(what)
        return answer

    outside = Outside(
        is_trusted=lambda: noted("trust", True),
        variable=lambda _name: "eu-west-1",
        identity=lambda _settings: noted("identity", "arn:aws:sts::123456789012:assumed-role/reader/s"),
    )
    judged = judge(scan(RelPath(".kiro/settings.json"), json.dumps({"powers": {"awsIamAutopilot": POWER}}).encode()))
    found = connection_of(judged, outside, is_offline=is_offline)
    assert found.link is (Link.OFFLINE if is_offline else Link.CONNECTED), found
    assert asked == ([] if is_offline else ["trust", "identity"])
