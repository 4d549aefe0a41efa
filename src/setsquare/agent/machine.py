"""Decides what a run does next: `advance(state, event) -> (state, effect)`, without I/O and without a clock.

The effect is a function of the state alone and the state a fold over the journal, so a replayed run stands exactly where the live one stood.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from msgspec.structs import replace

from setsquare.agent.answers import after_answer, after_connection, parked, refused
from setsquare.agent.circles import LOOPING, STALLED, after_step, after_telling, after_verification, circle, is_told
from setsquare.agent.effects import (
    AskAboutAction,
    AskAboutChanges,
    AskAboutGroup,
    AskModel,
    BeginTask,
    CompleteTask,
    Effect,
    Finish,
    InspectAction,
    Park,
    PerformAction,
    RefuseAction,
    Rest,
    TakeCheckpoint,
    TellModel,
    Verify,
)
from setsquare.agent.replies import LIMIT_REPEATS, MALFORMED, after_reply, signature, thinking
from setsquare.agent.state import Phase, Reason, Rules, RunState
from setsquare.events.facts import (
    ActionDecided,
    ActionObserved,
    ActionStarted,
    BudgetAlerted,
    CheckpointTaken,
    Committed,
    ContextLimited,
    Event,
    EvidenceTaken,
    HumanAnswered,
    HumanAsked,
    ModelAsked,
    ModelGaveUp,
    ModelReplied,
    ModelSwitched,
    NetworkUsed,
    RunFinished,
    RunParked,
    RunResumed,
    RunReverted,
    RunStarted,
    ScopeEnforced,
    SpecDowngraded,
    TaskDone,
    TaskStarted,
    VerificationFinished,
    VerificationStarted,
)
from setsquare.text.counted import counted

WRITING = frozenset({"write", "edit", "shell"})
"""Tools that can change the workspace; a checkpoint and an `ActionStarted` come before them."""


def advance(state: RunState, event: Event) -> tuple[RunState, Effect]:
    """Take in one fact and say what is due next.

    >>> advance(RunState(), RunFinished(step=1, outcome="done"))[1]
    Rest()
    """
    after = _after(state, event)
    return after, due(after)


def replay(events: Iterable[Event], state: RunState | None = None) -> RunState:
    """Fold facts into the state that they lead to.

    >>> replay([RunFinished(step=4, outcome="done")]).phase
    <Phase.ENDED: 'ended'>
    """
    current = state or RunState()
    for event in events:
        current = _after(current, event)
    return current


def due(state: RunState) -> Effect:
    """Say what a run in this state does next.

    >>> due(RunState())
    Rest()
    """
    match state.phase:
        case Phase.STARTED:
            return TakeCheckpoint(0)
        case Phase.READY:
            return BeginTask(state.task) if state.task else Finish(state.step)
        case Phase.THINKING:
            return AskModel(state.step)
        case Phase.INSPECTING | Phase.REFUSED | Phase.ASKING | Phase.ARMED | Phase.ACTING:
            return _due_call(state)
        case Phase.SHOWING:
            return AskAboutChanges(state.step - 1)
        case Phase.VERIFYING:
            return Verify(state.step)
        case Phase.COMPLETING:
            return CompleteTask(state.task)
        case Phase.GROUP:
            return AskAboutGroup(state.step, state.tasks[state.position - 1])
        case Phase.PARKING:
            return Park(state.step, state.why)
        case Phase.FINISHING:
            return Finish(state.step)
        case Phase.NEW | Phase.RESTING | Phase.ENDED:
            return Rest()
        case _:
            assert_never(state.phase)


def _due_call(state: RunState) -> Effect:
    """Say what is due for the first pending call."""
    call = state.pending[0]
    if state.phase is Phase.REFUSED:
        return TellModel(state.step, call, state.refusal, state.rule)
    if state.phase is Phase.ASKING:
        return AskAboutAction(state.step, call, state.rule)
    if state.phase is Phase.ARMED:
        return TakeCheckpoint(state.step, is_reusable=not state.is_dirty and call.tool != "shell")
    if state.phase is Phase.ACTING:
        return PerformAction(state.step, call)
    if state.is_cut and len(state.pending) == 1:
        return RefuseAction(
            state.step, call, f"{MALFORMED}: cut", "The reply ended at the output limit in the middle of this call. Do less at once."
        )
    if state.streaks.last_call == signature(call) and state.streaks.repeats >= LIMIT_REPEATS:
        reason = f"This is the same call as the last {state.streaks.repeats} times; it will not give anything else. Do something different."
        return RefuseAction(state.step, call, "repeated-call", reason)
    found = circle(state)
    if found is not None and not is_told(state, found):
        return RefuseAction(state.step, call, found.code, found.said)
    return InspectAction(state.step, call)


def _after(state: RunState, event: Event) -> RunState:
    """Take in one fact."""
    match event:
        case RunStarted():
            return _after_start(state, event)
        case TaskStarted() | TaskDone() | Committed():
            return _after_task(state, event)
        case CheckpointTaken():
            return _after_checkpoint(state, event)
        case ModelAsked():
            return replace(state, attempt=event.attempt)
        case ModelReplied():
            return after_reply(state, event.reply)
        case ModelGaveUp():
            return parked(state, Reason(event.code, event.message, _after_model_failure(event.code)), Phase.THINKING)
        case ActionDecided():
            return _after_decision(state, event)
        case ScopeEnforced():
            return replace(state, is_overstepping=state.phase is Phase.ACTING)
        case NetworkUsed():
            return after_connection(state, event)
        case HumanAsked() | EvidenceTaken() | SpecDowngraded():
            return state
        case ModelSwitched() | BudgetAlerted() | ContextLimited():
            return state
        case HumanAnswered():
            return after_answer(state, event)
        case ActionStarted() | VerificationStarted():
            return replace(state, is_started=True)
        case ActionObserved():
            return _after_observation(state, event)
        case VerificationFinished():
            return _after_verification(state, event)
        case RunParked() | RunResumed() | RunFinished() | RunReverted():
            return _after_pause(state, event)
        case _:
            assert_never(event)


def _after_start(state: RunState, event: RunStarted) -> RunState:
    """Settle the rules of a run."""
    rules = Rules(
        mode=event.mode,
        autonomy=event.autonomy,
        limit_steps=event.limit_steps,
        limit_corrections=event.limit_corrections,
        stops_after_group=event.stops_after_group,
    )
    return replace(state, run=event.run, tasks=event.tasks, rules=rules, phase=Phase.STARTED)


def _after_checkpoint(state: RunState, event: CheckpointTaken) -> RunState:
    """Note the tree; a permitted action may start now."""
    if state.phase is Phase.STARTED:
        return replace(state, start_tree=event.tree, tree=event.tree, is_dirty=False, phase=Phase.READY)
    phase = Phase.ACTING if state.phase is Phase.ARMED else state.phase
    return replace(state, tree=event.tree, is_dirty=False, phase=phase)


def _after_task(state: RunState, event: TaskStarted | TaskDone | Committed) -> RunState:
    """Begin a task, or go from its end to what follows it."""
    if isinstance(event, TaskStarted):
        fresh = RunState(run=state.run, tasks=state.tasks, rules=state.rules, position=state.position, start_tree=state.start_tree)
        return replace(fresh, phase=Phase.THINKING, step=state.step, first_step=state.step, tree=state.tree, is_dirty=state.is_dirty)
    if isinstance(event, TaskDone):
        return replace(state, is_started=True)
    moved = replace(state, position=state.position + 1, is_started=False, is_dirty=True, changed=())
    if not moved.task:
        return replace(moved, phase=Phase.FINISHING)
    if group(moved.task) == group(state.task):
        return replace(moved, phase=Phase.READY)
    if state.rules.stops_after_group:
        why = Reason(
            "group-done", f"Task group {group(state.task)} is done; the run stops after each group.", "Go on with `setsquare run --resume`."
        )
        return parked(moved, why, Phase.READY)
    stops = state.rules.mode == "supervised" and state.rules.autonomy != "full"
    return replace(moved, phase=Phase.GROUP if stops else Phase.READY)


def group(task: str) -> str:
    """Name the top-level task that a task belongs to.

    >>> group("2.1"), group("3"), group("T004")
    ('2', '3', 'T004')
    """
    return task.partition(".")[0]


def _after_decision(state: RunState, event: ActionDecided) -> RunState:
    """Go from the guard's word to the next step for that call."""
    call = state.pending[0]
    name = signature(call)
    same = name == state.streaks.last_call
    is_malformed = event.rule.startswith(MALFORMED)
    is_reminder = event.rule in {LOOPING, STALLED}
    is_denied = event.permission == "deny" and not is_malformed and not is_reminder and event.rule != "repeated-call"
    streaks = replace(
        state.streaks,
        repeats=state.streaks.repeats + 1 if same else 1,
        last_call=name,
        nonsense=state.streaks.nonsense + 1 if is_malformed else 0,
        denied=state.streaks.denied + 1 if is_denied else state.streaks.denied,
    )
    trail = after_telling(state) if is_reminder else state.trail
    why = refused(state, event.rule, event.reason) if is_denied else Reason()
    decided = replace(state, streaks=streaks, trail=trail, permission=event.permission, rule=event.rule, refused=why)
    if event.permission == "deny":
        text = event.reason if is_malformed or is_reminder else f"Denied by rule `{event.rule}`: {event.reason}"
        return replace(decided, phase=Phase.REFUSED, refusal=text)
    if event.permission == "ask":
        return replace(decided, phase=Phase.ASKING)
    return replace(decided, phase=Phase.ARMED if call.tool in WRITING else Phase.ACTING)


def _after_observation(state: RunState, event: ActionObserved) -> RunState:
    """Count the step, note what changed, and go to the next call or the model."""
    is_performed = state.phase is Phase.ACTING
    is_writing = is_performed and state.pending[0].tool in WRITING
    streaks = replace(state.streaks, denied=0) if is_performed and event.is_ok else state.streaks
    moved = replace(
        state,
        step=state.step + 1,
        pending=state.pending[1:],
        is_started=False,
        is_dirty=state.is_dirty or is_writing,
        changed=tuple(dict.fromkeys((*state.changed, *event.changed))) if event.changed else state.changed,
        streaks=streaks,
        trail=after_step(state.trail, state.pending[0], event, is_performed=is_performed) if state.pending else state.trail,
        refusal="",
    )
    return _after_step(state, moved, event.level, is_writing=is_writing)


# req: agent-runtime/2.3, agent-runtime/2.7
def _after_step(before: RunState, moved: RunState, level: str, *, is_writing: bool) -> RunState:
    """Stop after an error in every mode and at every level, and at a careful level after each change; else go on.

    Source: settings.md § 9. What stops at one degree of autonomy stops at every lower one. A person's own no is no error: they have just been asked.
    """
    # What the task or the path is held to counts, too: settings may allow the action, and a careful level still stops after it.
    is_careful = is_writing and before.permission == "allow" and "cautious" in {before.rules.autonomy, level}
    if before.is_overstepping or is_careful:
        return replace(moved, phase=Phase.SHOWING)
    onward = thinking(moved)
    if moved.refused.code and onward.phase is not Phase.PARKING:
        return replace(moved, phase=Phase.SHOWING)
    return replace(onward, refused=Reason())


# req: guarded-run/3.2
def _after_verification(state: RunState, event: VerificationFinished) -> RunState:
    """Complete a verified task; give a failed one back to the model, or stop."""
    moved = replace(state, step=state.step + 1, is_started=False, is_dirty=True, trail=after_verification(state.trail))
    if event.is_accepted:
        return replace(moved, phase=Phase.COMPLETING)
    failed = replace(moved, corrections=state.corrections + 1)
    tries = failed.corrections - state.first_correction
    if tries <= state.rules.limit_corrections:
        return thinking(failed)
    text = f"Verification failed {counted(tries, 'time')}: `{event.command}` ended with {event.exit_code}."
    if event.verdict:
        first, _, _ = event.output.partition("\n")
        text = f"The task was not accepted {counted(tries, 'time')}: {first}"
    hint = "Read the last output with `setsquare log`, mend the cause or the task, then `setsquare run --resume`; or `setsquare revert`."
    why = Reason(event.verdict or "verification-failed", text, event.hint or hint)
    return parked(replace(failed, corrections=state.corrections), why, Phase.THINKING)


def _after_pause(state: RunState, event: RunParked | RunResumed | RunFinished | RunReverted) -> RunState:
    """Stop, go on where the run stopped, or end."""
    if isinstance(event, RunReverted) and event.is_partial:
        return state
    if isinstance(event, RunFinished | RunReverted):
        return replace(state, phase=Phase.ENDED)
    if isinstance(event, RunParked):
        resume_to = state.resume_to if state.phase in {Phase.PARKING, Phase.RESTING} else state.phase
        # Whoever parks a run has put back what was in flight; only a completion is gone on with as it stands.
        is_started = state.is_started and resume_to is Phase.COMPLETING
        why = Reason(event.code, event.reason, event.hint)
        return replace(state, phase=Phase.RESTING, resume_to=resume_to, is_started=is_started, why=why)
    phase = state.resume_to if state.phase in {Phase.PARKING, Phase.RESTING} else state.phase
    # Files may have changed while nobody watched, so an action that was not performed is inspected and shown again.
    phase = Phase.INSPECTING if phase in {Phase.ASKING, Phase.ARMED, Phase.ACTING} else phase
    fresh = RunState()
    return replace(
        state,
        phase=phase,
        is_started=state.is_started and phase is Phase.COMPLETING,
        is_dirty=True,
        first_step=state.step,
        first_correction=state.corrections,
        attempt=0,
        streaks=fresh.streaks,
        trail=fresh.trail,
        why=Reason(),
    )


def _after_model_failure(code: str) -> str:
    """Say what to do after the model could not be asked."""
    if code == "model-auth":
        return "Check the provider's key, then `setsquare run --resume`."
    if code == "over-budget":
        return "A person resets it: `setsquare budget reset daily|monthly --reason ...`; then `setsquare run --resume`."
    if code == "model-too-long":
        return "The conversation does not fit the model: split the task, or name a model with a larger context."
    return "Go on with `setsquare run --resume` when the model answers again; nothing is lost."
