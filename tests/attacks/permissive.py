"""The most that any settings can permit: whatever is refused under these is refused under all.

The commands that are tried stand in `test_commands_forbidden.py`, `test_commands_unreadable.py` and `test_commands_asked.py`, by the answer
that each must get.
"""

from __future__ import annotations

from setsquare.guard.action import Facts, Shell
from setsquare.guard.capability import Capability, Decision, Mode
from setsquare.guard.decide import decide
from setsquare.workspace.settings import AgentSettings, Autonomy

LISTED = ("npm test", "git status", "git log", "cat", "echo", "python -m pytest", "tool", "timeout 60")

MOST_PERMISSIVE = Capability(
    task="1",
    mode=Mode.AUTONOMOUS,
    agent=AgentSettings(autonomy=Autonomy.FULL, allowed_commands=LISTED, forbidden_commands=("terraform apply", "./deploy.sh")),
    verify="python -m pytest -q",
    root="/w",
)


def cases(groups: dict[str, list[str]]) -> list[tuple[str, str]]:
    """Pair each command with the group that it belongs to."""
    return [(group, command) for group, commands in groups.items() for command in commands]


def judged(command: str) -> Decision:
    """Let the guard decide on a command that is asked for under the most permissive settings."""
    return decide(MOST_PERMISSIVE, Shell(command), Facts())
