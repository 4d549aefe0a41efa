r"""Keeps one marked block in a file that people and other tools write, such as AGENTS.md; every other byte stays.

The start mark says what stood before the block when it was added, so that taking it out gives the file's bytes back:
`line` a whole line, `open` a last line without its end, `new` no file at all.
"""

from __future__ import annotations

import re
from typing import Final

from msgspec import Struct

from setsquare.integrations.stamp import FileState, is_newer
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.plan import digest

START: Final = "<!-- SETSQUARE:START"
END: Final = "<!-- SETSQUARE:END -->"
_BLOCK: Final = LazyPattern(
    rf"^{START} version: (?P<version>[^;\r\n]{{0,64}}); after: (?P<after>line|open|new); "
    rf"digest: (?P<digest>sha256:[0-9a-f]{{64}}) -->(?P<end>\r?\n)(?P<body>.*?)^{END}(?:\r?\n|\Z)",
    re.MULTILINE | re.DOTALL,
)


class FoundBlock(Struct, frozen=True, kw_only=True):
    """A block as it stands: the version that wrote it, whether its text is as written, and the place of its first and after its last letter."""

    version: str
    is_intact: bool
    body: str
    after: str
    newline: str
    start: int
    end: int


class DamagedBlock(Struct, frozen=True):
    """Marks that do not make one block: one is missing, changed or there twice."""

    reason: str


def found_block(raw: bytes) -> FoundBlock | DamagedBlock | None:
    r"""Find the block of a file; `None` where there is no mark.

    >>> found_block(b"# Agents\n") is None, found_block(b"<!-- SETSQUARE:END -->\n")
    (True, DamagedBlock(reason='the marks of Setsquare do not make one block'))
    """
    text = _decoded(raw)
    marks = text.count("<!-- SETSQUARE:START") + text.count("<!-- SETSQUARE:END")
    if not marks:
        return None
    found = list(_BLOCK.finditer(text))
    if len(found) != 1 or marks != 2:
        return DamagedBlock("the marks of Setsquare do not make one block")
    match = found[0]
    body = match["body"].replace("\r\n", "\n")
    return FoundBlock(
        version=match["version"],
        is_intact=_named(body) == match["digest"],
        body=body,
        after=match["after"],
        newline=match["end"],
        start=match.start(),
        end=match.end(),
    )


def block_state(raw: bytes | None, wanted: str, version: str) -> tuple[FileState, str]:
    r"""Say how the block stands against the text that this version writes, and by which version it was written.

    >>> block_state(with_block(b"# Agents\n", "hello\n", "1.0.0"), "hello\n", "1.0.0")
    (<FileState.CURRENT: 'current'>, '1.0.0')
    """
    found = found_block(raw or b"")
    match found:
        case None:
            return FileState.MISSING, ""
        case DamagedBlock():
            return FileState.FOREIGN, ""
        case FoundBlock():
            if not found.is_intact:
                return FileState.EDITED, found.version
            if found.body == wanted:
                return FileState.CURRENT, found.version
            return (FileState.NEWER if is_newer(found.version, version) else FileState.OUTDATED), found.version


def with_block(raw: bytes | None, body: str, version: str) -> bytes:
    r"""Append the block, or put it where an earlier one stands; `raw` is `None` where there is no file.

    >>> print(with_block(b"# Agents", "hello\n", "1.0.0").decode().replace(_named("hello\n"), "sha256:…"))
    # Agents
    <BLANKLINE>
    <!-- SETSQUARE:START version: 1.0.0; after: open; digest: sha256:… -->
    hello
    <!-- SETSQUARE:END -->
    <BLANKLINE>
    """
    text = _decoded(raw or b"")
    found = found_block(raw or b"")
    if isinstance(found, FoundBlock):
        return _encoded(text[: found.start] + _written(body, version, found.after, found.newline) + text[found.end :])
    newline = "\r\n" if "\r\n" in text else "\n"
    after = "new" if raw is None else "line" if not text or text.endswith("\n") else "open"
    gap = {"new": "", "line": newline, "open": newline * 2}[after]
    return _encoded(text + gap + _written(body, version, after, newline))


def without_block(raw: bytes) -> bytes | None:
    r"""Take the block out; `None` where nothing is left of a file that Setsquare made.

    >>> without_block(with_block(b"# Agents", "hello\n", "1.0.0")), without_block(with_block(None, "hello\n", "1.0.0"))
    (b'# Agents', None)
    """
    text, found = _decoded(raw), found_block(raw)
    if not isinstance(found, FoundBlock):
        return raw
    kept = text[: found.start]
    for _ in range({"new": 0, "line": 1, "open": 2}[found.after]):
        kept = kept.removesuffix(found.newline)
    left = kept + text[found.end :]
    return None if found.after == "new" and not left.strip() else _encoded(left)


def _written(body: str, version: str, after: str, newline: str) -> str:
    text = f"{START} version: {version}; after: {after}; digest: {_named(body)} -->\n{body}{END}\n"
    return text.replace("\n", newline)


def _named(body: str) -> str:
    return digest(body.encode("utf-8", "surrogateescape"))


def _decoded(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
