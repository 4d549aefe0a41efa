"""Finds what YAML's aliases repeat: bytes that stand once and mean something in several places, so that an edit of them would change all of these.

Source: YAML 1.1, "Anchors and Aliases"; a merge (`<<: *name`) is an alias like any other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate

from msgspec import Struct

from setsquare.text.span import Span


class Repeated(Struct, frozen=True):
    """A node that aliases repeat: its bytes, its anchor's name, and the line of the first alias, from 1."""

    span: Span
    name: str
    line: int


def repeated(raw: bytes) -> tuple[Repeated, ...]:
    r"""List the nodes that aliases repeat; of a text that is no YAML, those before the place where it goes wrong.

    >>> repeated(b"a: &x [1]\nb: *x\n")
    (Repeated(span=Span(start=3, end=9), name='x', line=2),)
    """
    if b"&" not in raw or b"*" not in raw:
        return ()
    skipped = 3 if raw.startswith(b"\xef\xbb\xbf") else 0
    text = raw[skipped:].decode("utf-8", "replace")
    places = None if text.isascii() else list(accumulate((len(letter.encode()) for letter in text), initial=0))
    return tuple(
        [
            Repeated(Span(skipped + (places[start] if places else start), skipped + (places[end] if places else end)), name, line)
            for start, end, name, line in _marks(text)
        ]
    )


def _marks(text: str) -> Iterator[tuple[int, int, str, int]]:
    """Give the characters of each node that an alias repeats; a name may be given anew, and then means the later node."""
    import yaml  # noqa: PLC0415  (start-up: only YAML needs it)

    named: dict[str, list[int]] = {}
    told: set[int] = set()
    open_: list[list[int]] = []
    try:
        for event in yaml.parse(text, Loader=yaml.CSafeLoader if hasattr(yaml, "CSafeLoader") else yaml.SafeLoader):
            start, end = event.start_mark, event.end_mark
            if start is None or end is None:
                continue
            if isinstance(event, yaml.AliasEvent):
                place = named.get(event.anchor or "")
                if place is not None and place[0] not in told:
                    told.add(place[0])
                    yield place[0], place[1], event.anchor or "", start.line + 1
            elif isinstance(event, (yaml.ScalarEvent, yaml.CollectionStartEvent)):
                place = [start.index, end.index]
                if event.anchor:
                    named[event.anchor] = place
                if isinstance(event, yaml.CollectionStartEvent):
                    open_.append(place)
            elif isinstance(event, yaml.CollectionEndEvent):
                open_.pop()[1] = end.index
    except (yaml.YAMLError, RecursionError, ValueError):
        return


def repeating(raw: bytes, spans: Sequence[Span]) -> str:
    r"""Say which alias repeats what stands in some bytes; empty where none does.

    >>> repeating(b"a: &x [1]\nb: *x\n", (Span(7, 8),)), repeating(b"a: &x [1]\nb: *x\n", (Span(0, 1),))
    ('the alias *x in line 2 repeats what stands there', '')
    """
    for each in repeated(raw):
        if any(one.start < each.span.end and each.span.start < max(one.end, one.start + 1) for one in spans):
            return f"the alias *{each.name[:40]} in line {each.line} repeats what stands there"
    return ""
