"""Reads source files as the parts that links stand at."""

from __future__ import annotations

from msgspec.structs import replace

from setsquare.errors import StorageFailed
from setsquare.journeys.app import App
from setsquare.spec.drift_parts import CodeFile, CodePart, bytes_digest
from setsquare.spec.drift_pins import IN_FILES, with_memory
from setsquare.spec.link_state import LinkStates
from setsquare.text.document import decode
from setsquare.text.paths import RelPath


def code_file(app: App, path: RelPath) -> CodeFile | None:
    """Read one file; `None` where it does not exist or cannot be read."""
    try:
        raw = app.files.read(path)
    except StorageFailed:
        return None
    return None if raw is None else code_of(app, path, raw)


def code_of(app: App, path: RelPath, raw: bytes) -> CodeFile:
    """Read a file's bytes as its parts."""
    symbols = app.symbols.of(path, raw)
    parts = None
    if symbols is not None:
        parts = tuple(CodePart(name=item.name, line=item.line, end_line=item.end_line, digest=item.digest) for item in symbols)
    return CodeFile(
        rows=tuple(decode(raw).split("\n")),
        bytes_digest=bytes_digest(raw),
        whole=app.symbols.whole(path, raw) if parts is not None else "",
        parts=parts,
        extra=app.symbols.missing(path) if parts is None else "",
    )


def code_files(app: App, states: LinkStates) -> dict[RelPath, CodeFile]:
    """Read the files that links stand in, by path."""
    paths = {link.link.path for link in states.links if link.link.kind in IN_FILES}
    return {path: file for path in sorted(paths) if (file := code_file(app, path))}


def remembering(app: App, states: LinkStates) -> LinkStates:
    """Give the links from code the digests of what they stand at, so that a lock written from them remembers it."""
    files = code_files(app, states)
    return replace(states, links=with_memory(states.links, files)) if files else states
