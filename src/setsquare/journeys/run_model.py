"""Asks the model for the next step of a run, attempt by attempt, and records what it said."""

from __future__ import annotations

from msgspec.structs import replace

from setsquare.agent.conversation import limit_of
from setsquare.agent.tools import OFFERED
from setsquare.errors import ModelFailed, ModelTooLong, OverBudget
from setsquare.events.call_ids import distinct
from setsquare.events.conversation import Reply, Tool
from setsquare.events.facts import ContextLimited, Event, ModelGaveUp, ModelReplied
from setsquare.journeys.calling import Caller, CallEvent, Charge
from setsquare.journeys.run_live import LiveRun
from setsquare.ports.language_model import Request
from setsquare.workspace.settings import ModelProfile

_LEAST_BYTES = 8_000
_TOOLS_BYTES = sum(len(tool.name) + len(tool.description) + len(bytes(tool.schema)) for tool in OFFERED)


def ask_model(run: LiveRun, step: int) -> None:
    """Ask the model, attempt by attempt, and record what it said.

    Raises:
        LedgerUnavailable: what the call costs cannot be accounted for.
    """
    said: Event
    try:
        said = ModelReplied(step=step, reply=_sound(run, _asked(run, step)))
    except (ModelFailed, OverBudget) as failure:
        said = ModelGaveUp(step=step, code=failure.code, message=f"{failure.message} {failure.hint}".strip())
    run.record(said, actor="model")


# req: agent-runtime/6.7
def _asked(run: LiveRun, step: int) -> Reply:
    """Ask; when the model says that the conversation is too long, shorten it once and ask again."""
    caller = _caller(run)

    def request_for(profile: ModelProfile) -> Request:
        return _request(run, profile, step)

    def on_event(event: CallEvent) -> None:
        run.record(event)

    try:
        return caller.ask(request_for, step, on_event)
    except ModelTooLong:
        conversation = run.conversation
        least = min(conversation.size_bytes, conversation.limit_bytes) // 2
        if least < _LEAST_BYTES:
            raise
        run.record(ContextLimited(step=step, limit_bytes=least, reason="the model says that the conversation is too long"))
        return caller.ask(request_for, step, on_event)


def _caller(run: LiveRun) -> Caller:
    """Give what asks the models of this run."""
    if run.caller is None:
        terms = run.terms
        charge = Charge(settings=terms.settings, profile=terms.profile, purpose="taskExecution", run=run.state.run, spec=terms.spec.name)
        run.caller = Caller(run.app, charge, terms.jitter, run.model)
    return run.caller


def _request(run: LiveRun, profile: ModelProfile, step: int) -> Request:
    """Make the request for a profile; one with a smaller window gets a shorter conversation."""
    conversation, wanted = run.conversation, limit_of(profile)
    if wanted < conversation.limit_bytes or (not conversation.is_limited and wanted > conversation.limit_bytes):
        run.record(ContextLimited(step=step, limit_bytes=wanted, reason=f"the window of model profile '{profile.name}'"))
    return Request(
        system=run.conversation.system,
        messages=run.conversation.messages,
        tools=_offered(run),
        limit_tokens=profile.limit_tokens,
        temperature=profile.temperature,
        size_bytes=run.conversation.size_bytes + _TOOLS_BYTES,
    )


def _offered(run: LiveRun) -> tuple[Tool, ...]:
    """List the tools that the task's agent has and that work here."""
    left = run.latest.started.tools if run.latest.started else ()
    found = (tool for tool in OFFERED if not left or tool.name in left)
    return tuple(tool for tool in found if run.app.sandbox or tool.name != "shell")


def _sound(run: LiveRun, reply: Reply) -> Reply:
    """Make every call distinct, and replace characters that no file can hold (lone surrogates)."""
    calls = distinct(reply.calls, run.conversation.ids) if reply.calls else reply.calls
    try:
        reply.text.encode()
        text = reply.text
    except UnicodeEncodeError:
        text = reply.text.encode("utf-8", "replace").decode()
    return reply if calls == reply.calls and text == reply.text else replace(reply, text=text, calls=calls)
