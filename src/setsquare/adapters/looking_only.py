"""Makes this process one that can only look: it writes nothing but in one folder of its own, and opens no connection.

Python's audit events are refused from within, with the error of a read-only disk, wherever Python runs. Where the kernel has Landlock it refuses too,
also the programs that this process starts. Neither can be taken back.

Source: PEP 578, landlock(7), seccomp(2).
"""

# Names go to the kernel as they are; a path object would normalise them.
# ruff: noqa: PTH118

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Mapping

from setsquare._sandbox_exec import confine_to_reading, end_with_parent

_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_CHANGES: Mapping[str, tuple[tuple[int, int], ...]] = {
    "os.chflags": ((0, -1),),
    "os.chmod": ((0, 2),),
    "os.chown": ((0, 3),),
    "os.link": ((0, 2), (1, 3)),
    "os.mkdir": ((0, 2),),
    "os.remove": ((0, 1),),
    "os.removexattr": ((0, -1),),
    "os.rename": ((0, 2), (1, 3)),
    "os.rmdir": ((0, 1),),
    "os.setxattr": ((0, -1),),
    "os.symlink": ((1, 2),),
    "os.truncate": ((0, -1),),
    "os.utime": ((0, 3),),
}
"""Events that change something: where their details hold a path, and the folder's descriptor that it begins at; -1 for none."""

_CONNECTS = frozenset(
    {
        "socket.bind",
        "socket.connect",
        "socket.getaddrinfo",
        "socket.gethostbyaddr",
        "socket.gethostbyname",
        "socket.sendmsg",
        "socket.sendto",
    }
)
_NOWHERE = (os.devnull, os.fsencode(os.devnull))
_PRIVATE_DATABASES = frozenset({"", ":memory:"})


# req: mcp-server/2.1
# req: mcp-server/2.2
def look_only(private: str, parent: int) -> bool:
    """Give up writing outside of a private folder, and all connections; tell whether the kernel enforces it too.

    The process ends with its parent, whose number is given since it may be gone by now; 0 where it may go on alone.
    """
    if parent:
        end_with_parent(parent)
    own = os.path.realpath(private)
    sys.addaudithook(_refusing(own))
    return confine_to_reading(own)


def _refusing(own: str) -> Callable[[str, tuple[object, ...]], None]:
    """Make the hook; what a path leads to is asked only where something would be written."""

    def is_own(name: object, beside: object = -1) -> bool:
        place = _place(name, beside)
        return place == own or place.startswith(own + os.sep)

    def hook(event: str, details: tuple[object, ...]) -> None:
        if event == "open":
            if _is_writing(details) and not (is_own(details[0]) or details[0] in _NOWHERE):
                raise _read_only(details[0])
        elif event in _CHANGES:
            for at, folder in _CHANGES[event]:
                if not is_own(details[at], details[folder] if folder >= 0 else -1):
                    raise _read_only(details[at])
        elif event == "sqlite3.connect":
            if details[0] not in _PRIVATE_DATABASES and not is_own(details[0]):
                raise _read_only(details[0])
        elif event in _CONNECTS:
            raise OSError(errno.EPERM, "this process only looks, and connects to nothing")

    return hook


def _is_writing(details: tuple[object, ...]) -> bool:
    """Tell whether an opening writes; a descriptor that is wrapped was judged when it was opened."""
    if isinstance(details[0], int):
        return False
    _, mode, flags = details
    return bool(set(mode) & set("wax+")) if isinstance(mode, str) else isinstance(flags, int) and bool(flags & _WRITES)


def _place(name: object, beside: object) -> str:
    """Find what a path or a descriptor leads to; a path may begin at the folder of another descriptor."""
    if isinstance(name, int):
        return os.path.realpath(f"/proc/self/fd/{name}")
    if not isinstance(name, (str, bytes)):
        return ""
    start = f"/proc/self/fd/{beside}" if isinstance(beside, int) and beside >= 0 else ""
    return os.path.realpath(os.path.join(start, os.fsdecode(name)))


def _read_only(path: object) -> OSError:
    """Make the error that a disk gives which cannot be written."""
    shown = os.fsdecode(path) if isinstance(path, (str, bytes)) else str(path)
    return OSError(errno.EROFS, os.strerror(errno.EROFS), shown)
