"""Judges what a model said: tool calls, a claim to be done, or nothing usable."""

from __future__ import annotations

from msgspec.structs import replace

from setsquare.agent.answers import parked
from setsquare.agent.circles import LOOPING, circle, is_told
from setsquare.agent.state import Phase, Reason, RunState
from setsquare.events.conversation import Reply, ToolCall
from setsquare.guard.file_access import UNCOMMITTED
from setsquare.text.counted import counted

MALFORMED = "malformed-call"
LIMIT_NONSENSE = 5
LIMIT_DENIED = 3
LIMIT_REPEATS = 3

EMPTY = "Your reply was empty. Use a tool, or say in two sentences what you did when the task is done."
CUT = "Your reply was cut at the output limit. Go on in smaller steps."


def signature(call: ToolCall) -> str:
    """Name a call by its tool and arguments.

    >>> signature(ToolCall("1", "read", "{}"))
    'read {}'
    """
    return f"{call.tool} {call.arguments}"


def complaint(reply: Reply) -> str:
    """Say what is unusable about a reply without tool calls; empty when it is a claim to be done.

    >>> complaint(Reply(text="Done.")), complaint(Reply())[:21]
    ('', 'Your reply was empty.')
    """
    if reply.calls or reply.stop == "refusal":
        return ""
    if reply.stop == "length":
        return CUT
    return "" if reply.text.strip() else EMPTY


def after_reply(state: RunState, reply: Reply) -> RunState:
    """Go from a reply to its first call, to verification, or back to the model."""
    answered = replace(state, attempt=0)
    if reply.stop == "refusal":
        why = Reason(
            "model-refused",
            "The model refused to work on this task.",
            "Reword the task, or name another model and `setsquare run --resume`.",
        )
        return parked(answered, why, Phase.THINKING)
    if reply.calls:
        return thinking(replace(answered, pending=reply.calls, is_cut=reply.stop == "length"))
    if complaint(reply):
        return thinking(replace(answered, streaks=replace(state.streaks, nonsense=state.streaks.nonsense + 1)))
    return replace(answered, phase=Phase.VERIFYING, claim=reply.text.strip(), is_started=False)


def thinking(state: RunState) -> RunState:
    """Go to the next pending call, to the model, or stop when it goes in circles.

    The limits are looked at only when every call of a reply has its answer, so that the conversation of a parked run is whole.
    """
    if state.pending:
        return replace(state, phase=Phase.INSPECTING)
    why = _circling(state)
    return parked(state, why, Phase.THINKING) if why else replace(state, phase=Phase.THINKING)


def _circling(state: RunState) -> Reason | None:
    """Say why going on is pointless, if it is."""
    streaks, steps = state.streaks, state.step - state.first_step
    hint = "Look at `setsquare log`, reword the task or name another model, then `setsquare run --resume`."
    if streaks.nonsense > LIMIT_NONSENSE:
        return Reason("model-nonsense", f"The model answers nonsense: {streaks.nonsense} unusable replies or calls in a row.", hint)
    if streaks.repeats > LIMIT_REPEATS + 1:
        return Reason(LOOPING, f"The model repeats one call for ever: {streaks.last_call[:200]}", hint)
    if streaks.denied >= LIMIT_DENIED:
        text = f"The model insists on what it may not do: {streaks.denied} refused actions in a row, the last by rule `{state.rule}`."
        mend = (
            "Commit or stash your changes" if state.rule == UNCOMMITTED else "Widen the task's scope or the settings if the action is right"
        )
        return Reason("denied", text, f"{mend}, then `setsquare run --resume`.")
    found = circle(state)
    if found is not None and is_told(state, found):
        return Reason(found.code, f"The model does not get on, and was told so: {found.text}", hint)
    if steps >= state.rules.limit_steps:
        return Reason(
            "step-limit",
            f"The task used {counted(steps, 'step')} without being done.",
            "Split the task, or give it more steps with `--resume`.",
        )
    return None
