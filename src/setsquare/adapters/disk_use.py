"""Watches what a command takes of the disk, and refuses to begin on a full one."""

# Names go to the kernel as they are; a path object would normalise them.
# ruff: noqa: PTH116

from __future__ import annotations

import os

from setsquare.errors import SandboxFailed

LEAST_FREE = 32_000_000
"""How many bytes a file system keeps free: below this no command begins, and one that brings it there is stopped."""


# req: agent-runtime/3.4
class DiskUse:
    """What is taken of the file systems of some places since it was made.

    What other programs write at the same time counts too: the system tells what is free, not who took it.
    """

    def __init__(self, places: tuple[str, ...], limit_bytes: int, least_free: int = LEAST_FREE) -> None:
        """Look at the file systems as they are.

        Raises:
            SandboxFailed: one is full.
        """
        self._limit, self._least = limit_bytes, least_free
        self._free: dict[int, tuple[str, int]] = {}
        for place in places:
            device, free = os.stat(place).st_dev, _free(place)
            if free < least_free:
                raise SandboxFailed(
                    f"cannot start a command: the disk of {place} is full ({free // 1_000_000} MB free, {least_free // 1_000_000} MB needed)",
                    "make room",
                )
            self._free.setdefault(device, (place, free))

    def excess(self, memory: tuple[str, ...] = ()) -> str:
        """Say what is too much, empty when nothing is; `memory` are file systems of the command alone, which count as a whole."""
        taken = 0
        for place, before in self._free.values():
            free = _free(place)
            taken += max(0, before - free)
            if free < self._least and free < before:
                return f"the disk is full: {free // 1_000_000} MB are left"
        taken += sum(map(_used, memory))
        return f"more than {_spoken(self._limit)} of the disk taken" if taken > self._limit else ""


def _spoken(size: int) -> str:
    """Say a size as people do.

    >>> _spoken(10_000_000_000), _spoken(2_500_000)
    ('10000 MB', '2.5 MB')
    """
    return f"{size / 1_000_000:g} MB"


def _free(place: str) -> int:
    """Give the bytes that an ordinary user may still take."""
    found = os.statvfs(place)
    return found.f_bavail * found.f_frsize


def _used(place: str) -> int:
    try:
        found = os.statvfs(place)
    except OSError:
        return 0
    return (found.f_blocks - found.f_bfree) * found.f_frsize
