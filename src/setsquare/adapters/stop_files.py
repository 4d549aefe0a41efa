"""Keeps the orders to stop as one small file each in the state folder; that a file exists is the order."""

# Names go to the kernel as they are; a path object would normalise them.
# ruff: noqa: PTH100, PTH103, PTH105, PTH108, PTH118, PTH120, PTH208

from __future__ import annotations

import contextlib
import getpass
import hashlib
import os

import msgspec

from setsquare.adapters.run_mailboxes import opened_mailbox
from setsquare.errors import StorageFailed
from setsquare.ports.stops import Mailbox, Scope, StopOrder

_LIMIT_BYTES = 65_536
_FOLDER = "stops"


class FileStops:
    """The orders for one workspace: those for everything lie beside the state folders of all workspaces, the others in its own.

    A file is written beside and linked into its place, so that nobody reads half of it. Where there is no room even for that, an empty file
    is the order.
    """

    def __init__(self, folder: str, state_folder: str) -> None:
        """Take the workspace's folder and its state folder."""
        self._folder = folder
        self._state = os.path.abspath(state_folder)
        self._root = os.path.dirname(self._state)

    def standing(self, spec: str) -> StopOrder | None:
        """Give the widest order that forbids runs of a spec."""
        for scope, name in ((Scope.EVERYTHING, ""), (Scope.WORKSPACE, ""), (Scope.SPEC, spec)):
            found = _read(self._path(scope, name), StopOrder(scope=scope, name=name))
            if found is not None:
                return found
        return None

    def orders(self) -> tuple[StopOrder, ...]:
        """List the orders that concern this workspace, the widest first; a spec's file that cannot be read is named by its file."""
        found = [_read(self._path(scope, ""), StopOrder(scope=scope)) for scope in (Scope.EVERYTHING, Scope.WORKSPACE)]
        try:
            names = sorted(os.listdir(os.path.join(self._state, _FOLDER)))
        except OSError:
            names = []
        found += [
            _read(os.path.join(self._state, _FOLDER, name), StopOrder(scope=Scope.SPEC, name=name))
            for name in names
            if name.startswith("spec-") and name.endswith(".json")
        ]
        return tuple(order for order in found if order is not None)

    def order(self, order: StopOrder) -> bool:
        """Let an order stand; one that stands already keeps standing."""
        path = self._path(order.scope, order.name)
        try:
            os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
            _written(path, msgspec.json.encode(order))
        except OSError:
            return os.path.lexists(path)
        return True

    def lift(self, scope: Scope, name: str) -> bool:
        """Remove an order's file.

        Raises:
            StorageFailed: it cannot be removed, and so the order stands.
        """
        path = self._path(scope, name)
        try:
            os.unlink(path)
        except FileNotFoundError:
            return False
        except OSError as error:
            raise StorageFailed(f"cannot remove {path}, so the stop stands: {error}", "check its permissions") from error
        return True

    def opened(self, run: str, spec: str) -> Mailbox:
        """Announce that this process drives a run."""
        return opened_mailbox(run, spec, self._folder, self._root)

    def _path(self, scope: Scope, name: str) -> str:
        """Name an order's file."""
        if scope is Scope.EVERYTHING:
            return os.path.join(self._root, _FOLDER, "everything.json")
        if scope is Scope.WORKSPACE:
            return os.path.join(self._state, _FOLDER, "workspace.json")
        digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:32]
        return os.path.join(self._state, _FOLDER, f"{scope.value}-{digest}.json")


def person() -> str:
    """Name the person who gives an order, as the system knows them."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return str(os.getuid())


def _written(path: str, raw: bytes) -> None:
    """Put a whole file in its place, or at least an empty one.

    Raises:
        OSError: neither can be made.
    """
    beside = f"{path}.{os.getpid()}"
    try:
        descriptor = os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            if os.write(descriptor, raw) != len(raw):
                raise OSError("there is no room for the whole order")
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        os.replace(beside, path)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(beside)
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600))


def _read(path: str, unread: StopOrder) -> StopOrder | None:
    """Read an order; `unread` where there is one whose text is missing or is none."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError:
        return unread
    try:
        found = msgspec.json.decode(os.read(descriptor, _LIMIT_BYTES), type=StopOrder)
    except (OSError, msgspec.MsgspecError):
        return unread
    finally:
        os.close(descriptor)
    return found if found.scope is unread.scope else unread
