"""Says to bubblewrap what a command may see: the machine, which stays the same from command to command, and the workspace as it is now."""

# Names go to the kernel as they are; a path object would normalise them.
# ruff: noqa: PTH112, PTH114, PTH115, PTH120

from __future__ import annotations

import os
import platform
import shutil

from setsquare._sandbox_exec import seccomp_program
from setsquare.adapters.configuration_copy import ConfigurationCopy
from setsquare.adapters.state import state_folder, state_root
from setsquare.adapters.system_view import SYSTEM_ALIASES, base_environment, readable_paths, trusted_path
from setsquare.adapters.workspace_view import Layout, is_within
from setsquare.errors import SandboxFailed, Usage
from setsquare.ports.sandbox import Confinement

_PRIVATE = "/tmp"  # noqa: S108  (the sandbox's own, in memory)


class Machine:
    """The system's programs and configuration, for the commands of one workspace."""

    def __init__(self, folder: str) -> None:
        """Serve the commands of a workspace."""
        self._folder = folder
        self._copy = _copy_for(folder)
        self._known: dict[str, tuple[str, ...]] = {}
        self._programs: dict[tuple[str, str], str] = {}
        self._rules = b""

    def rules(self) -> bytes:
        """Give the system-call filter."""
        self._rules = self._rules or seccomp_program(platform.machine(), has_network_namespace=True)
        return self._rules

    def program(self) -> str:
        """Find bubblewrap outside of the workspace.

        Raises:
            SandboxFailed: it is not there.
        """
        key = (os.environ.get("PATH", ""), _here())
        known = self._programs.get(key)
        if known is None or not os.access(known, os.X_OK):
            found = shutil.which("bwrap", path=trusted_path(self._folder))
            if found is None:
                raise SandboxFailed("cannot start bubblewrap: it is not on the PATH outside of the workspace", "install bubblewrap")
            # What a link leads to is looked at each time; without links, it lies where no command can change anything.
            self._programs = {key: found} if os.path.realpath(os.path.dirname(found)) == os.path.dirname(found) else {}
            return found
        return known

    def mounts(self, path: str) -> tuple[str, ...]:
        """Mount the machine for a `PATH` as it was when it was last looked at; whoever uses it asks `is_current` before the command begins."""
        return self._known.get(path) or self._looked_at(path)

    def is_current(self, path: str, mounts: tuple[str, ...]) -> bool:
        """Look at the machine again, and tell whether it would be mounted in the same way."""
        return self._looked_at(path) == mounts

    def _looked_at(self, path: str) -> tuple[str, ...]:
        places = readable_paths(path)
        inner = tuple(place for place in places if place.startswith("/etc/"))
        copy = self._copy.shown(inner) if self._copy and inner else None
        args: list[str] = []
        for alias in SYSTEM_ALIASES:
            args += ["--symlink", os.readlink(alias), alias] if os.path.islink(alias) else ["--ro-bind-try", alias, alias]
        if copy:
            args += ["--ro-bind", copy[0], "/etc"]
        for place in copy[1] if copy else inner:
            args += ["--ro-bind-try", place, place]
        for place in places:
            if place not in inner:
                args += ["--ro-bind-try", place, place]
        self._known = {path: tuple(args)}
        return self._known[path]


def _here() -> str:
    try:
        return os.getcwd()  # noqa: PTH109  (as everything here)
    except OSError:
        return ""


def _copy_for(folder: str) -> ConfigurationCopy | None:
    """Keep a copy of the configuration beside the states of all workspaces, unless that lies where a command could write."""
    try:
        state_folder(folder, os.environ)
        root = os.path.realpath(state_root(os.environ))
    except (Usage, OSError):
        return None
    return None if is_within(root, os.path.realpath(folder)) else ConfigurationCopy(root)


def environment_of(confinement: Confinement) -> dict[str, str]:
    """Give all that a command sees of the environment."""
    return {**base_environment(_PRIVATE), **dict(confinement.environment)}


# What is mounted later wins. Each bind, and each mount that is made read-only, reads the whole list of mounts, so that the many that are
# neither come last; what is made read-only is so as soon as it stands.
def options(view: Layout, confinement: Confinement, machine: tuple[str, ...]) -> tuple[str, ...]:
    """List the options for one command; `machine` is what `Machine.mounts` gave."""
    args = ["--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv"]
    for name, value in environment_of(confinement).items():
        args += ["--setenv", name, value]
    size = str(confinement.limit_file_bytes)
    memory = ("--size", size, "--tmpfs")
    args += [*memory, "/tmp", "--symlink", "/tmp", "/var/tmp", *machine]  # noqa: S108  (inside the sandbox)
    # The kernel lets its administrator write below /proc/sys without any privilege, so /proc is closed for everyone.
    args += ["--proc", "/proc", "--remount-ro", "/proc", "--dev", "/dev", "--remount-ro", "/dev", *memory, "/dev/shm"]  # noqa: S108  (inside)
    return (*args, *_workspace(view), "--remount-ro", "/", *_missing(view), "--chdir", view.folder)


def _workspace(view: Layout) -> list[str]:
    """Mount what exists of the workspace."""
    args: list[str] = [] if "" in view.writable else ["--ro-bind", view.folder, view.folder]
    for path in sorted({*view.writable, *view.pinned}):
        args += ["--bind", view.absolute(path), view.absolute(path)]
    for path in view.read_only:
        args += ["--ro-bind", view.absolute(path), view.absolute(path)]
    masked: list[str] = []
    for path in view.hidden:
        place = view.absolute(path)
        if any(place.startswith(other + "/") for other in masked):
            continue
        if os.path.isdir(place):
            args += ["--tmpfs", place, "--remount-ro", place]
            masked.append(place)
        else:
            args += ["--ro-bind", os.devnull, place]
    return args


def _missing(view: Layout) -> list[str]:
    """Lock the protected names where nothing stands; none of them lies in a masked place."""
    args: list[str] = []
    for path in view.missing:
        # There are many of these, and a mount of the command's own is several times cheaper than one that is bound and made read-only. Whoever
        # gives himself the right to write there has a page of memory that is gone when the command ends.
        args += ["--perms", "0555", "--size", "4096", "--tmpfs", view.absolute(path)]
    return args
