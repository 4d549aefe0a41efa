"""What keeps a change from being archived before its text is looked at: where it stands, what it is called, what leads out of it.

Source: `openspec archive` 1.13.2, observed from outside. A link below the change's own `specs` is refused here, which OpenSpec reads through or overlooks.
"""

from __future__ import annotations

import re

from setsquare.journeys.openspec_archive_steps import ArchiveRefused
from setsquare.journeys.openspec_expanding import Unexpanded
from setsquare.journeys.openspec_items import CHANGES, SPECS, change_ids
from setsquare.journeys.planning_app import PlanningApp
from setsquare.ports.archive_place import ArchivePlace, ArchivePlan, Changed, Claimed
from setsquare.ports.planning import EntryKind
from setsquare.spec.openspec.conflict_marks import conflict_line
from setsquare.spec.openspec.diagnostic import error
from setsquare.text.paths import RelPath, joined
from setsquare.workspace.openspec.model import Change

ARCHIVE = RelPath("openspec/changes/archive")


def misplaced(place: ArchivePlace, root: str) -> ArchiveRefused | None:
    """Refuse where a folder leads elsewhere, before anything below it is looked at."""
    for folder in (CHANGES, SPECS, ARCHIVE):
        spot = place.spot(folder)
        is_out = spot.kind is not None and not spot.real
        if is_out or spot.is_dangling or (spot.is_link and folder != SPECS):
            told = f"Refusing to archive through a path outside the OpenSpec root: {root}/{folder}"
            return refusal("archive_path_outside_root", told)
    return None


def misnamed(app: PlanningApp, place: ArchivePlace, root: str, name: str) -> ArchiveRefused | None:
    """Refuse a name that is none, or that names no change."""
    if name in (".", ".."):
        return refusal("archive_change_name_invalid", f"Change name must not be '{name}'")
    if "/" in name or "\\" in name or "\0" in name:
        return refusal("archive_change_name_invalid", "Change name must not contain path separators")
    spot = place.spot(joined(CHANGES, name))
    if spot.is_link:
        told = f"Change '{name}' is a symbolic link. Replace it with a real directory before archiving."
        return refusal("archive_change_symlink", told)
    if spot.kind is not EntryKind.FOLDER or joined(CHANGES, name) == ARCHIVE:
        known = ", ".join(change_ids(app, root))
        note = f"Available changes: {known}" if known else "No active changes exist in this root."
        return refusal("archive_change_not_found", f"Change '{name}' not found. {note}", _archived_before(app, root, name))
    return None


def _archived_before(app: PlanningApp, root: str, name: str) -> str:
    """Say where a change of this name lies in the archive, the latest one; empty where there is none."""
    dated = re.compile(rf"(?a:\d{{4}}-\d{{2}}-\d{{2}}-)?{re.escape(name)}")
    folders = (entry.path.rpartition("/")[2] for entry in app.planning.walk(root, ARCHIVE, depth=1) if entry.kind is EntryKind.FOLDER)
    found = [folder for folder in folders if dated.fullmatch(folder)]
    return f"It is archived as {ARCHIVE}/{max(found)}. To take that back: setsquare openspec unarchive {max(found)}" if found else ""


def led_out(place: ArchivePlace, root: str, change: Change) -> ArchiveRefused | None:
    """Refuse a delta or a task file that is a link to somewhere else, and a file that git has left in the middle of a merge."""
    below = f"{change.path}/specs"
    spot = place.spot(RelPath(below))
    if spot.is_link:
        told = f"The deltas of '{change.id}' are behind a symbolic link, which is not followed: {root}/{below}"
        return refusal("archive_error", told, "Replace it with a real directory before archiving.")
    for path, allowed in (*((delta.path, below) for delta in change.deltas), *((tasks.path, change.path) for tasks in change.tasks)):
        real = place.spot(path).real
        if not real.startswith(f"{allowed}/"):
            return refusal("archive_error", f"Path is outside the allowed directory: {root}/{path}")
    return next((_torn(delta.path, line) for delta in change.deltas if (line := conflict_line(delta.text))), None)


def not_carried_out(root: str, plan: ArchivePlan, answer: Claimed | Changed) -> ArchiveRefused:
    """Say why an archive was not carried out."""
    archived_as = plan.target.rpartition("/")[2]
    match answer:
        case Claimed():
            told = (
                f"Archive '{archived_as}' is already being created. If no archive process is running, remove the stale claim at "
                f"{root}/{answer.path} and rerun."
            )
            return refusal("archive_target_exists", told)
        case Changed():
            if answer.path == plan.target:
                return refusal("archive_target_exists", f"Archive '{archived_as}' already exists.")
            told = f"{answer.path} was changed while the archive was prepared. No files were changed."
            return refusal("archive_error", told, "Look at the change once more, then rerun.")


def bases_unread(path: RelPath, line: int) -> ArchiveRefused:
    """Refuse where the record of what requirements said cannot be read: to go on without it could overwrite what others wrote."""
    where = f"line {line} of it is no record" if line else "the file cannot be read"
    fix = "Mend it (a merge conflict?), or remove it to go by the history alone; --overwrite goes by neither."
    return refusal("archive_base_unreadable", f"{path} says what the requirements were, and {where}. No files were changed.", fix)


def unexpanded(problems: tuple[Unexpanded, ...]) -> ArchiveRefused | None:
    """Refuse operations on scenarios that cannot be carried out."""
    if not problems:
        return None
    told = "".join(f"{one.path}:{one.line}: {one.message}.\n" for one in problems)
    return refusal("archive_scenario_operation_failed", f"{told}No files were changed.", "Fix the delta, then rerun.")


def refusal(code: str, message: str, fix: str = "", *, is_told: bool = False) -> ArchiveRefused:
    """Make a refusal."""
    return ArchiveRefused(error(code, message, fix=fix), is_told)


def _torn(path: RelPath, line: int) -> ArchiveRefused:
    told = f"{path} holds a git conflict that nobody has resolved, from line {line} on. No files were changed."
    return refusal("archive_error", told, "Choose what is to stand there, remove the conflict marks, and rerun.")
