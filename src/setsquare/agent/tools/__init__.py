"""Gives a model its hands: one file per tool, each with its schema, its arguments and how it is performed through the ports.

Main types: `Workbench`, `Observation`, `OFFERED`.
Not here: whether an action may be performed (guard), when (machine), and what a command changed (journeys compare trees).
"""

from __future__ import annotations

from setsquare.agent.tools import edit, list, read, search, shell, write  # noqa: A004  (the tool's own name)
from setsquare.events.conversation import Tool

OFFERED: tuple[Tool, ...] = (read.TOOL, write.TOOL, edit.TOOL, list.TOOL, search.TOOL, shell.TOOL)
"""The tools that a model is offered, always in this order."""
