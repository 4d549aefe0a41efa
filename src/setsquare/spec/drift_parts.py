"""Names the part of a source file that a link stands at, and remembers what it said when somebody last looked.

What a pin remembers is written in its `source_digest`: sixteen hexadecimal digits and a name for each part, such as
`0f2c… issue, 77ab… Account.close`; `(file)` is the whole file with layout and comments apart, `(bytes)` a file in a language that is not read.

Source: the levels of drift of the EARS engine's reference, section 5.4.
"""

from __future__ import annotations

import enum
import hashlib
import re
from collections.abc import Iterable
from typing import Final

from msgspec import Struct

WHOLE: Final = "(file)"
BYTES: Final = "(bytes)"
_LENGTH: Final = 16
_ITEM: Final = re.compile(r"(?:\A|, )([0-9a-f]{16}) (?=\S)")
_COMMENT: Final = re.compile(r"\s*(?:#|//|/\*|\*|--|;|<!--|\{/\*|%|\(\*|\{-)")
_BETWEEN: Final = re.compile(r"\s*(?:#|//|/\*|\*|--|;|<!--|\{/\*|%|\(\*|\{-|@|\[)")


class CodePart(Struct, frozen=True, kw_only=True):
    """One named part of a file, from `line` to `end_line` (both from 1), with the digest of what it says."""

    name: str
    line: int
    end_line: int
    digest: str


class CodeFile(Struct, frozen=True, kw_only=True):
    """A source file as it is: `parts` are `None` and `whole` is empty where its language is not read. `rows` are its lines.

    `extra` names what must be installed to read it; empty when nothing would help.
    """

    rows: tuple[str, ...]
    bytes_digest: str
    whole: str = ""
    parts: tuple[CodePart, ...] | None = None
    extra: str = ""


class Remembered(Struct, frozen=True, order=True):
    """One part as it was: its name, and the digest of what it said."""

    name: str
    digest: str


class Became(enum.Enum):
    """What became of a remembered part. `UNKNOWN`: it cannot be compared on this machine."""

    SAME = "same"
    CHANGED = "changed"
    RENAMED = "renamed"
    GONE = "gone"
    UNREADABLE = "unreadable"
    UNKNOWN = "unknown"


class Fate(Struct, frozen=True, kw_only=True):
    """What became of one remembered part; `now` is where it is, `None` for a whole file and for one that is gone."""

    part: Remembered
    became: Became
    now: CodePart | None = None


def bytes_digest(raw: bytes) -> str:
    r"""Digest a file whose language is not read; how its lines end does not count.

    >>> bytes_digest(b"a\r\n") == bytes_digest(b"a\n"), len(bytes_digest(b""))
    (True, 16)
    """
    return hashlib.sha256(raw.replace(b"\r\n", b"\n")).hexdigest()[:_LENGTH]


def part_at(file: CodeFile, line: int) -> CodePart | None:
    """Find the part that a line belongs to: a comment just above a part is the part's own, else the innermost part around counts.

    >>> part = CodePart(name="ring", line=2, end_line=3, digest="0" * 16)
    >>> file = CodeFile(rows=("# req: 1.1", "def ring():", "    pass", "x = 1"), bytes_digest="", whole="1" * 16, parts=(part,))
    >>> [found.name if found else "" for found in (part_at(file, 1), part_at(file, 3), part_at(file, 4))]
    ['ring', 'ring', '']
    """
    parts = file.parts or ()
    around = [part for part in parts if part.line <= line <= part.end_line]
    inner = max(around, key=lambda part: (part.line, -part.end_line), default=None)
    if not 1 <= line <= len(file.rows) or not _COMMENT.match(file.rows[line - 1]):
        return inner
    below = min((part for part in parts if part.line > line), key=lambda part: (part.line, -part.end_line), default=None)
    if below is None or (inner is not None and below.line > inner.end_line):
        return inner
    between = file.rows[line : below.line - 1]
    return below if all(_BETWEEN.match(row) for row in between) else inner


def remember(file: CodeFile, lines: Iterable[int]) -> tuple[Remembered, ...]:
    """Note what the parts at some lines say.

    >>> remember(CodeFile(rows=("x",), bytes_digest="2" * 16), [1])
    (Remembered(name='(bytes)', digest='2222222222222222'),)
    """
    found: set[Remembered] = set()
    for line in lines:
        part = part_at(file, line)
        if part is not None:
            found.add(Remembered(part.name, part.digest))
        elif file.whole:
            found.add(Remembered(WHOLE, file.whole))
        else:
            found.add(Remembered(BYTES, file.bytes_digest))
    return tuple(sorted(found))


def encode_remembered(parts: Iterable[Remembered]) -> str:
    """Write parts as a pin keeps them.

    >>> encode_remembered([Remembered("issue", "0" * 16), Remembered("close", "1" * 16)])
    '1111111111111111 close, 0000000000000000 issue'
    """
    return ", ".join(f"{part.digest} {part.name}" for part in sorted(parts))


def read_remembered(written: str) -> tuple[Remembered, ...]:
    """Read parts; nothing where the words were not written by `encode_remembered`.

    >>> read_remembered("1111111111111111 close, 0000000000000000 a b"), read_remembered("0123456789abcdef")
    ((Remembered(name='close', digest='1111111111111111'), Remembered(name='a b', digest='0000000000000000')), ())
    """
    items = list(_ITEM.finditer(written))
    if not items or items[0].start():
        return ()
    ends = [item.start() for item in items[1:]] + [len(written)]
    return tuple(Remembered(written[item.end() : end], item[1]) for item, end in zip(items, ends, strict=True))


def joined_memory(then: tuple[Remembered, ...], now: tuple[Remembered, ...]) -> tuple[Remembered, ...]:
    """Add parts that are linked only now to what is remembered; what is remembered stays as it is.

    >>> joined_memory((Remembered("a", "0" * 16),), (Remembered("a", "1" * 16), Remembered("b", "2" * 16)))
    (Remembered(name='a', digest='0000000000000000'), Remembered(name='b', digest='2222222222222222'))
    """
    if any(part.name in (WHOLE, BYTES) for part in then):
        return then
    names = {part.name for part in then}
    return tuple(sorted((*then, *(part for part in now if part.name not in names))))


def fates(then: Iterable[Remembered], file: CodeFile, linked: Iterable[str] = ()) -> tuple[Fate, ...]:
    """Say what became of remembered parts in the file as it is; `linked` are the names of the parts that the link stands at now.

    A part that only moved within the file, its link with it, is the same. One whose name is gone is renamed when the link stands at exactly one other part.

    >>> old = Remembered("ring", "0" * 16)
    >>> file = CodeFile(rows=(), bytes_digest="", whole="1" * 16, parts=(CodePart(name="ring", line=1, end_line=1, digest="3" * 16),))
    >>> [fate.became.value for fate in fates([old], file)]
    ['changed']
    """
    kept = tuple(then)
    known = {part.name for part in kept}
    fresh = [name for name in dict.fromkeys(linked) if name not in known]
    return tuple(_fate(part, file, fresh) for part in kept)


def _fate(part: Remembered, file: CodeFile, fresh: list[str]) -> Fate:
    if part.name == BYTES:
        return Fate(part=part, became=Became.SAME if part.digest == file.bytes_digest else Became.CHANGED)
    if file.parts is None:
        return Fate(part=part, became=Became.UNKNOWN if file.extra else Became.UNREADABLE)
    if part.name == WHOLE:
        return Fate(part=part, became=Became.SAME if part.digest == file.whole else Became.CHANGED)
    # Bearers of one name may change their order; other parts that say the same are no proof that this one is as it was.
    alike = [item for item in file.parts if item.digest == part.digest]
    kept = next((item for item in alike if _plain(item.name) == _plain(part.name)), None)
    if kept is not None:
        return Fate(part=part, became=Became.SAME, now=kept)
    named = next((item for item in file.parts if item.name == part.name), None)
    if named is not None:
        return Fate(part=part, became=Became.CHANGED, now=named)
    moved = next((item for item in alike if item.name in fresh), None)
    if moved is not None:
        return Fate(part=part, became=Became.SAME, now=moved)
    renamed = [item for item in file.parts if item.name in fresh]
    if len(renamed) == 1:
        return Fate(part=part, became=Became.RENAMED, now=renamed[0])
    return Fate(part=part, became=Became.GONE)


def _plain(name: str) -> str:
    """Name a part without the number that tells bearers of one name apart."""
    return re.sub(r"#\d+\Z", "", name)
