"""Lists what a process that answers may read: what was agreed to, and what Python, git and this program need for it.

The person's home is not among it, nor the folders of temporary files, nor other disks: a path that was swapped for a link after it was judged leads nowhere there.
"""

# Names go to the kernel as they are; a path object would normalise them.
# ruff: noqa: PTH100, PTH110, PTH111, PTH112, PTH113, PTH118, PTH119, PTH120, PTH123

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from collections.abc import Iterator, Mapping

from setsquare.adapters.state import state_root
from setsquare.errors import Usage

_SYSTEM = (
    *(
        "/usr",
        "/bin",
        "/sbin",
        "/lib",
        "/lib32",
        "/lib64",
        "/etc",
        "/opt",
        "/nix/store",
        "/gnu/store",
        "/snap",
        os.path.join("/home", "linuxbrew", ".linuxbrew"),
    ),
    *("/sys/devices/system/cpu", "/dev/urandom", "/dev/null", "/run/current-system"),
)
"""Where programs and what they share lie. Not /proc, which holds the variables of every process of the person; of a run whose process ended it is then
its number alone that tells, see `adapters/processes.py`."""
_MOST_GIT_FILE = 1 << 16


# req: mcp-server/3.1
def answer_places(folder: str, others: tuple[str, ...], environment: Mapping[str, str]) -> tuple[str, ...]:
    """List them for a workspace and the folders that were named beside it, as they are now; what does not exist is left out."""
    home = os.path.realpath(os.path.expanduser("~"))
    needed = {os.path.realpath(place) for place in (*_SYSTEM, *_python(), *_git_program(), *_own(environment, home)) if place}
    # Python in a home folder, such as below ~/.pyenv, is a part of it; nothing makes the whole of it readable.
    needed = {place for place in needed if place != "/" and not _is_below(home, place)} - {home}
    agreed = {os.path.realpath(place) for place in (folder, *others, *_repository(folder))}
    return tuple(sorted(place for place in needed | agreed if os.path.exists(place)))


def _is_below(place: str, above: str) -> bool:
    return place.startswith(above.rstrip("/") + "/")


def _python() -> tuple[str, ...]:
    own = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    return (own, sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix, *filter(os.path.isabs, sys.path))


def _git_program() -> Iterator[str]:
    found = shutil.which("git")
    if found:
        yield os.path.dirname(found)
        top = os.path.dirname(os.path.dirname(os.path.realpath(found)))
        yield from (os.path.join(top, name) for name in ("bin", "lib", "libexec", os.path.join("share", "git-core")))


def _own(environment: Mapping[str, str], home: str) -> Iterator[str]:
    """Name what this program keeps for a person, and the settings of tools that it reads."""
    config = environment.get("XDG_CONFIG_HOME") or os.path.join(home, ".config")
    cache = environment.get("XDG_CACHE_HOME") or os.path.join(home, ".cache")
    data = environment.get("XDG_DATA_HOME") or os.path.join(home, ".local", "share")
    with contextlib.suppress(Usage):  # the command says it
        yield state_root(environment)
    yield from (os.path.join(config, name) for name in ("setsquare", "openspec", "git"))
    yield from (os.path.join(cache, "setsquare"), os.path.join(data, "openspec"), os.path.join(home, ".kiro"))
    yield environment.get("GIT_CONFIG_GLOBAL") or os.path.join(home, ".gitconfig")


def _repository(folder: str) -> Iterator[str]:
    """Name the repository that a workspace lies in, and where git keeps it when that is elsewhere, as for a linked worktree."""
    top = folder
    while not os.path.lexists(os.path.join(top, ".git")):
        if top == os.path.dirname(top):
            return
        top = os.path.dirname(top)
    mark = os.path.join(top, ".git")
    if os.path.realpath(top) not in {"/", os.path.realpath(os.path.expanduser("~"))}:
        yield top
    place = os.path.join(top, _line(mark).removeprefix("gitdir:").strip()) if os.path.isfile(mark) else mark
    common = os.path.join(place, _line(os.path.join(place, "commondir")))
    # A file in the workspace says where; only what is a repository is believed, so that it opens no other folder.
    for git in (place, common):
        if os.path.isfile(os.path.join(git, "HEAD")):
            yield git
    objects = os.path.join(common, "objects")
    for line in _text(os.path.join(objects, "info", "alternates")).splitlines():
        other = os.path.join(objects, line.replace("\0", ""))
        if os.path.basename(os.path.realpath(other)) == "objects" and os.path.isdir(os.path.join(other, "pack")):
            yield other


def _line(path: str) -> str:
    line = _text(path).partition("\n")[0].strip()
    return "" if "\0" in line else line


def _text(path: str) -> str:
    try:
        with open(path, "rb") as file:
            return os.fsdecode(file.read(_MOST_GIT_FILE))
    except OSError:
        return ""
