"""Tells a Slack channel, by an incoming webhook or as a bot. All words are plain text: names in policies and trails cannot mention, link or format.

Source: Slack API, "Sending messages using incoming webhooks", "chat.postMessage", "Text object: plain_text", "Formatting: escaping text".
"""

from __future__ import annotations

import msgspec
from msgspec import Struct

from setsquare.adapters.notifier_http import Channel
from setsquare.errors import NotifyFailed
from setsquare.ports.notifier import Delivered, Notice

POST_MESSAGE = "https://slack.com/api/chat.postMessage"
_MOST_TITLE = 150
_MOST_TEXT = 2900
_MOST_BLOCKS = 40


class _Reply(Struct):
    ok: bool = False
    ts: str = ""
    channel: str = ""
    error: str = ""


class SlackWebhook:
    """An incoming webhook, which belongs to one channel."""

    def __init__(self, channel: Channel) -> None:
        """Take where to post."""
        self._channel = channel

    def tell(self, notice: Notice) -> Delivered:
        """Deliver a notice.

        Raises:
            NotifyFailed: Slack refused it or cannot be reached.
        """
        answer = self._channel.post({"text": escaped(notice.title), "blocks": blocks(notice)})
        return Delivered(self._channel.name, f"{answer.status} {answer.shown}".strip())


class SlackBot:
    """A bot that posts to a channel by name; `target` is `#name` or a channel's id."""

    def __init__(self, channel: Channel, target: str) -> None:
        """Take where to post and to which channel."""
        self._channel = channel
        self._target = target

    def tell(self, notice: Notice) -> Delivered:
        """Deliver a notice.

        Raises:
            NotifyFailed: Slack refused it or cannot be reached.
        """
        body = {
            "channel": self._target,
            "text": escaped(notice.title),
            "blocks": blocks(notice),
            "parse": "none",
            "link_names": False,
            "unfurl_links": False,
            "unfurl_media": False,
        }
        answer = self._channel.post(body)
        try:
            reply = msgspec.json.decode(answer.text, type=_Reply)
        except msgspec.MsgspecError:
            reply = _Reply(error="its answer is no JSON")
        if not reply.ok:
            why = "".join(char for char in reply.error[:60] if char.isprintable()) or "no reason given"
            raise NotifyFailed(
                f"Slack refused the alert for {self._target}: {why}.", "Invite the bot to the channel, and check SLACK_BOT_TOKEN."
            )
        return Delivered(self._target, f"message {reply.ts} in {reply.channel}")


def escaped(text: str) -> str:
    """Escape what Slack reads as a mention, a link or an entity.

    >>> escaped("<!channel> & co")
    '&lt;!channel&gt; &amp; co'
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def blocks(notice: Notice) -> list[dict[str, object]]:
    """Write a notice as blocks of plain text.

    >>> blocks(Notice(title="t"))
    [{'type': 'header', 'text': {'type': 'plain_text', 'text': 't', 'emoji': False}}]
    """
    made: list[dict[str, object]] = [{"type": "header", "text": _plain(notice.title[:_MOST_TITLE])}]
    part = ""
    for line in (*notice.lines, *((notice.link,) if notice.link else ())):
        if part and len(part) + len(line) >= _MOST_TEXT:
            made.append({"type": "section", "text": _plain(part)})
            part = ""
        part += ("\n" if part else "") + line[:_MOST_TEXT]
    if part:
        made.append({"type": "section", "text": _plain(part)})
    return made[:_MOST_BLOCKS]


def _plain(text: str) -> dict[str, object]:
    return {"type": "plain_text", "text": text, "emoji": False}
