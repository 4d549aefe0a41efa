"""Finds the run that a person means."""

from __future__ import annotations

import os
from pathlib import Path

from setsquare.errors import Refused
from setsquare.journeys.app import App
from setsquare.text.paths import RelPath


def run_named(app: App, name: str | None) -> str:
    """Give the named run, else the latest one that has begun: a run that found no room for its first entry has not.

    Raises:
        Refused: there is none.
        JournalDamaged: the latest one cannot be read.
    """
    if name:
        return name
    begun = (run for run in reversed(app.journals.runs()) if next(app.journals.open(run).entries(), None) is not None)
    latest = next(begun, None)
    if latest is None:
        raise Refused("There are no runs in this workspace yet.", "Start one: `setsquare run SPEC`.")
    return latest


def inner_paths(app: App, paths: tuple[str, ...]) -> tuple[RelPath, ...]:
    """Name paths, as a person in the current folder types them, from the workspace's folder."""
    return tuple(RelPath(Path(os.path.relpath(path, app.folder)).as_posix().removeprefix("./")) for path in paths)
