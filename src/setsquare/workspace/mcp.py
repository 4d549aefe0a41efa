"""Reads MCP configuration files: which servers a workspace wants to start."""

from __future__ import annotations

from msgspec import Struct

from setsquare.text.paths import RelPath
from setsquare.text.span import Span


class McpValue(Struct, frozen=True):
    """One string value of a server (`env`, `headers`, `args`, `url`, …): where it stands, `where` such as `env.API_KEY`."""

    where: str
    value: str
    span: Span


class McpServer(Struct, frozen=True, kw_only=True):
    """One configured server with all its string values."""

    name: str
    span: Span
    is_disabled: bool = False
    values: tuple[McpValue, ...] = ()


class McpFile(Struct, frozen=True, kw_only=True):
    """One MCP configuration file."""

    path: RelPath
    servers: tuple[McpServer, ...] = ()
