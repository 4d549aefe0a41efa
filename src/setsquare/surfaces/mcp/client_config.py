"""Writes what a person pastes into the configuration of a client.

Source: Kiro, MCP configuration; Claude Code, MCP (project scope); Cursor, MCP (mcp.json); Visual Studio Code, MCP configuration reference.
"""

from __future__ import annotations

from typing import Final

import msgspec

from setsquare.surfaces.mcp.answering import TOOLS
from setsquare.surfaces.mcp.page import Json
from setsquare.surfaces.mcp.wanted import Wanted

_FOLDER: Final = "${workspaceFolder}"
"""What Cursor and Visual Studio Code put the folder of the workspace in place of."""


# req: mcp-server/6.1
def client_config(asked: Wanted) -> str:
    """Write the configuration as JSON, with the same workspace and folders as were named.

    >>> "autoApprove" in client_config(Wanted(client="kiro")), "servers" in client_config(Wanted(client="vscode"))
    (True, True)
    """
    is_told = asked.client in {"cursor", "vscode"}
    workspace = asked.workspace or (_FOLDER if is_told else "")
    arguments: list[Json] = ["mcp", *(("--workspace", workspace) if workspace else ())]
    for place in asked.readable:
        arguments += ["--read", place]
    start: dict[str, Json] = {"command": "setsquare", "args": arguments}
    is_kiro = asked.client == "kiro"
    server: dict[str, Json] = {**start, "disabled": False, "autoApprove": list(TOOLS)} if is_kiro else {"type": "stdio", **start}
    whole: dict[str, Json] = {"servers" if asked.client == "vscode" else "mcpServers": {"setsquare": server}}
    return msgspec.json.format(msgspec.json.encode(whole), indent=2).decode() + "\n"
