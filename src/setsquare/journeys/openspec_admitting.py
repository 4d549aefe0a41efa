"""Refuses to archive a change that the team's demands keep out."""

from __future__ import annotations

from setsquare.journeys.openspec_archive_checks import refusal
from setsquare.journeys.openspec_archive_steps import ArchiveRefused
from setsquare.journeys.openspec_demands import demands_of, lacking_approval
from setsquare.journeys.planning_app import PlanningApp
from setsquare.spec.openspec.issue import Level

INVALID = "archive_gate_invalid"
UNAPPROVED = "archive_gate_unapproved"
EDITED = "archive_gate_edited"
_WHY = "`governance.archiveRequires` in .kiro/settings.json"


# req: openspec-interop/3.7
def kept_out(app: PlanningApp, root: str, change: str) -> ArchiveRefused | None:
    """Refuse a change that is not valid, not approved or edited since, where that is demanded; no flag of the command gets around it."""
    demands = demands_of(app, root)
    if not (demands.is_valid or demands.is_approved):
        return None
    from setsquare.journeys.openspec_items import ItemKind  # noqa: PLC0415  (start-up: few teams demand anything)
    from setsquare.journeys.openspec_validating import judged_one  # noqa: PLC0415

    errors = [issue for issue in judged_one(app, root, ItemKind.CHANGE, change).issues if issue.level is Level.ERROR]
    if errors:
        told = (
            f"Change '{change}' is not valid ({errors[0].path}: {errors[0].message.partition(chr(10))[0]}), and {_WHY} demands that it is."
        )
        return refusal(INVALID, told, f"Run openspec validate {change}, fix the errors, and rerun. No files were changed.")
    lack = lacking_approval(app, root, change, demands.governance) if demands.is_approved else None
    if lack is None:
        return None
    told = f"Change '{change}' is not approved as it is: {lack.path}: {lack.reason}. {_WHY} demands an approval of these bytes."
    fix = f"Read it, then: {lack.command}. No files were changed." if lack.command else "Mend the file, then rerun. No files were changed."
    return refusal(EDITED if lack.is_edited else UNAPPROVED, told, fix)
