"""Builds the locks of rule examples, and finds the lines of a lock."""

from __future__ import annotations

from collections.abc import Sequence

from setsquare.rules.finding import Example
from setsquare.spec.fingerprint import wording
from setsquare.spec.link import LinkKind
from setsquare.spec.lock import Lock, LockedCriterion, Pin
from setsquare.spec.lock_file import encode_lock
from setsquare.text.document import decode
from setsquare.text.span import Span

LOCK = ".setsquare/trace/orders.lock.jsonl"
"""Where the lock of the examples' spec is."""

Link = tuple[str, str, tuple[int, ...]]
"""A source, its reference as written, and the criteria that it means, by position from 1; a source that is no number is a property."""


def with_lock(example: Example, sentences: Sequence[str], links: Sequence[Link] = (), *, fixed: str | None = None) -> Example:
    """Give a workspace the lock that was written when its criteria were `sentences`, with pins for `links`.

    >>> made = with_lock(Example(files=((".kiro/specs/orders/tasks.md", ""),)), ("THE Store SHALL keep orders",))
    >>> [path for path, _ in made.files]
    ['.kiro/specs/orders/tasks.md', '.setsquare/trace/orders.lock.jsonl']
    """
    files = (*example.files, (LOCK, lock_of(sentences, links)))
    return Example(files=files, fires=example.fires, source=example.source, fixed=fixed)


def lock_of(sentences: Sequence[str], links: Sequence[Link] = ()) -> str:
    r"""Write a lock; the names of meanings are free, because the lock's texts are digested anew where they count.

    >>> lock_of(())
    '{"setsquare":"trace-lock","v":1,"spec":"orders"}\n'
    """
    criteria = (
        LockedCriterion(
            uid=f"order{number:03}",
            id=f"1.{number}",
            text=text,
            wording=wording(text),
            meaning=f"m{number}",
            pins=tuple(
                Pin(
                    kind=LinkKind.IMPLEMENTS if source.isdecimal() else LinkKind.VALIDATES,
                    source=source,
                    written=written,
                    target_meaning=f"m{number}",
                )
                for source, written, meant in links
                if number in meant
            ),
        )
        for number, text in enumerate(sentences, 1)
    )
    return decode(encode_lock(Lock(spec="orders", criteria=tuple(criteria))))


def line_of(raw: bytes, number: int) -> Span:
    r"""Address a line without its end; the last one where the file is shorter.

    >>> line_of(b"a\nbc\n", 2)
    Span(start=2, end=4)
    """
    start = 0
    for _ in range(number - 1):
        following = raw.find(b"\n", start)
        if following < 0:
            break
        start = following + 1
    end = raw.find(b"\n", start)
    return Span(start, len(raw) if end < 0 else end)
