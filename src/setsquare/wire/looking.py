"""Wires what answers somebody who may look and do nothing else: a workspace, the folders beside it, this program's own command line."""

from __future__ import annotations

import contextlib
import os
import sys
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
    from setsquare.adapters.answer_places import answer_places  # noqa: PLC0415  (start-up)
    from setsquare.adapters.named_places import RealPlaces  # noqa: PLC0415
    from setsquare.adapters.own_process import OwnProcess  # noqa: PLC0415
    from setsquare.journeys.looking import LookingWorld  # noqa: PLC0415
    from setsquare.wire import WORKSPACE_MARKS, workspace_folder  # noqa: PLC0415

    for place in (workspace, *readable):
        if place and not Path(place).exists():
            told = (
                "The client put nothing in place of it: write the path, or leave it out." if "${" in place else "Name a folder that exists."
            )
            raise Unreadable(f"`{place}` does not exist.", told)
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
    if not any((Path(folder) / mark).exists() for mark in (".git", *WORKSPACE_MARKS)):
        sys.stderr.write(f"setsquare mcp: {folder} holds no specs and no repository; another workspace is named with --workspace PATH\n")
    return LookingWorld(
        places=RealPlaces(folder, others), answers=OwnProcess(folder, os.environ, answer_places(folder, others, os.environ))
    )


def question_awaited(parent: int) -> tuple[str, ...] | None:
    """Wait for the command line that is asked, and look only from then on; nothing where nobody asks."""
    from setsquare.adapters.looking_only import question_awaited as awaited  # noqa: PLC0415  (start-up)

    asked = awaited(parent)
    return asked.arguments if asked is not None else None
