"""The operating system's confinement of commands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from msgspec import Struct


class Confinement(Struct, frozen=True, kw_only=True):
    """What a command may touch. Paths are relative to the workspace, globs are not allowed here.

    `writable` folders or files may be written (`""` is the whole workspace); `hidden` can neither be read nor created; `read_only`
    wins over `writable`, and both hold for other names (hard links) of the same bytes. `environment` is all that the command sees of it.
    `hosts` are the names (`pypi.org`, `*.example.com`) that may be reached through the platform's proxy, none by default: then there is no
    network at all. `limit_disk_bytes` bounds what the command may take of the disk in all.
    """

    writable: tuple[str, ...] = ()
    read_only: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    limit_s: float = 120.0
    limit_output_bytes: int = 1_000_000
    limit_processes: int = 512
    limit_file_bytes: int = 1_000_000_000
    limit_disk_bytes: int = 10_000_000_000
    hosts: tuple[str, ...] = ()


class Connection(Struct, frozen=True, kw_only=True):
    """A connection that a command asked for; `rule` names what decided."""

    host: str
    port: int
    is_allowed: bool
    rule: str
    sent_bytes: int = 0
    received_bytes: int = 0


class Execution(Struct, frozen=True, kw_only=True):
    """How a command ended. `output` is standard output and error as they came, cut in the middle when `is_truncated`.

    `exit_code` is negative for a signal, 124 when `is_timed_out`. `removed` are repositories (`.git`) and compiled Python
    files that the command made: they would be run outside of any confinement, unseen.
    """

    exit_code: int
    output: bytes
    duration_s: float
    is_timed_out: bool = False
    is_truncated: bool = False
    removed: tuple[str, ...] = ()
    connections: tuple[Connection, ...] = ()


class Sandbox(Protocol):
    """Runs commands inside the workspace's folder under a confinement."""

    @property
    def name(self) -> str:
        """Name the backend: `bubblewrap`, `landlock`, `container`, `seatbelt`."""
        ...

    @property
    def supports_hosts(self) -> bool:
        """Tell whether `Confinement.hosts` can be reached; where not, a command has no network at all."""
        ...

    @property
    def lacks(self) -> tuple[str, ...]:
        """Say what the backend does not give, one clause each."""
        ...

    def run(self, argv: tuple[str, ...], confinement: Confinement, is_halted: Callable[[], bool] | None = None) -> Execution:
        """Run a command to its end; all of its processes are gone when this returns. `is_halted` is polled at least twice a second.

        Raises:
            SandboxFailed: the command could not be started under the confinement.
        """
        ...
