"""Shows paths as a person in the current folder would type them."""

from __future__ import annotations

import os
from pathlib import Path


def shown(folder: str, path: str) -> str:
    """Show a workspace path relative to the current folder, with `/`."""
    return Path(os.path.relpath(Path(folder) / path, Path.cwd())).as_posix()
