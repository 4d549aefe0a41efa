"""Copies MCP servers from where older files hold them, `.kiro/mcp.json`, to where Kiro reads them: `.kiro/settings/mcp.json`.

Source: Kiro's on-disk format, sections 1 and 7.
"""

from __future__ import annotations

from setsquare.migrate.dialects.conversion import Conversion, Dialect
from setsquare.migrate.guidance import Problem
from setsquare.text.paths import RelPath


def owns(path: str) -> bool:
    """Tell whether a file holds MCP servers at the older place.

    >>> owns(".kiro/mcp.json"), owns(".kiro/settings/mcp.json")
    (True, False)
    """
    return path == ".kiro/mcp.json" or path.endswith("/.kiro/mcp.json")


def convert(path: RelPath, text: str) -> tuple[Conversion, ...] | Problem:
    """Copy the file, byte by byte.

    >>> convert(RelPath(".kiro/mcp.json"), '{"mcpServers": {}}')[0].target
    '.kiro/settings/mcp.json'
    """
    target = RelPath(path.removesuffix("mcp.json") + "settings/mcp.json")
    note = "both files are read; delete .kiro/mcp.json once no tool of yours needs it"
    return (Conversion(path=path, target=target, text=text, notes=(note,)),)


DIALECT = Dialect(id="kiro-settings", title="Kiro's older MCP settings", owns=owns, convert=convert)
