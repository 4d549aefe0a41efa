"""Tells a run step by step with everything that a reviewer asks for: what was wanted, decided, answered, done, changed and spent."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec import Struct
from msgspec.structs import replace

from setsquare.agent.attempts import attempts
from setsquare.events.entry import Entry
from setsquare.events.facts import (
    ActionDecided,
    ActionObserved,
    BudgetAlerted,
    Committed,
    ContextLimited,
    Event,
    EvidenceTaken,
    HumanAnswered,
    HumanAsked,
    ModelGaveUp,
    ModelReplied,
    ModelSwitched,
    NetworkUsed,
    RunFinished,
    RunParked,
    RunResumed,
    RunReverted,
    ScopeEnforced,
    SpecDowngraded,
    TaskDone,
    TaskStarted,
    VerificationFinished,
)
from setsquare.journeys.run_patch import FilePatch
from setsquare.text.counted import counted
from setsquare.usage.meter import Meter


class Asked(Struct, frozen=True, kw_only=True):
    """A question to a person and what became of it; `answer` is `yes`, `no`, `absent` or empty while it waits."""

    kind: str
    shown: str
    digest: str
    answer: str = ""
    by: str = ""
    note: str = ""


class Moment(Struct, frozen=True, kw_only=True):
    """One point of a run's course.

    `kind` is `action`, `verification`, `said`, `task`, `done`, `commit`, `stop`, `resume`, `end`, `back`, `note` or `question`. `result` is `ok`,
    `failed`, `refused` or empty. `spent` counts tokens in and out up to here, `None` where a provider did not tell. `is_outside` marks an
    attempt to leave the task's scope. `anchor` is unique in the run.
    """

    anchor: str
    kind: str
    at: str
    step: int
    task: str
    title: str
    who: str = ""
    permission: str = ""
    rule: str = ""
    reason: str = ""
    result: str = ""
    arguments: str = ""
    output: str = ""
    duration_s: float | None = None
    questions: tuple[Asked, ...] = ()
    connections: tuple[NetworkUsed, ...] = ()
    origins: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    put_back: tuple[str, ...] = ()
    patches: tuple[FilePatch, ...] = ()
    patch_note: str = ""
    spent: tuple[int | None, int | None] = (0, 0)
    is_outside: bool = False


class Story(Struct, frozen=True, kw_only=True):
    """A whole run in the order of time; `meter` is what it used, `evidence` what the platform recorded for criteria."""

    moments: tuple[Moment, ...]
    meter: Meter
    evidence: tuple[EvidenceTaken, ...] = ()

    @property
    def first_outside(self) -> Moment | None:
        """Give the first attempt to leave a task's scope."""
        return next((moment for moment in self.moments if moment.is_outside), None)


def told(entries: Iterable[Entry], redacted: Callable[[str], str] = str) -> Story:
    """Tell a run from its journal; `redacted` goes over every text once more.

    >>> from setsquare.events.facts import TaskStarted
    >>> entry = Entry(seq=1, at="t", actor="platform", event=TaskStarted(task="1", title="Add", system="", brief=""))
    >>> told([entry]).moments[0].title
    'Task 1: Add'
    """
    known = tuple(entries)
    teller = _Teller(redacted)
    for entry in known:
        teller.take_in(entry)
    outside = {attempt.step for attempt in attempts(entry.event for entry in known)}
    moments = tuple(
        replace(moment, is_outside=True) if moment.step in outside and _may_leave(moment) else moment for moment in teller.moments
    )
    return Story(moments=moments, meter=teller.meter, evidence=tuple(teller.evidence))


def _may_leave(moment: Moment) -> bool:
    """Tell whether a moment of a step with an attempt is the attempt."""
    is_refused = moment.permission in {"ask", "deny"} and moment.kind == "action"
    return is_refused or bool(moment.put_back) or any(not used.is_allowed for used in moment.connections)


class _Teller:
    """Puts facts together to moments."""

    def __init__(self, redacted: Callable[[str], str]) -> None:
        self.moments: list[Moment] = []
        self.meter = Meter()
        self.evidence: list[EvidenceTaken] = []
        self._redacted = redacted
        self._task = ""
        self._tokens: tuple[int | None, int | None] = (0, 0)
        self._pending: list[NetworkUsed] = []
        self._put_back: list[str] = []

    def take_in(self, entry: Entry) -> None:
        """Add a fact."""
        event = entry.event
        match event:
            case ModelReplied():
                self._replied(entry, event)
            case ActionDecided():
                made = replace(self._made(entry, "action", event.tool, event.step), who="model", permission=event.permission)
                self._decided(replace(made, rule=event.rule), event)
            case HumanAsked() | HumanAnswered():
                self._asked(entry, event)
            case NetworkUsed():
                self._pending.append(event)
            case ScopeEnforced():
                self._put_back += event.reverted
            case ActionObserved():
                self._observed(event)
            case VerificationFinished():
                self._verified(entry, event)
            case EvidenceTaken():
                self.evidence.append(event)
            case _:
                self._turned(entry, event)

    def _made(self, entry: Entry, kind: str, title: str, step: int = 0) -> Moment:
        """Begin a moment."""
        return Moment(
            anchor=f"e{entry.seq}",
            kind=kind,
            at=entry.at,
            step=step,
            task=self._task,
            title=self._redacted(title),
            who=entry.actor,
            spent=self._tokens,
        )

    def _replied(self, entry: Entry, event: ModelReplied) -> None:
        """Count what an answer used, and keep its words."""
        self.meter = self.meter.add(event.reply)
        self._tokens = (self.meter.input_tokens, self.meter.output_tokens)
        if event.reply.text.strip():
            title = " ".join(event.reply.text.split())
            self.moments.append(replace(self._made(entry, "said", title, event.step), output=self._redacted(event.reply.text), who="model"))

    def _decided(self, made: Moment, event: ActionDecided) -> None:
        """Begin an action."""
        self._pending, self._put_back = [], []
        self.moments.append(replace(made, reason=self._redacted(event.reason), arguments=self._redacted(event.arguments)))

    def _asked(self, entry: Entry, event: HumanAsked | HumanAnswered) -> None:
        """Keep a question with the action that it is about, or for itself."""
        if isinstance(event, HumanAsked):
            asked = Asked(kind=event.kind, shown=self._redacted(event.shown), digest=event.digest)
            at = self._open(event.step)
            if at is None:
                made = self._made(entry, "question", f"asked about {event.kind}", event.step)
                self.moments.append(replace(made, questions=(asked,)))
            else:
                self.moments[at] = replace(self.moments[at], questions=(*self.moments[at].questions, asked))
            return
        for at in range(len(self.moments) - 1, -1, -1):
            moment = self.moments[at]
            if any(asked.digest == event.digest and not asked.answer for asked in moment.questions):
                questions = tuple(self._answered(asked, event) for asked in moment.questions)
                self.moments[at] = replace(moment, questions=questions)
                return

    def _answered(self, asked: Asked, event: HumanAnswered) -> Asked:
        if asked.digest != event.digest or asked.answer:
            return asked
        return replace(asked, answer=event.answer, by=event.by, note=self._redacted(event.note))

    def _open(self, step: int) -> int | None:
        """Find the action of a step that has not ended."""
        at = len(self.moments) - 1
        if at >= 0 and self.moments[at].kind == "action" and self.moments[at].step == step and not self.moments[at].result:
            return at
        return None

    def _observed(self, event: ActionObserved) -> None:
        """End an action."""
        at = next((at for at in range(len(self.moments) - 1, -1, -1) if self.moments[at].kind == "action"), None)
        if at is None or self.moments[at].step != event.step:
            return
        begun = self.moments[at]
        is_refused = begun.permission == "deny" or (begun.permission == "ask" and any(one.answer != "yes" for one in begun.questions))
        self.moments[at] = replace(
            begun,
            title=begun.title if is_refused or not event.summary else self._redacted(event.summary),
            result="ok" if event.is_ok else "refused" if is_refused else "failed",
            output=self._redacted(event.text),
            duration_s=event.duration_s or None,
            origins=event.origins,
            changed=event.changed,
            connections=tuple(self._pending),
            put_back=tuple(self._put_back),
        )
        self._pending, self._put_back = [], []

    def _verified(self, entry: Entry, event: VerificationFinished) -> None:
        """Tell a verification."""
        counts = f", {event.passed or 0} passed, {event.failed or 0} failed" if event.passed is not None or event.failed is not None else ""
        verdict = f" ({event.verdict})" if event.verdict else ""
        made = self._made(entry, "verification", f"{event.command}: exit {event.exit_code}{counts}{verdict}", event.step)
        self.moments.append(
            replace(
                made,
                result="ok" if event.is_accepted else "failed",
                output=self._redacted(event.output),
                duration_s=event.duration_s,
                changed=event.changed,
                connections=tuple(self._pending),
                put_back=tuple(self._put_back),
            )
        )
        self._pending, self._put_back = [], []

    def _turned(self, entry: Entry, event: Event) -> None:
        """Tell a fact about the run's course."""
        if isinstance(event, TaskStarted):
            self._task = event.task
        found = turn(event)
        if found is None:
            return
        kind, title, detail = found
        result = {"stop": "failed", "end": "ok", "done": "ok", "commit": "ok"}.get(kind, "")
        made = replace(self._made(entry, kind, title, getattr(event, "step", 0)), result=result, output=self._redacted(detail))
        self.moments.append(made)


def turn(event: Event) -> tuple[str, str, str] | None:
    """Word a fact about the run's course: its kind, a line, and what there is beyond it.

    >>> turn(Committed(task="1", commit="0123456789abcdef"))
    ('commit', 'committed 0123456789', '')
    """
    match event:
        case TaskStarted():
            paths = "\n".join(event.paths) or "every path that is not protected"
            unhidden = "".join(f"\n\nSecrets of the past may be shown: {reason}." for reason in event.unhidden)
            return "task", f"Task {event.task}: {event.title}", f"May write:\n{paths}\n\nVerified by: {event.verify or 'nothing'}{unhidden}"
        case TaskDone():
            return "done", f"task {event.task} is done: {event.summary}", ""
        case Committed():
            return "commit", f"committed {event.commit[:10]}", ""
        case RunParked(code="group-done"):
            return "end", f"rests, as it was told to: {event.reason}", event.hint
        case RunParked():
            return "stop", f"stopped ({event.code}): {event.reason}", event.hint
        case RunResumed():
            return "resume", "resumed" + (f"; step {event.redone} is done again" if event.redone else ""), ""
        case RunFinished():
            return "end", f"run finished: {event.outcome}", event.reason
        case RunReverted():
            return "back", _back(event), "\n".join((*event.restored, *event.merged))
        case ModelGaveUp():
            return "stop", f"the model could not be asked ({event.code}): {event.message}", ""
        case ModelSwitched():
            return "note", f"model {event.old} -> {event.new}: {event.reason}", ""
        case BudgetAlerted():
            return "note", f"{event.window} budget at {event.fraction:.0%}: {event.action}", ""
        case ContextLimited():
            return "note", f"the conversation is kept to {event.limit_bytes:,} bytes: {event.reason}", ""
        case SpecDowngraded():
            return "note", f"{event.spec} goes on task by task under a person's eyes: {event.reason}", ""
        case _:
            return None


def _back(event: RunReverted) -> str:
    """Say what a person took back."""
    what = "put back to a checkpoint" if event.entry else f"task {event.task} taken back" if event.task else "taken back"
    merged = f", {len(event.merged)} merged" if event.merged else ""
    conflicts = f", {len(event.conflicts)} conflicts" if event.conflicts else ""
    return f"{what}: {counted(len(event.restored), 'file')} restored{merged}, {len(event.kept)} kept{conflicts}"
