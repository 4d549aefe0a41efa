"""Says file by file what becomes of OpenSpec's old form, with the reason, and moves the text of `project.md` into `config.yaml`.

Source: OpenSpec 1.13.2, `init` and `update`: legacy clean-up (openspec.md § 8).
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator, Mapping
from typing import Final

from msgspec import Struct

from setsquare.migrate.openspec_legacy import MARKED_FILES, OLD_GUIDE, PLACES, PROJECT, legacy_of, without_block
from setsquare.text.document import decode, encode
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.paths import RelPath, base_name, parent

LIMIT_CONTEXT_BYTES: Final = 51_200
"""The longest `context` that OpenSpec reads."""

_START: Final = "<!-- OPENSPEC:START -->"
_END: Final = "<!-- OPENSPEC:END -->"
_MARK_ALONE = LazyPattern(rf"^[ \t]*(?:{_START}|{_END})[ \t]*\r?$", re.MULTILINE)
_BLOCK = LazyPattern(rf"^[ \t]*{_START}[ \t]*\r?\n(?:(?!{_START}).)*?^[ \t]*{_END}[ \t]*(?:\r?\n|\Z)", re.MULTILINE | re.DOTALL)
_GENERATED = LazyPattern(r"(?:openspec-(?:proposal|apply|archive)|opsx-[a-z-]+)\.")


class Fate(enum.Enum):
    """What becomes of a file."""

    STRIPPED = "stripped"
    REMOVED = "removed"
    KEPT = "kept"


class LegacyFile(Struct, frozen=True, kw_only=True):
    """One file of the old form, with its bytes after it was stripped, and why.

    `is_certain` tells whether the file itself or its name shows that OpenSpec made it; OpenSpec removes the others by their name all the same.
    """

    path: RelPath
    fate: Fate
    why: str
    new: bytes | None = None
    is_certain: bool = True


def is_legacy(path: str) -> bool:
    """Tell whether a path is one at which OpenSpec once wrote.

    >>> (
    ...     is_legacy("CLAUDE.md"),
    ...     is_legacy("api/CLAUDE.md"),
    ...     is_legacy(".cursor/commands/openspec-apply.md"),
    ...     is_legacy("openspec/project.md"),
    ... )
    (True, False, True, True)
    """
    if path in MARKED_FILES or path in (OLD_GUIDE, PROJECT):
        return True
    return parent(path) in PLACES and (base_name(parent(path)) == "openspec" or base_name(path).startswith(("openspec-", "opsx-")))


def legacy_files(files: Mapping[RelPath, bytes]) -> tuple[LegacyFile, ...]:
    r"""Say what becomes of each file of the old form, sorted by path; files without a trace of it are left out.

    >>> raw = b"# Mine\n\n<!-- OPENSPEC:START -->\nold\n<!-- OPENSPEC:END -->\n"
    >>> [(file.fate.value, file.new) for file in legacy_files({RelPath("CLAUDE.md"): raw})]
    [('stripped', b'# Mine\n')]
    """
    return tuple(sorted(_judged(files), key=lambda file: file.path))


def _judged(files: Mapping[RelPath, bytes]) -> Iterator[LegacyFile]:
    legacy = legacy_of(files)
    for path, new in legacy.stripped:
        yield LegacyFile(path=path, fate=Fate.STRIPPED, why="OpenSpec's block between its marks goes; every other line stays", new=new)
    for path in legacy.removed:
        is_marked = _START in decode(files[path])
        is_certain = is_marked or path == OLD_GUIDE or _GENERATED.match(base_name(path)) is not None
        why = "OpenSpec's own old guide" if path == OLD_GUIDE else "a command that OpenSpec generated"
        yield LegacyFile(path=path, fate=Fate.REMOVED, why=why, is_certain=is_certain)
    for path in legacy.kept:
        yield LegacyFile(path=path, fate=Fate.KEPT, why="no mark of OpenSpec stands in it")
    if PROJECT in files:
        yield LegacyFile(path=PROJECT, fate=Fate.KEPT, why="people wrote it: delete it once its text stands in config.yaml")
    stripped = dict(legacy.stripped)
    for path in MARKED_FILES:
        text = decode(stripped.get(path, files.get(path, b"")))
        alone = _MARK_ALONE.search(text)
        if alone is not None:
            line = text.count("\n", 0, alone.start()) + 1
            yield LegacyFile(path=path, fate=Fate.KEPT, why=f"line {line} holds one mark of OpenSpec without the other: look at it")


def without_blocks(text: str) -> tuple[str, tuple[tuple[int, str], ...]]:
    r"""Take the blocks between OpenSpec's marks out; each is given with its first line from 1.

    >>> without_blocks("a\n\n<!-- OPENSPEC:START -->\nold\n<!-- OPENSPEC:END -->\n\nb\n")
    ('a\n\nb\n', ((3, '<!-- OPENSPEC:START -->\nold\n<!-- OPENSPEC:END -->\n'),))
    """
    if _START not in text:
        return text, ()
    found = tuple((text.count("\n", 0, match.start()) + 1, match[0]) for match in _BLOCK.finditer(text))
    return decode(without_block(encode(text))), found


def config_with_context(config: str | None, project: str) -> str | None:
    r"""Write the text of `project.md` as the `context` of `config.yaml`; `None` where it cannot be: a context is there, or it is too long.

    >>> print(config_with_context("schema: spec-driven\n", "# Project\nUse X.\n"), end="")
    schema: spec-driven
    <BLANKLINE>
    context: |
      # Project
      Use X.
    """
    text = project.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip() or len(text.encode(errors="replace")) > LIMIT_CONTEXT_BYTES:
        return None
    import yaml  # noqa: PLC0415  (start-up: most repositories have no old OpenSpec)

    try:
        now = yaml.safe_load(config) if config else {}
    except yaml.YAMLError:
        return None
    if now is not None and (not isinstance(now, dict) or "context" in now):
        return None
    head = config if config is not None else "schema: spec-driven\n"
    body = "".join(f"  {line}\n" if line.strip() else "\n" for line in text.rstrip("\n").split("\n"))
    mark = "|2" if text[:1] in " \n\t" else "|"
    ended = head if not head or head.endswith("\n") else f"{head}\n"
    written = "".join((ended, "\n" if head else "", f"context: {mark}\n", body))
    try:
        read = yaml.safe_load(written)
    except yaml.YAMLError:
        return None
    return written if isinstance(read, dict) and _words(str(read.get("context"))) == _words(text) else None


def _words(text: str) -> list[str]:
    """List the lines that say something, without what stands at their ends."""
    return [line.rstrip() for line in text.split("\n") if line.strip()]
