"""Rehearses an archive: everything that `archive` does up to its first write, so that what is said beforehand is what happens."""

from __future__ import annotations

from msgspec.structs import replace

from setsquare.errors import StorageFailed
from setsquare.journeys.openspec_archive_steps import ArchiveRefused, Request, Talk
from setsquare.journeys.openspec_archiving import archive
from setsquare.journeys.openspec_validating import REFUSAL, Judged
from setsquare.journeys.planning_app import PlanningApp
from setsquare.ports.archive_place import ArchivePlace, ArchivePlan, Claimed, Recovery, Spot
from setsquare.spec.openspec.diagnostic import Diagnostic, error
from setsquare.spec.openspec.issue import Issue, Level, is_valid
from setsquare.text.paths import RelPath
from setsquare.text.plan import Digest

MISBUILT = "archive_spec_validation_failed"
"""The code of a refusal because a spec would not be valid."""


# req: openspec-interop/3.7
def refused_by_archive(app: PlanningApp, root: str, place: ArchivePlace, change: str) -> Diagnostic | None:
    """Say why a change would not be archived now; `None` where it would be, or where only what the team demands is lacking. Nothing is written."""
    unheard = Talk(tell=lambda _told: None, ask=lambda _doubt: True, is_heard=False)
    try:
        outcome = archive(app, root, _Rehearsal(place), Request(name=change, is_yes=True, is_rehearsal=True), unheard)
    except StorageFailed as failed:
        return error("archive_error", str(failed), fix=failed.hint)
    return outcome.finding if isinstance(outcome, ArchiveRefused) else None


def refusal_issue(refusal: Diagnostic) -> Issue:
    """Write a refusal as an issue; of a spec that would not be valid also what to do, for the refusal alone does not show it."""
    way = f" {refusal.fix}" if refusal.code == MISBUILT and refusal.fix else ""
    return Issue(Level.INFO, "file", f"{REFUSAL} this change: {refusal.message}{way}")


def with_refusal(app: PlanningApp, root: str, place: ArchivePlace, judged: Judged) -> Judged:
    """Add to what was found in a valid change that its archive would refuse it for a reason that lies beside it, such as a conflict mark in a main spec."""
    if not is_valid(judged.issues) or any(issue.message.startswith(REFUSAL) for issue in judged.issues):
        return judged
    refusal = refused_by_archive(app, root, place, judged.id)
    if refusal is None:
        return judged
    return replace(judged, issues=(*judged.issues, refusal_issue(refusal)))


class _Rehearsal:
    """A place at which nothing is carried out."""

    def __init__(self, place: ArchivePlace) -> None:
        """Take the place that is only looked at."""
        self._place = place

    def spot(self, path: RelPath) -> Spot:
        """Say what stands at a path."""
        return self._place.spot(path)

    def inputs(self, below: RelPath) -> tuple[tuple[RelPath, Digest], ...]:
        """Name every file below a folder."""
        return self._place.inputs(below)

    def carry_out(self, _plan: ArchivePlan) -> Claimed | None:
        """Carry nothing out."""
        return None

    def recovered(self) -> Recovery | None:
        """End nothing."""
        return None
