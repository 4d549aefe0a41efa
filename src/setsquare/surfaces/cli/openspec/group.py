"""`setsquare openspec`: the group that answers as OpenSpec 1.13.2 does.

Usage errors end with 1, as everything of the original that fails does.
"""

from __future__ import annotations

from setsquare.surfaces.cli.openspec.loading import COMMANDS
from setsquare.surfaces.cli.openspec.tabled import TabledGroup

command = TabledGroup(
    "openspec",
    COMMANDS,
    """Work with an openspec/ folder as the command `openspec` 1.13.2 does.

    Flags, JSON and exit codes are those of OpenSpec, so that a script or a skill works when its command is replaced.
    Nothing is sent anywhere: there is no telemetry.
    """,
    is_outermost=True,
)
