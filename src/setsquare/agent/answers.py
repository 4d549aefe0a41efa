"""Takes in what a person said, and stops a run."""

from __future__ import annotations

from msgspec.structs import replace

from setsquare.agent.attempts import is_outside_rule
from setsquare.agent.state import Phase, Reason, RunState
from setsquare.events.facts import HumanAnswered, NetworkUsed
from setsquare.guard.file_access import UNCOMMITTED

_RESUME = "Answer in a terminal: `setsquare run --resume`."
_LIMIT = "max-file-edits"
_SPLIT = "Split the task in tasks.md and approve it again, or raise the limit for this run in a terminal: `setsquare run --resume`."

_OVERSTEPPED = "The last step changed what is not part of its task; that was put back, and nobody is here to say whether to go on."
_SEE = "See it with `setsquare log {0}`, step {1}; then `setsquare run --resume {0}`, or `setsquare revert {0}`."


def parked(state: RunState, why: Reason, resume_to: Phase) -> RunState:
    """Stop at the next effect, to go on later in `resume_to`."""
    return replace(state, phase=Phase.PARKING, why=why, resume_to=resume_to)


# req: guarded-run/1.5
def after_answer(state: RunState, event: HumanAnswered) -> RunState:
    """Go on after a yes, tell the model after a no, stop when nobody answered."""
    if state.phase is Phase.VERIFYING:
        return state  # What follows from it stands in the verification's own end.
    halted = _halted(state)
    if halted is not None:
        state = replace(state, is_overstepping=False, refused=Reason())
        if event.answer not in {"yes", "no"}:
            return parked(state, halted, _onward(state))
    if event.answer not in {"yes", "no"}:
        text = f"A person must answer and none is there: {event.note}" if event.note else "A person must answer and none is there."
        if state.rule == _LIMIT:
            text = f"The task is too large: it would change more files than `maxFileEditsPerTask` allows. {text}"
        return parked(state, Reason("needs-answer", text, _SPLIT if state.rule == _LIMIT else _RESUME), state.phase)
    is_yes = event.answer == "yes"
    if state.phase is Phase.ASKING:
        return _after_action_answer(state, event, is_yes=is_yes)
    onward = _onward(state)
    if is_yes:
        return replace(state, phase=onward)
    why = Reason(
        "stopped",
        f"{event.by or 'A person'} stopped the run{_because(event)}.",
        "Go on with `setsquare run --resume`, or `setsquare revert`.",
    )
    return parked(state, why, onward)


def _halted(state: RunState) -> Reason | None:
    """Say why a run stops where nobody is there to say that it may go on after an error."""
    if state.phase is not Phase.SHOWING:
        return None
    if state.is_overstepping:
        return Reason("out-of-scope", _OVERSTEPPED, _SEE.format(state.run, state.step - 1))
    return state.refused if state.refused.code else None


# req: agent-runtime/2.7
def refused(state: RunState, rule: str, reason: str) -> Reason:
    """Say with what a run stops after the guard refused an action, when nobody is there.

    Source: settings.md § 9 (a refused action is an error); requirements F8.

    >>> refused(RunState(run="r"), "out-of-scope", "No.").code, refused(RunState(run="r"), "forbidden-command: rm -rf", "No.").code
    ('out-of-scope', 'denied')
    """
    mend = "Commit or stash your changes, then `setsquare run --resume {0}`." if rule == UNCOMMITTED else _SEE
    text = f"An action was refused, and nobody is here to say whether to go on: {reason} (rule `{rule}`)"
    return Reason("out-of-scope" if is_outside_rule(rule) else "denied", text, mend.format(state.run, state.step))


def after_connection(state: RunState, event: NetworkUsed) -> RunState:
    """Note a connection that a command was refused; one that was made, or that a verification asked for, moves nothing."""
    if event.is_allowed or state.phase is not Phase.ACTING:
        return state
    where = f"{event.host or 'an unnamed host'}:{event.port}"
    text = f"A command asked for a connection to {where}, which its task does not permit (rule `{event.rule}`), and nobody is here to say whether to go on."
    return replace(state, refused=Reason("out-of-scope", text, _SEE.format(state.run, state.step)))


def _onward(state: RunState) -> Phase:
    """Say what comes after something that was only shown."""
    return Phase.READY if state.phase is Phase.GROUP else Phase.INSPECTING if state.pending else Phase.THINKING


def _after_action_answer(state: RunState, event: HumanAnswered, *, is_yes: bool) -> RunState:
    """Permit or refuse the action that was shown."""
    if is_yes:
        return replace(state, phase=Phase.ARMED if state.pending[0].tool in {"write", "edit", "shell"} else Phase.ACTING)
    text = f"{event.by or 'A person'} said no{_because(event)}. Do not try it again; find another way or say that the task cannot be done."
    streaks = replace(state.streaks, denied=state.streaks.denied + 1)
    return replace(state, phase=Phase.REFUSED, refusal=text, rule="person", streaks=streaks)


def _because(event: HumanAnswered) -> str:
    """Quote a person's note."""
    return f": {event.note}" if event.note else ""
