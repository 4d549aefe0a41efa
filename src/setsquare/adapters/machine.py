"""Answers questions about this machine: versions, sandboxes, the state folder, keys by name."""

# Names go to the kernel as they are; a path object would normalise them.
# ruff: noqa: PTH120

from __future__ import annotations

import contextlib
import importlib.util
import os
import platform
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping

from setsquare._version import __version__
from setsquare.adapters import sandboxes
from setsquare.adapters.models import PROVIDERS, SCRIPTED_VARIABLE, build
from setsquare.adapters.state import state_folder
from setsquare.adapters.system_view import trusted_path
from setsquare.errors import SetsquareError
from setsquare.ports.machine import BackendState, KeyState, StatePlace
from setsquare.workspace.settings import ModelProfile

_EXTRAS = (
    ("aws", ("botocore",)),
    ("code", ("tree_sitter", "tree_sitter_go", "tree_sitter_java", "tree_sitter_javascript", "tree_sitter_rust", "tree_sitter_typescript")),
    ("formal", ("z3",)),
    ("lsp", ("pygls",)),
    ("mcp", ("mcp",)),
)
"""The optional parts and the packages that each needs."""


class ThisMachine:
    """Answers for a folder, which may be no workspace."""

    def __init__(self, folder: str, environ: Mapping[str, str]) -> None:
        """Take the folder and the person's environment."""
        self._folder, self._environ = folder, environ

    def setsquare(self) -> str:
        """Give Setsquare's own version."""
        return __version__

    def python(self) -> str:
        """Give the version of Python."""
        return platform.python_version()

    def git(self) -> str:
        """Give the version of git, empty when it is missing or does not answer; no configuration is read."""
        path = trusted_path(self._folder)
        program = shutil.which("git", path=path)
        if program is None:
            return ""
        try:
            told = subprocess.run(
                (program, "--version"), capture_output=True, check=False, timeout=10, cwd="/", env={"PATH": path, "LANG": "C"}
            )
        except (OSError, subprocess.TimeoutExpired):
            return ""
        found = re.search(rb"\d+(\.\d+)+", told.stdout)
        return found[0].decode() if found else ""

    def backends(self) -> tuple[BackendState, ...]:
        """Try every backend in an empty folder."""
        chosen = ""
        named = self._environ.get(sandboxes.CHOICE, "").strip().lower()
        states: list[BackendState] = []
        with tempfile.TemporaryDirectory(prefix="setsquare-") as folder:
            for backend in sandboxes.BACKENDS:
                is_present = sandboxes.is_present(backend.name, folder)
                works = is_present and sandboxes.found_as(backend.name, folder, self._environ) is not None
                if works and not chosen and named in {"", backend.name}:
                    chosen = backend.name
                states.append(
                    BackendState(
                        name=backend.name,
                        is_present=is_present,
                        works=works,
                        is_chosen=chosen == backend.name,
                        supports_hosts=backend.supports_hosts,
                        tested=backend.tested,
                        lacks=backend.lacks,
                    )
                )
        return tuple(states)

    def choice(self) -> str:
        """Say what is wrong with the backend that the environment names."""
        named = self._environ.get(sandboxes.CHOICE, "").strip().lower()
        if named == sandboxes.NONE:
            return f"{sandboxes.CHOICE} is `none`: commands of agents do not run, and autonomous work is refused"
        if named and named not in {backend.name for backend in sandboxes.BACKENDS}:
            return f"{sandboxes.CHOICE} names the sandbox {named!r}, which does not exist"
        return ""

    def state(self) -> StatePlace:
        """Try to write where state is kept, or where its folder would be made."""
        try:
            place = state_folder(self._folder, self._environ)
        except SetsquareError as error:
            return StatePlace(path="", problem=f"{error.message}; {error.hint}")
        above = place
        while not os.path.isdir(above) and os.path.dirname(above) != above:  # noqa: PTH112
            above = os.path.dirname(above)
        try:
            with tempfile.NamedTemporaryFile(dir=above, prefix=".setsquare-") as probe:
                probe.write(b"x")
                probe.flush()
                skew = os.fstat(probe.fileno()).st_mtime - time.time()  # noqa: TID251  (both clocks are what is asked about)
            free = os.statvfs(above)
        except OSError as error:
            return StatePlace(path=place, problem=f"{above} cannot be written: {error.strerror or error}")
        return StatePlace(path=place, free_bytes=free.f_bavail * free.f_frsize, skew_s=round(skew, 3))

    def extras(self) -> tuple[tuple[str, bool], ...]:
        """Look for the packages of each optional part without importing them."""
        return tuple((name, all(_is_installed(package) for package in packages)) for name, packages in _EXTRAS)

    def key(self, profile: ModelProfile) -> KeyState:
        """Build the profile's adapter, which sends nothing, and say what it lacks."""
        provider = next((known for known in PROVIDERS if known.name == profile.provider.strip().lower()), None)
        variable = profile.api_key_variable or (provider.key_variable if provider else "")
        is_set = bool(variable and self._environ.get(variable, "").strip())
        if profile.provider == "scripted" and self._environ.get(SCRIPTED_VARIABLE) == "1":
            return KeyState(variable="", is_set=False)
        try:
            build(profile, self._environ)
        except SetsquareError as error:
            return KeyState(variable=variable, is_set=is_set, problem=f"{error.message} {error.hint}".strip())
        return KeyState(variable=variable, is_set=is_set)


def _is_installed(package: str) -> bool:
    with contextlib.suppress(ImportError, ValueError):
        return importlib.util.find_spec(package) is not None
    return False
