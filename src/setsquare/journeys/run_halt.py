"""Stops a run whose approved documents changed while it went on."""

from __future__ import annotations

from setsquare.agent.effects import AskModel, BeginTask, CompleteTask, Effect, PerformAction
from setsquare.journeys.run_live import LiveRun
from setsquare.spec.approval import approval_digest, stage_path
from setsquare.spec.stage import APPROVED_STAGES
from setsquare.text.paths import RelPath
from setsquare.workspace.load import scan

_STEPS = (BeginTask, AskModel, PerformAction, CompleteTask)
"""The effects before which the documents are looked at: each begins something that rests on them."""


# req: spec-engine/4.4
def changed_document(run: LiveRun, effect: Effect) -> RelPath | None:
    """Name an approved document that is not as it was when the run began, before the next step is taken; boxes do not count.

    Raises:
        StorageFailed: a document cannot be read.
    """
    if not isinstance(effect, _STEPS):
        return None
    for stage in APPROVED_STAGES:
        path = stage_path(run.terms.spec, stage)
        known = run.terms.workspace.by_path.get(path)
        raw = run.app.files.read(path)
        if known is None or raw == known.document.render():
            continue
        if raw is None or approval_digest(stage, scan(path, raw)) != approval_digest(stage, known.document):
            return path
    return None
