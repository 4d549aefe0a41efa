"""Writes a Power's `POWER.md` as an agent plugin beside it: `plugin.json` and a skill with the same text.

Source: Kiro's on-disk format, section 8 (Agent Plugins 1.0.0; `POWER.md` is still read).
"""

from __future__ import annotations

from typing import Final

import msgspec
from msgspec import Struct

from setsquare.migrate.dialects.conversion import Conversion, Dialect
from setsquare.migrate.guidance import Problem
from setsquare.migrate.instructions.front import Front, read_front
from setsquare.migrate.instructions.naming import slug
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.paths import RelPath, joined, parent

_SCHEMA: Final = "https://agent-plugins.org/schemas/1.0.0/plugin.schema.json"
_NAME = LazyPattern(r"[a-z0-9](?:[a-z0-9.-]{0,62}[a-z0-9])?")


class _Author(Struct, frozen=True):
    name: str


class _Plugin(Struct, frozen=True, omit_defaults=True, rename={"schema": "$schema"}, kw_only=True):
    schema: str
    name: str
    version: str
    description: str
    author: _Author | None = None
    keywords: tuple[str, ...] = ()


def owns(path: str) -> bool:
    """Tell whether a file is a Power's.

    >>> owns("aws/POWER.md"), owns("aws/plugin.json")
    (True, False)
    """
    return path.rpartition("/")[2] == "POWER.md"


def convert(path: RelPath, text: str) -> tuple[Conversion, ...] | Problem:
    r"""Write one Power as a plugin.

    >>> old = "---\nname: aws\ndescription: Knows AWS\nkeywords: [aws, iam]\n---\n# AWS\n"
    >>> [file.target for file in convert(RelPath("aws/POWER.md"), old)]
    ['aws/plugin.json', 'aws/skills/aws/SKILL.md']
    """
    front = read_front(path, text.removeprefix("\ufeff"))
    if isinstance(front, Problem):
        return front
    name = front.text("name")
    if not _NAME.fullmatch(name) or "--" in name or ".." in name:
        name = slug(name or parent(path).rpartition("/")[2] or "power")
    if not _NAME.fullmatch(name) or not front.text("description"):
        return Problem(path=path, line=1, reason="a plugin needs a name of plain letters and a description in the front matter")
    newline = "\r\n" if "\r\n" in text else "\n"
    described = msgspec.json.encode(front.text("description")).decode()
    skill = newline.join(("---", f"name: {name}", f"description: {described}", "---", "")) + front.body
    notes = ("POWER.md stays and is still read",)
    folder = parent(path)
    return (
        Conversion(path=path, target=joined(folder, "plugin.json"), text=_manifest(front, name), notes=notes),
        Conversion(path=path, target=joined(folder, "skills", name, "SKILL.md"), text=skill),
    )


def _manifest(front: Front, name: str) -> str:
    author = front.text("author")
    plugin = _Plugin(
        schema=_SCHEMA,
        name=name,
        version=front.text("version") or "1.0.0",
        description=front.text("description"),
        author=_Author(author) if author else None,
        keywords=front.texts("keywords"),
    )
    return msgspec.json.format(msgspec.json.encode(plugin), indent=2).decode() + "\n"


DIALECT = Dialect(id="kiro-powers", title="Kiro's older Powers", owns=owns, convert=convert)
