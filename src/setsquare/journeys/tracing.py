"""Follows requirements to design, tasks, code and tests as the files are now."""

from __future__ import annotations

from msgspec import Struct

from setsquare.errors import StorageFailed
from setsquare.journeys.app import App
from setsquare.spec.code_links import code_links
from setsquare.spec.matrix import MatrixRow, matrix
from setsquare.spec.trace import TraceGraph, trace
from setsquare.text.document import decode
from setsquare.text.paths import RelPath
from setsquare.workspace.model import Workspace
from setsquare.workspace.spec import Spec

_LIMIT_FILES = 20_000
_LIMIT_BYTES = 400_000
_BINARY = (
    ".png",
    ".jpg",
    ".jpeg",
    ".gif",
    ".pdf",
    ".zip",
    ".gz",
    ".woff",
    ".woff2",
    ".ico",
    ".so",
    ".dll",
    ".jar",
    ".mp4",
    ".lock",
    ".svg",
    ".html",
)


class Traced(Struct, frozen=True, kw_only=True):
    """A spec's matrix and the workspace's graph that it was read from."""

    spec: Spec
    graph: TraceGraph
    rows: tuple[MatrixRow, ...]


# req: check/2.4
def traced(app: App, workspace: Workspace, spec: Spec) -> Traced:
    """Build the matrix of one spec, with the links that code and tests hold."""
    graph = trace(workspace)
    return Traced(spec=spec, graph=graph, rows=matrix(graph, spec, code_links(source_texts(app), workspace)))


def source_texts(app: App) -> dict[RelPath, str]:
    """Read the text of source files that may name a criterion; spec trees and binary or very large files are left out."""
    texts: dict[RelPath, str] = {}
    for path in app.files.listing(RelPath(""), _LIMIT_FILES):
        if path.endswith(_BINARY) or path.startswith((".kiro/", ".setsquare/", "openspec/")) or path.endswith((".md", ".json")):
            continue
        try:
            raw = app.files.read(path)
        except StorageFailed:
            continue
        if raw is not None and len(raw) <= _LIMIT_BYTES and b"\0" not in raw[:1000]:
            texts[path] = decode(raw)
    return texts
