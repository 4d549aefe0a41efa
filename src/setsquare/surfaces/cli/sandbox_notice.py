"""Says which sandbox commands run in, and what it does not give."""

from __future__ import annotations

from setsquare.ports.sandbox import Sandbox


def notice(sandbox: Sandbox | None) -> tuple[str, ...]:
    """Say it in one line for the active backend and one for each thing that it does not give.

    >>> notice(None)
    ('SANDBOX: NONE. No command of an agent runs, and autonomous work is refused. See `setsquare doctor`.',)
    """
    if sandbox is None:
        return ("SANDBOX: NONE. No command of an agent runs, and autonomous work is refused. See `setsquare doctor`.",)
    return (f"Sandbox: {sandbox.name}. Not given:", *(f"  - {clause}" for clause in sandbox.lacks))
