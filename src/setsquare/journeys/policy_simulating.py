"""Decides every recorded action of a run again, under today's policy; nothing is executed.

What was true of the files is taken from the run's own checkpoints. A refusal that rests on what only the moment knew (uncommitted edits, a call that
was no call, weakened tests) is kept as it was.
"""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from setsquare.agent.replies import MALFORMED
from setsquare.agent.tools import calls
from setsquare.errors import GitFailed, StorageFailed, Unreadable
from setsquare.events.conversation import ToolCall
from setsquare.events.facts import ActionDecided, ActionObserved, CheckpointTaken, Event, HumanAnswered, RunStarted, TaskStarted
from setsquare.guard.action import Action, EditText, Facts, Shell, Write
from setsquare.guard.capability import Capability, Decision, Mode, Permission
from setsquare.guard.decide import decided, is_raisable
from setsquare.guard.dependencies import added_dependencies
from setsquare.guard.paths import BadPath, normalised
from setsquare.guard.verdicts import strictest
from setsquare.journeys.app import App
from setsquare.journeys.errand import Errand, errand_capability
from setsquare.journeys.opening import opened
from setsquare.journeys.permitted import Permitted, permitted
from setsquare.journeys.policy_explaining import lowered
from setsquare.journeys.run_bench import real_path
from setsquare.journeys.run_selection import named_tasks
from setsquare.journeys.session_granting import granted_again, with_session
from setsquare.text.paths import RelPath, joined
from setsquare.workspace.settings import Autonomy, Settings
from setsquare.workspace.spec import Spec

_OF_THE_MOMENT = (
    *(MALFORMED, "repeated-call", "no-sandbox", "uncommitted-edits", "tests-weakened", "changed-since-shown"),
    *("outward-after-untrusted", "guard-failed"),
)


class Changed(Struct, frozen=True, kw_only=True):
    """What a person wants to try instead of what the run had; a level only ever lowers that of the settings."""

    mode: Mode | None = None
    autonomy: Autonomy | None = None
    environment: str | None = None


class Redecided(Struct, frozen=True, kw_only=True):
    """One action: what was decided then and what would be decided now."""

    step: int
    task: str
    tool: str
    what: str
    then: str
    then_rule: str
    now: str
    now_rule: str

    @property
    def differs(self) -> bool:
        """Tell whether another word would be given, whatever the rule."""
        return self.then != self.now


class Simulation(Struct, frozen=True, kw_only=True):
    """A run under today's policy."""

    run: str
    spec: str
    mode: str
    environment: str
    actions: tuple[Redecided, ...]

    @property
    def count(self) -> int:
        """Count the actions that would be decided differently."""
        return sum(action.differs for action in self.actions)


# req: agent-runtime/1.4
def simulate(app: App, run: str, changed: Changed) -> Simulation:
    """Decide a run's actions again.

    Raises:
        Unreadable: there is no such run.
        JournalDamaged: its journal cannot be read.
        StorageFailed: the workspace cannot be read.
    """
    again = _Again(app, changed)
    for entry in app.journals.open(run).entries():
        again.take_in(entry.event)
    return Simulation(run=run, spec=again.spec_name, mode=again.mode.value, environment=again.environment, actions=tuple(again.actions))


class _Again:
    """Walks through a journal and decides what it holds under the policy of now."""

    def __init__(self, app: App, changed: Changed) -> None:
        """Take the world, and what a person wants to try."""
        self.app = app
        self.changed = changed
        self.mode = changed.mode or Mode.SUPERVISED
        self.environment = changed.environment or ""
        self.spec_name = ""
        self.spec: Spec | None = None
        self.settings = Settings(path=RelPath(".kiro/settings.json"))
        self.found = Permitted()
        self.task = ""
        self.tree = ""
        self.files: tuple[str, ...] = ()
        self.is_raised = False
        self.capability: Capability | None = None
        self.pending: ActionDecided | None = None
        self.actions: list[Redecided] = []

    def take_in(self, event: Event) -> None:
        """Go one fact further."""
        match event:
            case RunStarted():
                self._begin(event)
            case TaskStarted():
                self._begin_task(event)
            case CheckpointTaken():
                self.tree = event.tree
            case ActionDecided():
                self.pending = event
                self._decide(event)
            case HumanAnswered(answer="yes") if self.pending is not None and self.pending.rule == "max-file-edits":
                self.is_raised = True
            case ActionObserved():
                self.files = tuple(dict.fromkeys((*self.files, *event.changed)))
            case _:
                pass

    def _begin(self, event: RunStarted) -> None:
        """Settle what the run is judged under now."""
        workspace = opened(self.app, is_overview=True)
        self.spec_name = event.spec
        self.spec = next((spec for spec in workspace.specs if event.spec in (spec.name, spec.path)), None)
        root = self.spec.root if self.spec else ".kiro"
        path = joined(root, "settings.json")
        settings = next((each for each in workspace.settings if each.path == path), Settings(path=path))
        self.settings = lowered(settings, self.changed.autonomy)
        self.mode = self.changed.mode or Mode(event.mode)
        self.environment = event.environment if self.changed.environment is None else self.changed.environment
        rules = granted_again(event.session, self.settings, self.mode, self.app.permissions.home)
        self.found = with_session(permitted(self.app, root), rules)

    def _begin_task(self, event: TaskStarted) -> None:
        """Compile the capability of a task; one that is not in the spec any more has the scope that it had."""
        self.task, self.files, self.is_raised = event.task, (), False
        task = named_tasks(self.spec.tasks).get(event.task) if self.spec and self.spec.tasks else None
        errand = Errand(
            folder=self.app.folder,
            settings=self.settings,
            mode=self.mode,
            spec=self.spec,
            task=task,
            verify=event.verify,
            environment=self.environment,
        )
        capability = errand_capability(self.app, errand, self.found)
        self.capability = capability if task is not None else replace(capability, task=event.task, writable=event.paths)

    def _decide(self, event: ActionDecided) -> None:
        """Decide one recorded call again."""
        then = Decision(permission=Permission(event.permission), rule=event.rule, reason=event.reason)
        call = ToolCall(event.call_id, event.tool, event.arguments)
        action = calls.parsed(call)
        if isinstance(action, calls.BadCall) or self.capability is None:
            now = then
        else:
            now = decided(self.capability, action, self._facts(action))
            now = replace(now, permission=Permission.ASK) if is_raisable(now) else now
            now = strictest((now, then), now) if event.rule.startswith(_OF_THE_MOMENT) else now
        what = event.arguments if isinstance(action, calls.BadCall) else action.command if isinstance(action, Shell) else action.path
        self.actions.append(
            Redecided(
                step=event.step,
                task=self.task,
                tool=event.tool,
                what=what,
                then=event.permission,
                then_rule=event.rule,
                now=now.permission.value,
                now_rule=now.rule,
            )
        )

    def _facts(self, action: Action) -> Facts:
        """Gather what was true of the file that an action concerns, from the checkpoint before it."""
        files = () if self.is_raised else self.files
        if isinstance(action, Shell):
            return Facts(changed_files=files)
        place = normalised(action.path, self.app.folder)
        real = None if isinstance(place, BadPath) else real_path(self.app.folder, place)
        if real is None or not isinstance(action, Write | EditText):
            return Facts(real_path=real, changed_files=files)
        old = self._recorded(real)
        new = calls.result_of(old, action) or b""
        touched, deleted = calls.extent(old, new) if old is not None else (new.count(b"\n") + 1, 0)
        return Facts(
            exists=old is not None,
            real_path=real,
            old_lines=len(old.splitlines()) if old is not None else 0,
            changed_lines=touched,
            deleted_lines=deleted,
            changed_files=files,
            adds=added_dependencies(real, old, new),
        )

    def _recorded(self, path: str) -> bytes | None:
        """Read a file as it was at the last checkpoint, where that is kept."""
        try:
            return self.app.checkpoints.read(self.tree, RelPath(path)) if self.tree else None
        except (GitFailed, StorageFailed, Unreadable):
            return None
