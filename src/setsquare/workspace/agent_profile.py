"""Reads agent profiles: Markdown files whose front matter says what an agent is for, and whose body is its prompt.

Source: Kiro's on-disk format, section 5 (`.kiro/agents/**`).
"""

from __future__ import annotations

import re

from msgspec import Struct

from setsquare.text.document import Document, NodeKind, decode
from setsquare.text.paths import RelPath
from setsquare.workspace.front_matter import read_front_matter

_LINE = re.compile(r"[_*]*agent\s*:\s*(?P<name>.*?)_?\**\s*\Z", re.IGNORECASE)
_NAME = re.compile(r"[\w-][\w.-]*(?:/[\w-][\w.-]*){0,4}")
_UNFOLLOWED = ("toolsSettings", "toolAliases")


class AgentProfile(Struct, frozen=True, kw_only=True):
    """One profile. `tools` and `excluded` are as written, `has_tools` tells whether a list is; `rules` is the front matter's YAML where it holds permissions.

    `unfollowed` are keys with restrictions that have no meaning here; `problem` says why the file cannot be used.
    """

    path: RelPath
    name: str
    description: str = ""
    prompt: str = ""
    tools: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    has_tools: bool = False
    rules: bytes = b""
    unfollowed: tuple[str, ...] = ()
    problem: str = ""


def named_agent(lines: tuple[str, ...]) -> str | None:
    """Read which agent a task's own lines name; `None` when none does, empty where a line names nothing.

    >>> named_agent(("Write it", "_Agent: team/reviewer_")), named_agent(("Agent: `dba`",)), named_agent(("Add a user agent",))
    ('team/reviewer', 'dba', None)
    """
    found = next((match for line in lines if (match := _LINE.match(line.strip()))), None)
    return found["name"].strip(" `\"'") if found else None


def is_agent_name(name: str) -> bool:
    """Tell whether a name can be that of a profile: words, with folders in front.

    >>> is_agent_name("team/reviewer"), is_agent_name("../x"), is_agent_name("a//b"), is_agent_name("")
    (True, False, False, False)
    """
    return _NAME.fullmatch(name) is not None


def read_agent_profile(document: Document, name: str) -> AgentProfile:
    r"""Read one profile; `name` is the file's, which the front matter may replace.

    >>> from setsquare.text import markdown
    >>> raw = b"---\nname: dba\ntools: read, shell\n---\nYou know SQL.\n"
    >>> found = read_agent_profile(markdown.scan(RelPath(".kiro/agents/db.md"), raw), "db")
    >>> found.name, found.tools, found.prompt
    ('dba', ('read', 'shell'), 'You know SQL.\n')
    """
    front = read_front_matter(document)
    body = decode(b"".join(node.raw for node in document.nodes if node.kind not in (NodeKind.BOM, NodeKind.FRONT_MATTER)))
    block = next((node.raw for node in document.nodes[:2] if node.kind is NodeKind.FRONT_MATTER), b"")
    return AgentProfile(
        path=document.path,
        name=front.text("name") or name,
        description=front.text("description"),
        prompt=body,
        tools=_listed(front.texts("tools")),
        excluded=_listed(front.texts("excludedTools")),
        has_tools=front.has("tools"),
        rules=_inner(block) if front.has("permissions") else b"",
        unfollowed=tuple(key for key in _UNFOLLOWED if front.has(key)),
        problem=front.problem,
    )


def _listed(written: tuple[str, ...]) -> tuple[str, ...]:
    """Split one text of names; a list stays as it is."""
    return tuple(part.strip() for text in written for part in text.split(",") if part.strip())


def _inner(block: bytes) -> bytes:
    """Give the YAML between the marks, with an empty first line so that its lines count as the file's."""
    return b"\n" + b"".join(block.splitlines(keepends=True)[1:-1])
