"""Finds what OpenSpec wrote before it used skills, and what is to become of it.

A file that people can have written in is only freed of the marked block, byte by byte; a generated command goes where it carries the marks or has a
name that only OpenSpec gives; everything else stays.

Source: the legacy clean-up of OpenSpec 1.13.2, observed from outside.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from setsquare.text.paths import RelPath

MARKED_FILES: Final = tuple(
    RelPath(f"{name}.md") for name in ("CLAUDE", "CLINE", "CODEBUDDY", "COSTRICT", "QODER", "IFLOW", "AGENTS", "QWEN")
)
"""Files of the root that may hold a marked block."""

_SHARED = ("CLAUDE.md", "AGENTS.md")
_MARKED_FOLDERS = {
    "claude": ".claude/commands/openspec",
    "codebuddy": ".codebuddy/commands/openspec",
    "qoder": ".qoder/commands/openspec",
    "crush": ".crush/commands/openspec",
    "gemini": ".gemini/commands/openspec",
}
_NAMED = {
    "cursor": (".cursor/commands", r"openspec-.*\.md"),
    "devin": (".windsurf/workflows", r"openspec-.*\.md"),
    "kiro": (".kiro/prompts", r"openspec-.*\.prompt\.md"),
    "github-copilot": (".github/prompts", r"openspec-.*\.prompt\.md"),
    "amazon-q": (".amazonq/prompts", r"openspec-.*\.md"),
    "cline": (".clinerules/workflows", r"openspec-.*\.md"),
    "roocode": (".roo/commands", r"openspec-.*\.md"),
    "auggie": (".augment/commands", r"openspec-.*\.md"),
    "factory": (".factory/commands", r"openspec-.*\.md"),
    "opencode": (".opencode/command", r"(?:openspec|opsx)-.*\.md"),
    "continue": (".continue/prompts", r"openspec-.*\.prompt"),
    "antigravity": (".agent/workflows", r"openspec-.*\.md"),
    "iflow": (".iflow/commands", r"openspec-.*\.md"),
    "qwen": (".qwen/commands", r"openspec-.*\.toml"),
    "codex": (".codex/prompts", r"openspec-.*\.md"),
    "costrict": (".cospec/openspec/commands", r"openspec-.*\.md"),
    "kilocode": (
        ".kilocode/workflows",
        (
            r"(?:openspec-(?:proposal|apply|archive)"
            r"|opsx-(?:propose|explore|new|continue|apply|update|ff|sync|archive|bulk-archive|verify|onboard))\.md"
        ),
    ),
}
PLACES: Final = tuple(RelPath(folder) for folder in (*_MARKED_FOLDERS.values(), *(folder for folder, _ in _NAMED.values())))
"""Folders that hold generated commands; only files directly in them are looked at."""

OLD_GUIDE: Final = RelPath("openspec/AGENTS.md")
PROJECT: Final = RelPath("openspec/project.md")
_GENERATED = re.compile(r"(?:proposal|apply|archive)\.(?:md|toml)")
_START, _END = b"<!-- OPENSPEC:START -->", b"<!-- OPENSPEC:END -->"
_LINE = rb"[ \t]*\r?\n"
# What lies between must not begin another block: an unclosed mark takes nothing of a person's text with it.
_BLOCK = re.compile(
    rb"^[ \t]*" + re.escape(_START) + _LINE + rb"(?:(?!" + re.escape(_START) + rb").)*?^[ \t]*" + re.escape(_END) + rb"[ \t]*(?:\r?\n|\Z)",
    re.MULTILINE | re.DOTALL,
)


class Legacy(Struct, frozen=True, kw_only=True):
    """What is to become of older files: `stripped` get new bytes, `removed` go, `kept` are a person's own beside them.

    `tools` are those for which older commands stand here; `has_project` says that there is a `project.md` to be read by a person.
    """

    stripped: tuple[tuple[RelPath, bytes], ...] = ()
    removed: tuple[RelPath, ...] = ()
    kept: tuple[RelPath, ...] = ()
    tools: tuple[str, ...] = ()
    has_project: bool = False

    @property
    def is_nothing(self) -> bool:
        """Tell whether no file is to be changed."""
        return not self.stripped and not self.removed


def legacy_of(files: Mapping[RelPath, bytes]) -> Legacy:
    r"""Judge files by path: those of `MARKED_FILES`, of the folders `PLACES`, and the two in `openspec/`.

    >>> block = b"<!-- OPENSPEC:START -->\nx\n<!-- OPENSPEC:END -->\n"
    >>> found = legacy_of({RelPath("AGENTS.md"): b"# Mine\n" + block, RelPath(".claude/commands/openspec/apply.md"): b"my own\n"})
    >>> found.stripped, found.removed, found.kept
    ((('AGENTS.md', b'# Mine\n'),), (), ('.claude/commands/openspec/apply.md',))
    """
    stripped = tuple((path, new) for path in MARKED_FILES if path in files and (new := without_block(files[path])) != files[path])
    removed: list[RelPath] = []
    kept: list[RelPath] = []
    tools: list[str] = []
    for tool, folder in _MARKED_FOLDERS.items():
        own = [path for path in sorted(files) if path.startswith(f"{folder}/")]
        made = [path for path in own if _GENERATED.fullmatch(path[len(folder) + 1 :]) and _is_marked(files[path])]
        removed += made
        kept += [path for path in own if path not in made]
        tools += [tool] if made else []
    for tool, (folder, pattern) in _NAMED.items():
        named = [path for path in sorted(files) if path.startswith(f"{folder}/") and re.fullmatch(pattern, path[len(folder) + 1 :])]
        removed += named
        tools += [tool] if named else []
    if OLD_GUIDE in files:
        removed.append(OLD_GUIDE)
    return Legacy(stripped=stripped, removed=tuple(removed), kept=tuple(kept), tools=tuple(tools), has_project=PROJECT in files)


def is_legacy(path: str) -> bool:
    """Tell whether a file lies where older versions of OpenSpec wrote; the instruction files that every tool shares are not counted.

    >>> is_legacy(".cursor/commands/openspec-apply.md"), is_legacy("openspec/project.md"), is_legacy("CLAUDE.md")
    (True, True, False)
    """
    if path in (OLD_GUIDE, PROJECT) or (path in MARKED_FILES and path not in _SHARED):
        return True
    folder, _, name = path.rpartition("/")
    if folder in _MARKED_FOLDERS.values():
        return _GENERATED.fullmatch(name) is not None
    return any(folder == place and re.fullmatch(pattern, name) is not None for place, pattern in _NAMED.values())


def without_block(raw: bytes) -> bytes:
    r"""Take marked blocks out of a file; every other byte stays, but for a blank line where two would meet.

    >>> without_block(b"# Mine\n\n<!-- OPENSPEC:START -->\nx\n<!-- OPENSPEC:END -->\n\nafter\n")
    b'# Mine\n\nafter\n'
    >>> without_block(b"a <!-- OPENSPEC:START --> b <!-- OPENSPEC:END -->\n<!-- OPENSPEC:START -->\n")
    b'a <!-- OPENSPEC:START --> b <!-- OPENSPEC:END -->\n<!-- OPENSPEC:START -->\n'
    """
    while (found := _BLOCK.search(raw)) is not None:
        before, after = raw[: found.start()], raw[found.end() :]
        if not before or before.endswith((b"\n\n", b"\r\n\r\n")):
            after = re.sub(rb"\A(?:[ \t]*\r?\n)+", b"", after) if after.strip() else b""
        if not after and before.endswith((b"\n\n", b"\r\n\r\n")):
            before = before.rstrip() + (b"\r\n" if before.endswith(b"\r\n") else b"\n")
        raw = before + after
    return raw


def _is_marked(raw: bytes) -> bool:
    return _START in raw and _END in raw
