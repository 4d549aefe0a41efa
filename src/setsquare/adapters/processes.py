"""Tells a process from a later one with the same number."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from setsquare.events.spending import Holder

_ENDED = -1


def this_process() -> Holder:
    """Name the process that asks."""
    return Holder(os.getpid(), started_ticks(os.getpid()))


def is_alive(holder: Holder) -> bool:
    """Tell whether a process is still there; where the system does not tell when it began, its number alone decides."""
    if holder.pid <= 0:
        return False
    try:
        os.kill(holder.pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass
    began = started_ticks(holder.pid)
    if began == _ENDED:
        return False
    return not (began and holder.started_ticks) or began == holder.started_ticks


def started_ticks(pid: int) -> int:
    """Tell when a process began, in clock ticks since the machine did; 0 where the system does not say, -1 once it has ended."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
        return _ENDED if fields[0] in {b"Z", b"X"} else int(fields[19])
    return 0
