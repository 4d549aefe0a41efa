"""Says how much of a spec may be delegated: what was seen done well opens the way, leaving the scope twice closes it.

Source: settings.md § 9 (the first two tasks are validated by a person); requirements F8, F9, F15.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise

from msgspec import Struct

from setsquare.agent.attempts import Attempt, attempts
from setsquare.errors import JournalDamaged, Refused, StorageFailed, Unreadable, Usage
from setsquare.events.audit import AuditAction, Mutation, digest_of
from setsquare.events.facts import Committed, Event, RunStarted, SpecDowngraded, TaskStarted
from setsquare.guard.capability import Mode
from setsquare.journeys.app import App
from setsquare.journeys.on_record import on_record
from setsquare.ports.delegations import Restoration
from setsquare.text.counted import counted
from setsquare.text.paths import quoted
from setsquare.workspace.settings import Autonomy

SUPERVISED_FIRST = 2
"""How many tasks of a spec must be done under a person's eyes before the rest can be delegated."""

SHARED = frozenset({"staging", "production", "shared"})
"""Environments that others depend on."""


class Worked(Struct, frozen=True, kw_only=True):
    """Work on one task in one run, and where it tried to leave the task's scope."""

    run: str
    task: str
    attempts: tuple[Attempt, ...] = ()


class Delegation(Struct, frozen=True, kw_only=True):
    """How far a spec is delegated.

    `supervised` are the tasks that were done in interactive or supervised mode. With `is_manual` the spec is carried out task by task,
    each step approved; `held` is the work that this rests on. `restored` is a person's last word against it.
    """

    spec: str
    supervised: tuple[str, ...] = ()
    is_manual: bool = False
    held: tuple[Worked, ...] = ()
    restored: Restoration | None = None

    @property
    def may_be_autonomous(self) -> bool:
        """Tell whether the autonomous mode is open to the spec."""
        return not self.is_manual and len(self.supervised) >= SUPERVISED_FIRST


class _Found:
    """Collects what the journals say of one spec."""

    def __init__(self, restored: Restoration | None) -> None:
        self.restored = restored
        self.supervised: dict[str, None] = {}
        self.worked: list[Worked] = []
        self.is_told = False

    def take_in(self, run: str, mode: str, events: tuple[Event, ...]) -> None:
        """Add a run of the spec."""
        if mode != Mode.AUTONOMOUS.value:
            self.supervised |= dict.fromkeys(event.task for event in events if isinstance(event, Committed))
        if self.restored is None or run not in self.restored.runs:
            self.worked += _worked(run, events)
            self.is_told = self.is_told or any(isinstance(event, SpecDowngraded) for event in events)

    def delegation(self, spec: str) -> Delegation:
        """Sum up."""
        held = _repeated(self.worked)
        is_manual = self.is_told or bool(held)
        return Delegation(spec=spec, supervised=tuple(self.supervised), is_manual=is_manual, held=held, restored=self.restored)


# req: agent-runtime/2.4
def delegation_of(app: App, spec: str) -> Delegation:
    """Read from the journals how a spec's tasks went; a journal that cannot be read counts for nothing good.

    Raises:
        StorageFailed: the runs cannot be listed.
    """
    return delegations(app, (spec,))[spec]


def delegations(app: App, specs: Iterable[str]) -> Mapping[str, Delegation]:
    """Read the same of several specs, each journal once.

    Raises:
        StorageFailed: the runs cannot be listed.
    """
    found = {spec: _Found(app.delegations.restored(spec)) for spec in specs}
    for run in app.journals.runs():
        events = _events(app, run)
        started = next((event for event in events if isinstance(event, RunStarted)), None)
        if started is not None and started.spec in found:
            found[started.spec].take_in(run, started.mode, events)
    return {spec: each.delegation(spec) for spec, each in found.items()}


def _events(app: App, run: str) -> tuple[Event, ...]:
    """Read a journal; nothing when it cannot be read."""
    try:
        return tuple(entry.event for entry in app.journals.open(run).entries())
    except (JournalDamaged, StorageFailed, Unreadable):
        return ()


def _worked(run: str, events: tuple[Event, ...]) -> Iterable[Worked]:
    """List the work on tasks in order, each with its attempts to change what lies outside of it."""
    found = [attempt for attempt in attempts(events) if attempt.is_change]
    for event in events:
        if isinstance(event, TaskStarted):
            yield Worked(run=run, task=event.task, attempts=tuple(attempt for attempt in found if attempt.task == event.task))


def _repeated(worked: list[Worked]) -> tuple[Worked, ...]:
    """Find two pieces of work, one right after the other, that both tried to leave their scope; the first such pair."""
    for before, after in pairwise(worked):
        if before.attempts and after.attempts:
            return (before, after)
    return ()


class Wish(Struct, frozen=True, kw_only=True):
    """How a person wants to run: mode, level, the declared environment, and how many tasks."""

    mode: Mode
    autonomy: Autonomy
    environment: str = ""
    count: int = 1


# req: agent-runtime/2.4, agent-runtime/2.5
def require_delegation(app: App, spec: str, wish: Wish) -> None:
    """Stop where more is delegated than the spec has earned.

    Raises:
        Refused: the spec is carried out task by task, was not yet seen done twice, or the environment is shared and no drill is on record.
    """
    if wish.mode is Mode.AUTONOMOUS and wish.autonomy is Autonomy.FULL and wish.environment in SHARED:
        raise Refused(
            f"Full autonomy in a shared environment ({wish.environment}) is refused until an incident drill is on record, and none is.",
            "Run with `--mode supervised`, or with `balanced` autonomy in the settings.",
        )
    found = delegation_of(app, spec)
    if found.is_manual and (wish.mode is not Mode.INTERACTIVE or wish.count > 1):
        raise Refused(
            f"The spec `{spec}` is carried out task by task: {_told(found)}.",
            f"Run one task with `--mode interactive`; or, when the cause is mended, `setsquare autonomy {quoted(spec)} --restore --reason …`.",
        )
    if wish.mode is Mode.AUTONOMOUS and not found.may_be_autonomous:
        done = len(found.supervised)
        raise Refused(
            f"The spec `{spec}` has {counted(done, 'task')} done under a person's eyes; autonomous mode needs {SUPERVISED_FIRST}.",
            f"Run the next one with `--mode supervised`: `setsquare run {quoted(spec)}`.",
        )


def _told(found: Delegation) -> str:
    """Say what a downgrade rests on."""
    if not found.held:
        return "an agent left its scope on two tasks in a row"
    tasks = " and then ".join(f"task {work.task} (run {work.run}, step {work.attempts[0].step})" for work in found.held)
    return f"an agent tried to leave its scope in {tasks}"


def restore(app: App, spec: str, reason: str) -> Delegation:
    """Let a spec be delegated again, by the person who asks for it.

    Raises:
        Refused: it is not restricted.
        Usage: no reason is given.
    """
    if not reason.strip():
        raise Usage("A restoration needs a reason.", f"`setsquare autonomy {quoted(spec)} --restore --reason …`.")
    if not delegation_of(app, spec).is_manual:
        raise Refused(f"The spec `{spec}` is not restricted.", f"See `setsquare autonomy {quoted(spec)}`.")
    made = Restoration(spec=spec, by=app.git.user(), at=app.clock.now(), reason=" ".join(reason.split()), runs=app.journals.runs())
    before = digest_of(app.delegations.restored(spec))
    mutation = Mutation(action=AuditAction.AUTONOMY_RESTORED, subject=spec, before=before, after=digest_of(made), why=made.reason)
    with on_record(app.audit, mutation):
        app.delegations.restore(made)
    return delegation_of(app, spec)


def told(found: Delegation) -> str:
    """Say in one sentence how far a spec is delegated.

    >>> told(Delegation(spec="login", supervised=("1",)))
    '1 of 2 supervised tasks done; autonomous mode is closed until then.'
    """
    if found.is_manual:
        return f"Task by task, each step approved: {_told(found)}."
    if found.may_be_autonomous:
        return f"{counted(len(found.supervised), 'supervised task')} done; autonomous mode is open."
    return f"{len(found.supervised)} of {SUPERVISED_FIRST} supervised tasks done; autonomous mode is closed until then."
