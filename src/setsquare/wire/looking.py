"""Wires what answers somebody who may look and do nothing else: a workspace, the folders beside it, this program's own command line."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from setsquare.errors import Unreadable, Usage

if TYPE_CHECKING:
    from setsquare.journeys.looking import LookingWorld


def looking_world(workspace: str, readable: tuple[str, ...]) -> LookingWorld:
    """Choose the workspace that a folder lies in, by default the current one, and the folders that may be read besides.

    Raises:
        Unreadable: a folder is missing.
        Usage: the workspace would be the whole machine, or a person's home that nobody named.
    """
    from setsquare.adapters.named_places import RealPlaces  # noqa: PLC0415  (start-up)
    from setsquare.adapters.own_process import OwnProcess  # noqa: PLC0415
    from setsquare.journeys.looking import LookingWorld  # noqa: PLC0415
    from setsquare.wire import workspace_folder  # noqa: PLC0415

    for place in (workspace, *readable):
        if place and not Path(place).exists():
            raise Unreadable(f"`{place}` does not exist.", "Name a folder that exists.")
    others = tuple(str(Path(place).resolve()) for place in readable)
    try:
        with contextlib.chdir(workspace or "."):
            folder = str(Path(workspace_folder()).resolve())
    except OSError as error:
        raise Unreadable(
            f"`{workspace or '.'}` is no folder that can be entered: {error.strerror}.", "Name the folder of a workspace."
        ) from error
    if folder == "/" or (folder == os.path.realpath(Path.home()) and not workspace):
        raise Usage(f"`{folder}` is no workspace.", "Start the server in a workspace, or name one: --workspace PATH.")
    return LookingWorld(places=RealPlaces(folder, others), answers=OwnProcess(folder, os.environ))


def look_only(private: str, parent: int) -> bool:
    """Make this process one that writes nothing but in one folder, and opens no connection; tell whether the kernel enforces it too."""
    from setsquare.adapters.looking_only import look_only as begun  # noqa: PLC0415  (start-up)

    return begun(private, parent)
