"""Takes the damaged journal of a run out of the way, when a person says so."""

from __future__ import annotations

from setsquare.errors import JournalDamaged, Refused, StorageFailed
from setsquare.events.audit import AuditAction, Mutation
from setsquare.journeys.app import App
from setsquare.journeys.on_record import on_record


# req: agent-runtime/6.8
def set_aside(app: App, run: str) -> str:
    """Let runs begin in spite of one whose journal is damaged; give the name under which the journal is kept.

    Raises:
        Unreadable: there is no such run.
        Refused: its journal is sound, so it can be gone on with or taken back; or another process runs tasks in this workspace.
        AuditUnavailable: it cannot be recorded, and nothing was done.
        StorageFailed: the journal cannot be renamed.
    """
    try:
        for _ in app.journals.open(run).entries():
            pass
    except (JournalDamaged, StorageFailed) as failure:
        mutation = Mutation(action=AuditAction.RUN_SET_ASIDE, subject=run, why=failure.message)
        with on_record(app.audit, mutation):
            return app.journals.set_aside(run)
    raise Refused(
        f"The journal of run {run} is sound.", f"Go on with it: `setsquare run --resume {run}`; or take it back: `setsquare revert {run}`."
    )
