"""Makes a long conversation shorter: old results first, then whole old rounds, of which a line each is kept so that the model can ask again."""

from __future__ import annotations

import msgspec

from setsquare.events.conversation import AssistantMessage, Message, ToolCall, ToolMessage, UserMessage

_KEPT_ROUNDS = 6
"""The last rounds keep what they hold as long as anything older can give way."""

_SHORT_BYTES = 400
_LINE_CHARS = 160
_TELLING_KEYS = ("path", "command", "pattern", "query", "text")
_OVERHEAD_BYTES = 16
_HEAD = "Earlier steps of this task, left out to save room. Use the tools again for what you need of them."
_PEOPLE = "What people decided so far, word for word:"


def size_of(message: Message) -> int:
    """Count a message's bytes, names and ids included.

    >>> size_of(UserMessage("é")), size_of(AssistantMessage("", (ToolCall("c", "read", "{}"),)))
    (18, 23)
    """
    size = _OVERHEAD_BYTES + _bytes(message.text)
    if isinstance(message, AssistantMessage):
        return size + sum(_bytes(call.id) + _bytes(call.tool) + _bytes(call.arguments) for call in message.calls)
    return size + (_bytes(message.call_id) if isinstance(message, ToolMessage) else 0)


class _Digest:
    """What was left out, a line each, and what people decided, which never is."""

    def __init__(self) -> None:
        self.decided: list[str] = []
        self._left: list[str] = []
        self._forgotten = 0

    def leave(self, lines: list[str], most: int) -> None:
        """Take more lines in, and forget the oldest so that they stay within `most` bytes."""
        self._left += lines
        total = sum(map(_bytes, self._left))
        gone = 0
        while gone < len(self._left) and total > most:
            total -= _bytes(self._left[gone])
            gone += 1
        self._forgotten += gone
        del self._left[:gone]

    def written(self) -> UserMessage:
        """Write it as a message."""
        lines = [_HEAD]
        if self.decided:
            lines += [_PEOPLE, *(f"- {words}" for words in self.decided)]
        if self._forgotten:
            lines.append(f"- … {self._forgotten:,} still older steps")
        return UserMessage("\n".join((*lines, *self._left)))


class Rounds:
    """The messages of one task: the brief, a digest of what was left out, and rounds, each an answer of the model and what followed it."""

    def __init__(self, brief: str) -> None:
        """Begin with the brief."""
        self._brief = UserMessage(brief)
        self._tail: list[Message] = []
        self._out = _Digest()
        self._digest: UserMessage | None = None
        self._tail_bytes = 0
        self._shortened = 0

    @property
    def messages(self) -> tuple[Message, ...]:
        """Give them in their order."""
        head: tuple[Message, ...] = (self._brief,) if self._digest is None else (self._brief, self._digest)
        return (*head, *self._tail)

    @property
    def size_bytes(self) -> int:
        """Count their bytes."""
        return size_of(self._brief) + (size_of(self._digest) if self._digest else 0) + self._tail_bytes

    def add(self, message: Message) -> None:
        """Add one at the end."""
        self._tail.append(message)
        self._tail_bytes += size_of(message)

    def decide(self, words: str) -> None:
        """Keep a person's decision."""
        self._out.decided.append(words)
        if self._digest is not None:
            self.tell_decisions()

    def starts(self) -> list[int]:
        """Find where the rounds begin."""
        return [at for at, message in enumerate(self._tail) if isinstance(message, AssistantMessage)]

    def shorten_until(self, end: int, target: int) -> None:
        """Shorten messages up to position `end`, the oldest first, until the target is met."""
        while self.size_bytes > target and self._shortened < end:
            self.replace(self._shortened, _shortened(self._tail, self._shortened))
            self._shortened += 1

    def replace(self, at: int, message: Message) -> None:
        """Put another message in the place of one."""
        self._tail_bytes += size_of(message) - size_of(self._tail[at])
        self._tail[at] = message

    def drop_until(self, target: int, most_digest: int) -> None:
        """Leave out whole rounds, the oldest first and never the last, until the target is met; the lines kept of them take `most_digest` bytes."""
        kept = size_of(self._brief) + most_digest + sum(map(_bytes, self._out.decided))
        lines: list[str] = []
        first = 0
        # What stands before the first answer goes with the first round; a round ends where the next begins.
        for end in self.starts()[1:]:
            if kept + self._tail_bytes <= target:
                break
            gone = self._tail[first:end]
            lines += _lines(gone)
            self._tail_bytes -= sum(map(size_of, gone))
            first = end
        if first:
            del self._tail[:first]
            self._shortened = max(0, self._shortened - first)
            self._out.leave(lines, most_digest)
            self._digest = self._out.written()

    def tell_decisions(self) -> None:
        """Write what people decided where nothing shortens it."""
        if self._out.decided:
            self._digest = self._out.written()

    def fit(self, limit: int) -> None:
        """Cut what the last rounds hold, evenly, so that all fits; calls and results keep their places."""
        for share in (4_000, 1_500, _SHORT_BYTES, 200):
            for at in range(len(self._tail)):
                if self.size_bytes <= limit:
                    return
                self.replace(at, _cut(self._tail[at], share))


# req: agent-runtime/6.7
def room_made(rounds: Rounds, limit: int) -> None:
    """Bring a conversation down to half of `limit` bytes, or as near to it as its newest round and what is never left out permit."""
    target = limit // 2
    starts = rounds.starts()
    rounds.shorten_until(starts[-_KEPT_ROUNDS] if len(starts) > _KEPT_ROUNDS else 0, target)
    if rounds.size_bytes > target:
        rounds.drop_until(target, limit // 8)
    rounds.tell_decisions()
    if rounds.size_bytes > limit:
        rounds.fit(limit)


def _shortened(messages: list[Message], at: int) -> Message:
    """Shorten an old message to what it was about."""
    message = messages[at]
    if isinstance(message, ToolMessage) and _bytes(message.text) > _SHORT_BYTES:
        told = _result_line(_call_of(messages, at), message)
        return ToolMessage(message.call_id, f"[Left out to save room: {told}. Ask again if you need it.]", is_error=message.is_error)
    if isinstance(message, AssistantMessage):
        return _cut(message, _SHORT_BYTES)
    return message


def _call_of(messages: list[Message], at: int) -> ToolCall | None:
    """Find the call that a result answers."""
    wanted = messages[at]
    for message in reversed(messages[max(0, at - 64) : at]):
        if isinstance(message, AssistantMessage) and isinstance(wanted, ToolMessage):
            return next((call for call in message.calls if call.id == wanted.call_id), None)
    return None


def _lines(gone: list[Message]) -> list[str]:
    """Write a line for each step of a round that is left out."""
    calls = {call.id: call for message in gone if isinstance(message, AssistantMessage) for call in message.calls}
    lines = []
    for message in gone:
        match message:
            case ToolMessage():
                lines.append(f"- {_result_line(calls.get(message.call_id), message)}")
            case UserMessage():
                lines.append(f"- the platform said: {_one_line(message.text)}")
            case AssistantMessage() if message.text.strip():
                lines.append(f"- you said: {_one_line(message.text)}")
            case _:
                pass
    return lines


def _result_line(call: ToolCall | None, result: ToolMessage) -> str:
    """Say what was called, how it ended and how much it gave."""
    what = f"{_one_line(call.tool, 40)} {_subject(call)}".strip() if call else "a call"
    size = len(result.text)
    if result.text.startswith("[Left out to save room: "):
        return _one_line(result.text.removeprefix("[Left out to save room: ").partition(". Ask again")[0])
    return f"{what}: {'failed' if result.is_error else 'ok'}, {size:,} characters"


def _subject(call: ToolCall) -> str:
    """Name what a call is about: its path, its command, what it looks for."""
    try:
        arguments = msgspec.json.decode(call.arguments.encode("utf-8", "replace"), type=dict[str, object])
    except (ValueError, RecursionError):
        return ""
    return next((_one_line(str(arguments[key]), 100) for key in _TELLING_KEYS if key in arguments), "")


def _one_line(text: str, most: int = _LINE_CHARS) -> str:
    """Write the beginning of a text on one line."""
    line = " ".join(text[: 4 * most].split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def _cut(message: Message, most: int) -> Message:
    """Cut a message to about `most` bytes for its text, and as many for each call's arguments."""
    text = _middle_out(message.text, most)
    match message:
        case UserMessage():
            return message if text == message.text else UserMessage(text)
        case ToolMessage():
            return message if text == message.text else ToolMessage(message.call_id, text, is_error=message.is_error)
        case AssistantMessage():
            calls = tuple(call if _bytes(call.arguments) <= most else _without_bulk(call, most) for call in message.calls)
            return message if text == message.text and calls == message.calls else AssistantMessage(text, calls)


def _without_bulk(call: ToolCall, most: int) -> ToolCall:
    """Leave the bulk of a call's arguments out; what is left is still an object."""
    kept = {"left_out": f"{len(call.arguments):,} characters of arguments"}
    subject = _subject(call)
    if subject and most >= _SHORT_BYTES:
        kept = {"about": subject, **kept}
    return ToolCall(call.id, call.tool, msgspec.json.encode(kept).decode())


def _middle_out(text: str, most: int) -> str:
    """Keep the beginning and the end of a text."""
    if _bytes(text) <= most:
        return text
    half = max(0, most // 2 - 40)
    # A character takes up to four bytes; the note says what is missing.
    keep = half if text.isascii() else half // 4
    return f"{text[:keep]}\n[… {len(text) - 2 * keep:,} characters left out …]\n{text[len(text) - keep :]}"


def _bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "replace"))
