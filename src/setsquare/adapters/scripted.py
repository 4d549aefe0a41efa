"""Plays a recorded conversation in place of a model: for tests and for the tour."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from msgspec import Raw, Struct

from setsquare.errors import (
    ModelAuth,
    ModelFailed,
    ModelNonsense,
    ModelOverloaded,
    ModelRateLimited,
    ModelTooLong,
    ModelTransient,
    Unreadable,
)
from setsquare.events.call_ids import distinct, ids_of
from setsquare.events.conversation import AssistantMessage, Reply, ToolCall, Usage
from setsquare.ports.language_model import Request

_FAILURES = (ModelFailed, ModelAuth, ModelRateLimited, ModelOverloaded, ModelTransient, ModelTooLong, ModelNonsense)


class ScriptedCall(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A recorded tool call; `arguments` is a JSON object, or a string that is given as it stands."""

    tool: str
    arguments: Raw = Raw(b"{}")
    id: str = ""


class Turn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One recorded answer.

    `expects` must stand in the last message of the request, `tools` must all be offered. `fails` is an error code of the tree
    (`model-transient`): the turn is that failure instead of an answer.
    """

    text: str = ""
    calls: tuple[ScriptedCall, ...] = ()
    usage: Usage = Usage()
    stop: str = ""
    expects: str = ""
    tools: tuple[str, ...] = ()
    fails: str = ""


def read_script(raw: bytes) -> tuple[Turn, ...]:
    r"""Read a recording: one JSON object a line; empty lines and lines that start with `#` do not count.

    >>> [turn.text for turn in read_script(b'# greeting\n{"text": "hello"}\n\n{"text": "bye", "stop": "end"}\n')]
    ['hello', 'bye']

    Raises:
        Unreadable: a line is not a turn.
    """
    turns = []
    for number, line in enumerate(raw.split(b"\n"), start=1):
        if not line.strip() or line.lstrip().startswith(b"#"):
            continue
        try:
            turn = msgspec.json.decode(line, type=Turn)
        except (ValueError, RecursionError) as error:
            raise Unreadable(
                f"Line {number} of the recorded conversation is not a turn: {error}.", "Correct or record it again."
            ) from error
        if turn.fails and turn.fails not in {kind.code for kind in _FAILURES}:
            raise Unreadable(
                f"Line {number} of the recorded conversation fails with '{turn.fails}', which is no model error.",
                f"Use one of {', '.join(kind.code for kind in _FAILURES)}.",
            )
        turns.append(turn)
    return tuple(turns)


# req: tour/1.2
class Scripted:
    """A `LanguageModel` that gives its turns in order, each once; `position` counts the requests that it has answered."""

    def __init__(self, turns: tuple[Turn, ...], name: str = "recorded", position: int = 0) -> None:
        """Take the turns, the model's name, and where to start: a resumed run goes on where the journal ends."""
        self._turns = turns
        self._name = name
        self.position = position
        self._taken: set[str] = set()
        self._scanned = 0

    @property
    def id(self) -> str:
        """Name the model as `provider:name`."""
        return f"scripted:{self._name}"

    def complete(self, request: Request, on_text: Callable[[str], None] | None = None) -> Reply:
        """Give the next turn.

        Raises:
            ModelNonsense: there is no further turn, or the request is not what the turn was recorded for.
            ModelFailed: the turn records a failure.
        """
        if self.position >= len(self._turns):
            raise ModelNonsense(
                f"The recorded conversation has {len(self._turns)} turns and request {self.position + 1} was made.",
                "The work took another course than the recording: record it again.",
            )
        turn = self._turns[self.position]
        self._check(turn, request)
        self.position += 1
        for kind in _FAILURES:
            if kind.code == turn.fails:
                raise kind(f"The recorded conversation fails at turn {self.position} with {turn.fails}.", "This was recorded.")
        if turn.text and on_text is not None:
            on_text(turn.text)
        recorded = tuple(ToolCall(call.id or f"call-{self.position}", call.tool, _arguments(call.arguments)) for call in turn.calls)
        calls = distinct(recorded, self._taken_ids(request))
        self._taken.update(call.id for call in calls)
        return Reply(
            text=turn.text,
            calls=calls,
            usage=turn.usage,
            provider="scripted",
            model=self._name,
            stop=turn.stop or ("tools" if calls else "end"),
        )

    def _taken_ids(self, request: Request) -> set[str]:
        """Give the ids that are in use; only messages that are new are looked at, so that step 5,000 costs what step 1 does."""
        start = self._scanned if self._scanned <= len(request.messages) else 0
        self._taken.update(ids_of(request.messages[start:]))
        self._scanned = len(request.messages)
        return self._taken

    def _check(self, turn: Turn, request: Request) -> None:
        number = self.position + 1
        last = request.messages[-1] if request.messages else None
        said = "" if last is None or isinstance(last, AssistantMessage) else last.text
        if turn.expects not in said:
            raise ModelNonsense(
                f"Turn {number} of the recorded conversation expects '{turn.expects[:100]}' in the last message, which says '{said[:200]}'.",
                "The work took another course than the recording: record it again.",
            )
        missing = set(turn.tools) - {tool.name for tool in request.tools}
        if missing:
            raise ModelNonsense(
                f"Turn {number} of the recorded conversation needs tools that are not offered: {', '.join(sorted(missing))}.",
                "Offer them, or record the conversation again.",
            )


def _arguments(raw: Raw) -> str:
    source = bytes(raw)
    return msgspec.json.decode(source, type=str) if source.startswith(b'"') else source.decode()
