"""Says in words where a run stands, how it had ended, and from where it goes on."""

from __future__ import annotations

from setsquare.agent.state import Phase, RunState


def where(state: RunState) -> str:
    """Say where a run stands.

    >>> where(RunState(tasks=("2",), step=4)), where(RunState(phase=Phase.ENDED))
    ('before step 4, in task 2', 'at its end')
    """
    if state.phase is Phase.ENDED:
        return "at its end"
    return f"before step {state.step}, in task {state.task}" if state.task else f"before step {state.step}, after its last task"


def before(state: RunState, at: str) -> str:
    """Say how a run ended the last time, with `at` as the time of its last entry.

    >>> before(RunState(phase=Phase.THINKING, step=3), "2026-11-21T10:15:02Z")
    'It ended without a word after 2026-11-21T10:15:02Z (killed, or the machine stopped) while the model was asked.'
    """
    if state.phase is Phase.RESTING:
        return f"It was parked at {at} ({state.why.code}): {state.why.text}"
    return f"It ended without a word after {at} (killed, or the machine stopped) while {_doing(state)}."


def onward(state: RunState, redone: int) -> str:
    """Say from where a run goes on; `redone` is the step whose beginning was put back, or 0.

    >>> onward(RunState(tasks=("1",), step=3), 3)
    'What step 3 had begun was put back, and it is done again. It goes on before step 3, in task 1.'
    """
    again = f"What step {redone} had begun was put back, and it is done again. " if redone else ""
    return f"{again}It goes on {where(state)}."


def _doing(state: RunState) -> str:
    """Say what a run was in the middle of."""
    call = f"`{state.pending[0].tool}`" if state.pending else "a step"
    match state.phase:
        case Phase.THINKING:
            return "the model was asked"
        case Phase.ACTING if state.is_started:
            return f"step {state.step}, {call}, was being performed"
        case Phase.ASKING | Phase.SHOWING | Phase.GROUP:
            return "a person was asked"
        case Phase.VERIFYING if state.is_started:
            return "the verification was running"
        case Phase.COMPLETING:
            return f"task {state.task} was being ticked and committed"
        case _:
            return "nothing was in flight"
