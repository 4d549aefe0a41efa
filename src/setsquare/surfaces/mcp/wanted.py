"""Reads what stands behind `setsquare mcp`."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from setsquare.errors import Usage

CLIENTS = ("kiro", "claude", "cursor", "vscode")


class Wanted(Struct, frozen=True, kw_only=True):
    """What is served: the workspace (empty: where the server stands), the folders beside it; or for which client a configuration is printed."""

    workspace: str = ""
    readable: tuple[str, ...] = ()
    client: str = ""


def wanted(arguments: Sequence[str]) -> Wanted:
    """Read the arguments.

    >>> wanted(["--read", "../trails", "--workspace=."])
    Wanted(workspace='.', readable=('../trails',), client='')

    Raises:
        Usage: one is not known, or has no value.
    """
    found: dict[str, list[str]] = {"--workspace": [], "--read": [], "--print-config": []}
    rest = [argument for argument in arguments if argument != "--stdio"]
    while rest:
        name, sign, value = rest.pop(0).partition("=")
        if name not in found:
            raise Usage(f"`setsquare mcp` knows no `{name}`.", "It takes --workspace PATH, --read PATH and --print-config CLIENT.")
        if not sign:
            value = rest.pop(0) if rest else ""
        if not value:
            raise Usage(f"`{name}` needs a value.", f"Such as: setsquare mcp {name} {'kiro' if name == '--print-config' else '../trails'}")
        found[name].append(value)
    client = found["--print-config"][-1] if found["--print-config"] else ""
    if client and client not in CLIENTS:
        raise Usage(f"No client is called `{client}` here.", f"One of: {', '.join(CLIENTS)}.")
    return Wanted(workspace=found["--workspace"][-1] if found["--workspace"] else "", readable=tuple(found["--read"]), client=client)
