"""Derives what the model sees from the journal; the driver extends it entry by entry and never copies it whole.

What a task is bound to is never left out: the standing instructions, the brief with scope and verification command, and what people decided.
"""

from __future__ import annotations

from collections.abc import Iterable

from setsquare.agent.condensing import Rounds, room_made
from setsquare.agent.replies import complaint
from setsquare.events.conversation import AssistantMessage, Message, ToolMessage, UserMessage
from setsquare.events.facts import (
    ActionDecided,
    ActionObserved,
    ContextLimited,
    Event,
    HumanAnswered,
    ModelReplied,
    RunResumed,
    TaskStarted,
    VerificationFinished,
    VerificationStarted,
)
from setsquare.guard.origins import quoted
from setsquare.workspace.settings import ModelProfile

LIMIT_BYTES = 330_000
"""A model's window of 100,000 tokens, by four bytes a token, without room for the answer and the tools."""

_LEAST_BYTES = 16_000
_BYTES_PER_TOKEN = 4
_SHARE = 0.9


def limit_of(profile: ModelProfile) -> int:
    """Give the bytes that a conversation with a model may have, so that an answer of full length still fits its window.

    >>> limit_of(ModelProfile(name="a", provider="p", model="m", limit_tokens=8192)) // 1000
    330
    >>> limit_of(ModelProfile(name="a", provider="p", model="m", limit_tokens=8192, context_tokens=8192))
    16000
    """
    return max(_LEAST_BYTES, int(_SHARE * _BYTES_PER_TOKEN * (profile.context_tokens - profile.limit_tokens)) // 1000 * 1000)


class Conversation:
    """The messages of the current task, growing in place, and the standing instructions.

    When it grows beyond `limit_bytes`, the oldest results give way down to half of that, by the facts alone: a replayed conversation is the
    same. `is_limited` when the limit of this task was set by a fact.
    """

    def __init__(self) -> None:
        self.system = ""
        self.limit_bytes = LIMIT_BYTES
        self.is_limited = False
        self._system_bytes = 0
        self._rounds = Rounds("")
        self._ids: set[str] = set()
        self._about = ""

    @property
    def messages(self) -> tuple[Message, ...]:
        """Give the messages as they stand."""
        return self._rounds.messages

    @property
    def size_bytes(self) -> int:
        """Count the bytes of instructions and messages."""
        return self._rounds.size_bytes + self._system_bytes

    @property
    def ids(self) -> set[str]:
        """Give the ids of the task's tool calls, those that were left out included."""
        return self._ids

    def extend(self, event: Event) -> None:
        """Add what a fact says to the model; most facts say nothing to it."""
        match event:
            case TaskStarted():
                self._begin(event)
            case ModelReplied():
                self._add_reply(event)
            case ActionDecided():
                self._about = f"{event.tool} {event.arguments}"
            case VerificationStarted():
                self._about = "the claim that the task is done"
            case HumanAnswered():
                self._decide(event)
            case ActionObserved():
                self._about = f"going on after {self._about}"  # A yes that follows permits nothing of what is over, or was refused.
                self._add(ToolMessage(event.call_id, quoted(event.text, event.origins), is_error=not event.is_ok))
            case VerificationFinished() if not event.is_accepted:
                self._add(UserMessage(_failed(event)))
            case RunResumed() if event.note:
                self._add(UserMessage(event.note))
            case ContextLimited():
                self.limit_bytes, self.is_limited = event.limit_bytes, True
                self._make_room()
            case _:
                pass

    def _begin(self, event: TaskStarted) -> None:
        """Start a task's conversation."""
        self.system, self._system_bytes = event.system, len(event.system.encode("utf-8", "replace"))
        self.limit_bytes, self.is_limited = LIMIT_BYTES, False
        self._rounds, self._ids, self._about = Rounds(event.brief), set(), ""

    def _decide(self, event: HumanAnswered) -> None:
        """Keep what a person said; a yes without words is seen in what was done."""
        if event.answer == "no" or (event.answer == "yes" and event.note):
            self._rounds.decide(
                f"{event.by or 'A person'} said {event.answer} to `{self._about[:200]}`{': ' if event.note else ''}{event.note}"
            )

    def _add(self, message: Message) -> None:
        """Add a message; make room when there is too much."""
        self._rounds.add(message)
        if self.size_bytes > self.limit_bytes:
            self._make_room()

    def _make_room(self) -> None:
        """Leave out what is oldest."""
        room_made(self._rounds, self.limit_bytes - self._system_bytes)

    def _add_reply(self, event: ModelReplied) -> None:
        """Add a reply, and what is wrong with it."""
        reply = event.reply
        if reply.stop == "refusal":
            return
        self._ids.update(call.id for call in reply.calls)
        if reply.text.strip() or reply.calls:
            self._add(AssistantMessage(reply.text, reply.calls))
        if said := complaint(reply):
            self._add(UserMessage(said))


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
    if event.verdict:
        return (
            f"The platform looked at the work and does not accept it ({event.verdict}). The task is not done. Mend what it names; do not work "
            f"around it.\n\n<output>\n{event.output}\n</output>"
        )
    return (
        f"The platform ran the verification command `{event.command}`; it ended with exit code {event.exit_code}. The task is not done. "
        f"Find the cause and mend it.\n\n<output>\n{event.output}\n</output>"
    )
