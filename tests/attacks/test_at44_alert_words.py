"""AT44: the name of a role calls people, links, formats or rewrites the alert about it, or keeps it from being sent.

Defence: adapters/notifier_slack.py and adapters/notifier_teams.py: all words are plain text; journeys/iam_alerting.py: controls and direction marks are escapes
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from setsquare.adapters.notifier_slack import blocks, escaped
from setsquare.adapters.notifier_teams import card
from setsquare.errors import NotTrusted
from setsquare.journeys.iam_alerting import alert_readiness, notice_of
from setsquare.journeys.iam_readiness import Ready
from setsquare.ports.notifier import Notice
from setsquare.powers.iam.escalation.model import Escalation
from setsquare.wire.iam_escalations import alert_world

NAMES = {
    "calls everybody": "<!channel> look",
    "links": "<https://evil.example|the dashboard>",
    "links in Markdown": "[the dashboard](https://evil.example)",
    "writes lines of its own": "ci\nNothing was found, all is well",
    "turns direction": "ci\u202egnp.exe",
    "hides in a terminal": "ci\x1b[2J",
}


def naive_slack(notice: Notice) -> str:
    """What a notifier writes that trusts names."""
    return json.dumps({"text": "\n".join((f"*{notice.title}*", *notice.lines))}, ensure_ascii=False)


def naive_notice(principal: str) -> Notice:
    return Notice(title=f"New escalation path: {principal}", lines=(principal,))


@pytest.mark.attack("AT44")
@pytest.mark.parametrize("is_permissive", [False, True], ids=["real", "permissive"])
@pytest.mark.parametrize("name", NAMES)
def test_at44_names_stay_words_in_alerts(name: str, is_permissive: bool) -> None:
    hostile = NAMES[name]
    found = Escalation(principal=hostile, path="iam-001", severity=4, certainty="certain", actions=(), name="x", targets=(hostile,))
    if is_permissive:
        sent = [naive_slack(naive_notice(hostile))]
    else:
        notice = notice_of(hostile, (found,), hostile)
        parts = blocks(notice)
        assert {part["text"]["type"] for part in parts} == {"plain_text"}  # type: ignore[index]
        body = card(notice)["attachments"][0]["content"]["body"]  # type: ignore[index]
        assert {run["type"] for block in body for run in block["inlines"]} == {"TextRun"}
        words = [notice.title, *notice.lines]
        assert not any(char in word for word in words for char in "\n\x1b\u202e")
        sent = [json.dumps({"text": escaped(notice.title)}, ensure_ascii=False)]
    marks = ("<!channel>", "<https://", "](https://", "\\n", "\u202e", "\\u001b")
    # In the one field of Slack that knows mark-up nothing is left that it would obey; Markdown links mean nothing there.
    obeyed = marks if is_permissive else ("<!channel>", "<https://", "\u202e", "\\u001b")
    assert any(mark in text for text in sent for mark in obeyed) is is_permissive


@pytest.mark.attack("AT44")
@pytest.mark.parametrize("is_permissive", [False, True], ids=["real", "permissive"])
def test_at44_nobody_else_is_told_in_an_untrusted_workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_permissive: bool) -> None:
    power = {"enabled": True, "mode": "pr-only", "targetRoles": ["ecs-*"], "escalationAlertChannel": "https://evil.example/${HOME}"}
    project = tmp_path / "project"
    (project / ".kiro").mkdir(parents=True)
    (project / ".kiro/settings.json").write_text(json.dumps({"powers": {"awsIamAutopilot": power}}))
    monkeypatch.chdir(project)
    monkeypatch.setenv("SETSQUARE_STATE", str(tmp_path / "state"))
    world = alert_world()
    if is_permissive:
        world = replace(world, is_trusted=lambda: True)
    try:
        is_open = isinstance(alert_readiness(world), Ready)
    except NotTrusted:
        is_open = False
    assert is_open is is_permissive
