"""Confines commands with bubblewrap: namespaces, bind mounts and a system-call filter."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import resource
import select
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from setsquare._sandbox_exec import descendants, is_supported
from setsquare.adapters.bubblewrap_options import Machine, environment_of, options
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
from setsquare.adapters.repository_guard import Cleaning, Listings
from setsquare.adapters.system_view import trusted_path
from setsquare.adapters.workspace_view import Layout, layout, mend_links, opened_places, placeholders
from setsquare.errors import SandboxFailed
from setsquare.ports.sandbox import Confinement, Execution

if TYPE_CHECKING:
    from setsquare.adapters.egress_proxy import Egress
    from setsquare.adapters.egress_way import WayOut

_MEMORY = ("/tmp", "/dev/shm")  # noqa: S108  (inside the sandbox)
_START_S = 20.0

LACKS = ("memory is not bounded, only processes, files, disk and time are", "what lies inside an allowed TLS connection is not seen")
"""What this backend does not give."""


class _Started(Struct, frozen=True, kw_only=True):
    """A running sandbox: `init_pid` is the first process of its process namespace; when `init` is over, all of them are."""

    process: subprocess.Popen[bytes]
    init_pid: int
    init: int
    status: int


class _Around(Struct, frozen=True, kw_only=True):
    """What a run is held against: the person's word to stop, the disk, and how it gets out (`None` for the product's own way).

    `before` is what remains to be done before the command begins; there is time for it while bubblewrap mounts.
    """

    machine: Machine
    mounts: tuple[str, ...]
    before: Callable[[], None]
    is_halted: Callable[[], bool]
    disk: DiskUse
    egress: Egress | None


class _Outdated(Exception):
    """The machine is no longer as it was mounted; the command has not begun."""


# req: guarded-run/2.1
class Bubblewrap:
    """Runs commands in namespaces of their own.

    A command sees the system's programs, the tool chains and the workspace, nothing else: no home folder, no other project, no socket of
    a daemon, no process but its own. It has a loopback device of its own and no other network. A protected name inside a writable folder
    that does not exist yet is locked by an empty folder that stands there while the command runs. A protected name that is a symbolic
    link can be replaced while the command runs and is put back afterwards; what the link leads to in the workspace is locked.
    A folder that holds a protected name cannot be renamed. A single writable file can be written in place, not replaced.

    With hosts, a proxy of the platform listens on that loopback device; it is served outside, and nothing of ours runs inside.
    """

    def __init__(self, folder: str, egress: Egress | None = None) -> None:
        """Confine to a workspace's folder; `egress` says how a command with hosts gets out, the product's own way by default."""
        self._folder = os.path.realpath(folder)
        self._listings = Listings()
        self._machine = Machine(self._folder)
        self._egress = egress

    @property
    def name(self) -> str:
        """Name the backend."""
        return "bubblewrap"

    @property
    def supports_hosts(self) -> bool:
        """Commands can reach the hosts on their list."""
        return True

    @property
    def lacks(self) -> tuple[str, ...]:
        """Say what it does not give."""
        return LACKS

    def run(self, argv: tuple[str, ...], confinement: Confinement, is_halted: Callable[[], bool] | None = None) -> Execution:
        """Run a command to its end.

        Raises:
            SandboxFailed: bubblewrap could not build the confinement.
        """
        with contextlib.suppress(_Outdated):
            return self._cleanly(argv, confinement, is_halted or _never, is_checked=True)
        return self._cleanly(argv, confinement, is_halted or _never, is_checked=False)

    def _cleanly(self, argv: tuple[str, ...], confinement: Confinement, is_halted: Callable[[], bool], *, is_checked: bool) -> Execution:
        cleaning = Cleaning(self._folder, self._listings)
        removed: tuple[str, ...] = ()
        try:
            ended = self._confined(argv, confinement, is_halted, (cleaning, is_checked))
        finally:
            removed = cleaning.clear()
        return replace(ended, removed=removed) if removed else ended

    def _confined(
        self, argv: tuple[str, ...], confinement: Confinement, is_halted: Callable[[], bool], at_start: tuple[Cleaning, bool]
    ) -> Execution:
        cleaning, is_checked = at_start
        with opened_places(self._folder, confinement) as made:
            view = layout(self._folder, confinement)
            disk = DiskUse((self._folder,), confinement.limit_disk_bytes)
            with placeholders(view):
                path = environment_of(confinement).get("PATH", "")
                mounts = self._machine.mounts(path)

                def before() -> None:
                    cleaning.look((*made, *view.missing))
                    if is_checked and not self._machine.is_current(path, mounts):
                        raise _Outdated

                around = _Around(machine=self._machine, mounts=mounts, before=before, is_halted=is_halted, disk=disk, egress=self._egress)
                try:
                    return _with_hosts(argv, view, confinement, around)
                finally:
                    mend_links(view)


def find(folder: str) -> Bubblewrap | None:
    """Give the backend when it really confines a command on this machine."""
    if shutil.which("bwrap", path=trusted_path(folder)) is None or not is_supported(platform.machine()):
        return None
    found = Bubblewrap(folder)
    try:
        ended = found.run(("sh", "-c", "echo confined; echo x > probe.txt"), Confinement(limit_s=_START_S))
    except SandboxFailed:
        return None
    return found if ended.output.startswith(b"confined\n") and ended.exit_code != 0 else None


def _never() -> bool:
    return False


def _memory_file(raw: bytes) -> int:
    descriptor = os.memfd_create("setsquare")
    os.write(descriptor, raw)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


def _start(argv: tuple[str, ...], view: Layout, confinement: Confinement, around: _Around) -> tuple[subprocess.Popen[bytes], int, int]:
    """Start bubblewrap; give it, its status pipe and the pipe that lets the command go."""
    require_startable(argv, confinement)
    program = around.machine.program()
    said = "".join(option + "\0" for option in options(view, confinement, around.mounts))
    status, status_in = os.pipe()
    gate, gate_in = os.pipe()
    inside = [_memory_file(os.fsencode(said)), _memory_file(around.machine.rules()), status_in, gate]
    fixed = ["--args", str(inside[0]), "--seccomp", str(inside[1]), "--json-status-fd", str(status_in), "--block-fd", str(gate)]
    try:
        process = subprocess.Popen(
            [program, *fixed, "--", *argv],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=inside,
            start_new_session=True,
            env={"PATH": os.defpath},
        )
    except (OSError, ValueError) as error:
        os.close(status)
        os.close(gate_in)
        raise SandboxFailed(f"cannot start bubblewrap: {error}", "install bubblewrap") from error
    finally:
        for descriptor in inside:
            os.close(descriptor)
    return process, status, gate_in


def _with_hosts(argv: tuple[str, ...], view: Layout, confinement: Confinement, around: _Around) -> Execution:
    """Run a command, with a way out when it has hosts."""
    if not confinement.hosts:
        return _run(argv, view, confinement, around, None)
    from setsquare.adapters.egress_entrance import environment  # noqa: PLC0415  (most commands have no hosts)
    from setsquare.adapters.egress_way import WayOut  # noqa: PLC0415

    confinement = replace(confinement, environment=(*confinement.environment, *environment()))
    way = WayOut(confinement.hosts, around.egress)
    try:
        ended = _run(argv, view, confinement, around, way)
    finally:
        connections = way.close()
    return replace(ended, connections=connections)


def _run(argv: tuple[str, ...], view: Layout, confinement: Confinement, around: _Around, way: WayOut | None) -> Execution:
    process, status, gate = _start(argv, view, confinement, around)
    output = Output(confinement.limit_output_bytes)
    try:
        started = _built(process, status)
        if started is None:
            process.kill()
            process.wait()
            raise _not_built(process, output)
        try:
            around.before()
            if way is not None:
                way.open(started.init_pid)
            _let_go(started, gate, confinement)
            ending = watch(process, output, _rules(started, confinement, around))
        finally:
            _end(started)
        drain_rest(process, output)
        return _told(status, ending, output)
    finally:
        os.close(status)
        os.close(gate)
        if process.stdout is not None:
            process.stdout.close()


def _built(process: subprocess.Popen[bytes], status: int) -> _Started | None:
    """Wait for the sandbox's first process; `None` when there is no such process."""
    line = b""
    until = time.monotonic() + _START_S
    while not line.endswith(b"\n"):
        ready, _, _ = select.select([status], [], [], max(0.0, until - time.monotonic()))
        chunk = os.read(status, 4096) if ready else b""
        if not chunk:
            return None
        line += chunk
    try:
        pid = int(json.loads(line.splitlines()[0])["child-pid"])
        return _Started(process=process, init_pid=pid, init=os.pidfd_open(pid), status=status)
    except (OSError, KeyError, ValueError):
        return None


def _let_go(started: _Started, gate: int, confinement: Confinement) -> None:
    """Bound what the command may use and open the gate."""
    with contextlib.suppress(ProcessLookupError):
        for limit, most in (
            (resource.RLIMIT_CORE, 0),
            (resource.RLIMIT_FSIZE, confinement.limit_file_bytes),
            (resource.RLIMIT_NPROC, confinement.limit_processes),
        ):
            _lower(started.init_pid, limit, most)
    with contextlib.suppress(BrokenPipeError):
        os.write(gate, b"1")


def _lower(pid: int, limit: int, most: int) -> None:
    _, hard = resource.prlimit(pid, limit)
    value = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.prlimit(pid, limit, (value, value))


def _rules(started: _Started, confinement: Confinement, around: _Around) -> Watch:
    memory = tuple(f"/proc/{started.init_pid}/root{place}" for place in _MEMORY)

    def excess() -> str:
        # The kernel's own limit on processes does not bind the administrator.
        if len(descendants(started.init_pid)) > confinement.limit_processes:
            return CROWDED
        return around.disk.excess(memory)

    return Watch(limit_s=confinement.limit_s, is_halted=around.is_halted, excess=excess)


# req: guarded-run/2.4
def _end(started: _Started) -> None:
    """Kill the sandbox's first process, and with it all others, and wait until none is left.

    Raises:
        SandboxFailed: processes survive, stuck in the kernel.
    """
    try:
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(started.init, signal.SIGKILL)
        if not select.select([started.init], [], [], GRACE_S)[0]:
            raise SandboxFailed("processes of the command do not end", "look for processes in uninterruptible sleep")
        try:
            started.process.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            started.process.kill()
            started.process.wait()
    finally:
        os.close(started.init)


def _told(status: int, ending: Ending, output: Output) -> Execution:
    """Read the exit code that bubblewrap noted; it notes none when the command was stopped or could not be started."""
    if ending.is_stopped:
        return execution(ending, -signal.SIGKILL, output)
    told = b""
    while chunk := os.read(status, 4096):
        told += chunk
    for line in told.splitlines():
        code = json.loads(line).get("exit-code")
        if isinstance(code, int):
            # A shell's way to say "ended by signal n" is the only one that bubblewrap has.
            return execution(ending, 128 - code if 128 < code < 160 else code, output)
    text = output.whole()
    if text.startswith(b"bwrap: execvp "):
        return missing_command(text[len(b"bwrap: execvp ") :].decode("utf-8", "replace").strip(), ending.duration_s)
    if text.startswith(b"bwrap: "):
        raise _failure(text)
    return execution(ending, -signal.SIGKILL, output)  # its first process was killed from outside, as when memory runs out


def _not_built(process: subprocess.Popen[bytes], output: Output) -> SandboxFailed:
    drain_rest(process, output)
    return _failure(output.whole())


def _failure(text: bytes) -> SandboxFailed:
    reason = text.decode("utf-8", "replace").strip() or "it ended without a word"
    return SandboxFailed(f"bubblewrap could not confine the command: {reason[:500]}", "see whether user namespaces are allowed")
