"""Fakes of the ports that act or answer: time, a person, a model, a sandbox, and a reader of code."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from setsquare.events.conversation import AssistantMessage, Reply
from setsquare.ports.approver import Question, Verdict
from setsquare.ports.language_model import Request
from setsquare.ports.sandbox import Confinement, Execution
from setsquare.ports.symbols import Symbol
from setsquare.text.paths import RelPath

if TYPE_CHECKING:
    from tests.unit.journeys.world import World


class FakeSymbols:
    """Knows a language of its own: every line `def name: words` is a symbol."""

    def of(self, path: RelPath, raw: bytes) -> tuple[Symbol, ...] | None:
        if not path.endswith(".py"):
            return None
        rows = [(number, row.split(None, 2)) for number, row in enumerate(raw.decode().split("\n"), 1) if row.startswith("def ")]
        return tuple(Symbol(name=row[1].rstrip(":"), line=number, end_line=number, digest=_word(row)) for number, row in rows)

    def whole(self, path: RelPath, raw: bytes) -> str:
        return _word(raw.split()) if path.endswith(".py") else ""

    def missing(self, path: RelPath) -> str:
        return "code" if path.endswith(".ts") else ""


def _word(words: Sequence[object]) -> str:
    return hashlib.sha256(repr(list(words)).encode()).hexdigest()[:16]


class FakeClock:
    _ids = itertools.count(1)

    def __init__(self) -> None:
        self._passed_s = 0.0

    def now(self) -> str:
        return "2026-11-21T10:15:02Z"

    def monotonic_s(self) -> float:
        self._passed_s += 0.001
        return self._passed_s

    def sleep(self, wait_s: float) -> None:
        self._passed_s += wait_s

    def new_id(self) -> str:
        return f"run{next(self._ids):05d}"


class FakeApprover:
    def __init__(self, world: World) -> None:
        self._world = world

    def ask(self, question: Question) -> Verdict:
        self._world.questions.append(question)
        return Verdict(answer=self._world.answers(question), digest=question.digest, by="Ada")


class FakeSandbox:
    name = "fake"
    supports_hosts = False
    lacks: tuple[str, ...] = ()

    def __init__(self, world: World) -> None:
        self._world = world

    def run(self, argv: tuple[str, ...], confinement: Confinement, is_halted: Callable[[], bool] | None = None) -> Execution:
        self._world.commands.append(argv[-1])
        if argv[-1] == "check":
            code, output = check(self._world)
        else:
            code, output = self._world.shell(self._world, argv[-1])
        return Execution(exit_code=code, output=output.encode(), duration_s=0.01)


def check(world: World) -> tuple[int, str]:
    """The project's test command: passes when nothing under `src` is bad."""
    bad = [path for path, raw in world.files.items() if path.startswith("src/") and b"bad" in raw]
    return (1, f"== 1 failed, 2 passed in 0.1s ==\n{bad}") if bad else (0, "== 3 passed in 0.1s ==")


class FakeModel:
    """Gives the turn that follows the answers already in the conversation, so that a resumed run is answered alike."""

    id = "scripted:recorded"

    def __init__(self, world: World) -> None:
        self._world = world

    def complete(self, request: Request, on_text: Callable[[str], None] | None = None) -> Reply:
        self._world.requests.append(request)
        given = sum(isinstance(message, AssistantMessage) for message in request.messages)
        turn = self._world.turns[min(given, len(self._world.turns) - 1)]
        if isinstance(turn, Exception):
            raise turn
        return turn if isinstance(turn, Reply) else turn(self._world)
