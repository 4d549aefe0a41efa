"""Asks the model for the next step of a run, attempt by attempt, and records what it said."""

from __future__ import annotations

from setsquare.agent.tools import OFFERED
from setsquare.errors import ModelFailed
from setsquare.events.conversation import Reply
from setsquare.events.facts import Event, ModelAsked, ModelGaveUp, ModelReplied
from setsquare.journeys.asking import Patience, ask
from setsquare.journeys.run_live import LiveRun
from setsquare.ports.language_model import Request


def ask_model(run: LiveRun, step: int) -> None:
    """Ask the model, attempt by attempt, and record what it said."""
    profile = run.terms.profile
    request = Request(
        system=run.conversation.system,
        messages=run.conversation.messages,
        tools=OFFERED if run.app.sandbox else tuple(tool for tool in OFFERED if tool.name != "shell"),
        limit_tokens=profile.limit_tokens,
        temperature=profile.temperature,
    )

    def on_event(event: ModelAsked) -> None:
        run.record(event)

    patience = Patience(clock=run.app.clock, jitter=run.terms.jitter, on_wait=run.app.progress)
    said: Event
    try:
        said = ModelReplied(step=step, reply=_whole(ask(run.model, request, patience, step, on_event)))
    except ModelFailed as failure:
        said = ModelGaveUp(step=step, code=failure.code, message=f"{failure.message} {failure.hint}".strip())
    run.record(said, actor="model")


def _whole(reply: Reply) -> Reply:
    """Replace characters that no file can hold (lone surrogates)."""
    try:
        reply.text.encode()
    except UnicodeEncodeError:
        return Reply(
            text=reply.text.encode("utf-8", "replace").decode(),
            calls=reply.calls,
            usage=reply.usage,
            provider=reply.provider,
            model=reply.model,
            stop=reply.stop,
        )
    return reply
