"""Notices reach a channel over HTTP: delivered with proof, tried again where that helps, never led away, silent about secrets."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest

from setsquare.adapters.notifier_http import Channel
from setsquare.adapters.notifier_slack import SlackBot, SlackWebhook, blocks
from setsquare.adapters.notifier_teams import TeamsWebhook
from setsquare.adapters.notifier_webhook import SIGNATURE, JsonWebhook
from setsquare.adapters.notifiers import notifier_for
from setsquare.adapters.told_file import FileTold
from setsquare.errors import NotifyFailed
from setsquare.ports.notifier import Notice

pytestmark = pytest.mark.network
NOTICE = Notice(title="New escalation path: ci", lines=("iam-001 iam:CreatePolicyVersion, certain",), key="k")
SECRET = "T000/B000/verysecretword"


class Service:
    """A service that gives the answers it was told to, one after another, and keeps what it was sent."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.answers: list[tuple[int, str, dict[str, str]]] = []
        self.seen: list[tuple[str, dict[str, str], bytes]] = []

    def answer(self, status: int, text: str = "ok", **headers: str) -> None:
        self.answers.append((status, text, {name.replace("_", "-"): value for name, value in headers.items()}))

    @property
    def body(self) -> Any:
        return json.loads(self.seen[-1][2])


@pytest.fixture
def service() -> Iterator[Service]:
    holder: list[Service] = []

    class Handler(BaseHTTPRequestHandler):
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            made = holder[0]
            raw = self.rfile.read(int(self.headers["content-length"]))
            made.seen.append((self.path, {name.lower(): value for name, value in self.headers.items()}, raw))
            status, text, headers = made.answers.pop(0) if made.answers else (200, "ok", {})
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    holder.append(Service(f"http://127.0.0.1:{server.server_port}"))
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield holder[0]
    server.shutdown()
    server.server_close()


def channel(service: Service, waits: list[float] | None = None, **more: Any) -> Channel:
    kept = waits if waits is not None else []
    return Channel(name="https://hooks.example", url=f"{service.address}/services/{SECRET}", sleep=kept.append, **more)


# req: iam-autopilot/5.6
def test_a_webhook_of_slack_gives_proof_of_delivery(service: Service) -> None:
    proof = SlackWebhook(channel(service)).tell(NOTICE)
    assert (proof.channel, proof.receipt) == ("https://hooks.example", "200 ok")
    assert service.body == {"text": NOTICE.title, "blocks": blocks(NOTICE)}


def test_a_bot_of_slack_gives_the_message_and_says_why_slack_refuses(service: Service) -> None:
    bot = SlackBot(channel(service, headers={"authorization": "Bearer xoxb-1"}), "#alerts")
    service.answer(200, '{"ok": true, "ts": "17.1", "channel": "C1"}')
    assert bot.tell(NOTICE).receipt == "message 17.1 in C1"
    assert service.body["channel"] == "#alerts"
    assert service.seen[-1][1]["authorization"] == "Bearer xoxb-1"
    service.answer(200, '{"ok": false, "error": "not_in_channel"}')
    with pytest.raises(NotifyFailed, match="not_in_channel"):
        bot.tell(NOTICE)
    service.answer(200, "<html>")
    with pytest.raises(NotifyFailed):
        bot.tell(NOTICE)


def test_teams_gets_a_card(service: Service) -> None:
    service.answer(202, "")
    assert TeamsWebhook(channel(service)).tell(NOTICE).receipt == "202"
    content = service.body["attachments"][0]["content"]
    assert [run["text"] for block in content["body"] for run in block["inlines"]] == [NOTICE.title, *NOTICE.lines]


def test_a_service_of_ones_own_gets_a_signed_notice(service: Service) -> None:
    JsonWebhook(channel(service), "key").tell(NOTICE)
    _, headers, raw = service.seen[-1]
    assert headers[SIGNATURE] == "sha256=" + hmac.new(b"key", raw, hashlib.sha256).hexdigest()
    assert json.loads(raw)["title"] == NOTICE.title


def test_a_busy_channel_is_tried_again_after_the_time_it_asks_for(service: Service) -> None:
    waits: list[float] = []
    service.answer(429, "slow", retry_after="7")
    service.answer(503, "")
    assert SlackWebhook(channel(service, waits)).tell(NOTICE).receipt == "200 ok"
    assert waits == [7.0, 2.0]


def test_a_channel_that_stays_busy_fails_after_three_tries(service: Service) -> None:
    waits: list[float] = []
    for _ in range(4):
        service.answer(500, "broken", retry_after="99999")
    with pytest.raises(NotifyFailed, match="answered 500"):
        SlackWebhook(channel(service, waits)).tell(NOTICE)
    assert (len(service.seen), waits) == (3, [20.0, 20.0])


@pytest.mark.parametrize(("status", "text"), [(403, "invalid_token"), (404, "no_service"), (400, f"bad {SECRET}")])
def test_a_refusal_is_final_and_no_secret_is_shown(service: Service, status: int, text: str) -> None:
    service.answer(status, text)
    with pytest.raises(NotifyFailed) as failed:
        SlackWebhook(channel(service)).tell(NOTICE)
    assert len(service.seen) == 1
    assert str(status) in failed.value.message
    assert "verysecretword" not in failed.value.message + failed.value.hint


def test_a_redirect_is_not_followed(service: Service) -> None:
    service.answer(307, "", location=f"{service.address}/elsewhere")
    with pytest.raises(NotifyFailed, match="redirects are not followed"):
        SlackWebhook(channel(service)).tell(NOTICE)
    assert len(service.seen) == 1


def test_nobody_listening_is_a_named_failure_without_the_address() -> None:
    dead = Channel(name="https://hooks.example", url=f"http://127.0.0.1:9/{SECRET}", sleep=lambda _s: None)
    with pytest.raises(NotifyFailed) as failed:
        SlackWebhook(dead).tell(NOTICE)
    assert "cannot be reached" in failed.value.message
    assert "verysecretword" not in failed.value.message


def test_the_settings_choose_the_channel() -> None:
    def chosen(name: str, **variables: str) -> object:
        return type(notifier_for(name, lambda key: variables.get(key, "")))

    assert chosen("#alerts", SLACK_BOT_TOKEN="x") is SlackBot
    assert chosen("#alerts", SLACK_WEBHOOK_URL="https://hooks.slack.com/services/x") is SlackWebhook
    assert chosen("https://hooks.slack.com/services/x") is SlackWebhook
    assert chosen("https://prod-1.westeurope.logic.azure.com/workflows/x") is TeamsWebhook
    assert chosen("https://alerts.example.org/x") is JsonWebhook
    assert chosen("https://hooks.slack.com.evil.example/x") is JsonWebhook


@pytest.mark.parametrize("name", ["#alerts", "alerts", "ftp://example.org/x", "http://example.org/x", "https://", "https://[x"])
def test_a_channel_that_cannot_be_used_is_named(name: str) -> None:
    with pytest.raises(NotifyFailed):
        notifier_for(name, lambda _key: "")


def test_long_notices_stay_within_the_bounds_of_slack() -> None:
    made = blocks(Notice(title="t" * 999, lines=tuple("x" * 5000 for _ in range(99))))
    assert len(made) <= 50
    assert all(len(str(block["text"]["text"])) <= 3000 for block in made)  # type: ignore[index]


def test_what_was_told_is_remembered_and_a_missing_folder_tells_again(tmp_path: Any) -> None:
    told = FileTold(str(tmp_path / "state"))
    assert told.untold(("a\nb", "c", "c")) == ("a\nb", "c")
    told.remember(("a\nb",))
    assert FileTold(str(tmp_path / "state")).untold(("a\nb", "c")) == ("c",)
    nowhere = FileTold(None)
    nowhere.remember(("a",))
    assert nowhere.untold(("a",)) == ("a",)
