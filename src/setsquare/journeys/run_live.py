"""Holds one run in progress: its journal, the state and the conversation that follow from it, and the task at hand."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from setsquare.agent.attempts import is_outside
from setsquare.agent.conversation import Conversation
from setsquare.agent.effects import Effect, Rest
from setsquare.agent.machine import advance
from setsquare.agent.state import RunState
from setsquare.agent.tools.calls import parsed
from setsquare.agent.tools.workbench import Workbench
from setsquare.events.conversation import ToolCall
from setsquare.events.facts import (
    ActionDecided,
    ActionObserved,
    CheckpointTaken,
    Committed,
    Event,
    EvidenceTaken,
    HumanAnswered,
    ModelAsked,
    ModelReplied,
    NetworkUsed,
    ScopeEnforced,
    TaskDone,
    TaskStarted,
    VerificationFinished,
    VerificationStarted,
)
from setsquare.guard.action import Action, EditText, Facts, Write
from setsquare.guard.capability import Capability, Mode, PermissionRule
from setsquare.guard.origins import Holdings
from setsquare.guard.paths import normalised
from setsquare.guard.protected import Protection, protection
from setsquare.journeys.app import App
from setsquare.journeys.calling import Caller
from setsquare.journeys.run_interrupts import Interruptions
from setsquare.journeys.run_pace import Asked
from setsquare.journeys.run_secrecy import without_secrets
from setsquare.journeys.run_time import TaskTime
from setsquare.ports.approver import Binding
from setsquare.ports.journal import Journal
from setsquare.ports.language_model import LanguageModel
from setsquare.ports.sandbox import Confinement
from setsquare.text.paths import RelPath
from setsquare.workspace.model import Workspace
from setsquare.workspace.settings import ModelProfile, Settings
from setsquare.workspace.spec import Spec, Task

RAISABLE = "max-file-edits"
"""The rule of the one refusal that a person may lift, for the rest of the run."""


_DEFERRED = (ModelAsked, ModelReplied, ActionDecided, ActionObserved)
"""Facts on which nothing in the workspace rests until the next effect, which is journalled, and waited for, before it begins.

They survive the end of the process at once. A power cut may lose the last of them: then the model is asked once more.
"""


class Terms(Struct, frozen=True, kw_only=True):
    """What a run works under: the approved spec, the settings, the mode, the verification command, the model, the declared environment.

    `context` is what a person limited the run's reading to, as written; `session` are the rules that they gave for this run.
    """

    workspace: Workspace
    spec: Spec
    settings: Settings
    mode: Mode
    verify: str
    profile: ModelProfile
    jitter: Callable[[], float]
    environment: str = ""
    context: tuple[str, ...] = ()
    session: tuple[PermissionRule, ...] = ()


class TaskBench(Struct, frozen=True, kw_only=True):
    """What one task works with; `uncommitted` are the files that differed from HEAD when it was begun or gone on with.

    `unhidden` says why secrets of git's history may be shown, one sentence a reason; empty when all of them are known.
    """

    name: str
    task: Task
    capability: Capability
    bench: Workbench
    verification: Confinement
    uncommitted: frozenset[str] = frozenset()
    unhidden: tuple[str, ...] = ()


class Inspected(Struct, frozen=True, kw_only=True):
    """An action as it was judged: `seen` is the digest of the file that it would change, empty when there was none.

    `binding` is what was shown to a person, `None` before that; `askings` counts how often the same call was shown because the world changed.
    """

    call_id: str
    action: Action
    facts: Facts
    seen: str = ""
    binding: Binding | None = None
    askings: int = 0


class Latest:
    """The last fact of each kind that a later step refers to, so that the journal is never read again while a run goes on."""

    def __init__(self, folder: str) -> None:
        """Take the workspace's folder, which a model may put before its paths."""
        self._folder = folder
        self.started: TaskStarted | None = None
        self.decided: ActionDecided | None = None
        self.observed: ActionObserved | None = None
        self.verified: VerificationFinished | None = None
        self.done: TaskDone | None = None
        self.commits: list[tuple[str, str]] = []
        self.put_back: list[str] = []
        self.approved: tuple[str, ...] = ()
        self.left: frozenset[str] = frozenset()
        self.is_limit_raised = False
        self.tree = ""
        self.base_tree = ""
        self.is_warned = False
        self.verifying: VerificationStarted | None = None
        self.answered: HumanAnswered | None = None
        self.evidence: tuple[EvidenceTaken, ...] = ()
        self.enforced: tuple[ScopeEnforced, ...] = ()
        self.barred: tuple[NetworkUsed, ...] = ()
        self.may_have_left = False

    def take_in(self, event: Event) -> None:
        """Keep a fact if it is of one of the kinds."""
        self._look(event)
        match event:
            case TaskStarted():
                self.started, self.verified, self.done = event, None, None
            case ActionDecided():
                self.decided = event
                self.may_have_left = self.may_have_left or is_outside(event)
            case ActionObserved():
                self.observed = event
            case VerificationFinished():
                self.verified = event
                self.left |= frozenset(event.changed)
            case TaskDone():
                self.done = event
            case ScopeEnforced():
                self.put_back += event.reverted
                self.enforced = (*(before for before in self.enforced if before.step == event.step), event)
                self.may_have_left = self.may_have_left or not event.rule
            case HumanAnswered(answer="yes") if self.decided is not None and self.decided.step == event.step:
                self._approve(self.decided)
            case Committed():
                self.commits.append((event.task, event.commit))
            case _:
                pass

    def _look(self, event: Event) -> None:
        """Keep what a verification refers to: the tree that the task began with, what was set aside, said and seen."""
        match event:
            case CheckpointTaken():
                self.tree = event.tree
            case TaskStarted():
                self.base_tree, self.is_warned, self.evidence = self.tree, False, ()
            case VerificationStarted():
                self.verifying, self.evidence = event, ()
            case EvidenceTaken():
                self.evidence = (*self.evidence, event)
            case VerificationFinished():
                self.verifying = None
                self.is_warned = self.is_warned or event.verdict == "tests-weakened"
            case HumanAnswered():
                self.answered = event
            case NetworkUsed(is_allowed=False):
                self.barred = (*(before for before in self.barred if before.step == event.step), event)
            case _:
                pass

    def _approve(self, decided: ActionDecided) -> None:
        """Keep what a person permitted for the run: more files than the limit, and the path of a write, which a later command may change too.

        A yes to a protected file is for that one write.
        """
        self.is_limit_raised = self.is_limit_raised or decided.rule == RAISABLE
        if decided.permission != "ask" or decided.tool not in {"write", "edit"}:
            return
        action = parsed(ToolCall(decided.call_id, decided.tool, decided.arguments))
        if isinstance(action, Write | EditText):
            path = normalised(action.path, self._folder)
            is_kept = isinstance(path, str) and protection(path) is Protection.NONE
            self.approved = (*self.approved, str(path)) if is_kept else self.approved


# req: guarded-run/4.1
class LiveRun:
    """A run that is being driven. `record` is the only way in which it moves: first the journal, then the state; `due` is what comes next."""

    def __init__(self, app: App, journal: Journal, terms: Terms, model: LanguageModel) -> None:
        """Take the world, the run's journal, what it works under, and the model; `taken_up` goes on with what the journal holds."""
        self.app = app
        self.journal = journal
        self.terms = terms
        self.model = model
        self._rendered: dict[RelPath, bytes] = {}
        self.state = RunState()
        self.due: Effect = Rest()
        self.conversation = Conversation()
        self.latest = Latest(app.folder)
        self.interruptions = Interruptions()
        self.time = TaskTime(app.clock)
        self.bench: TaskBench | None = None
        self.caller: Caller | None = None
        self.inspected: Inspected | None = None
        self.asked = Asked()
        self.holdings = Holdings()

    def record(self, event: Event, actor: str = "platform") -> None:
        """Write a fact to the journal and take it in.

        Raises:
            StorageFailed: it could not be written; the run stands where it stood.
        """
        self.interruptions.hold()
        try:
            entry = self.journal.append(
                actor, without_secrets(event, self.redacted, self.secrets), is_deferred=isinstance(event, _DEFERRED)
            )
            # The journal may have had to spell the event differently, and a resumed run knows only the journal.
            self._take_in(entry.event)
        finally:
            self.interruptions.release()

    @property
    def secrets(self) -> tuple[str, ...]:
        """List the values that are known to be secret now."""
        return self.bench.bench.secrets if self.bench else self.app.secrets

    def redacted(self, text: str) -> str:
        """Take secrets out of a text."""
        return self.app.redact(text, self.secrets)

    def foreign(self, at: TaskBench) -> frozenset[str]:
        """Name the files with uncommitted changes that are neither the task's nor left by a verification of this run."""
        return at.uncommitted - frozenset(self.state.changed) - self.latest.left

    def rendered(self, path: RelPath) -> bytes:
        """Give the bytes of a document as it was when the run was begun or gone on with; written out once."""
        found = self._rendered.get(path)
        if found is None:
            found = self._rendered[path] = self.terms.workspace.render(path)
        return found

    def _take_in(self, event: Event) -> None:
        """Take in a fact that stands in the journal."""
        self.state, self.due = advance(self.state, event)
        self.conversation.extend(event)
        self.latest.take_in(event)
        self.holdings = self.app.holding(self.holdings, event)

    def taken_up(self) -> LiveRun:
        """Take in everything that the journal holds, from its beginning."""
        self.state, self.due = RunState(), Rest()
        self.conversation, self.latest, self.holdings = Conversation(), Latest(self.app.folder), Holdings()
        for entry in self.journal.entries():
            self._take_in(entry.event)
        return self
