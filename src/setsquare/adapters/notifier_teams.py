"""Tells a channel of Microsoft Teams by a workflow's webhook, as an adaptive card of text runs, which know no Markdown.

Source: Microsoft Teams, "Create Incoming Webhooks with Workflows"; Adaptive Cards schema 1.5, "RichTextBlock" and "TextRun".
"""

from __future__ import annotations

from setsquare.adapters.notifier_http import Channel
from setsquare.ports.notifier import Delivered, Notice

_MOST_LINES = 60
_MOST_TEXT = 2000


class TeamsWebhook:
    """A webhook, which belongs to one channel."""

    def __init__(self, channel: Channel) -> None:
        """Take where to post."""
        self._channel = channel

    def tell(self, notice: Notice) -> Delivered:
        """Deliver a notice.

        Raises:
            NotifyFailed: Teams refused it or cannot be reached.
        """
        answer = self._channel.post(card(notice))
        return Delivered(self._channel.name, f"{answer.status} {answer.shown}".strip())


def card(notice: Notice) -> dict[str, object]:
    """Write a notice as a message with one card.

    >>> card(Notice(title="t"))["type"]
    'message'
    """
    body = [_runs(notice.title, is_title=True), *(_runs(line) for line in notice.lines[:_MOST_LINES])]
    if notice.link:
        body.append(_runs(notice.link))
    content = {"$schema": "http://adaptivecards.io/schemas/adaptive-card.json", "type": "AdaptiveCard", "version": "1.5", "body": body}
    return {
        "type": "message",
        "attachments": [{"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": content}],
    }


def _runs(text: str, *, is_title: bool = False) -> dict[str, object]:
    run: dict[str, object] = {"type": "TextRun", "text": text[:_MOST_TEXT]}
    if is_title:
        run |= {"weight": "Bolder", "size": "Large"}
    return {"type": "RichTextBlock", "inlines": [run]}
