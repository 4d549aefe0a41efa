"""Derives what the model sees from the journal; the driver extends it entry by entry and never copies it per step."""

from __future__ import annotations

from collections.abc import Iterable

from setsquare.agent.replies import complaint
from setsquare.events.conversation import AssistantMessage, Message, ToolMessage, UserMessage
from setsquare.events.facts import ActionObserved, Event, ModelReplied, TaskStarted, VerificationFinished

LIMIT_CHARS = 400_000
"""From this size on (about 100,000 tokens) the oldest tool results give way."""

_KEPT_MESSAGES = 20
_LEAST_CHARS = 400
_LEFT_OUT = "[This older result was left out to save room. Ask again if you need it.]"


class Conversation:
    """The messages of the current task, growing in place, and the standing instructions.

    When it grows too long, the oldest tool results are left out down to half of the limit; that depends on the facts alone, so a replayed
    conversation is the same.
    """

    def __init__(self) -> None:
        self.system = ""
        self._messages: list[Message] = []
        self._chars = 0
        self._kept_from = 0

    @property
    def messages(self) -> tuple[Message, ...]:
        """Give the messages as they stand."""
        return tuple(self._messages)

    def extend(self, event: Event) -> None:
        """Add what a fact says to the model; most facts say nothing to it."""
        if isinstance(event, TaskStarted):
            self.system = event.system
            self._messages, self._chars, self._kept_from = [], 0, 0
            self._add(UserMessage(event.brief))
        elif isinstance(event, ModelReplied):
            self._add_reply(event)
        elif isinstance(event, ActionObserved):
            self._add(ToolMessage(event.call_id, event.text, is_error=not event.is_ok))
        elif isinstance(event, VerificationFinished) and event.exit_code != 0:
            self._add(UserMessage(_failed(event)))

    def _add(self, message: Message) -> None:
        """Add a message; make room when there is too much."""
        self._messages.append(message)
        self._chars += _size(message)
        if self._chars > LIMIT_CHARS:
            self._make_room()

    def _make_room(self) -> None:
        """Leave out old tool results, the oldest first, but none of the last messages."""
        while self._chars > LIMIT_CHARS // 2 and self._kept_from < len(self._messages) - _KEPT_MESSAGES:
            message = self._messages[self._kept_from]
            if isinstance(message, ToolMessage) and len(message.text) > _LEAST_CHARS:
                short = ToolMessage(message.call_id, _LEFT_OUT, is_error=message.is_error)
                self._chars -= _size(message) - _size(short)
                self._messages[self._kept_from] = short
            self._kept_from += 1

    def _add_reply(self, event: ModelReplied) -> None:
        """Add a reply, and what is wrong with it."""
        reply = event.reply
        if reply.stop == "refusal":
            return
        if reply.text.strip() or reply.calls:
            self._add(AssistantMessage(reply.text, reply.calls))
        if said := complaint(reply):
            self._add(UserMessage(said))


def _size(message: Message) -> int:
    """Count a message's characters."""
    calls = message.calls if isinstance(message, AssistantMessage) else ()
    return len(message.text) + sum(len(call.arguments) for call in calls)


def messages_of(events: Iterable[Event]) -> tuple[Message, ...]:
    """List the messages that a journal leads to.

    >>> messages_of([TaskStarted(task="1", title="Go", system="s", brief="b")])
    (UserMessage(text='b'),)
    """
    conversation = Conversation()
    for event in events:
        conversation.extend(event)
    return conversation.messages


def _failed(event: VerificationFinished) -> str:
    """Tell the model that its work did not verify."""
    return (
        f"The platform ran the verification command `{event.command}`; it ended with exit code {event.exit_code}. The task is not done. "
        f"Find the cause and mend it.\n\n<output>\n{event.output}\n</output>"
    )
