"""A language server that is ready to run: it is forked off a process that has imported it, with the streams, folder and environment of who asks.

`python warm.py PLACE` serves at a socket; what asks there, with three streams, is a process of its own all the same.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import marshal
import os
import pkgutil
import select
import socket
import sys

ASKING = """
import marshal, os, socket, sys
with socket.socket(socket.AF_UNIX) as there:
    there.connect(sys.argv[1])
    said = marshal.dumps((os.getcwd(), sys.argv[2:], dict(os.environ)))
    socket.send_fds(there, [len(said).to_bytes(4, "big")], [0, 1, 2])
    there.sendall(said)
    sys.exit((there.recv(1) or b"\\x01")[0])
"""
"""What an editor starts: a Python with next to nothing, which hands its streams over and ends as the server ends."""

PARTS = ("setsquare.surfaces.lsp", "setsquare.rules", "setsquare.spec", "setsquare.wire", "setsquare.journeys.check")


def serve(place: str) -> None:
    """Fork a server for each who asks, until standard input ends."""
    for name in PARTS:
        part = importlib.import_module(name)
        for inner in pkgutil.iter_modules(getattr(part, "__path__", ())):
            importlib.import_module(f"{name}.{inner.name}")
    gc.collect()
    gc.freeze()
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(place)
        listening.listen()
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        while sys.stdin not in select.select([listening, sys.stdin], [], [])[0]:
            asking, _ = listening.accept()
            if not os.fork():
                listening.close()
                _answer(asking)
            asking.close()
            with contextlib.suppress(ChildProcessError):
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass
        with contextlib.suppress(ChildProcessError):
            while True:
                os.waitpid(-1, 0)


def _answer(asking: socket.socket) -> None:
    """Run one server and tell its exit code to who asked."""
    head, streams, _, _ = socket.recv_fds(asking, 4, 3)
    with asking.makefile("rb") as rest:
        folder, arguments, environment = marshal.loads(rest.read(int.from_bytes(head, "big")))  # noqa: S302  (from the test itself)
    number = os.fork()
    if not number:
        asking.close()
        _become(streams, folder, arguments, environment)
    for stream in (0, 1, 2, *streams):
        os.close(stream)
    code = os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])
    with contextlib.suppress(OSError):
        asking.sendall(bytes([code & 255]))
    os._exit(0)


def _become(streams: list[int], folder: str, arguments: list[str], environment: dict[str, str]) -> None:
    """Go on as the command that was asked for."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    code = 1
    try:
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environment)
        from setsquare.__main__ import main

        code = main(arguments)
        sys.stdout.flush()
    finally:
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    serve(sys.argv[1])
