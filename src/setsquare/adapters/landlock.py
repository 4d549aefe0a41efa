"""Confines commands with Landlock and seccomp alone, where namespaces are not available."""

# Names go to the kernel as they are; a path object would normalise them.
# ruff: noqa: PTH102, PTH106, PTH108, PTH112, PTH114, PTH123, PTH208

from __future__ import annotations

import contextlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator

from setsquare._sandbox_exec import LAUNCHER, Launch, is_supported, landlock_abi
from setsquare.adapters.confined_process import (
    CROWDED,
    GRACE_S,
    Ending,
    Output,
    Watch,
    drain_rest,
    execution,
    missing_command,
    require_startable,
    watch,
)
from setsquare.adapters.disk_use import DiskUse
from setsquare.adapters.repository_guard import Listings, run_cleanly
from setsquare.adapters.system_view import SYSTEM_ALIASES, base_environment, readable_paths
from setsquare.adapters.workspace_view import Layout, is_within, layout, opened_places
from setsquare.errors import SandboxFailed
from setsquare.ports.sandbox import Confinement, Execution

LACKS = (
    "hosts cannot be reached, whatever the settings say: there is no network at all",
    "nothing can be created, removed or renamed in a folder that holds a protected name",
    "names and sizes of hidden files can be listed, and permission bits and time stamps changed",
    "command lines of other processes can be seen",
    "memory is not bounded",
)
"""What this backend does not give."""

_CACHES = (".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis")
_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")


# req: guarded-run/2.1
# req: agent-runtime/3.3
class Landlock:
    """Runs commands under Landlock, a system-call filter and a supervisor that ends what they leave behind.

    Weaker than bubblewrap, knowingly:

    - rights are granted to what exists. In a folder that holds a protected name nothing can be created, removed or renamed, since Landlock
      cannot except a name; everything else below it can be changed, and files that stand in it can be written in place. So with
      `writable=("",)` and a protected name at the top, a command cannot make new entries at the top of the workspace (the caches of
      common tools stand ready);
    - names and sizes of hidden files can be listed, their bytes cannot be read;
    - permission bits, owners and time stamps of files that the user owns are not guarded (set-id bits are);
    - there are no sockets at all, not even to the command's own processes, and no shared memory by name;
    - `/tmp` is not there to use: `TMPDIR` and `HOME` name a private folder;
    - the command line of other processes can be seen; their memory, environment and files cannot, and they cannot be signalled
      (on kernels before 6.12 they can).
    """

    def __init__(self, folder: str) -> None:
        """Confine to a workspace's folder."""
        self._folder = os.path.realpath(folder)
        self._listings = Listings()

    @property
    def name(self) -> str:
        """Name the backend."""
        return "landlock"

    @property
    def supports_hosts(self) -> bool:
        """There is no network of the command's own that a proxy could stand in: hosts are left out and there is no network at all."""
        return False

    @property
    def lacks(self) -> tuple[str, ...]:
        """Say what it does not give."""
        return LACKS

    def run(self, argv: tuple[str, ...], confinement: Confinement, is_halted: Callable[[], bool] | None = None) -> Execution:
        """Run a command to its end.

        Raises:
            SandboxFailed: the kernel refused the confinement.
        """
        require_startable(argv, confinement)
        return run_cleanly(self._folder, lambda: self._confined(argv, confinement, is_halted or _never), self._listings)

    def _confined(self, argv: tuple[str, ...], confinement: Confinement, is_halted: Callable[[], bool]) -> Execution:
        with opened_places(self._folder, confinement):
            view = layout(self._folder, confinement)
            private = os.path.realpath(tempfile.mkdtemp(prefix="setsquare-"))
            try:
                with _caches(view):
                    return _run(argv, view, private, confinement, is_halted)
            finally:
                shutil.rmtree(private, ignore_errors=True)


def find(folder: str) -> Landlock | None:
    """Give the backend when it really confines a command on this machine."""
    if landlock_abi() < 1 or not is_supported(platform.machine()):
        return None
    found = Landlock(folder)
    try:
        ended = found.run(("sh", "-c", "echo confined; echo x > probe.txt"), Confinement(limit_s=20.0))
    except SandboxFailed:
        return None
    return found if ended.output.startswith(b"confined\n") and ended.exit_code != 0 else None


def _never() -> bool:
    return False


@contextlib.contextmanager
def _caches(view: Layout) -> Iterator[None]:
    """Make the cache folders that test runners and checkers insist on where they could not make them, and take unused ones back."""
    made: list[str] = []
    try:
        for base in view.writable:
            for name in _CACHES if view.holds_protected(base) and os.path.isdir(view.absolute(base)) else ():
                path = f"{base}/{name}" if base else name
                if not os.path.lexists(view.absolute(path)) and not view.is_protected(path):
                    made.append(view.absolute(path))
                    _make_cache(view.absolute(path))
        yield
    finally:
        for place in made:
            with contextlib.suppress(OSError):
                if os.listdir(place) == [".gitignore"]:
                    os.unlink(f"{place}/.gitignore")
                os.rmdir(place)


def _make_cache(place: str) -> None:
    """Make a cache folder that git ignores, as the tools do themselves."""
    with contextlib.suppress(OSError):
        os.mkdir(place)
        with open(f"{place}/.gitignore", "xb") as file:
            file.write(b"*\n")


def _children(view: Layout, path: str) -> Iterator[str]:
    """Name what stands in a folder of the workspace; links are left out, since rights on them mean rights on their targets."""
    try:
        names = sorted(os.listdir(view.absolute(path)))
    except OSError:
        return
    for name in names:
        child = f"{path}/{name}" if path else name
        if not os.path.islink(view.absolute(child)):
            yield child


def _readable(view: Layout, path: str) -> Iterator[tuple[str, str]]:
    if any(is_within(path, name) for name in view.hidden):
        return
    if any(is_within(name, path) for name in view.hidden):
        yield view.absolute(path), "list"
        for child in _children(view, path):
            yield from _readable(view, child)
    else:
        yield view.absolute(path), "read"


def _writable(view: Layout, path: str) -> Iterator[tuple[str, str]]:
    if view.is_protected(path):
        return
    if view.holds_protected(path):
        for child in _children(view, path):
            yield from _writable(view, child)
    else:
        yield view.absolute(path), "write"


def _grants(view: Layout, private: str, path: str) -> list[tuple[str, str]]:
    grants = [(os.path.realpath(place), "read") for place in (*SYSTEM_ALIASES, *readable_paths(path), "/proc")]
    grants += [(device, "device") for device in _DEVICES]
    grants.append((private, "write"))
    grants += _readable(view, "")
    for place in view.writable:
        grants += _writable(view, place)
    return grants


def _run(argv: tuple[str, ...], view: Layout, private: str, confinement: Confinement, is_halted: Callable[[], bool]) -> Execution:
    environment = {**base_environment(private), **dict(confinement.environment)}
    disk = DiskUse((view.folder, private), confinement.limit_disk_bytes)
    status, status_in = os.pipe()
    control, control_in = os.pipe()
    launch = Launch(
        argv=list(argv),
        environment=environment,
        folder=view.folder,
        grants=_grants(view, private, environment.get("PATH", "")),
        limit_processes=confinement.limit_processes,
        limit_file_bytes=confinement.limit_file_bytes,
        status_fd=status_in,
        control_fd=control,
    )
    output = Output(confinement.limit_output_bytes)
    try:
        try:
            process = _start(launch)
        finally:
            os.close(status_in)
            os.close(control)
        try:
            rules = Watch(limit_s=confinement.limit_s, is_halted=is_halted, excess=disk.excess)
            ending = watch(process, output, rules)
        finally:
            os.close(control_in)
            control_in = -1
            _end(process)
        drain_rest(process, output)
        return _told(status, ending, output)
    finally:
        os.close(status)
        if control_in >= 0:
            os.close(control_in)


def _start(launch: Launch) -> subprocess.Popen[bytes]:
    raw = json.dumps(launch.__dict__).encode()
    config = os.memfd_create("setsquare")
    try:
        os.write(config, raw)
        os.lseek(config, 0, os.SEEK_SET)
        return subprocess.Popen(
            [sys.executable, "-I", "-S", "-B", LAUNCHER, str(config)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=(config, launch.status_fd, launch.control_fd),
            start_new_session=True,
            env={"PATH": os.defpath, "LANG": "C.UTF-8"},
        )
    except OSError as error:
        raise SandboxFailed(f"cannot start the sandbox's launcher: {error}", "see whether the installation is complete") from error
    finally:
        os.close(config)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Wait until the supervisor has ended every process; it was told to by the closed control pipe.

    Raises:
        SandboxFailed: processes survive, stuck in the kernel.
    """
    try:
        process.wait(GRACE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise SandboxFailed("processes of the command do not end", "look for processes in uninterruptible sleep") from None


def _told(status: int, ending: Ending, output: Output) -> Execution:
    """Read how the supervisor saw the command end."""
    told = b""
    while chunk := os.read(status, 4096):
        told += chunk
    try:
        report = json.loads(told)
    except ValueError:
        text = output.whole().decode("utf-8", "replace").strip() or "its supervisor ended without a word"
        raise SandboxFailed(f"Landlock could not confine the command: {text[-500:]}", "see whether the kernel allows Landlock") from None
    if "missing" in report:
        return missing_command(str(report["missing"]), ending.duration_s)
    if "failed" in report:
        raise SandboxFailed(f"Landlock could not confine the command: {report['failed']}", "see whether the kernel allows Landlock")
    if report["crowded"]:
        ending = Ending(duration_s=ending.duration_s, excess=CROWDED)
    return execution(ending, int(report["exit"]), output)
