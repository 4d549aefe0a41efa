"""Judges named paths by where they really lie: below the workspace or a folder that was named at the start, links followed."""

# Names go to the kernel as they are; a path object would normalise them.
# ruff: noqa: PTH118

from __future__ import annotations

import os

_MOST_ENTRIES = 200_000
_OUTSIDE = "it lies outside of the workspace and of the folders that --read named when the server was started"


class RealPlaces:
    """Permits what lies in some folders; a folder only where no link in it leads out of them.

    A link is judged when the path is named; who reads later is held to the same folders, see `adapters/answer_places.py`.
    """

    __slots__ = ("_folder", "_roots")

    def __init__(self, folder: str, others: tuple[str, ...]) -> None:
        """Take the folder that relative paths begin at, and the others that may be read."""
        self._folder = folder
        self._roots = tuple(os.path.realpath(root) for root in (folder, *others))

    # req: mcp-server/3.1
    def problem(self, path: str, *, is_followed: bool) -> str:
        """Judge one path, and where links in a folder are followed, these too."""
        if ".." in path.split("/"):
            return "it goes up with `..`"
        place = os.path.join(self._folder, path)
        if not self._is_inside(os.path.realpath(place)):
            return _OUTSIDE
        return self._led_out(place) if is_followed and os.path.isdir(place) else ""  # noqa: PTH112  (as above)

    def _is_inside(self, real: str) -> bool:
        return any(real == root or real.startswith(root.rstrip("/") + "/") for root in self._roots)

    def _led_out(self, top: str) -> str:
        """Look for a link below a folder that leads out; folders behind links are looked through too, each once."""
        waiting, seen, entries = [os.path.realpath(top)], {os.path.realpath(top)}, 0
        while waiting:
            for entry in _entries(waiting.pop()):
                entries += 1
                if entries > _MOST_ENTRIES:
                    return f"it holds more than {_MOST_ENTRIES:,} files"
                real = os.path.realpath(entry.path) if entry.is_symlink() else entry.path
                if not self._is_inside(real):
                    return f"a link in it leads out of the workspace: {entry.name}"
                if real not in seen and os.path.isdir(real):  # noqa: PTH112  (as above)
                    seen.add(real)
                    waiting.append(real)
        return ""


def _entries(folder: str) -> list[os.DirEntry[str]]:
    """List a folder; what cannot be listed cannot be read either."""
    try:
        with os.scandir(folder) as found:
            return list(found)
    except OSError:
        return []
