"""Lets the records that are filed under a change's folder follow it into the archive and back: approvals, history, lock and evidence.

They are filed by folder in the workspace that holds the root, which may be one above it. Left behind, the next change of that name would take them over.
"""

from __future__ import annotations

from setsquare.journeys.openspec_bases import is_ours
from setsquare.journeys.openspec_demands import folders_upwards
from setsquare.journeys.planning_app import PlanningApp
from setsquare.ports.archive_place import ArchivePlace, SpecWrite
from setsquare.text.paths import RelPath, joined

_FILED = (("approvals", ".jsonl"), ("history", ".jsonl"), ("trace", ".lock.jsonl"), ("evidence", ".jsonl"))
_HEADED = ("trace", "evidence")
"""Whose first line names the spec."""


# req: openspec-interop/3.6
def following(app: PlanningApp, root: str, place: ArchivePlace, source: RelPath, target: RelPath) -> tuple[SpecWrite, ...]:
    """List the writes that move a change's records with its folder; one that is no file of ours stays, and none is ever written over.

    Raises:
        setsquare.errors.StorageFailed: a place cannot be looked at.
    """
    writes: list[SpecWrite] = []
    for above, folder in enumerate(folders_upwards(app, root)):
        prefix = RelPath(root.rstrip("/")[len(folder.rstrip("/")) + 1 :])
        for kind, suffix in _FILED:
            old, new = (RelPath("../" * above + joined(".setsquare", kind, prefix, f"{path}{suffix}")) for path in (source, target))
            raw = app.planning.read(root, old)
            if isinstance(raw, bytes) and app.planning.read(root, new) is None and is_ours(place, old) and is_ours(place, new):
                moved = _renamed(raw, joined(prefix, source), joined(prefix, target)) if kind in _HEADED else raw
                writes += (SpecWrite(path=new, old=None, new=moved), SpecWrite(path=old, old=raw, new=None))
    return tuple(writes)


def _renamed(raw: bytes, source: RelPath, target: RelPath) -> bytes:
    """Write the new folder into the first line of a lock or of evidence."""
    from setsquare.spec.moving import relabelled  # noqa: PLC0415  (start-up: few changes have a lock)
    from setsquare.workspace.spec import Spec, SpecForm  # noqa: PLC0415

    old, new = (Spec(name=_name(path), path=path, root=RelPath("openspec"), form=SpecForm.CHANGE) for path in (source, target))
    return relabelled(raw, old, new)


def _name(path: RelPath) -> str:
    """Name a change as the workspace does."""
    return path[path.index("openspec/changes/") + len("openspec/") :]
