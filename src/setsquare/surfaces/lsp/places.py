"""Turns addresses of files into places in a workspace, and says which folder is judged for a file.

The folder is the same that `setsquare check` would judge: above a spec tree, and where the nearest settings of rules are.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from pygls import uris

from setsquare.text.paths import RelPath

_ROOTS: Final = frozenset({".kiro", ".setsquare", ".specify"})
_MARKS: Final = (".kiro", ".setsquare", "openspec", ".specify")
_CONFIG: Final = Path(".setsquare") / "check.toml"


def file_of(uri: str) -> str | None:
    """Give the path of a file's address; `None` for what is no file, such as a buffer without a name.

    >>> file_of("file:///tmp/a%20b.md"), file_of("untitled:Untitled-1")
    ('/tmp/a b.md', None)
    """
    path = uris.to_fs_path(uri) if uri.startswith("file:") else None
    return os.path.normpath(path) if path else None


def address(folder: str, path: str) -> str:
    """Give the address of a file in a workspace.

    >>> address("/tmp", "a b.md")
    'file:///tmp/a%20b.md'
    """
    return str(uris.from_fs_path(f"{folder.rstrip('/')}/{path}"))


def below(folder: str, path: str) -> RelPath | None:
    """Write a path as a place in a folder; `None` where it lies outside.

    >>> below("/tmp", "/tmp/a/b.md"), below("/tmp", "/tmpx/b.md")
    ('a/b.md', None)
    """
    top = folder.rstrip("/") + "/"
    return RelPath(path[len(top) :]) if path.startswith(top) else None


def judged_folder(opened: str) -> str:
    """Choose the folder to judge for one that an editor has open: the nearest one upwards with a spec tree or a repository, else itself.

    Where settings of rules stand further up in the same repository, it is the folder that holds them.
    """
    place = Path(opened)
    for above in (place, *place.parents):
        if above == Path.home() and above != place:
            break
        if _is_workspace(above) or _is_repository(above):
            return _configured(above)
    return opened


def folder_above(file: str) -> str | None:
    """Find the workspace of a file that lies in no open folder: the nearest one upwards with a spec tree, within its repository."""
    for above in Path(file).parents:
        if _is_workspace(above):
            return _configured(above)
        if _is_repository(above) or above == Path.home():
            return None
    return None


def _is_workspace(folder: Path) -> bool:
    return folder.name not in _ROOTS and any((folder / mark).is_dir() for mark in _MARKS)


def _is_repository(folder: Path) -> bool:
    return (folder / ".git").exists()


def _configured(folder: Path) -> str:
    """Find the nearest folder upwards with settings of rules, within the repository and below the home folder; else the folder itself."""
    for above in (folder, *folder.parents):
        if (above / _CONFIG).is_file():
            return str(above)
        if _is_repository(above) or above == Path.home():
            break
    return str(folder)
