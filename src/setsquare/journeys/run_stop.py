"""Says why a run must stop now: an interruption, an order from outside, or the end of the task's time."""

from __future__ import annotations

import signal

from setsquare.agent.effects import AskModel, Effect, PerformAction, Verify
from setsquare.agent.state import Reason
from setsquare.journeys.run_interrupts import Interruptions
from setsquare.journeys.run_live import LiveRun
from setsquare.journeys.stop_orders import resume_hint, told
from setsquare.text.counted import counted

_WORKING = (AskModel, PerformAction, Verify)


def interruption(interruptions: Interruptions, resume: str) -> Reason:
    """Say what interrupted a run; `resume` says how it goes on."""
    order = interruptions.order
    if order is not None:
        return Reason("stopped", told(order), f"{resume_hint(order)} {resume}".strip())
    if interruptions.signal not in {0, signal.SIGINT}:
        return Reason("interrupted", f"The run was told to end ({signal.Signals(interruptions.signal).name}).", resume)
    return Reason("interrupted", "The run was interrupted.", resume)


def overtime(run: LiveRun, effect: Effect) -> Reason | None:
    """Say that the task's time is over, before a step that would use more of it."""
    worked_s = run.time.of(run.state.task)
    limit_min = run.bench.capability.limit_minutes if run.bench and run.bench.name == run.state.task else 0
    if not limit_min or worked_s <= limit_min * 60 or not isinstance(effect, _WORKING):
        return None
    text = f"The task used its {counted(limit_min, 'minute')} without being done."
    return Reason("time-limit", text, "Look at `setsquare log`, split the task or allow it more time, then `setsquare run --resume`.")
