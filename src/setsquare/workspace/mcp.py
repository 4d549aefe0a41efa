"""Reads MCP configuration files: which servers a workspace wants to start."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from setsquare.text import json_document
from setsquare.text.document import Document
from setsquare.text.json_tree import JsonArray, JsonBoolean, JsonMember, JsonObject, JsonString, JsonTree, JsonValue
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


def read_mcp(document: Document) -> McpFile:
    """Read the servers under `mcpServers` and `servers`; what is broken gives no server, what stands before it is kept.

    >>> raw = b'{"mcpServers": {"db": {"command": "npx", "args": ["-y"], "env": {"KEY": "${KEY}"}}}}'
    >>> server = read_mcp(json_document.scan(RelPath(".mcp.json"), raw)).servers[0]
    >>> server.name, [(value.where, value.value) for value in server.values]
    ('db', [('command', 'npx'), ('args.0', '-y'), ('env.KEY', '${KEY}')])
    """
    return McpFile(path=document.path, servers=read_servers(json_document.read(document)))


def read_servers(tree: JsonTree) -> tuple[McpServer, ...]:
    """Read the servers of any JSON file that has `mcpServers` or `servers` at its top.

    >>> raw = b'{"servers": {"db": {"command": "npx", "disabled": true}}}'
    >>> [(found.name, found.is_disabled) for found in read_servers(json_document.read(json_document.scan(RelPath("a.json"), raw)))]
    [('db', True)]
    """
    return tuple(
        _server(entry)
        for member in tree.members
        if member.key in ("mcpServers", "servers") and isinstance(member.value, JsonObject)
        for entry in member.value.members
    )


def _server(entry: JsonMember) -> McpServer:
    """Read one server; `span` covers its name."""
    disabled = entry.value.member("disabled") if isinstance(entry.value, JsonObject) else None
    return McpServer(
        name=entry.key,
        span=entry.key_span,
        is_disabled=disabled is not None and isinstance(disabled.value, JsonBoolean) and disabled.value.value,
        values=tuple(_strings(entry.value, "")),
    )


def _strings(value: JsonValue, where: str) -> Iterator[McpValue]:
    """Walk every string below a value; the depth is bounded by the JSON reader's limit."""
    if isinstance(value, JsonString):
        yield McpValue(where, value.value, value.span)
    elif isinstance(value, JsonObject):
        for member in value.members:
            yield from _strings(member.value, f"{where}.{member.key}" if where else member.key)
    elif isinstance(value, JsonArray):
        for index, item in enumerate(value.items):
            yield from _strings(item, f"{where}.{index}" if where else str(index))
