"""Opens the one way out of a sandbox's network: a socket that listens inside of it and is served outside of it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

from setsquare.adapters import egress_listener
from setsquare.errors import SandboxFailed

PORT = 3128
"""Where the proxy listens inside of the sandbox; nothing else can stand there, since the network is new."""

_START_S = 20.0
_HINT = "see whether user namespaces may be entered on this machine, or take the hosts out of the settings"


class Entrance:
    """A process that waits to enter a sandbox's network; it is started before the sandbox, so that both get ready at once."""

    def __init__(self) -> None:
        """Start it.

        Raises:
            SandboxFailed: it cannot be started.
        """
        self._channel, theirs = socket.socketpair()
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", "-B", egress_listener.__file__, str(theirs.fileno()), str(PORT)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
                env={"PATH": os.defpath, "LANG": "C.UTF-8"},
            )
        except OSError as error:
            self._channel.close()
            raise SandboxFailed(f"cannot open the way to the proxy: {error}", _HINT) from error
        finally:
            theirs.close()

    def listener(self, process: int) -> socket.socket:
        """Give the socket that listens in the network of a process.

        Raises:
            SandboxFailed: the network could not be entered.
        """
        self._channel.settimeout(_START_S)
        try:
            self._channel.sendall(str(process).encode("ascii"))
            told, descriptors, _, _ = socket.recv_fds(self._channel, 1024, 1, socket.MSG_CMSG_CLOEXEC)
        except OSError as error:
            raise SandboxFailed(f"cannot open the way to the proxy: {error}", _HINT) from error
        if not descriptors:
            reason = told.decode("utf-8", "replace") or "its process ended without a word"
            raise SandboxFailed(f"cannot open the way to the proxy: {reason}", _HINT)
        os.set_inheritable(descriptors[0], False)
        return socket.socket(fileno=descriptors[0])

    def close(self) -> None:
        """End the process, if it still waits."""
        self._channel.close()
        try:
            self._process.wait(1.0)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def environment() -> tuple[tuple[str, str], ...]:
    """Give the variables that lead programs to the proxy; what listens inside of the sandbox is reached without it."""
    proxy = f"http://127.0.0.1:{PORT}"
    led = tuple((name, proxy) for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "https_proxy", "http_proxy", "all_proxy"))
    return (*led, ("NO_PROXY", "localhost,127.0.0.1,::1"), ("no_proxy", "localhost,127.0.0.1,::1"))
