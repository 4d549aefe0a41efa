"""Gives one sandboxed command its way out: the entrance into its network, and the proxy that serves it."""

from __future__ import annotations

from setsquare.adapters.egress_entrance import Entrance
from setsquare.adapters.egress_proxy import Egress, EgressProxy
from setsquare.ports.sandbox import Connection


class WayOut:
    """Lies closed until `open`; `close` ends it in every case."""

    def __init__(self, hosts: tuple[str, ...], egress: Egress | None) -> None:
        """Get ready for a command that may reach these hosts.

        Raises:
            SandboxFailed: the entrance cannot be started.
        """
        self._hosts, self._egress = hosts, egress or Egress()
        self._entrance = Entrance()
        self._proxy: EgressProxy | None = None

    def open(self, process: int) -> None:
        """Serve the network of a process, before it does anything.

        Raises:
            SandboxFailed: its network cannot be entered.
        """
        self._proxy = EgressProxy(self._entrance.listener(process), self._hosts, self._egress)

    def close(self) -> tuple[Connection, ...]:
        """End every connection, thread and process; give what the command asked for."""
        self._entrance.close()
        return self._proxy.close() if self._proxy else ()
