"""Holds where a run stands: positions and counters, never a growing log."""

from __future__ import annotations

import enum

from msgspec import Struct

from setsquare.events.conversation import ToolCall


class Phase(enum.Enum):
    """What a run is in the middle of."""

    NEW = "new"
    STARTED = "started"
    READY = "ready"
    THINKING = "thinking"
    INSPECTING = "inspecting"
    REFUSED = "refused"
    ASKING = "asking"
    ARMED = "armed"
    ACTING = "acting"
    SHOWING = "showing"
    VERIFYING = "verifying"
    COMPLETING = "completing"
    GROUP = "group"
    PARKING = "parking"
    RESTING = "resting"
    FINISHING = "finishing"
    ENDED = "ended"


class Reason(Struct, frozen=True):
    """Why a run stops: a stable code, one sentence, and what to do next."""

    code: str = ""
    text: str = ""
    hint: str = ""


class Rules(Struct, frozen=True, kw_only=True):
    """What was settled when the run began; the same for all of its steps."""

    mode: str = "supervised"
    autonomy: str = "cautious"
    limit_steps: int = 200
    limit_corrections: int = 3
    stops_after_group: bool = False


class Streaks(Struct, frozen=True, kw_only=True):
    """How often something went on in a row: unusable replies, refused actions, the same call. `last_call` is that call."""

    nonsense: int = 0
    denied: int = 0
    repeats: int = 0
    last_call: str = ""


class Trail(Struct, frozen=True, kw_only=True):
    """What the last steps were, by short digests, as far as it tells whether the run goes in circles.

    `calls` are the last calls, `seen` what calls gave, `contents` what files held after changes: the last few of each. `errors` counts how
    often `last_error` came in a row, `barren` the steps in a row without a change or anything new, `returns` how often a file got contents
    back that it had before, `unverified` the changes since the last command. `told` are the kinds of which the model was told.
    """

    calls: tuple[str, ...] = ()
    seen: tuple[str, ...] = ()
    contents: tuple[str, ...] = ()
    last_error: str = ""
    errors: int = 0
    barren: int = 0
    returns: int = 0
    unverified: int = 0
    told: tuple[str, ...] = ()


class RunState(Struct, frozen=True, kw_only=True):
    """Where a run stands.

    `step` counts tool actions and verifications from 1; `first_step` is where the step limit of the current task counts from. `pending` are the
    calls of the last reply that have no observation yet. `is_started` when the effect that is due was begun and its end is not known.
    `permission` and `refusal` tell what was decided about the first pending call. `resume_to` is the phase in which a parked run goes on.
    `changed` are the files that the current task has changed. `is_overstepping` when the last step went beyond its task and nobody has seen that
    yet; `refused` says what was refused in the last step and not seen yet, its code is empty when nothing was. `start_tree` and `tree` are the first and
    the last checkpoint.
    """

    run: str = ""
    tasks: tuple[str, ...] = ()
    rules: Rules = Rules()
    position: int = 0
    phase: Phase = Phase.NEW
    step: int = 1
    first_step: int = 1
    attempt: int = 0
    pending: tuple[ToolCall, ...] = ()
    is_cut: bool = False
    is_started: bool = False
    is_dirty: bool = False
    is_overstepping: bool = False
    refused: Reason = Reason()
    permission: str = ""
    refusal: str = ""
    rule: str = ""
    start_tree: str = ""
    tree: str = ""
    changed: tuple[str, ...] = ()
    corrections: int = 0
    first_correction: int = 0
    streaks: Streaks = Streaks()
    trail: Trail = Trail()
    claim: str = ""
    why: Reason = Reason()
    resume_to: Phase = Phase.READY

    @property
    def task(self) -> str:
        """Name the current task, or the empty string after the last."""
        return self.tasks[self.position] if self.position < len(self.tasks) else ""
