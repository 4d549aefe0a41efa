"""Says whether the people of the alert channel know of what the IAM Power did out of its scope."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setsquare.surfaces.cli.iam_words import plain
from setsquare.surfaces.cli.style import paint

if TYPE_CHECKING:
    from setsquare.journeys.iam_telling import Told


def proof_shown(told: Told) -> str:
    """Write the proof of a delivery; empty for none."""
    return f"{told.delivered.channel}: {told.delivered.receipt}" if told.delivered else ""


def told_text(told: str, untold: str) -> list[str]:
    """Say who was told, or why nobody was.

    >>> told_text("#security: 200", ""), told_text("", "")
    (['Told #security: 200.'], [])
    """
    lines = [f"Told {plain(told)}."] if told else []
    return lines + ([f"{paint('!', 'yellow')} Nobody was told of it: {plain(untold)}"] if untold else [])
