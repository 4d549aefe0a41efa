"""Confines commands with macOS's sandbox-exec. Written from its documentation and not tested on a Mac."""

from __future__ import annotations

import os
import platform
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable

from setsquare.adapters.confined_process import GRACE_S, Output, Watch, drain_rest, execution, watch
from setsquare.adapters.disk_use import DiskUse
from setsquare.adapters.repository_guard import Listings, run_cleanly
from setsquare.adapters.system_view import base_environment, readable_paths
from setsquare.adapters.workspace_view import Layout, layout, opened_places
from setsquare.errors import SandboxFailed
from setsquare.ports.sandbox import Confinement, Execution

LACKS = (
    "hosts cannot be reached, whatever the settings say: there is no network at all",
    "processes that leave their session survive the command",
    "processes and memory are not bounded",
)
"""What this backend does not give."""

_MAC = ("/System", "/Library", "/private/etc", "/private/var/db", "/dev", "/usr", "/bin", "/sbin", "/Applications/Xcode.app", "/opt")


class Seatbelt:
    """Runs commands under a generated profile: no network, reading of programs and the workspace, writing where it is allowed.

    Best effort: profiles can deny names that do not exist yet, but processes that leave their session survive the command.
    """

    def __init__(self, folder: str) -> None:
        """Confine to a workspace's folder."""
        self._folder = os.path.realpath(folder)
        self._listings = Listings()

    @property
    def name(self) -> str:
        """Name the backend."""
        return "seatbelt"

    @property
    def supports_hosts(self) -> bool:
        """The profile closes the network as a whole: hosts are left out."""
        return False

    @property
    def lacks(self) -> tuple[str, ...]:
        """Say what it does not give."""
        return LACKS

    def run(self, argv: tuple[str, ...], confinement: Confinement, is_halted: Callable[[], bool] | None = None) -> Execution:
        """Run a command to its end.

        Raises:
            SandboxFailed: sandbox-exec could not be started.
        """
        return run_cleanly(self._folder, lambda: self._confined(argv, confinement, is_halted or _never), self._listings)

    def _confined(self, argv: tuple[str, ...], confinement: Confinement, is_halted: Callable[[], bool]) -> Execution:
        with opened_places(self._folder, confinement), tempfile.TemporaryDirectory(prefix="setsquare-") as private:
            place = os.path.realpath(private)
            view = layout(self._folder, confinement)
            environment = {**base_environment(place), **dict(confinement.environment)}
            output = Output(confinement.limit_output_bytes)
            disk = DiskUse((view.folder, place), confinement.limit_disk_bytes)
            try:
                process = subprocess.Popen(
                    ["sandbox-exec", "-p", profile(view, place, environment["PATH"]), *argv],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    cwd=view.folder,
                    env=environment,
                    start_new_session=True,
                )
            except (OSError, ValueError) as error:
                raise SandboxFailed(f"cannot start sandbox-exec: {error}", "see whether this macOS still has it") from error
            try:
                rules = Watch(limit_s=confinement.limit_s, is_halted=is_halted, excess=disk.excess)
                ending = watch(process, output, rules)
            finally:
                _end(process)
            drain_rest(process, output)
            return execution(ending, process.returncode, output)


def find(folder: str) -> Seatbelt | None:
    """Give the backend when it really confines a command on this machine."""
    if platform.system() != "Darwin" or shutil.which("sandbox-exec") is None:
        return None
    found = Seatbelt(folder)
    try:
        ended = found.run(("sh", "-c", "echo confined; echo x > probe.txt"), Confinement(limit_s=20.0))
    except SandboxFailed:
        return None
    return found if ended.output.startswith(b"confined\n") and ended.exit_code != 0 else None


def _never() -> bool:
    return False


def _end(process: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        process.kill()
    process.wait(GRACE_S)


def _below(paths: tuple[str, ...]) -> str:
    return " ".join('(subpath "' + path.replace("\\", "\\\\").replace('"', '\\"') + '")' for path in paths)


def profile(view: Layout, private: str, path: str) -> str:
    """Write the profile; of rules that match, the last one counts."""
    readable = (*_MAC, *readable_paths(path), view.folder, private)
    lines = [
        "(version 1)",
        "(deny default)",
        "(allow process-fork process-exec)",
        "(allow signal (target same-sandbox))",
        "(allow sysctl-read)",
        "(allow file-read-metadata)",
        f"(allow file-read* {_below(readable)})",
        '(allow file-write* (literal "/dev/null"))',
        f"(allow file-write* {_below((private, *map(view.absolute, view.writable)))})",
    ]
    locked = (*view.read_only, *view.missing, *(name for name, _ in view.linked))
    if locked:
        lines.append(f"(deny file-write* {_below(tuple(map(view.absolute, locked)))})")
    if view.pinned:
        lines.append("(deny file-write-unlink " + _below(tuple(map(view.absolute, view.pinned))).replace("subpath", "literal") + ")")
    if view.hidden:
        lines.append(f"(deny file-read* file-write* {_below(tuple(map(view.absolute, view.hidden)))})")
    return "\n".join(lines)
