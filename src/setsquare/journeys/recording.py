"""Adds lines to the committed records of a spec: what happened to it, and who signed it off."""

from __future__ import annotations

from setsquare.journeys.app import App
from setsquare.spec.spec_history import Happening, Kind, Lifecycle, encode_happening, history_path, read_history
from setsquare.text.paths import RelPath
from setsquare.text.plan import FileChange, creation, digest
from setsquare.text.span import Edit, Span
from setsquare.workspace.model import Workspace
from setsquare.workspace.spec import Spec


def lifecycle(workspace: Workspace, spec: Spec) -> Lifecycle:
    """Read what happened to a spec."""
    log = workspace.by_path.get(history_path(spec))
    return read_history(log.document.render() if log else b"")


def happened(app: App, kind: Kind, detail: str = "") -> Happening:
    """Write down that something happened now, by the person whom git names."""
    return Happening(at=app.clock.now(), by=app.git.user(), kind=kind, detail=detail)


def record_change(workspace: Workspace, spec: Spec, *happenings: Happening) -> FileChange:
    """Plan the lines to add to a spec's history; to be applied in the plan of what they tell of."""
    return added(workspace, history_path(spec), b"".join(encode_happening(item) for item in happenings))


def added(workspace: Workspace, path: RelPath, lines: bytes) -> FileChange:
    """Plan lines at the end of a file of the workspace, or the file with them."""
    old = workspace.by_path.get(path)
    if old is None:
        return creation(path, lines)
    raw = old.document.render()
    joint = b"" if raw.endswith(b"\n") or not raw else b"\n"
    return FileChange(path, digest(raw), (Edit(Span(len(raw), len(raw)), joint + lines),))
