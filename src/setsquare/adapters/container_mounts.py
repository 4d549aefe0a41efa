"""Writes the command line that starts a container under a confinement."""

# Names go to the kernel as they are; a path object would normalise them.
# ruff: noqa: PTH102, PTH112, PTH114, PTH115, PTH211

from __future__ import annotations

import csv
import io
import os
import resource

from msgspec import Struct

from setsquare.adapters.system_view import SYSTEM_ALIASES, base_environment, readable_paths
from setsquare.adapters.workspace_view import Layout
from setsquare.ports.sandbox import Confinement

_TMP = "/tmp"  # noqa: S108  (inside the container)
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_MEMORY = "4g"
_MOST = 32_768
_STREAMS = (
    'printf %s "$1"; shift; unset HOSTNAME container; exec 3<&0 </dev/null 2>/dev/null; (read _ <&3; kill -9 -1) & "$@" 2>&1 3<&-; exit $?'
)
"""What the container's first process does: says that it runs, gives both streams one order, and ends everything when the platform is gone."""


class Engine(Struct, frozen=True, kw_only=True):
    """A container engine: its `program`, whether it is `podman`, the person's `image` (empty: this machine's own programs), its `runtime`."""

    program: str
    is_podman: bool
    image: str = ""
    runtime: str = ""


class Private(Struct, frozen=True, kw_only=True):
    """Folders of one command, outside of the workspace: `empty` covers hidden folders, `root` is where a container without image begins."""

    empty: str
    root: str


def made_private(folder: str) -> Private:
    """Make the folders of one command below a new folder."""
    private = Private(empty=f"{folder}/empty", root=f"{folder}/root")
    for place in (private.empty, private.root, *(f"{private.root}/{name}" for name in ("proc", "dev", "sys", "tmp", "run", "etc", "var"))):
        os.mkdir(place, 0o755)
    os.symlink(_TMP, f"{private.root}/var/tmp")  # noqa: S108  (inside the container)
    for alias in SYSTEM_ALIASES:
        if os.path.islink(alias):
            os.symlink(os.readlink(alias), f"{private.root}{alias}")
    return private


def command_line(engine: Engine, name: str, private: Private, view: Layout, confinement: Confinement) -> list[str]:
    """Give everything up to the command itself; the container's first argument is the word with which it says that it runs."""
    environment = {**base_environment(_TMP), **dict(confinement.environment)}
    if engine.image:
        environment["PATH"] = dict(confinement.environment).get("PATH", _PATH)
    args = [engine.program, *(["--runtime", engine.runtime] if engine.runtime else []), "run", "--rm", "--interactive", "--name", name]
    args += [
        "--network",
        "none",
        "--read-only",
        "--cap-drop",
        "ALL",
        "--security-opt",
        "no-new-privileges",
        "--security-opt",
        "label=disable",
    ]
    args += ["--pids-limit", str(confinement.limit_processes), "--memory", _MEMORY, "--pull", "never"]
    args += _limits(confinement)
    args += ["--user", f"{os.getuid()}:{os.getgid()}", "--hostname", "sandbox", "--workdir", view.folder, "--entrypoint", "/bin/sh"]
    size = min(confinement.limit_file_bytes, confinement.limit_disk_bytes)
    args += ["--tmpfs", f"{_TMP}:rw,exec,nosuid,nodev,mode=1777,size={size}{',notmpcopyup' if engine.is_podman else ''}"]
    if engine.is_podman:
        args += ["--read-only-tmpfs=false", "--no-hosts", "--timeout", str(int(confinement.limit_s) + 30), "--log-driver", "none"]
        args += ["--userns", "keep-id"] if os.getuid() else []
    else:
        args += ["--log-driver", "none"]
    for key, value in environment.items():
        args += ["--env", f"{key}={value}"]
    args += _mounts(engine, private, view, environment.get("PATH", ""))
    args += [engine.image] if engine.image else ["--rootfs", private.root]
    return [*args, "-c", _STREAMS, "sh"]


def _limits(confinement: Confinement) -> list[str]:
    """Bound files, and name the limits that the engine would otherwise try to raise."""
    args = ["--ulimit", "core=0:0", "--ulimit", f"fsize={confinement.limit_file_bytes}:{confinement.limit_file_bytes}"]
    for name, limit in (("nofile", resource.RLIMIT_NOFILE), ("nproc", resource.RLIMIT_NPROC)):
        _, hard = resource.getrlimit(limit)
        hard = _MOST if hard == resource.RLIM_INFINITY else min(hard, _MOST)
        if hard:
            args += ["--ulimit", f"{name}={hard}:{hard}"]
    return args


def _mounts(engine: Engine, private: Private, view: Layout, path: str) -> list[str]:
    """Mount the programs and the workspace; engines mount outer folders before inner ones, whatever the order here."""
    mounts: dict[str, tuple[str, bool]] = {}
    if not engine.image:
        mounts |= {place: (place, True) for place in readable_paths(path)}
        mounts |= {alias: (alias, True) for alias in SYSTEM_ALIASES if os.path.isdir(alias) and not os.path.islink(alias)}
    mounts[view.folder] = (view.folder, "" not in {*view.writable, *view.pinned})
    for inside in sorted({*view.writable, *view.pinned}):
        mounts[view.absolute(inside)] = (view.absolute(inside), False)
    for inside in (*view.read_only, *view.missing):
        mounts[view.absolute(inside)] = (view.absolute(inside), True)
    for inside in view.hidden:
        place = view.absolute(inside)
        mounts = {target: mount for target, mount in mounts.items() if not target.startswith(f"{place}/")}
        if not any(place.startswith(f"{view.absolute(other)}/") for other in view.hidden):
            mounts[place] = (private.empty if os.path.isdir(place) else os.devnull, True)
    args: list[str] = []
    for target, (source, is_read_only) in mounts.items():
        args += ["--mount", _fields("type=bind", f"source={source}", f"target={target}", *(["readonly"] if is_read_only else []))]
    return args


def _fields(*fields: str) -> str:
    """Write the fields of a mount as the engines read them, a path with a comma in quotes.

    >>> _fields("type=bind", "source=/a,b")
    'type=bind,"source=/a,b"'
    """
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(fields)
    return text.getvalue()
