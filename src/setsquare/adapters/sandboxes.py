"""Chooses the strongest sandbox that works on this machine."""

from __future__ import annotations

from setsquare.adapters import bubblewrap, landlock, seatbelt
from setsquare.ports.sandbox import Sandbox


# req: guarded-run/2.2
def find(folder: str) -> Sandbox | None:
    """Try bubblewrap, then Landlock, then macOS's own; each is believed only after it ran a confined command."""
    return bubblewrap.find(folder) or landlock.find(folder) or seatbelt.find(folder)
