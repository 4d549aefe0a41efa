"""Reads which tools a person means, for the commands of `setsquare skills`."""

from __future__ import annotations

import click

from setsquare._version import __version__
from setsquare.errors import Usage
from setsquare.integrations.tool import Tool
from setsquare.integrations.tools import TOOLS, chosen
from setsquare.journeys.skill_files import Ground
from setsquare.surfaces.cli.style import safe
from setsquare.wire import files_at, links_at, workspace_folder

TOOLS_OPTION = click.option(
    "--tools", default="", metavar="all|NAMES", help=f"Tools, with commas between: {', '.join(tool.id for tool in TOOLS)}, or `all`."
)


def ground_here() -> Ground:
    """Give the workspace that the current folder lies in."""
    folder = workspace_folder()
    return Ground(files=files_at(folder), links=links_at(folder), version=__version__)


def named_tools(text: str) -> tuple[Tool, ...]:
    """Read the option.

    Raises:
        Usage: it names no tool, or one that is not known.
    """
    if not text:
        return ()
    tools, unknown = chosen(text)
    if unknown or not tools:
        what = f"`{safe(unknown[0])}` is no tool that Setsquare writes files for." if unknown else "`--tools` names no tool."
        raise Usage(what, f"Tools: {', '.join(tool.id for tool in TOOLS)}, or `all`.")
    return tools
