"""Follows symbolic links below one folder, by their text alone."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from setsquare.ports.links import Place, Standing
from setsquare.text.paths import RelPath, joined

_LIMIT_LINKS = 40
"""Links that one path may lead through; more are a circle."""


class DiskLinks:
    """The links below one folder. What it says holds for the moment; whoever writes must refuse links that were made since."""

    __slots__ = ("_folder",)

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        """Take the workspace's folder."""
        self._folder = Path(folder).resolve()

    def place(self, path: RelPath) -> Place:
        """Say where a path leads."""
        pending, done, links = path.split("/")[::-1], list[str](), 0
        while pending:
            part = pending.pop()
            if part == ".." and not done:
                return _outside(path)
            if part in ("", ".", ".."):
                del done[len(done) - (part == "..") :]
                continue
            here = joined(*done, part)
            try:
                mode = Path(self._folder, here).lstat().st_mode
            except (FileNotFoundError, NotADirectoryError):
                done.append(part)
                continue
            except (OSError, ValueError) as error:
                return _blocked(here, f"{here} cannot be looked at: {getattr(error, 'strerror', None) or error}")
            if not stat.S_ISLNK(mode):
                if pending and not stat.S_ISDIR(mode):
                    return _blocked(here, f"{here} is a file, and a folder of that name is needed")
                done.append(part)
                continue
            links += 1
            target = self._target(here)
            if links > _LIMIT_LINKS or target is None:
                return _outside(here) if target is None else _blocked(here, f"{here} is a symbolic link that leads to itself")
            done = [] if target.startswith("/") else done
            pending += target.strip("/").split("/")[::-1]
        return self._standing(joined(*done), path)

    def _target(self, here: str) -> str | None:
        """Read a link: a path from its own folder, or from the workspace's with `/` in front; `None` where it leads out."""
        target = os.fspath(Path(self._folder, here).readlink())
        if not target.startswith("/"):
            return target
        inside = os.path.relpath(target, self._folder)
        return None if inside.split("/")[0] == ".." else f"/{inside}"

    def _standing(self, found: RelPath, asked: str) -> Place:
        """Say what stands at a path that leads through no link."""
        if not found or any(part.lower() == ".git" for part in found.split("/")):
            return _outside(asked)
        try:
            mode = Path(self._folder, found).lstat().st_mode
        except OSError:
            return Place(path=found, standing=Standing.NOTHING)
        if stat.S_ISREG(mode):
            return Place(path=found, standing=Standing.FILE)
        if stat.S_ISDIR(mode):
            return Place(
                path=found,
                standing=Standing.FOLDER,
                reason="a folder stands there" if found == asked else f"it leads to {found}, which is a folder",
            )
        return _blocked(
            found, "what stands there is no regular file" if found == asked else f"it leads to {found}, which is no regular file"
        )


def _blocked(path: str, reason: str) -> Place:
    return Place(path=RelPath(path), standing=Standing.BLOCKED, reason=reason)


def _outside(path: str) -> Place:
    return Place(path=RelPath(path), standing=Standing.OUTSIDE, reason=f"{path} leads out of the workspace by a symbolic link")
