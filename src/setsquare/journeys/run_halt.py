"""Stops a run whose approved documents changed while it went on, or whose agent left its scope once too often."""

from __future__ import annotations

from setsquare.agent.effects import AskModel, BeginTask, CompleteTask, Effect, PerformAction
from setsquare.agent.machine import WRITING
from setsquare.agent.state import Reason
from setsquare.events.audit import AuditAction, Mutation
from setsquare.events.facts import SpecDowngraded
from setsquare.guard.capability import Mode
from setsquare.journeys.delegating import delegation_of, told
from setsquare.journeys.run_live import LiveRun
from setsquare.spec.approval import approval_digest, stage_path
from setsquare.spec.stage import APPROVED_STAGES
from setsquare.text.paths import RelPath, quoted
from setsquare.workspace.load import scan

_STEPS = (BeginTask, AskModel, PerformAction, CompleteTask)
"""The effects that begin something that rests on the documents, and on the delegation."""


# req: spec-engine/4.4
def changed_document(run: LiveRun, effect: Effect) -> RelPath | None:
    """Name an approved document that is not as it was when the run began, before the next step is taken; boxes do not count.

    Raises:
        StorageFailed: a document cannot be read.
    """
    if not isinstance(effect, _STEPS) or _only_looks(effect):
        return None
    for stage in APPROVED_STAGES:
        path = stage_path(run.terms.spec, stage)
        known = run.terms.workspace.by_path.get(path)
        raw = run.app.files.read(path)
        if known is None or raw == run.rendered(path):
            continue
        if raw is None or approval_digest(stage, scan(path, raw)) != approval_digest(stage, known.document):
            return path
    return None


def _only_looks(effect: Effect) -> bool:
    """Tell whether an effect changes nothing: the documents are looked at before the model is asked what follows from it."""
    return isinstance(effect, PerformAction) and effect.call.tool not in WRITING


# req: agent-runtime/2.5
def downgraded(run: LiveRun, effect: Effect) -> Reason | None:
    """Say why the spec goes on task by task only, and record it, when an agent left its scope on two tasks in a row; the journals are read only after an attempt.

    Raises:
        StorageFailed: the journals cannot be listed.
    """
    if not run.latest.may_have_left or not isinstance(effect, _STEPS):
        return None
    run.latest.may_have_left = False
    spec = run.terms.spec.name
    found = delegation_of(run.app, spec)
    if not found.is_manual or run.terms.mode is Mode.INTERACTIVE:
        return None
    run.record(SpecDowngraded(step=run.state.step, spec=spec, tasks=tuple(work.task for work in found.held), reason=told(found)))
    mutation = Mutation(action=AuditAction.SPEC_DOWNGRADED, subject=spec, detail=f"run {run.state.run}", why=told(found), by="platform")
    run.app.audit.note(mutation)  # it takes from what agents may do, and so is not held up
    name = quoted(spec)
    return Reason("downgraded", told(found), f"`setsquare revert {run.state.run}`, or `setsquare autonomy {name} --restore --reason …`.")
