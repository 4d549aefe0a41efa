"""Chooses the strongest sandbox that works on this machine, and says what each one gives."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Mapping

from msgspec import Struct

from setsquare._sandbox_exec import landlock_abi
from setsquare.adapters import bubblewrap, container, landlock, seatbelt
from setsquare.adapters.system_view import trusted_path
from setsquare.errors import NoSandbox, Usage
from setsquare.ports.sandbox import Sandbox

CHOICE = "SETSQUARE_SANDBOX"
"""The variable with which a person names a backend, or `none`; a workspace cannot set it."""

NONE = "none"


class Backend(Struct, frozen=True, kw_only=True):
    """A backend: `tested` says where the project's tests have run on it, empty where none has; `lacks` what it does not give."""

    name: str
    tested: str
    lacks: tuple[str, ...]
    supports_hosts: bool = False


BACKENDS = (
    Backend(name="bubblewrap", tested="Linux, bubblewrap 0.8: contract, attacks, hosts", lacks=bubblewrap.LACKS, supports_hosts=True),
    Backend(name="landlock", tested="Linux 6.18, Landlock ABI 7: contract, attacks", lacks=landlock.LACKS),
    Backend(
        name="container",
        tested="podman 4.3 with runc: contract; docker: its command line only, against a stand-in",
        lacks=container.LACKS,
    ),
    Backend(name="seatbelt", tested="", lacks=seatbelt.LACKS),
)
"""Every backend, the one that is preferred first. Which of them a test has run on is said here and nowhere else."""


# req: guarded-run/2.2
def find(folder: str, environ: Mapping[str, str] | None = None) -> Sandbox | None:
    """Take the backend that the person's environment names, else the first that works; each is believed only after it ran a confined command.

    `None` when none works, or when the person wants none: then autonomous work is refused and no command of an agent runs.

    Raises:
        Usage: the environment names a backend that does not exist.
        NoSandbox: the one that it names does not work here.
    """
    environ = os.environ if environ is None else environ
    named = environ.get(CHOICE, "").strip().lower()
    if named == NONE:
        return None
    if not named:
        return next((found for backend in BACKENDS if (found := found_as(backend.name, folder, environ))), None)
    if named not in {backend.name for backend in BACKENDS}:
        known = ", ".join((*(backend.name for backend in BACKENDS), NONE))
        raise Usage(f"{CHOICE} names the sandbox {named!r}, which does not exist.", f"One of: {known}; or leave it out.")
    found = found_as(named, folder, environ)
    if found is None:
        raise NoSandbox(
            f"{CHOICE} names the sandbox {named}, which does not work on this machine.",
            "See `setsquare doctor`, or leave the variable out.",
        )
    return found


def found_as(name: str, folder: str, environ: Mapping[str, str]) -> Sandbox | None:
    """Try one backend."""
    match name:
        case "bubblewrap":
            return bubblewrap.find(folder)
        case "landlock":
            return landlock.find(folder)
        case "container":
            return container.find(folder, environ)
        case "seatbelt":
            return seatbelt.find(folder)
        case _:
            return None


def is_present(name: str, folder: str) -> bool:
    """Tell whether what a backend needs is installed, whether it works or not."""
    path = trusted_path(folder)
    match name:
        case "bubblewrap":
            return shutil.which("bwrap", path=path) is not None
        case "landlock":
            return landlock_abi() > 0
        case "container":
            return any(shutil.which(program, path=path) for program in ("podman", "docker"))
        case "seatbelt":
            return platform.system() == "Darwin" and shutil.which("sandbox-exec", path=path) is not None
        case _:
            return False
