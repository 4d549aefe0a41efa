"""MCP files: every string of every server, with its place."""

from __future__ import annotations

from setsquare.text import json_document
from setsquare.text.paths import RelPath
from setsquare.workspace.mcp import McpFile, read_mcp


def of(raw: bytes) -> McpFile:
    return read_mcp(json_document.scan(RelPath(".kiro/mcp.json"), raw))


def test_all_strings_are_found_with_their_spans() -> None:
    raw = b"""{ // team servers
      "mcpServers": {
        "db": {"command": "npx", "args": ["-y", "--key=abc"], "env": {"API_KEY": "k\\u0065y"}, "disabled": true, "timeout": 5},
        "web": {"url": "https://x", "headers": {"Authorization": "Bearer ${T}"}, "oauth": {"clientId": "c"}}
      }, "servers": {"old": {"command": "y"}} }"""
    db, web, old = of(raw).servers
    assert (db.name, db.is_disabled, web.is_disabled, old.name) == ("db", True, False, "old")
    assert [(value.where, value.value) for value in db.values] == [
        ("command", "npx"),
        ("args.0", "-y"),
        ("args.1", "--key=abc"),
        ("env.API_KEY", "key"),
    ]
    assert [raw[value.span.start : value.span.end] for value in db.values][-1] == b'"k\\u0065y"'
    assert [value.where for value in web.values] == ["url", "headers.Authorization", "oauth.clientId"]
    assert raw[db.span.start : db.span.end] == b'"db"'


def test_a_broken_file_keeps_the_servers_before_the_break() -> None:
    assert [value.value for server in of(b'{"mcpServers": {"a": {"env": {"K": "secret"').servers for value in server.values] == ["secret"]


def test_other_shapes_give_no_server_or_an_empty_one() -> None:
    assert of(b"[]").servers == of(b"").servers == of(b'{"mcpServers": []}').servers == ()
    (server,) = of(b'{"mcpServers": {"a": null}}').servers
    assert (server.name, server.values, server.is_disabled) == ("a", (), False)
