from __future__ import annotations

import pytest

from setsquare.adapters.scripted import Scripted, read_script
from setsquare.errors import ModelAuth, ModelFailed, ModelRateLimited, ModelTransient
from setsquare.events.conversation import Reply, UserMessage
from setsquare.events.facts import ModelAsked
from setsquare.journeys.asking import Patience, ask
from setsquare.ports.language_model import Request
from setsquare.usage.retry import RetryPolicy

REQUEST = Request(system="", messages=(UserMessage("a"), UserMessage("b")))


class FakeClock:
    def __init__(self, log: list[object]) -> None:
        self._log = log

    def now(self) -> str:
        return "2026-11-21T10:15:02Z"

    def monotonic_s(self) -> float:
        return 0.0

    def sleep(self, wait_s: float) -> None:
        self._log.append(wait_s)

    def new_id(self) -> str:
        return "id"


class Failing:
    """A model that always fails in one way."""

    id = "fake:m"

    def __init__(self, failure: ModelFailed, log: list[object]) -> None:
        self._failure = failure
        self._log = log

    def complete(self, request: Request, on_text: object = None) -> Reply:
        self._log.append("asked")
        raise self._failure


def patience(log: list[object], **fields: int) -> Patience:
    return Patience(clock=FakeClock(log), jitter=lambda: 1.0, policy=RetryPolicy(**fields))


# req: draft-and-approve/2.3
def test_it_asks_again_and_each_attempt_is_told_first() -> None:
    model = Scripted(read_script(b'{"fails": "model-transient"}\n{"fails": "model-overloaded"}\n{"text": "done"}'))
    log: list[object] = []
    lines: list[str] = []
    waiting = Patience(clock=FakeClock(log), jitter=lambda: 1.0, on_wait=lines.append)
    assert ask(model, REQUEST, waiting, 7, log.append).text == "done"
    assert log == [
        ModelAsked(step=7, attempt=1, messages=2),
        0.5,
        ModelAsked(step=7, attempt=2, messages=2),
        1.0,
        ModelAsked(step=7, attempt=3, messages=2),
    ]
    assert "Attempt 2 of 4 in 0.5 s" in lines[0]


def test_a_failing_provider_is_asked_a_bounded_number_of_times() -> None:
    log: list[object] = []
    with pytest.raises(ModelTransient, match="down"):
        ask(Failing(ModelTransient("down"), log), REQUEST, patience(log, attempts=3), 1, lambda _: None)
    assert log == ["asked", 0.5, "asked", 1.0, "asked"]


def test_what_cannot_pass_is_not_tried_again() -> None:
    log: list[object] = []
    with pytest.raises(ModelAuth):
        ask(Failing(ModelAuth("who"), log), REQUEST, patience(log), 1, lambda _: None)
    assert log == ["asked"]


def test_the_providers_own_time_is_kept_and_too_long_a_one_not_waited_for() -> None:
    log: list[object] = []
    with pytest.raises(ModelRateLimited):
        ask(Failing(ModelRateLimited("slow", retry_after_s=20.0), log), REQUEST, patience(log, attempts=2), 1, lambda _: None)
    assert log == ["asked", 20.5, "asked"]
    log.clear()
    with pytest.raises(ModelRateLimited):
        ask(Failing(ModelRateLimited("slow", retry_after_s=4000.0), log), REQUEST, patience(log), 1, lambda _: None)
    assert log == ["asked"]


def test_nothing_is_asked_when_the_attempt_cannot_be_recorded() -> None:
    log: list[object] = []

    def full(_: ModelAsked) -> None:
        raise OSError("no space")

    with pytest.raises(OSError, match="no space"):
        ask(Failing(ModelTransient("down"), log), REQUEST, patience(log), 1, full)
    assert log == []
