"""Finds the references to a spec in the whole workspace, code included, and plans other names for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from setsquare.errors import StorageFailed
from setsquare.journeys.app import App
from setsquare.spec.spec_mentions import Naming, mentions, rewritten
from setsquare.text.document import decode, encode
from setsquare.text.paths import RelPath
from setsquare.workspace.model import Workspace

_LIMIT_FILES = 50_000
_LIMIT_BYTES = 4 * 1024 * 1024
_RECORDS = ".setsquare/"
_DOCUMENTS = (".md", ".mdc", ".markdown", ".txt")


class Mention(Struct, frozen=True, order=True):
    """A place that names a spec: file, line from 1, the text as written."""

    path: RelPath
    line: int
    written: str


def mentioning(app: App, workspace: Workspace, naming: Naming, ids: frozenset[str] | None = None) -> tuple[Mention, ...]:
    """List the places outside a spec's own folder that name it, in file order."""
    found: list[Mention] = []
    for path, raw in texts(app, workspace):
        if not path.startswith(f"{naming.folder}/"):
            where = mentions(decode(raw), naming, is_code=not path.endswith(_DOCUMENTS), ids=ids)
            found += [Mention(path, place.line, place.written) for place in where]
    return tuple(sorted(found))


def renaming(
    app: App, workspace: Workspace, old: Naming, new: Naming, ids: frozenset[str] | None = None
) -> Mapping[RelPath, tuple[bytes, bytes]]:
    """Work out the old and new bytes of every file that names a spec, its own files included; with `ids` only references to these change."""
    found: dict[RelPath, tuple[bytes, bytes]] = {}
    for path, raw in texts(app, workspace):
        text = decode(raw)
        changed = rewritten(text, old, new, is_code=not path.endswith(_DOCUMENTS), ids=ids)
        if changed != text:
            found[path] = raw, encode(changed)
    return found


def texts(app: App, workspace: Workspace) -> Iterator[tuple[RelPath, bytes]]:
    """List the text files of the workspace with their bytes: its own, then the code; records and what git ignores are left out."""
    for artefact in workspace.artefacts:
        if not artefact.path.startswith(_RECORDS) and "/.setsquare/" not in artefact.path:
            yield artefact.path, artefact.document.render()
    for path in app.files.listing(RelPath(""), _LIMIT_FILES):
        if path in workspace.by_path or path.startswith(_RECORDS):
            continue
        try:
            raw = app.files.read(path)
        except StorageFailed:
            continue
        if raw is not None and len(raw) <= _LIMIT_BYTES and b"\0" not in raw:
            yield path, raw
