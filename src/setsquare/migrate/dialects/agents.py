"""Adds `permissions` to older agent profiles that hold `allowedTools` and `toolsSettings`; the old keys stay beside them.

Source: Kiro's on-disk format, section 5 (profiles without `permissions` are skipped by the current engine; what `/upgrade-agent` warns of).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec
from msgspec import Struct, field

from setsquare.migrate.dialects.conversion import Conversion, Dialect
from setsquare.migrate.guidance import Problem
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.paths import RelPath

_CAPABILITIES: Final = {
    **dict.fromkeys(("read", "fs_read", "read_file", "grep", "glob", "list_directory", "file_search", "grep_search"), "fs_read"),
    **dict.fromkeys(("write", "fs_write", "fs_append", "str_replace"), "fs_write"),
    **dict.fromkeys(("shell", "execute_bash", "execute_cmd"), "shell"),
    **dict.fromkeys(("web_fetch",), "web_fetch"),
    **dict.fromkeys(("web_search",), "web_search"),
    **dict.fromkeys(("subagent", "use_subagent"), "subagent"),
    "@builtin": "builtin",
}
_PLAIN_COMMAND = LazyPattern(r"[\w ./:@=,+-]+")


class _Write(Struct, frozen=True):
    allowedPaths: list[str] = field(default_factory=list)  # noqa: N815  (the key's own name)
    deniedPaths: list[str] = field(default_factory=list)  # noqa: N815


class _Shell(Struct, frozen=True):
    allowedCommands: list[str] = field(default_factory=list)  # noqa: N815
    deniedCommands: list[str] = field(default_factory=list)  # noqa: N815
    autoAllowReadonly: bool = False  # noqa: N815


class _Settings(Struct, frozen=True):
    write: _Write | None = None
    fs_write: _Write | None = None
    read: _Write | None = None
    fs_read: _Write | None = None
    shell: _Shell | None = None
    execute_bash: _Shell | None = None


class _Agent(Struct, frozen=True):
    allowedTools: list[str] | None = None  # noqa: N815
    toolsSettings: _Settings | None = None  # noqa: N815
    permissions: msgspec.Raw = msgspec.Raw()
    hooks: msgspec.Raw = msgspec.Raw()


class _Rule(Struct, frozen=True, omit_defaults=True):
    capability: str
    effect: str
    match: tuple[str, ...] = ()


class _Permissions(Struct, frozen=True):
    rules: tuple[_Rule, ...]


def owns(path: str) -> bool:
    """Tell whether a file is an agent profile in JSON.

    >>> owns(".kiro/agents/dev.json"), owns(".kiro/agents/dev.md")
    (True, False)
    """
    return path.endswith(".json") and "/.kiro/agents/" in f"/{path}"


def convert(path: RelPath, text: str) -> tuple[Conversion, ...] | Problem:
    r"""Add the rules to one profile; nothing where it has some or needs none.

    >>> old = '{\n  "name": "dev",\n  "allowedTools": ["read", "@git"]\n}\n'
    >>> "fs_read" in convert(RelPath(".kiro/agents/dev.json"), old)[0].text
    True
    """
    bare = text.removeprefix("\ufeff")
    try:
        agent = msgspec.json.decode(bare, type=_Agent)
    except (msgspec.DecodeError, msgspec.ValidationError, RecursionError) as error:
        return Problem(path=path, line=0, reason=f"it is no agent profile of the known older form: {error}")
    if len(agent.permissions) or (agent.allowedTools is None and agent.toolsSettings is None):
        return ()
    notes: list[str] = []
    rules = (*_allowed(agent.allowedTools or [], notes), *_limited(agent.toolsSettings or _Settings(), notes))
    if len(agent.hooks):
        notes.append("its hooks stay as they are: `kiro-cli agent migrate` turns them")
    end = bare.rstrip().rfind("}")
    head = bare[:end].rstrip()
    shown = msgspec.json.format(msgspec.json.encode(_Permissions(rules)), indent=2).decode().replace("\n", "\n  ")
    written = f'{head}{"" if head.endswith("{") else ","}\n  "permissions": {shown}\n{bare[end:]}'
    if "\r\n" in bare:
        written = written.replace("\r\n", "\n").replace("\n", "\r\n")
    return (Conversion(path=path, target=path, text=text[: len(text) - len(bare)] + written, notes=tuple(notes)),)


def _allowed(tools: list[str], notes: list[str]) -> Iterator[_Rule]:
    for tool in dict.fromkeys(tools):
        if tool in _CAPABILITIES:
            yield _Rule(_CAPABILITIES[tool], "allow")
        elif tool.startswith("@") and len(tool) > 1:
            name = tool[1:]
            yield _Rule("mcp", "allow", (name if "/" in name else f"{name}/*",))
        else:
            notes.append(f"unmapped-allowed-tool: {tool!r} has no capability; it will ask")


def _limited(settings: _Settings, notes: list[str]) -> Iterator[_Rule]:
    for capability, paths in (("fs_write", settings.write or settings.fs_write), ("fs_read", settings.read or settings.fs_read)):
        if paths and paths.allowedPaths:
            yield _Rule(capability, "allow", tuple(paths.allowedPaths))
        if paths and paths.deniedPaths:
            yield _Rule(capability, "deny", tuple(paths.deniedPaths))
    shell = settings.shell or settings.execute_bash
    if shell is None:
        return
    for effect, written in (("allow", shell.allowedCommands), ("deny", shell.deniedCommands)):
        commands = tuple(command for command in map(_as_glob, written) if command)
        if commands:
            yield _Rule("shell", effect, commands)
        notes += [
            f"regex-shell-pattern: {effect} {command!r} is a regular expression; no rule was made"
            for command in written
            if not _as_glob(command)
        ]
    if shell.autoAllowReadonly:
        notes.append("deny-by-default-readonly: autoAllowReadonly has no rule; commands that only read will ask")


def _as_glob(expression: str) -> str:
    """Write a regular expression as a glob where that is the same; empty where it is not.

    >>> _as_glob("git status"), _as_glob("npm .*"), _as_glob("git (log|diff)")
    ('git status', 'npm *', '')
    """
    glob = expression.removeprefix("^").removesuffix("$")
    stars = glob.split(".*")
    return (
        "*".join(stars)
        if all(not part or _PLAIN_COMMAND.fullmatch(part.replace("\\.", "")) for part in stars) and "." not in "".join(stars)
        else ""
    )


DIALECT = Dialect(id="kiro-agents", title="Kiro's older agent profiles", owns=owns, convert=convert)
