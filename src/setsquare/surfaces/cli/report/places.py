"""Holds what every report of findings needs: the findings, the files they lie in, and how paths are shown."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

from msgspec import Struct

from setsquare.journeys.check import CheckOutcome
from setsquare.rules.finding import Finding, Severity
from setsquare.rules.regions import Lines, Region
from setsquare.text.span import Span

LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}


class Report(Struct, frozen=True, dict=True):
    """One outcome to show; `shown` writes a workspace path as the reader would type it, relative and with `/`."""

    outcome: CheckOutcome
    shown: Callable[[str], str]

    @cached_property
    def _lines(self) -> dict[str, Lines]:
        return {}

    def lines(self, path: str) -> Lines:
        """Give a file by lines, split once."""
        if path not in self._lines:
            self._lines[path] = Lines(self.outcome.workspace.render(path))
        return self._lines[path]

    def region(self, finding: Finding) -> Region:
        """Say where a finding lies."""
        return self.lines(finding.path).region(finding.span)

    @cached_property
    def concealed(self) -> dict[str, list[Span]]:
        """Index the stretches that must not be shown by file."""
        found: dict[str, list[Span]] = {}
        for path, span in self.outcome.concealed:
            found.setdefault(path, []).append(span)
        return found
