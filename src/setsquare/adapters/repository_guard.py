"""Sees to it that a command leaves no repository behind."""

# Names go to the kernel as they are; a path object would normalise them.
# ruff: noqa: PTH108, PTH112, PTH114

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable

from msgspec.structs import replace

from setsquare.adapters.whole_tree import repositories
from setsquare.errors import SandboxFailed
from setsquare.ports.sandbox import Execution


def without_new_repositories(folder: str, run: Callable[[], Execution]) -> Execution:
    """Run a command, then remove every `.git` below a folder that was not there before, whatever ended the command.

    Git, editors and shell prompts run programs that a repository's configuration names as soon as they come across it.

    Raises:
        SandboxFailed: one could not be removed, or the command could not be started.
    """
    before = repositories(folder)
    removed: tuple[str, ...] = ()
    try:
        ended = run()
    finally:
        removed = tuple(sorted(repositories(folder) - before))
        for path in removed:
            _remove(f"{folder}/{path}")
    return replace(ended, removed=removed) if removed else ended


def _remove(place: str) -> None:
    """Remove a file, link or folder."""
    with contextlib.suppress(FileNotFoundError):
        try:
            if os.path.isdir(place) and not os.path.islink(place):
                shutil.rmtree(place)
            else:
                os.unlink(place)
        except OSError as error:
            raise SandboxFailed(f"cannot remove the repository {place} that a command made: {error}", "remove it by hand") from error
