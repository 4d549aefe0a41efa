"""Wires what OpenSpec's commands need, which is little: they start without a workspace and without a state folder."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from setsquare.adapters.files import DiskFiles
from setsquare.wire.unfinished import end_plans, tell_ended

if TYPE_CHECKING:
    from setsquare.journeys.planning_app import PlanningApp
    from setsquare.ports.archive_place import ArchivePlace
    from setsquare.ports.file_ages import FileAges
    from setsquare.text.paths import RelPath


def planning_app() -> PlanningApp:
    """Give what OpenSpec's commands need of the world: no workspace is loaded. Plans that were cut off here are ended first.

    Raises:
        setsquare.errors.Usage: the current folder does not exist any more.
    """
    from setsquare.adapters.clock import SystemClock  # noqa: PLC0415  (start-up)
    from setsquare.adapters.forked_shares import ForkedShares  # noqa: PLC0415
    from setsquare.adapters.late_versions import LateFileVersions  # noqa: PLC0415
    from setsquare.adapters.planning_folders import DiskPlanning, made_folder, person_folders  # noqa: PLC0415
    from setsquare.adapters.store_world import store_world  # noqa: PLC0415
    from setsquare.journeys.planning_app import PlanningApp  # noqa: PLC0415

    folders = person_folders(os.environ)
    end_plans(folders.here)
    return PlanningApp(
        here=folders.here,
        home=folders.home,
        planning=DiskPlanning(),
        config_folder=folders.config,
        data_folder=folders.data,
        codex=folders.codex,
        files=lambda folder: DiskFiles(folder, tell_ended),
        made=lambda folder: made_folder(folder, tell_ended),
        clock=SystemClock(),
        shares=ForkedShares(),
        unfinished=_unfinished,
        stores=store_world,
        versions=LateFileVersions(),
        ages=_ages,
    )


def _unfinished(root: str) -> ArchivePlace | None:
    """Give the place of a root where the record of an archive lies."""
    from setsquare.adapters.archive_record import FRESH, RECORD  # noqa: PLC0415  (start-up)

    return archive_place(root) if any(os.path.lexists(f"{root}/{path}") for path in (RECORD, FRESH)) else None


def _ages(root: str, below: tuple[RelPath, ...]) -> FileAges | None:
    """Give what knows how old the files of a folder are, where a repository holds it."""
    from setsquare.adapters.git_place import find_repository  # noqa: PLC0415  (start-up)

    if find_repository(root) is None:
        return None
    from setsquare.adapters.git_ages import GitFileAges  # noqa: PLC0415  (start-up: it runs git)

    return GitFileAges(root, below)


def archive_place(root: str) -> ArchivePlace:
    """Give the place where changes of a planning root are archived."""
    from setsquare.adapters.archive_folders import DiskArchivePlace  # noqa: PLC0415  (only an archive needs it)

    return DiskArchivePlace(root)
