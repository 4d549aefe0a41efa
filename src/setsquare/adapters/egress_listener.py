"""Listens inside of a sandbox's network and hands the socket back.

Run as `python -I -S <this file> <socket> <port>`: it reads a process id from the socket, enters that process's network and sends a listening
socket back, or one line that says why there is none. It is a process of its own because one with several threads may not enter another user
namespace. It imports nothing of ours and as little as it can: a command waits for it.

Source: setns(2), ioctl_ns(2), unix(7).
"""

from __future__ import annotations

import _socket
import ctypes
import fcntl
import os
import sys

_NEW_USER, _NEW_NETWORK = 0x10000000, 0x40000000
_OWNER_OF_NAMESPACE = 0xB701


def _enter(namespace: int, kind: int, what: str) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(namespace, kind) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def main() -> int:
    """Serve one request on the socket that the command line names."""
    platform_end = _socket.socket(fileno=int(sys.argv[1]))
    process = platform_end.recv(32)
    if not process:
        return 0
    try:
        network = os.open(f"/proc/{int(process)}/ns/net", os.O_RDONLY | os.O_CLOEXEC)  # not that of a user namespace made later inside
        owner = fcntl.ioctl(network, _OWNER_OF_NAMESPACE)
        _enter(owner, _NEW_USER, "entering the sandbox's user namespace")
        _enter(network, _NEW_NETWORK, "entering the sandbox's network")
        listener = _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM)
        listener.setsockopt(_socket.IPPROTO_TCP, _socket.TCP_NODELAY, 1)  # what it accepts inherits this
        # The loopback device may not be up yet; there is no other one.
        listener.bind(("0.0.0.0", int(sys.argv[2])))  # noqa: S104
        listener.listen(128)
        descriptor = listener.fileno().to_bytes(4, sys.byteorder)
        platform_end.sendmsg([b"ok"], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, descriptor)])
    except OSError as error:
        platform_end.send(str(error.strerror or error).encode("utf-8", "replace")[:1000])
    return 0


if __name__ == "__main__":
    sys.exit(main())
