"""Confines commands with a container engine: docker with an image that the person names, or podman with this machine's own programs."""

# Names go to the kernel as they are; a path object would normalise them.

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping

from setsquare.adapters.confined_process import GRACE_S, Ending, Output, Watch, drain_rest, execution, require_startable, watch
from setsquare.adapters.container_mounts import Engine, command_line, made_private
from setsquare.adapters.disk_use import DiskUse
from setsquare.adapters.repository_guard import Listings, run_cleanly
from setsquare.adapters.system_view import trusted_path
from setsquare.adapters.workspace_view import Layout, layout, mend_links, opened_places, placeholders
from setsquare.errors import SandboxFailed
from setsquare.ports.sandbox import Confinement, Execution

IMAGE = "SETSQUARE_CONTAINER_IMAGE"
"""The variable that names the image; a workspace cannot set it."""

LACKS = (
    "hosts cannot be reached, whatever the settings say: there is no network at all",
    "with an image, commands find the image's programs, not this machine's",
    "with docker, what a command does as the administrator of the container is bounded by the engine alone",
    "a container costs some tenths of a second for each command",
)
"""What this backend does not give."""

_RUNTIMES = ("", "runc", "crun")
_PASSED = (
    "HOME", "USER", "LOGNAME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG",
    "CONTAINERS_CONF", "CONTAINERS_STORAGE_CONF", "DBUS_SESSION_BUS_ADDRESS",
)  # fmt: skip


class Container:
    """Runs every command in a new container without network, with a read-only root and without capabilities."""

    def __init__(self, folder: str, engine: Engine) -> None:
        """Confine to a workspace's folder."""
        self._folder, self._engine = os.path.realpath(folder), engine
        self._listings = Listings()

    @property
    def engine(self) -> Engine:
        """Give the engine that was found to work."""
        return self._engine

    @property
    def name(self) -> str:
        """Name the backend."""
        return "container"

    @property
    def supports_hosts(self) -> bool:
        """The container has no network: hosts are left out."""
        return False

    @property
    def lacks(self) -> tuple[str, ...]:
        """Say what it does not give."""
        return LACKS

    def run(self, argv: tuple[str, ...], confinement: Confinement, is_halted: Callable[[], bool] | None = None) -> Execution:
        """Run a command to its end.

        Raises:
            SandboxFailed: the engine could not start the container.
        """
        require_startable(argv, confinement)
        return run_cleanly(self._folder, lambda: self._confined(argv, confinement, is_halted or _never), self._listings)

    def _confined(self, argv: tuple[str, ...], confinement: Confinement, is_halted: Callable[[], bool]) -> Execution:
        with opened_places(self._folder, confinement):
            view = layout(self._folder, confinement)
            with placeholders(view), _folder_of_one_command() as private:
                try:
                    return self._run(argv, view, private, confinement, is_halted)
                finally:
                    mend_links(view)

    def _run(self, argv: tuple[str, ...], view: Layout, private: str, confinement: Confinement, is_halted: Callable[[], bool]) -> Execution:
        token = os.urandom(16).hex()
        name = f"setsquare-{token[:16]}"
        line = command_line(self._engine, name, made_private(private), view, confinement)
        disk = DiskUse((view.folder,), confinement.limit_disk_bytes)
        output = Output(confinement.limit_output_bytes + len(token))
        process = _start([*line, token, *argv], view.folder)
        try:
            ending = watch(process, output, Watch(limit_s=confinement.limit_s, is_halted=is_halted, excess=disk.excess))
        finally:
            self._end(process, name, view.folder)
        drain_rest(process, output)
        return _told(process.returncode, ending, output, token)

    def _end(self, process: subprocess.Popen[bytes], name: str, folder: str) -> None:
        """Kill the container, if it still runs, and wait for its client.

        Raises:
            SandboxFailed: it does not end.
        """
        try:
            self._kill(process, name, folder)
        finally:
            if process.stdin is not None:  # held until now: its end tells the container that the platform is gone
                with contextlib.suppress(OSError):
                    process.stdin.close()

    def _kill(self, process: subprocess.Popen[bytes], name: str, folder: str) -> None:
        if process.poll() is not None:
            return
        for words in (("kill", "--signal", "KILL", name), ("rm", "--force", name)):
            with contextlib.suppress(subprocess.TimeoutExpired, OSError):
                subprocess.run((self._engine.program, *words), capture_output=True, check=False, timeout=GRACE_S, env=_environment(folder))
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(GRACE_S / 2)
                return
        process.kill()
        process.wait()
        raise SandboxFailed(f"the container {name} does not end", f"end it by hand: {os.path.basename(self._engine.program)} rm -f {name}")  # noqa: PTH119


def find(folder: str, environ: Mapping[str, str]) -> Container | None:
    """Give the backend when it really confines a command on this machine.

    podman is tried with each runtime that is there, since one may not fit the machine; docker needs an image.
    """
    return next((made for made in _candidates(folder, environ) if _works(made)), None)


def _candidates(folder: str, environ: Mapping[str, str]) -> Iterator[Container]:
    image, path = environ.get(IMAGE, ""), trusted_path(folder)
    podman, docker = shutil.which("podman", path=path), shutil.which("docker", path=path)
    if podman is not None:
        for runtime in _RUNTIMES:
            if not runtime or shutil.which(runtime, path=f"{path}:/usr/sbin:/sbin"):
                yield Container(folder, Engine(program=podman, is_podman=True, image=image, runtime=runtime))
    if docker is not None and image:
        yield Container(folder, Engine(program=docker, is_podman=False, image=image))


def _works(made: Container) -> bool:
    try:
        ended = made.run(("sh", "-c", "echo confined; echo x > probe.txt"), Confinement(limit_s=30.0))
    except SandboxFailed:
        return False
    return ended.output.startswith(b"confined\n") and ended.exit_code != 0


def _never() -> bool:
    return False


@contextlib.contextmanager
def _folder_of_one_command() -> Iterator[str]:
    private = os.path.realpath(tempfile.mkdtemp(prefix="setsquare-"))
    try:
        yield private
    finally:
        shutil.rmtree(private, ignore_errors=True)


def _environment(folder: str) -> dict[str, str]:
    """Give the engine's client what it needs to find its daemon and its store, and no more."""
    return {"PATH": trusted_path(folder), **{name: os.environ[name] for name in _PASSED if name in os.environ}}


def _start(line: list[str], folder: str) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            line,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd="/",
            start_new_session=True,
            env=_environment(folder),
        )
    except (OSError, ValueError) as error:
        raise SandboxFailed(f"cannot start the container engine: {error}", "install podman or docker") from error


def _told(code: int, ending: Ending, output: Output, token: str) -> Execution:
    """Read how the command ended; without the token at the start of the output there was none."""
    ended = execution(ending, 128 - code if 128 < code < 160 else code, output)
    head, mark, rest = ended.output.partition(token.encode("ascii"))
    if mark:
        # What the engine itself warned of comes before; it is no output of the command.
        return Execution(
            exit_code=ended.exit_code,
            output=rest,
            duration_s=ended.duration_s,
            is_timed_out=ended.is_timed_out,
            is_truncated=ended.is_truncated,
        )
    if ending.is_stopped:
        return ended
    reason = head.decode("utf-8", "replace").strip() or f"it ended with {signal.Signals(-code).name if code < 0 else code}"
    raise SandboxFailed(f"the container could not be started: {reason[-500:]}", "see whether the engine runs and has the image")
