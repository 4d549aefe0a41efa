"""Tells from the words whether one criterion became several, or several became one."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from msgspec import Struct

from setsquare.spec.matching import Matching, candidates, contained, indexed_words
from setsquare.spec.similarity import similarity

_PART: Final = 0.65
_COVERED: Final = 0.75
_WHOLE: Final = 0.9
_LEAST: Final = 2


class Family(Struct, frozen=True, kw_only=True):
    """A split (one old text, several new ones) or a merge (several old ones, one new); the first of each is the one that keeps the uid.

    `alike` is the similarity of those two, from 0 to 1.
    """

    olds: tuple[int, ...]
    news: tuple[int, ...]
    is_split: bool
    alike: float


def splits(matching: Matching) -> Iterator[Family]:
    """Find the old texts whose words stand in several new ones that were not there before."""
    fresh = matching.left_new()
    wholes = [*matching.left_old(), *_changed_old(matching)]
    if not fresh or not wholes:
        return
    index = indexed_words((old, matching.old_tokens(old)) for old in wholes)
    parts: dict[int, list[int]] = defaultdict(list)
    for new in fresh:
        words = matching.new_tokens(new)
        scored = [(contained(words, matching.old_tokens(old)), -old) for old in candidates(index, words)]
        best = max(scored, default=(0.0, 0))
        if best[0] >= _PART and words.total() >= _LEAST:
            parts[-best[1]].append(new)
    for old, children in sorted(parts.items()):
        own = matching.new_of[old]
        members = [own, *children] if own is not None else children
        shares = [matching.new_tokens(new) for new in members]
        if not _is_family(matching.old_tokens(old), shares):
            continue
        alike = [similarity(matching.old_tokens(old), share) for share in shares]
        first = 0 if own is not None else alike.index(max(alike))
        news = (members[first], *(new for at, new in enumerate(members) if at != first))
        yield Family(olds=(old,), news=news, is_split=True, alike=alike[first])


def merges(matching: Matching) -> Iterator[Family]:
    """Find the new texts whose words stood in several old ones that are not there any more."""
    gone = matching.left_old()
    changed = [new for new in matching.alike if matching.old_of[new] is not None]
    wholes = [*matching.left_new(), *changed]
    if not gone or not wholes:
        return
    index = indexed_words((new, matching.new_tokens(new)) for new in wholes)
    parts: dict[int, list[int]] = defaultdict(list)
    for old in gone:
        words = matching.old_tokens(old)
        scored = [(contained(words, matching.new_tokens(new)), -new) for new in candidates(index, words)]
        best = max(scored, default=(0.0, 0))
        if best[0] >= _PART and words.total() >= _LEAST:
            parts[-best[1]].append(old)
    for new, parents in sorted(parts.items()):
        own = matching.old_of[new]
        members = [own, *parents] if own is not None else parents
        shares = [matching.old_tokens(old) for old in members]
        if not _is_family(matching.new_tokens(new), shares):
            continue
        alike = [similarity(matching.new_tokens(new), share) for share in shares]
        first = 0 if own is not None else alike.index(max(alike))
        olds = (members[first], *(old for at, old in enumerate(members) if at != first))
        yield Family(olds=olds, news=(new,), is_split=False, alike=alike[first])


def _changed_old(matching: Matching) -> list[int]:
    """List the old texts that were found again with other words."""
    return [old for new in matching.alike if (old := matching.old_of[new]) is not None]


def _is_family(whole: Counter[str], parts: Sequence[Counter[str]]) -> bool:
    """Tell whether several texts are parts of one: each lies in it, together they cover it, none covers it alone."""
    if len(parts) < _LEAST or not whole:
        return False
    together: Counter[str] = Counter()
    for part in parts:
        together |= part
    return (
        all(contained(part, whole) >= _PART for part in parts)
        and contained(whole, together) >= _COVERED
        and max(contained(whole, part) for part in parts) < _WHOLE
    )
