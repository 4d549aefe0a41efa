"""Holds one run in progress: its journal, the state and the conversation that follow from it, and the task at hand."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from setsquare.agent.conversation import Conversation
from setsquare.agent.machine import advance, replay
from setsquare.agent.state import RunState
from setsquare.agent.tools.workbench import Workbench
from setsquare.events.entry import Entry
from setsquare.events.facts import Committed, Event
from setsquare.guard.action import Action, Facts
from setsquare.guard.capability import Capability, Mode
from setsquare.journeys.app import App
from setsquare.ports.journal import Journal
from setsquare.ports.language_model import LanguageModel
from setsquare.ports.sandbox import Confinement
from setsquare.workspace.model import Workspace
from setsquare.workspace.settings import ModelProfile, Settings
from setsquare.workspace.spec import Spec, Task


class Terms(Struct, frozen=True, kw_only=True):
    """What a run works under: the approved spec, the settings, the mode, the verification command, the model."""

    workspace: Workspace
    spec: Spec
    settings: Settings
    mode: Mode
    verify: str
    profile: ModelProfile
    jitter: Callable[[], float]


class TaskBench(Struct, frozen=True, kw_only=True):
    """What one task works with."""

    name: str
    task: Task
    capability: Capability
    bench: Workbench
    verification: Confinement


class Inspected(Struct, frozen=True, kw_only=True):
    """An action as it was judged: `seen` is the digest of the file that it would change, empty when there was none."""

    call_id: str
    action: Action
    facts: Facts
    seen: str = ""


class LiveRun:
    """A run that is being driven. `record` is the only way in which it moves: first the journal, then the state."""

    def __init__(self, app: App, journal: Journal, terms: Terms, model: LanguageModel) -> None:
        self.app = app
        self.journal = journal
        self.terms = terms
        self.model = model
        self.state = RunState()
        self.conversation = Conversation()
        self.commits: list[tuple[str, str]] = []
        self.bench: TaskBench | None = None
        self.inspected: Inspected | None = None

    def record(self, event: Event, actor: str = "platform") -> Entry:
        """Write a fact to the journal and take it in.

        Raises:
            StorageFailed: it could not be written; the run stands where it stood.
        """
        entry = self.journal.append(actor, event)
        self.take_in(event)
        return entry

    def take_in(self, event: Event) -> None:
        """Take in a fact that stands in the journal."""
        self.state, _ = advance(self.state, event)
        self.conversation.extend(event)
        if isinstance(event, Committed):
            self.commits.append((event.task, event.commit))

    def taken_up(self) -> LiveRun:
        """Take in everything that the journal holds."""
        for entry in self.journal.entries():
            self.state = replay((entry.event,), self.state)
            self.conversation.extend(entry.event)
            if isinstance(entry.event, Committed):
                self.commits.append((entry.event.task, entry.event.commit))
        return self
