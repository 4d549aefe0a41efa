"""Finds the processes that drive runs and reaches them without the disk: each holds a file in memory that only its user can open.

The file says which run the process drives; an order is added to it from outside, through `/proc/PID/fd`. It is gone with the process, however
that ends, so it is never stale; a full disk, a lock, or a state folder that is gone or read-only does not touch it. Where there is no `/proc`
(other systems than Linux) no process is found; there only the orders that stand as files are obeyed.
"""

# Names go to the kernel as they are; a path object would normalise them.
# ruff: noqa: PTH115, PTH116, PTH123, PTH208

from __future__ import annotations

import contextlib
import os
import signal
import time

import msgspec
from msgspec import Struct

from setsquare._sandbox_exec import descendants
from setsquare.ports.stops import Mailbox, NoMailbox, Runner, Scope, StopOrder

_NAME = "setsquare-run"
_LIMIT_BYTES = 65_536
_LEAVE_S = 0.3
"""How long what a killed process started may take to end by itself, in seconds: sandboxes end with it, and leave nothing behind."""

_POLL_S = 0.01


class _Announced(Struct, frozen=True, kw_only=True):
    """The first line of a mailbox: who drives what; `root` is the folder that holds the state of the user's workspaces."""

    runner: Runner
    root: str


class MemoryMailbox:
    """A file in memory: one line that announces this process, then orders, a line each."""

    def __init__(self, announced: _Announced) -> None:
        """Make the file.

        Raises:
            OSError: the process has too many files open, or memory is short.
        """
        line = msgspec.json.encode(announced) + b"\n"
        self._descriptor = os.memfd_create(_NAME, os.MFD_CLOEXEC)
        self._read = os.write(self._descriptor, line)

    def ordered(self) -> StopOrder | None:
        """Give the order that was put in; half a line is none yet."""
        try:
            if self._descriptor < 0 or os.fstat(self._descriptor).st_size <= self._read:
                return None
            raw = os.pread(self._descriptor, _LIMIT_BYTES, self._read)
        except OSError:
            return None
        if b"\n" not in raw:
            return None
        try:
            return msgspec.json.decode(raw.partition(b"\n")[0], type=StopOrder)
        except msgspec.MsgspecError:
            return StopOrder(scope=Scope.RUN)

    def close(self) -> None:
        """Drop the file."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def opened_mailbox(run: str, spec: str, folder: str, root: str) -> Mailbox:
    """Announce that this process drives a run."""
    pid = os.getpid()
    runner = Runner(run=run, spec=spec, folder=folder, pid=pid, started_ticks=_ticks(pid))
    try:
        return MemoryMailbox(_Announced(runner=runner, root=os.path.realpath(root)))
    except (OSError, AttributeError, UnicodeEncodeError):  # the system has no files in memory
        return NoMailbox()


class ProcessRunners:
    """The processes of this user whose runs have their state below one folder."""

    def __init__(self, root: str) -> None:
        """Take the folder that holds the state of all workspaces."""
        self._root = os.path.realpath(root)

    def running(self) -> tuple[Runner, ...]:
        """List them by looking at what every process has open."""
        found: list[Runner] = []
        for name in _listed("/proc"):
            if name.isdigit() and _is_own(name):
                found += [runner for runner, _ in self._mailboxes(int(name))]
        return tuple(found)

    def is_running(self, runner: Runner) -> bool:
        """Tell whether a process still has the mailbox of its run open."""
        return any(other == runner for other, _ in self._mailboxes(runner.pid))

    def ask(self, runner: Runner, order: StopOrder) -> None:
        """Put an order into a process's mailbox; where that fails, and where it is suspended, it gets a signal too."""
        is_told = False
        for other, place in self._mailboxes(runner.pid):
            if other == runner:
                is_told = _posted(place, msgspec.json.encode(order) + b"\n") or is_told
        is_suspended = _state(runner.pid) in {"T", "t"}
        if not is_told or is_suspended:
            _signal(runner.pid, runner.started_ticks, signal.SIGTERM)
        if is_suspended:
            # The signal waits for it, so that it does nothing else first.
            _signal(runner.pid, runner.started_ticks, signal.SIGCONT)

    def end(self, runners: tuple[Runner, ...], limit_s: float) -> tuple[int, ...]:
        """Kill processes, give what they started a moment to end by itself, then kill the rest of it."""
        began = time.monotonic()
        left: dict[int, int] = {}
        for runner in runners:
            if _signal(runner.pid, runner.started_ticks, signal.SIGSTOP):  # nothing new is started while the rest is listed
                left[runner.pid] = runner.started_ticks
                left |= {pid: _ticks(pid) for pid in descendants(runner.pid)}
                _signal(runner.pid, runner.started_ticks, signal.SIGKILL)
        while left := {pid: ticks for pid, ticks in left.items() if _is_alive(pid, ticks)}:
            took = time.monotonic() - began
            if took > limit_s:
                break
            if took > min(_LEAVE_S, limit_s / 2):
                left = _frozen(left)
                for pid, ticks in left.items():
                    _signal(pid, ticks, signal.SIGKILL)
            time.sleep(_POLL_S)
        return tuple(sorted(left))

    def _mailboxes(self, pid: int) -> list[tuple[Runner, str]]:
        """Read the mailboxes that a process has open, each with its place."""
        found: list[tuple[Runner, str]] = []
        for number in _listed(f"/proc/{pid}/fd"):
            place = f"/proc/{pid}/fd/{number}"
            if _target(place).startswith(f"/memfd:{_NAME}"):
                announced = _announced(place)
                # A process cannot speak for another.
                if announced is not None and announced.root == self._root and _is_alive(pid, announced.runner.started_ticks):
                    found += [(announced.runner, place)] if announced.runner.pid == pid else []
        return found


def _frozen(left: dict[int, int]) -> dict[int, int]:
    """Suspend processes and what they started meanwhile, until there is nothing new."""
    while True:
        for pid, ticks in left.items():
            _signal(pid, ticks, signal.SIGSTOP)
        more = {child: _ticks(child) for pid in left for child in descendants(pid) if child not in left}
        if not more:
            return left
        left = {**left, **more}


def _announced(place: str) -> _Announced | None:
    try:
        with open(place, "rb") as file:
            return msgspec.json.decode(file.readline(_LIMIT_BYTES), type=_Announced)
    except (OSError, msgspec.MsgspecError):
        return None


def _posted(place: str, line: bytes) -> bool:
    try:
        descriptor = os.open(place, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
        try:
            return os.write(descriptor, line) == len(line)
        finally:
            os.close(descriptor)
    except OSError:
        return False


def _signal(pid: int, ticks: int, number: int) -> bool:
    """Send a signal to a process, if it is still that process."""
    if not hasattr(os, "pidfd_open"):
        return False
    try:
        handle = os.pidfd_open(pid)
    except OSError:
        return False
    try:
        if not _is_alive(pid, ticks):
            return False
        with contextlib.suppress(OSError):
            signal.pidfd_send_signal(handle, number)
            return True
    finally:
        os.close(handle)
    return False


def _is_alive(pid: int, ticks: int) -> bool:
    """Tell whether a process is there and has not ended; one that nobody has waited for yet has ended."""
    words = _stat(pid)
    return bool(words) and words[0] not in {"Z", "X"} and int(words[19]) == ticks


def _ticks(pid: int) -> int:
    """Give the moment at which a process was started, in clock ticks since the machine was; 0 when that is unknown."""
    words = _stat(pid)
    return int(words[19]) if words else 0


def _state(pid: int) -> str:
    words = _stat(pid)
    return words[0] if words else ""


def _stat(pid: int) -> list[str]:
    """Read what the kernel says of a process, behind its name: its state first, the moment of its start as the twentieth."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].decode("ascii").split()
    except OSError:
        return []


def _is_own(name: str) -> bool:
    try:
        return os.stat(f"/proc/{name}").st_uid == os.geteuid()
    except OSError:
        return False


def _listed(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []


def _target(place: str) -> str:
    try:
        return os.readlink(place)
    except OSError:
        return ""
