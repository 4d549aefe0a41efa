"""Judges open changes as a gate does: valid, approved as they are where that is demanded, in nobody's way."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from setsquare.journeys.openspec_demands import Demands, Lack, demands_of, lacking_approval
from setsquare.journeys.openspec_items import CHANGES, ItemKind, change_ids
from setsquare.journeys.openspec_overlapping import overlapping
from setsquare.journeys.openspec_reading import Reading
from setsquare.journeys.openspec_rehearsing import refusal_issue, refused_by_archive
from setsquare.journeys.openspec_validating import REFUSAL, judged_one
from setsquare.journeys.planning_app import PlanningApp
from setsquare.ports.archive_place import ArchivePlace
from setsquare.spec.openspec.clashing import Meeting
from setsquare.spec.openspec.issue import Issue, Level
from setsquare.spec.openspec.review_criteria import Reviewed, Verdict, reviewed
from setsquare.text.paths import RelPath, joined
from setsquare.workspace.openspec.proposal import read_proposal


class Gated(Struct, frozen=True, kw_only=True):
    """One change at the gate: what keeps it out, and how it stands by the criteria of review.

    `errors` are of validation. `lack` is `None` where it is approved as it is; it keeps a change out only where approval is demanded, and unmet
    criteria only where the gate is strict.
    """

    change: str
    errors: tuple[Issue, ...]
    lack: Lack | None
    blocking: tuple[Meeting, ...]
    criteria: tuple[Reviewed, ...]
    passes: bool


class Gate(Struct, frozen=True):
    """All changes that were looked at, and what was demanded of them."""

    changes: tuple[Gated, ...]
    demands: Demands


# req: openspec-interop/3.7
def gate(
    app: PlanningApp,
    root: str,
    place: ArchivePlace,
    only: tuple[str, ...] | None = None,
    *,
    is_approval_needed: bool = False,
    is_strict: bool = False,
) -> Gate:
    """Judge all open changes, or only some; each of them must be able to go into the specs, in some order with the others."""
    demands = demands_of(app, root)
    meetings = overlapping(app, root).meetings
    names = [name for name in change_ids(app, root) if only is None or name in only]
    found: list[Gated] = []
    for name in names:
        issues = judged_one(app, root, ItemKind.CHANGE, name).issues
        errors = tuple(issue for issue in issues if issue.level is Level.ERROR or issue.message.startswith(REFUSAL))
        refusal = None if errors else refused_by_archive(app, root, place, name)
        if refusal is not None:
            errors = (replace(refusal_issue(refusal), level=Level.ERROR),)
        lack = lacking_approval(app, root, name, demands.governance)
        blocking = tuple(one for one in meetings if one.is_blocking and any(act.change == name for act in one.acts))
        criteria = _criteria(app, root, name, issues)
        is_kept_out = (
            bool(errors or blocking)
            or ((demands.is_approved or is_approval_needed) and lack is not None)
            or (is_strict and any(one.verdict is Verdict.NOT_MET for one in criteria))
        )
        found.append(Gated(change=name, errors=errors, lack=lack, blocking=blocking, criteria=criteria, passes=not is_kept_out))
    return Gate(tuple(found), demands)


def changes_in(paths: tuple[RelPath, ...], prefix: str) -> tuple[str, ...]:
    """Name the changes that own some of the files; `prefix` is the root's folder in the workspace.

    >>> changes_in((RelPath("openspec/changes/a/tasks.md"), RelPath("openspec/changes/archive/x/tasks.md"), RelPath("b.py")), "")
    ('a',)
    """
    start = f"{joined(prefix, CHANGES)}/"
    names = (path.removeprefix(start).split("/") for path in paths if path.startswith(start))
    return tuple(sorted({parts[0] for parts in names if len(parts) > 1 and parts[0] != "archive"}))


def _criteria(app: PlanningApp, root: str, name: str, issues: tuple[Issue, ...]) -> tuple[Reviewed, ...]:
    reading = Reading(app, root)
    folder = joined(CHANGES, name)
    change = reading.change(folder, app.planning.walk(root, folder))
    text, design = reading.text(joined(folder, "proposal.md")), reading.text(joined(folder, "design.md"))
    proposal = read_proposal(joined(folder, "proposal.md"), text, name) if isinstance(text, str) else None
    return reviewed(change, proposal, design if isinstance(design, str) else None, issues)
