"""A workspace in memory: its whole state, and the faults that a test plants in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.unit.journeys.acting import FakeApprover, FakeClock, FakeModel, FakeSandbox, FakeSymbols
from tests.unit.journeys.keeping import FakeCheckpoints, FakeFiles, FakeGit, FakeHistory, FakeJournals, FakeTrust, named

from setsquare.events.conversation import Reply
from setsquare.events.entry import decode_entry
from setsquare.events.facts import Event
from setsquare.journeys.app import App
from setsquare.ports.approver import Answer, Question
from setsquare.ports.language_model import Request
from setsquare.ports.trust import TrustRecord

FOLDER = "/nowhere/workspace"


@dataclass
class World:
    """The whole state of a workspace and of the platform's own folder, and the faults to plant."""

    files: dict[str, bytes] = field(default_factory=dict)
    commits: list[tuple[str, str, dict[str, bytes]]] = field(default_factory=list)
    trees: dict[str, dict[str, bytes]] = field(default_factory=dict)
    journals: dict[str, list[bytes]] = field(default_factory=dict)
    trusted: TrustRecord | None = None
    turns: list[Reply | Exception | Callable[[World], Reply]] = field(default_factory=list)
    answers: Callable[[Question], Answer] = lambda _question: Answer.YES
    shell: Callable[[World, str], tuple[int, str]] = lambda _world, _command: (0, "")
    questions: list[Question] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    progress: list[str] = field(default_factory=list)
    has_sandbox: bool = True
    has_repository: bool = True
    appended: int = 0
    kill_at: int = 0
    is_kept: bool = True
    full_disk: Callable[[str], bool] = lambda _path: False
    takes: int = 0

    def app(self) -> App:
        """A fresh process over the same disk."""
        clock = FakeClock()
        return App(
            folder=FOLDER,
            files=FakeFiles(self),
            git=FakeGit(self),
            history=FakeHistory(),
            checkpoints=FakeCheckpoints(self),
            sandbox=FakeSandbox(self) if self.has_sandbox else None,
            approver=FakeApprover(self),
            trust=FakeTrust(self),
            journals=FakeJournals(self, clock),
            clock=clock,
            model=lambda _profile: FakeModel(self),
            progress=self.progress.append,
            symbols=FakeSymbols(),
        )

    def events(self, run: str = "") -> list[Event]:
        """The facts of a run, the last one by default."""
        lines = self.journals[run] if run else next(reversed(self.journals.values()))
        return [decode_entry(line).event for line in lines]

    def messages(self) -> list[str]:
        """The messages of the commits since the workspace was made."""
        return [message for _, message, _ in self.commits[4:]]

    def person_commits(self) -> None:
        """Commit everything as a person."""
        self.commits.append((named(self.files, len(self.commits)), "by hand", dict(self.files)))
