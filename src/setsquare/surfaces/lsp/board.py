"""Keeps what the editor was told of each file, so that nothing is said twice and everything is taken back."""

from __future__ import annotations

from collections.abc import Callable

from lsprotocol import types
from msgspec import Struct

from setsquare.rules.finding import Finding
from setsquare.surfaces.lsp.desk import Desk, shown
from setsquare.surfaces.lsp.diagnostics import diagnostic
from setsquare.surfaces.lsp.places import below, file_of
from setsquare.text.paths import RelPath


class Shown(Struct, frozen=True):
    """A file as the editor addresses it; `version` is that of its open buffer, `None` where it is not open."""

    uri: str
    version: int | None


class Board:
    """The diagnostics that stand."""

    def __init__(self, publish: Callable[[types.PublishDiagnosticsParams], None]) -> None:
        """Begin with none."""
        self._publish = publish
        self._standing: dict[str, tuple[types.Diagnostic, ...]] = {}

    def show(self, desk: Desk, path: RelPath, findings: tuple[Finding, ...], at: Shown) -> None:
        """Say what was found in a file; of one that is not open, nothing is said where nothing was found before either."""
        lines = desk.lines(path)
        made = tuple(diagnostic(lines, finding) for finding in shown(desk, path, findings))
        if made or at.version is not None or self._standing.get(at.uri):
            self._standing[at.uri] = made
            self._publish(types.PublishDiagnosticsParams(at.uri, list(made), at.version))

    def clear_below(self, folder: str) -> None:
        """Take back what was said of a folder's files."""
        for uri in [uri for uri in self._standing if below(folder, file_of(uri) or "") is not None]:
            if self._standing.pop(uri):
                self._publish(types.PublishDiagnosticsParams(uri, []))
