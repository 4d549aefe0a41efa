"""Names what the step machine can want from the world: the closed union `Effect`."""

from __future__ import annotations

from msgspec import Struct

from setsquare.agent.state import Reason
from setsquare.events.conversation import ToolCall


class BeginTask(Struct, frozen=True):
    """Compile the task's capability and brief, and record them (`TaskStarted`)."""

    task: str


class TakeCheckpoint(Struct, frozen=True):
    """Record the workspace's files before step `step` (`CheckpointTaken`); the last tree may stand in when `is_reusable`."""

    step: int
    is_reusable: bool = False


class AskModel(Struct, frozen=True):
    """Send the conversation to the model (`ModelAsked`, then `ModelReplied` or `ModelGaveUp`)."""

    step: int


class InspectAction(Struct, frozen=True):
    """Read the call's arguments, gather facts and let the guard decide (`ActionDecided`)."""

    step: int
    call: ToolCall


class RefuseAction(Struct, frozen=True):
    """Refuse a call without looking at its arguments (`ActionDecided` with `deny`)."""

    step: int
    call: ToolCall
    rule: str
    reason: str


class TellModel(Struct, frozen=True):
    """Answer a refused call (`ActionObserved` that is not ok)."""

    step: int
    call: ToolCall
    text: str
    rule: str


class AskAboutAction(Struct, frozen=True):
    """Show a call to a person before it is performed (`HumanAsked`, `HumanAnswered`)."""

    step: int
    call: ToolCall
    rule: str


class AskAboutChanges(Struct, frozen=True):
    """Show a person what the last step did (`HumanAsked`, `HumanAnswered`)."""

    step: int


class AskAboutGroup(Struct, frozen=True):
    """Show a person the finished task group that ends with `task` (`HumanAsked`, `HumanAnswered`)."""

    step: int
    task: str


class PerformAction(Struct, frozen=True):
    """Perform a permitted call (`ActionStarted` when it can write, then `ActionObserved`)."""

    step: int
    call: ToolCall


class Verify(Struct, frozen=True):
    """Run the verification command (`VerificationStarted`, `VerificationFinished`)."""

    step: int


class CompleteTask(Struct, frozen=True):
    """Tick, log and commit (`TaskDone`, then `Committed`); done again after a crash it completes what is missing."""

    task: str


class Park(Struct, frozen=True):
    """Stop at a consistent place (`RunParked`)."""

    step: int
    why: Reason


class Finish(Struct, frozen=True):
    """End the run (`RunFinished`)."""

    step: int


class Rest(Struct, frozen=True):
    """Nothing is due: the run has not begun, is parked, or has ended."""


Effect = (
    BeginTask
    | TakeCheckpoint
    | AskModel
    | InspectAction
    | RefuseAction
    | TellModel
    | AskAboutAction
    | AskAboutChanges
    | AskAboutGroup
    | PerformAction
    | Verify
    | CompleteTask
    | Park
    | Finish
    | Rest
)
