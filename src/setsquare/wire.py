"""The only composition root: settings in, adapters chosen, one frozen `App` out."""

from __future__ import annotations

import os

from setsquare.workspace.model import Workspace


def load_workspace(path: str | os.PathLike[str]) -> Workspace:
    """Load the workspace of a folder on this machine's disk."""
    raise NotImplementedError(path)
