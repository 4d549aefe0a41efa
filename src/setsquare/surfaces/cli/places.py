"""Shows paths and commands as a person in the current folder would type them."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from setsquare.errors import SetsquareError
from setsquare.text.paths import quoted
from setsquare.wire import workspace_folder
from setsquare.workspace.sources import mount_of, unmounted

if TYPE_CHECKING:
    from setsquare.journeys.standing import SpecStanding

_TREES = re.compile(r"(?<![\w./-])(?:\.kiro|\.setsquare|openspec)/")


def shown(folder: str, path: str) -> str:
    """Show a workspace path relative to the current folder, with `/`; a path of another checkout begins with its id."""
    if mount_of(path):
        return unmounted(path)
    return Path(os.path.relpath(Path(folder) / path, Path.cwd())).as_posix()


def from_here(message: str) -> str:
    """Rewrite the workspace paths that a refusal names as they are from the current folder.

    Journeys name files from the workspace's folder; only names in its own trees are rewritten, wherever they stand in the sentence.
    """
    try:
        prefix = shown(workspace_folder(), "")
    except (SetsquareError, OSError):
        return message
    return message if prefix == "." else _TREES.sub(lambda found: f"{prefix}/{found[0]}", message)


def typed(standing: SpecStanding, folder: str) -> str:
    """Write the next command of a spec as it can be typed in the current folder; empty when there is none."""
    from setsquare.journeys.standing import EDIT  # noqa: PLC0415  (start-up: most commands show paths only)
    from setsquare.spec.approval import stage_path  # noqa: PLC0415
    from setsquare.spec.stage import Stage  # noqa: PLC0415

    if standing.next_command == EDIT:
        return f"{EDIT} {quoted(shown(folder, stage_path(standing.spec, Stage.REQUIREMENTS)))}"
    return standing.next_command
