"""Holds what every report of findings needs: the findings, the files they lie in, and how paths are shown."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

from msgspec import Struct

from setsquare.journeys.check import CheckOutcome
from setsquare.rules.finding import Finding, Severity
from setsquare.rules.regions import Lines, Region
from setsquare.surfaces.cli.report.sources import SourceResult
from setsquare.text.paths import RelPath
from setsquare.text.span import Span
from setsquare.workspace.layout import Packages, packages

LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}


class Report(Struct, frozen=True, dict=True):
    """One outcome to show; `shown` writes a workspace path as the reader would type it, relative and with `/`.

    `sources` are the other checkouts that were asked for, `unread` a line for each that could not be read.
    """

    outcome: CheckOutcome
    shown: Callable[[str], str]
    sources: tuple[SourceResult, ...] = ()
    unread: tuple[str, ...] = ()

    @cached_property
    def _lines(self) -> dict[str, Lines]:
        return {}

    def lines(self, path: str) -> Lines:
        """Give a file by lines, split once."""
        if path not in self._lines:
            self._lines[path] = Lines(self.outcome.files.get(RelPath(path), b""))
        return self._lines[path]

    def region(self, finding: Finding) -> Region:
        """Say where a finding lies."""
        return self.lines(finding.path).region(finding.span)

    @cached_property
    def concealed(self) -> dict[str, list[Span]]:
        """Index the stretches that must not be shown by file."""
        found: dict[str, list[Span]] = {}
        for path, span in self.outcome.judged.concealed:
            found.setdefault(path, []).append(span)
        return found

    @cached_property
    def beside(self) -> Packages:
        """Name the folders of Powers and skills among the files."""
        return packages(self.outcome.files)

    def text_of(self, finding: Finding) -> str:
        """Describe a finding independently of its line, so that text inserted above it does not make it new; of a secret nothing is told."""
        line = "" if finding.is_secret else self.lines(finding.path).text(self.region(finding).line).strip()
        return f"{finding.code}\n{finding.path}\n{finding.message}\n{line}"
