"""Derives what the model sees from the journal; the driver extends it entry by entry and never copies it per step."""

from __future__ import annotations

from collections.abc import Iterable

from setsquare.agent.replies import complaint
from setsquare.events.conversation import AssistantMessage, Message, ToolMessage, UserMessage
from setsquare.events.facts import ActionObserved, Event, ModelReplied, TaskStarted, VerificationFinished


class Conversation:
    """The messages of the current task, growing in place, and the standing instructions."""

    def __init__(self) -> None:
        self.system = ""
        self._messages: list[Message] = []

    @property
    def messages(self) -> tuple[Message, ...]:
        """Give the messages as they stand."""
        return tuple(self._messages)

    def __len__(self) -> int:
        return len(self._messages)

    def extend(self, event: Event) -> None:
        """Add what a fact says to the model; most facts say nothing to it."""
        if isinstance(event, TaskStarted):
            self.system = event.system
            self._messages = [UserMessage(event.brief)]
        elif isinstance(event, ModelReplied):
            self._add_reply(event)
        elif isinstance(event, ActionObserved):
            self._messages.append(ToolMessage(event.call_id, event.text, is_error=not event.is_ok))
        elif isinstance(event, VerificationFinished) and event.exit_code != 0:
            self._messages.append(UserMessage(_failed(event)))

    def _add_reply(self, event: ModelReplied) -> None:
        """Add a reply, and what is wrong with it."""
        reply = event.reply
        if reply.stop == "refusal":
            return
        if reply.text.strip() or reply.calls:
            self._messages.append(AssistantMessage(reply.text, reply.calls))
        if said := complaint(reply):
            self._messages.append(UserMessage(said))


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
