"""Confines like another sandbox, and lets nothing reach the network, whatever a workspace's settings ask for."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from setsquare.ports.sandbox import Confinement, Execution, Sandbox


class ClosedSandbox:
    """A sandbox without a way out, for files of a stranger."""

    def __init__(self, sandbox: Sandbox) -> None:
        """Take the sandbox that confines."""
        self._sandbox = sandbox

    @property
    def name(self) -> str:
        """Name the backend."""
        return self._sandbox.name

    @property
    def supports_hosts(self) -> bool:
        """No host can be reached."""
        return False

    @property
    def lacks(self) -> tuple[str, ...]:
        """Say what the backend does not give."""
        return self._sandbox.lacks

    def run(self, argv: tuple[str, ...], confinement: Confinement, is_halted: Callable[[], bool] | None = None) -> Execution:
        """Run a command to its end, with no host.

        Raises:
            SandboxFailed: the command could not be started under the confinement.
        """
        return self._sandbox.run(argv, replace(confinement, hosts=()), is_halted)
