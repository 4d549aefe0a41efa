"""Turns a document part by part, and keeps word for word each part that the way back would not give again.

A part is the head of a document, one requirement, or what follows the last one. Parts are known again by what the other form holds, so that an edit
there costs the original wording of its own part only.
"""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct

from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.line_diff import line_steps

_ENDING = LazyPattern(r"(?:\n+-{3,} *)?\n*\Z", 0)
_NUMBER = LazyPattern(r"(?m)\A(#{2,4} Requirement) \d+(?=:|$)", 0)


class PartKind(enum.Enum):
    """What a part of a document is."""

    HEAD = "head"
    REQUIREMENT = "requirement"
    TAIL = "tail"


class Part(Struct, frozen=True):
    """A stretch of lines of a document with its first line, from 1; all parts joined are the document."""

    kind: PartKind
    text: str
    line: int


class Kept(Struct, frozen=True, kw_only=True):
    """The wording of a part that the other form does not hold. `key` names what the other form holds in its place."""

    file: str
    line: int
    key: str
    text: str


class Loss(Struct, frozen=True, kw_only=True):
    """Lines that the other form cannot hold; `is_words` tells whether more than marks and spacing is concerned."""

    file: str
    line: int
    text: str
    is_words: bool


class Direction(Struct, frozen=True, kw_only=True):
    """One way between two forms: how the source is split, how its parts are written, and how both go back."""

    split: Callable[[str], tuple[Part, ...]]
    write: Callable[[Sequence[Part]], tuple[str, ...]]
    split_target: Callable[[str], tuple[Part, ...]]
    write_back: Callable[[Sequence[Part]], tuple[str, ...]]


class Turned(Struct, frozen=True, kw_only=True):
    """A document in the other form, what is kept of its source, and what the other form alone would not give back."""

    text: str
    kept: tuple[Kept, ...] = ()
    losses: tuple[Loss, ...] = ()
    alone: str = ""


def ending(text: str) -> str:
    r"""Give what closes a part: a rule that parts it from the next one, and blank lines.

    >>> ending("a\n\n---\n\n"), ending("a\n")
    ('\n\n---\n\n', '\n')
    """
    found = _ENDING.search(text)
    return found[0] if found else ""


def key_of(text: str) -> str:
    """Name a part by its text; the number of a requirement does not count, for numbers move.

    >>> key_of("### Requirement 1: A") == key_of("### Requirement 2: A")
    True
    """
    masked = _NUMBER.sub(r"\1 #", text)
    return hashlib.sha256(masked.encode("utf-8", "surrogatepass")).hexdigest()[:24]


def turned(file: str, text: str, way: Direction, kept: Mapping[str, Sequence[str]]) -> Turned:
    """Write a document in the other form; `kept` are wordings of the target from an earlier way here, by key."""
    whole = kept.get(key_of(text))
    parts = way.split(text)
    fresh = way.write(parts)
    left = {key: list(texts) for key, texts in kept.items()}
    texts = [left[key].pop(0) if left.get(key := key_of(part.text)) else new for part, new in zip(parts, fresh, strict=True)]
    target = whole[0] if whole else "".join(texts)
    again = way.split_target(target)
    if [part.text for part in again] != texts:
        return _whole(file, text, target, way, again)
    back = way.write_back(again)
    wordings = tuple(
        Kept(file=file, line=part.line, key=key_of(new), text=part.text)
        for part, new, old in zip(parts, texts, back, strict=True)
        if old != part.text
    )
    losses = tuple(loss for part, old in zip(parts, back, strict=True) for loss in losses_of(file, part.line, part.text, old))
    return Turned(text=target, kept=wordings, losses=losses, alone="".join(back))


def _whole(file: str, text: str, target: str, way: Direction, again: Sequence[Part]) -> Turned:
    """Keep a document whole whose parts are not found again in what it becomes."""
    alone = "".join(way.write_back(again))
    if alone == text:
        return Turned(text=target, alone=alone)
    return Turned(
        text=target, kept=(Kept(file=file, line=1, key=key_of(target), text=text),), losses=losses_of(file, 1, text, alone), alone=alone
    )


def losses_of(file: str, line: int, text: str, alone: str) -> tuple[Loss, ...]:
    r"""List the lines of a text that another text does not hold.

    >>> [(loss.line, loss.text, loss.is_words) for loss in losses_of("a", 4, "x\nnote\n", "x\n")]
    [(5, 'note', True)]
    """
    if text == alone:
        return ()
    words = set(alone.split())
    found: list[Loss] = []
    at = first = line
    has_changed = False
    for sign, row in line_steps(text.split("\n"), alone.split("\n")):
        if sign == "-" and row.strip():
            found.append(Loss(file=file, line=at, text=row.strip(), is_words=not words.issuperset(row.split())))
        has_changed = has_changed or sign != " "
        at += sign != "+"
        first = first if has_changed else at
    if not found:
        found.append(Loss(file=file, line=first, text="blank lines", is_words=False))
    return tuple(found)
