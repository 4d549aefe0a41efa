"""AT36: a crash or a trace carries a prompt or a key.

Defence: surfaces/cli/entry.py: what nobody foresaw is told by its kind and place alone; journeys/run_secrecy.py: what a provider quotes loses its secrets
"""

from __future__ import annotations

import msgspec
import pytest
from msgspec.structs import replace

from setsquare import wire
from setsquare.adapters.approver_absent import AbsentApprover
from setsquare.errors import ModelFailed
from setsquare.journeys.run_task import RunRequest, start
from setsquare.surfaces.cli import entry

TWIN = pytest.mark.parametrize("is_open", [False, True], ids=["real", "permissive"])
PROMPT = "You are an agent. The customer's name is Canary Tellnobody."
KEY = "ghp_" + "canary0" * 5


def _talkative(error):
    """Explain a crash as most programs do: by what the exception says."""
    return entry.ErrorBody("internal", repr(error), "")


@pytest.mark.attack("AT36")
@TWIN
@pytest.mark.parametrize("arguments", [["status"], ["status", "--format", "json"]], ids=["text", "json"])
def test_at36_a_crash_of_ours_prints_no_prompt_and_no_key(monkeypatch, capsys, is_open, arguments):
    def broken(*_arguments, **_more):
        message = f"could not send {PROMPT}"
        raise RuntimeError(message, KEY) from KeyError(KEY)

    monkeypatch.delenv("SETSQUARE_TRACEBACK", raising=False)
    monkeypatch.setattr(entry.group, "main", broken)
    if is_open:
        monkeypatch.setattr(entry, "_unforeseen", _talkative)
    assert entry.run(arguments) == 4
    told = capsys.readouterr()
    printed = told.out + told.err
    assert "RuntimeError" in printed
    assert [each for each in (PROMPT, KEY) if each in printed] == ([PROMPT, KEY] if is_open else [])


@pytest.mark.attack("AT36")
def test_at36_the_traceback_that_a_person_asks_for_shows_code_alone(monkeypatch, capsys):
    """It is made to be reported to strangers."""

    def broken(*_arguments, **_more):
        message = f"could not send {PROMPT}"
        raise RuntimeError(message, KEY) from KeyError(KEY)

    monkeypatch.setenv("SETSQUARE_TRACEBACK", "1")
    monkeypatch.setattr(entry.group, "main", broken)
    assert entry.run(["status"]) == 4
    told = capsys.readouterr().err
    assert "in broken" in told
    assert "KeyError" in told
    assert [each for each in (PROMPT, KEY) if each in told] == []


class Failing:
    """A model whose provider quotes the request in its error."""

    id = "failing"

    def complete(self, request, on_text=None):
        raise ModelFailed(f"400: bad request Authorization: {KEY}", "")


@pytest.mark.attack("AT36")
@TWIN
def test_at36_an_error_that_quotes_a_key(hostile, is_open):
    app = wire.app_for(hostile.folder, is_sandboxed=True, approver=AbsentApprover(), model=Failing())
    changes = {"redact": lambda text, _values: text} if is_open else {}
    hostile.report = start(replace(app, **changes), RunRequest(spec="sum"))
    told = hostile.told + msgspec.json.encode(hostile.report).decode()
    assert "bad request" in told
    assert (KEY in told) is is_open
