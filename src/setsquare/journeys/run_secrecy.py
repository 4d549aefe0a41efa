"""Takes secrets out of facts before they reach the journal, and with it the model, the task log and the commit.

Source: safety.md AT34, AT35.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from setsquare.events.conversation import Reply
from setsquare.events.facts import (
    ActionDecided,
    ActionObserved,
    ActionStarted,
    Event,
    HumanAnswered,
    ModelGaveUp,
    ModelReplied,
    RunFinished,
    RunParked,
    TaskDone,
    TaskStarted,
    VerificationFinished,
)
from setsquare.guard.secrets import without_known


# req: agent-runtime/5.5
def without_secrets(event: Event, redact: Callable[[str], str], secrets: tuple[str, ...]) -> Event:
    """Redact the texts of a fact; most facts hold none.

    In what a tool is called with only known values give way: what merely looks like a token may be a test's, and has to arrive.

    >>> without_secrets(RunParked(step=1, code="c", reason="hunter2222222", hint=""), lambda text: text[:3], ()).reason
    'hun'
    """
    match event:
        case ModelReplied():
            return replace(event, reply=_reply(event.reply, redact, secrets))
        case TaskStarted():
            return replace(event, title=redact(event.title), system=redact(event.system), brief=redact(event.brief))
        case ActionDecided():
            return replace(event, arguments=without_known(event.arguments, secrets), reason=redact(event.reason))
        case ActionStarted():
            return replace(event, summary=redact(event.summary))
        case ActionObserved():
            return replace(event, text=redact(event.text), summary=redact(event.summary))
        case VerificationFinished():
            return replace(event, output=redact(event.output))
        case TaskDone():
            return replace(event, summary=redact(event.summary))
        case HumanAnswered():
            return replace(event, note=redact(event.note))
        case ModelGaveUp():
            return replace(event, message=redact(event.message))
        case RunParked():
            return replace(event, reason=redact(event.reason), hint=redact(event.hint))
        case RunFinished():
            return replace(event, reason=redact(event.reason))
        case _:
            return event


def _reply(reply: Reply, redact: Callable[[str], str], secrets: tuple[str, ...]) -> Reply:
    """Redact what a model said."""
    calls = tuple(replace(call, arguments=without_known(call.arguments, secrets)) for call in reply.calls)
    return replace(reply, text=redact(reply.text), calls=calls)
