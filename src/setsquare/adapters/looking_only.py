"""Makes this process one that can only look: it reads some places, writes nothing but in one folder of its own, and opens no connection.

Python's audit events are refused from within, with the error of a read-only disk, wherever Python runs. Where the kernel has Landlock it refuses too,
also the programs that this process starts. Neither can be taken back. Which places are read is the kernel's to see, at the moment of the opening; without
Landlock only what lies in the person's home is judged, right before.

Source: PEP 578, landlock(7), seccomp(2).
"""

# Names go to the kernel as they are; a path object would normalise them.
# ruff: noqa: PTH118

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Mapping

import msgspec

from setsquare._sandbox_exec import confine_to_reading, end_with_parent
from setsquare.ports.own_answers import Asked

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
def look_only(private: str, readable: tuple[str, ...] = ("/",)) -> bool:
    """Give up writing outside of a private folder, reading outside of some places, and all connections; tell whether the kernel enforces it too."""
    own = os.path.realpath(private)
    # Asked for now: a variable that is changed later changes nothing.
    home = os.path.realpath(os.path.expanduser("~"))  # noqa: PTH111  (as above)
    places = (own, *map(os.path.realpath, readable))
    sys.addaudithook(_refusing(own))
    if confine_to_reading(own, readable):
        return True
    sys.addaudithook(_refusing_to_read(home, places))
    return False


# req: mcp-server/3.1
def question_awaited(parent: int) -> Asked | None:
    """Wait for the one question, then stand where it stands and look only; nothing where nobody asks any more.

    The process ends with its parent, whose number is given since it may be gone by now; 0 where it may go on alone.
    """
    if parent:
        end_with_parent(parent)
    raw = sys.stdin.buffer.read()
    if not raw:
        return None
    asked = msgspec.json.decode(raw, type=Asked)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.environ.clear()
    os.environ.update(asked.environment)
    os.chdir(asked.folder)
    look_only(asked.private, asked.readable)
    return asked


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


def _refusing_to_read(home: str, places: tuple[str, ...]) -> Callable[[str, tuple[object, ...]], None]:
    """Make the hook for a machine whose kernel does not help: of a person's home some places are read, and no others."""

    def hook(event: str, details: tuple[object, ...]) -> None:
        if event in {"open", "os.listdir", "os.scandir", "sqlite3.connect"} and isinstance(details[0], (str, bytes)):
            place = _place(details[0], -1)
            if _is_below(place, home) and not any(_is_below(place, above) for above in places):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), os.fsdecode(details[0]))

    return hook


def _is_below(place: str, above: str) -> bool:
    return place == above or place.startswith(above.rstrip("/") + "/")


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
