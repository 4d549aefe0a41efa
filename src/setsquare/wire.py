"""The only composition root: settings in, adapters chosen, one frozen `App` out."""

from __future__ import annotations

import os

from setsquare.adapters.files import DiskFiles
from setsquare.workspace.load import load
from setsquare.workspace.model import Workspace


def load_workspace(path: str | os.PathLike[str]) -> Workspace:
    """Load the workspace of a folder on this machine's disk.

    Raises:
        setsquare.errors.Unreadable: `path` is missing, not a folder, or not permitted.
    """
    snapshot = DiskFiles(path).snapshot()
    return load(snapshot.files, snapshot.skipped)
