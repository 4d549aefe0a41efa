"""AT50: the guard fails, takes too long, or is not there; nobody is there to ask; a rule cannot be read.

Defence: guard/decide.py: a guard that fails denies; journeys/run_actions.py: without a sandbox no command runs; adapters/approver_absent.py: nobody's answer is no
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from setsquare.guard import decide as deciding
from setsquare.guard.action import Facts, Shell, Write
from setsquare.guard.capability import Capability, Mode, Permission
from setsquare.guard.verdicts import allow
from setsquare.ports.approver import Answer, Verdict
from setsquare.workspace.settings import AgentSettings, Autonomy

TWIN = pytest.mark.parametrize("is_permissive", [False, True], ids=["real", "permissive"])
FAILURES = (
    RecursionError(),
    ValueError("x"),
    KeyError("x"),
    AttributeError("x"),
    TypeError("x"),
    ZeroDivisionError(),
    AssertionError(),
    IndexError(),
    UnicodeDecodeError("utf-8", b"x", 0, 1, "x"),
    RuntimeError("x"),
    NotImplementedError(),
    MemoryError(),
    OverflowError(),
)


@pytest.mark.attack("AT50")
@TWIN
@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: type(failure).__name__)
def test_at50_a_guard_that_fails_denies(
    assault: Any, acts: Any, monkeypatch: pytest.MonkeyPatch, failure: Exception, is_permissive: bool
) -> None:
    """In the twin the caller takes a failure for a yes."""
    _, write, _ = acts

    def fails(*_: object) -> None:
        raise failure

    monkeypatch.setattr("setsquare.guard.decide.considered", fails)

    def open_on_failure(*arguments: Any) -> Any:
        try:
            return deciding.decide(*arguments)
        except Exception:  # noqa: BLE001  (the careless caller)
            return allow("failed-open", "")

    if is_permissive:
        monkeypatch.setattr("setsquare.journeys.run_actions.decided", open_on_failure)
    assault(write("src/new.py", "evil"), mode=Mode.AUTONOMOUS)
    assert (assault.hostile.folder / "src/new.py").exists() is is_permissive


@pytest.mark.attack("AT50")
@TWIN
def test_at50_without_a_sandbox_no_command_runs(assault: Any, acts: Any, is_permissive: bool) -> None:
    _, _, shell = acts
    assault(shell("touch src/new"), sandbox=assault.unconfined() if is_permissive else None)
    assert (assault.hostile.folder / "src/new").exists() is is_permissive


class Agreeable:
    """Answers for whoever is not there."""

    def ask(self, question: Any) -> Verdict:
        return Verdict(answer=Answer.YES, digest=question.digest, by="nobody")


@pytest.mark.attack("AT50")
@TWIN
def test_at50_nobody_to_ask_is_no(assault: Any, acts: Any, is_permissive: bool) -> None:
    _, write, _ = acts
    from setsquare.adapters.approver_absent import AbsentApprover

    assault(write("AGENTS.md", "evil"), approver=Agreeable() if is_permissive else AbsentApprover())
    assert ((assault.hostile.folder / "AGENTS.md").read_text() == "evil") is is_permissive


BROKEN = (
    "rules: [",
    "rules: 7\n",
    "rules:\n  - {capability: shell, effect: maybe}\n",
    "rules:\n  - {capability: shell, effect: deny, match: {a: b}}\n",
    "\x00\x01",
    "a: &a [*a]\n" * 3,
    "- " * 30_000,
    "!!python/object/apply:os.system ['true']\n",
)


@pytest.mark.attack("AT50")
@TWIN
@pytest.mark.parametrize("number", range(len(BROKEN)))
def test_at50_rules_that_cannot_be_read_permit_nothing(assault: Any, acts: Any, number: int, is_permissive: bool) -> None:
    """The person's rules deny a command; broken, they must not permit it. In the twin they are taken for empty."""
    _, _, shell = acts
    place = Path(os.environ["HOME"]) / ".kiro/settings/permissions.yaml"
    place.parent.mkdir(parents=True)
    place.write_text(BROKEN[number])
    from setsquare.ports.permissions import NoPermissions

    changes = {"permissions": NoPermissions()} if is_permissive else {}
    assault(shell("touch src/new"), mode=Mode.AUTONOMOUS, **changes)
    assert (assault.hostile.folder / "src/new").exists() is is_permissive


@pytest.mark.attack("AT50")
def test_at50_settings_that_are_broken_count_as_the_strictest() -> None:
    agent = AgentSettings(autonomy=Autonomy.FULL, denies_all_commands=True, asks_for_all_writes=True)
    task = Capability(task="1", mode=Mode.AUTONOMOUS, agent=agent)
    assert [deciding.decided(task, action, Facts()).permission for action in (Shell("ls"), Write("src/a.py", "x"))] == [
        Permission.DENY,
        Permission.ASK,
    ]
