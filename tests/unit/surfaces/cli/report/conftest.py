"""A report of given files."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from setsquare.journeys.check import CheckOutcome
from setsquare.journeys.check_scope import Scope
from setsquare.journeys.judging import judge_files
from setsquare.surfaces.cli.report.places import Report
from setsquare.text.paths import RelPath


@pytest.fixture
def report() -> Callable[[Mapping[str, bytes]], Report]:
    def build(files: Mapping[str, bytes]) -> Report:
        read = {RelPath(path): raw for path, raw in sorted(files.items())}
        judged = judge_files(read)
        outcome = CheckOutcome(
            files=read,
            paths=tuple(read),
            standing=Scope().standing(judged, read),
            judged=judged,
            skipped=((RelPath("a link"), "a symbolic link"),),
        )
        return Report(outcome, lambda path: f"../{path}")

    return build
