"""A report of given files."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from setsquare.journeys.check import CheckOutcome
from setsquare.rules.check import check
from setsquare.surfaces.cli.report.places import Report
from setsquare.text.paths import RelPath
from setsquare.workspace.load import load


@pytest.fixture
def report() -> Callable[[Mapping[str, bytes]], Report]:
    def build(files: Mapping[str, bytes]) -> Report:
        workspace = load({RelPath(path): raw for path, raw in files.items()}, ((RelPath("a link"), "a symbolic link"),))
        secrets = tuple((finding.path, finding.span) for finding in check(workspace, ("MCP001",)))
        outcome = CheckOutcome(workspace=workspace, paths=workspace.paths, findings=check(workspace), concealed=secrets)
        return Report(outcome, lambda path: f"../{path}")

    return build
