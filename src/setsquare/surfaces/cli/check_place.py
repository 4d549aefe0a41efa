"""Chooses the folder that a check loads, and the paths in it."""

from __future__ import annotations

import os
from pathlib import Path

from setsquare.errors import Unreadable, Usage
from setsquare.wire import workspace_folder

_ROOTS = frozenset({".kiro", ".setsquare", ".specify", "openspec", "specs"})
_CONFIG = Path(".setsquare") / "check.toml"


def base_of(paths: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """Choose the folder to load and the paths in it: a path inside a spec tree is judged with the whole tree, because references lead there.

    The folder is the one above that holds the settings of rules, where one does within the same repository.

    Raises:
        Unreadable: a path does not exist.
    """
    if not paths:
        folder = Path(workspace_folder())
        base = _configured(folder)
        return str(base), () if base == folder else (folder.relative_to(base).as_posix(),)
    for path in paths:
        if not os.path.lexists(path):
            raise Unreadable(f"There is no file or folder `{path}`.", "Check the spelling; paths are relative to the current folder.")
    absolute = [Path(path).resolve() if Path(path).is_dir() else Path(path).parent.resolve() / Path(path).name for path in paths]
    common = Path(os.path.commonpath([path if path.is_dir() else path.parent for path in absolute]))
    base = common
    for folder in (common, *common.parents):
        if folder.name in _ROOTS:
            base = folder.parent
    base = _configured(base)
    return str(base), () if absolute == [base] else tuple(path.relative_to(base).as_posix() for path in absolute)


def place_below(base: str, path: str) -> str:
    """Write a file's path relative to the loaded folder.

    Raises:
        Usage: it lies outside.
    """
    place = Path(path).parent.resolve() / Path(path).name
    try:
        return place.relative_to(Path(base).resolve()).as_posix()
    except ValueError:
        raise Usage(f"`{path}` lies outside of the workspace `{base}`.", "Name a file below the workspace's folder.") from None


def _configured(folder: Path) -> Path:
    """Find the nearest folder upwards with settings of rules, not above the repository's top or the home folder; else the folder itself."""
    for above in (folder, *folder.parents):
        if (above / _CONFIG).is_file():
            return above
        if (above / ".git").exists() or above == Path.home():
            break
    return folder
