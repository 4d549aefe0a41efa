"""Writes the folders that a root draws on as a workspace file of an editor."""

from __future__ import annotations

from msgspec import Struct

from setsquare.errors import SetsquareError
from setsquare.journeys.openspec_references import Reference
from setsquare.journeys.planning_app import PlanningApp
from setsquare.ports.planning import EntryKind
from setsquare.spec.openspec.diagnostic import Diagnostic, error
from setsquare.text.paths import RelPath
from setsquare.text.plan import FileChange, Plan, creation, digest
from setsquare.text.span import Edit, Span


class Folder(Struct, frozen=True):
    """A folder as an editor shows it."""

    name: str
    path: str


class Written(Struct, frozen=True):
    """Where the file was written."""

    place: str


class Unwritten(Struct, frozen=True):
    """Why it was not written."""

    finding: Diagnostic


def folders_of(root: str, name: str, references: tuple[Reference, ...]) -> tuple[Folder, ...]:
    """Name the root and every store that can be read."""
    stores = (Folder(f"ref:{reference.store_id}", reference.path) for reference in references if reference.problem is None)
    return (Folder(name, root), *stores)


def write_workspace(app: PlanningApp, said: str, document: bytes, *, is_forced: bool) -> Written | Unwritten:
    """Write the file at a path that a person typed; an existing one only when forced."""
    place = _absolute(app.here, said)
    folder, _, name = place.rpartition("/")
    folder = folder or "/"
    entries = {entry.path: entry.kind for entry in app.planning.walk(folder, RelPath(""), depth=1)}
    if not entries and not _is_folder(app, folder):
        fix = "Create the directory first, or choose another path."
        return Unwritten(error("context_output_dir_missing", f"Output directory does not exist: {folder}.", "context.output", fix))
    kind = entries.get(RelPath(name))
    if kind is not None and not is_forced:
        fix = "Pass --force to overwrite, or choose a different path."
        return Unwritten(error("context_file_exists", f"Refusing to overwrite {place}.", "context.output", fix))
    if kind is EntryKind.FOLDER:
        return Unwritten(error("context_failed", f"EISDIR: illegal operation on a directory, open '{place}'"))
    files = app.files(folder)
    try:
        old = files.read(RelPath(name))
        change = (
            creation(RelPath(name), document)
            if old is None
            else FileChange(RelPath(name), digest(old), (Edit(Span(0, len(old)), document),))
        )
        files.apply(Plan("write a workspace file", (change,)))
    except SetsquareError as failure:
        return Unwritten(error("context_failed", failure.message, fix=failure.hint))
    return Written(place)


def _is_folder(app: PlanningApp, folder: str) -> bool:
    """Tell whether an empty folder exists."""
    above, _, name = folder.rstrip("/").rpartition("/")
    kinds = {entry.path: entry.kind for entry in app.planning.walk(above or "/", RelPath(""), depth=1)}
    return folder == "/" or kinds.get(RelPath(name)) in (EntryKind.FOLDER, EntryKind.LINK_TO_FOLDER)


def _absolute(here: str, said: str) -> str:
    """Resolve a path as a shell would, without looking at the disk."""
    parts: list[str] = []
    for part in (said if said.startswith("/") else f"{here}/{said}").split("/"):
        if part == "..":
            parts[-1:] = []
        elif part not in ("", "."):
            parts.append(part)
    return "/" + "/".join(parts)
