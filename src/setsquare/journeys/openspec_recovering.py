"""Ends an archive that was cut off, and says what was done."""

from __future__ import annotations

from typing import assert_never

from setsquare.errors import StorageFailed
from setsquare.journeys.planning_app import PlanningApp
from setsquare.ports.archive_place import End, Recovery
from setsquare.spec.openspec.diagnostic import Diagnostic, Severity


def recovery_notices(app: PlanningApp, root: str) -> tuple[Diagnostic, ...]:
    """Take back or complete an archive of a root that was cut off; nothing is said where there is none, or where one is going on."""
    place = app.unfinished(root)
    if place is None:
        return ()
    try:
        recovery = place.recovered()
    except StorageFailed as failure:
        return (_notice(f"{failure.message}. {failure.hint}"),)
    return () if recovery is None else (_notice(told_recovery(recovery)),)


def told_recovery(recovery: Recovery) -> str:
    """Say how an interrupted archive was ended.

    >>> from setsquare.text.paths import RelPath
    >>> told_recovery(Recovery(change="c", target=RelPath("openspec/changes/archive/2026-01-02-c"), end=End.COMPLETED))
    "An archive of 'c' had been cut off. It was completed: the specs are updated and the change is in openspec/changes/archive/2026-01-02-c."
    """
    is_back = not recovery.target.startswith("openspec/changes/archive/")
    begin = f"{'Taking back' if is_back else 'An archive of'} '{recovery.change}' had been cut off."
    match recovery.end:
        case End.COMPLETED:
            return f"{begin} It was completed: the specs are updated and the change is in {recovery.target}."
        case End.ROLLED_BACK:
            kept = "".join(
                f" {path} was changed since and stays; its text before the archive is in {copy}." for path, copy in recovery.kept
            )
            return (
                f"{begin} It was taken back: the specs and the change are as they were before.{kept} "
                f"Run openspec {'unarchive' if is_back else 'archive'} {recovery.change} to {'take it back' if is_back else 'archive it'}."
            )
        case _:
            assert_never(recovery.end)


def _notice(message: str) -> Diagnostic:
    return Diagnostic(severity=Severity.WARNING, code="archive_recovered", message=message)
