"""Many statements under an index, so that one is held against all others without looking at each.

A set of statements is a number, the bit `1 << place` for each. Which patterns may cover another one is told from the plain text they begin and end with; whether they do
is asked of `boxes` and `patterns` alone, so that the index never answers by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar

from msgspec import Struct

from setsquare.powers.iam.boxes import Box, Words, covers_actions, covers_resources, is_under, is_wild, service_of, touch_actions
from setsquare.powers.iam.policy.patterns import action_matches, covers, covers_action, overlaps_action
from setsquare.text.lazy_pattern import LazyPattern

# A dollar sign may begin a variable and a brace end one; both texts that are compared are cut at the same signs.
_HEAD = LazyPattern(r"[^*?$]*")
_Key = TypeVar("_Key")


def plain_head(word: str) -> str:
    """Give the text before the first wildcard or variable of a pattern.

    >>> plain_head("arn:aws:s3:::b-*/x"), plain_head("arn:aws:s3:::${aws:userid}")
    ('arn:aws:s3:::b-', 'arn:aws:s3:::')
    """
    found = _HEAD.match(word)
    return "" if found is None else found[0]


def plain_tail(word: str) -> str:
    """Give the text behind the last wildcard or variable of a pattern.

    >>> plain_tail("arn:aws:s3:::b-*/x"), plain_tail("arn:aws:s3:::${aws:userid}")
    ('/x', '')
    """
    return word[max(word.rfind("*"), word.rfind("?"), word.rfind("}")) + 1 :]


class WordIndex:
    """Words, each with the set of places that have it, found by the plain text that they begin and end with."""

    __slots__ = ("_heads", "_lengths")

    def __init__(self, words: Mapping[str, int]) -> None:
        """Take words with the sets of their places."""
        self._heads: dict[str, list[tuple[str, str, int]]] = {}
        for word, places in words.items():
            self._heads.setdefault(plain_head(word), []).append((plain_tail(word), word, places))
        self._lengths = tuple(sorted({len(head) for head in self._heads}))

    def around(self, wanted: str) -> Iterator[tuple[str, int]]:
        """Give the words that may match all that a pattern matches, with their places.

        >>> list(WordIndex({"a*": 1, "b*": 2, "*z": 4}).around("ab?"))
        [('a*', 1)]
        """
        return self._near(plain_head(wanted), plain_tail(wanted))

    def matching(self, text: str) -> Iterator[tuple[str, int]]:
        """Give the words that may match a text, in which no character is a wildcard, with their places.

        >>> list(WordIndex({"a*": 1, "b*": 2, "*z": 4}).matching("a*"))
        [('a*', 1)]
        """
        return self._near(text, text)

    def _near(self, head: str, tail: str) -> Iterator[tuple[str, int]]:
        for length in self._lengths:
            if length > len(head):
                return
            for end, word, places in self._heads.get(head[:length], ()):
                if tail.endswith(end):
                    yield word, places


class _Asked(Struct):
    """What was asked of a part: the statements that were looked at, and those of them, or more, that cover it."""

    asked: int = 0
    found: int = 0


class BoxIndex:
    """Statements that others are held against."""

    __slots__ = (
        "_actions",
        "_all_but",
        "_covering",
        "_dollars",
        "_excepting",
        "_kinds",
        "_named",
        "_resources",
        "_said",
        "_stars",
        "_touching",
        "_variables",
        "_words",
        "boxes",
    )

    def __init__(self, boxes: tuple[Box, ...]) -> None:
        """Take statements; their places are those in `boxes`."""
        self.boxes = boxes
        self._said = frozenset(map(_said, boxes))
        self._kinds = _joined((_kind(box), box) for box in boxes)
        plain = [(place, box) for place, box in enumerate(boxes) if not box.actions.is_except]
        words = _places((word.lower(), place) for place, box in plain for word in box.actions.words)
        self._actions = WordIndex(words)
        self._named = _by_service(words)
        self._excepting = _places((box.actions, place) for place, box in enumerate(boxes) if box.actions.is_except)
        self._words = _places(
            (word, place) for place, box in enumerate(boxes) if not box.resources.is_except for word in box.resources.words
        )
        self._resources = WordIndex(self._words)
        self._stars = self._words.get("*", 0)
        self._all_but = _mask(place for place, box in enumerate(boxes) if box.resources.is_except)
        self._dollars = _mask(place for place, box in enumerate(boxes) if any("${" in word for word in box.resources.words))
        self._variables = _mask(place for place, box in enumerate(boxes) if box.has_variables)
        self._covering: dict[tuple[Words, bool | None], _Asked] = {}
        self._touching: dict[Words, int] = {}

    def says(self, box: Box) -> bool:
        """Tell whether one of the statements says the same, word for word."""
        return _said(box) in self._said

    def under(self, box: Box) -> int:
        """Give the statements that apply wherever this one does, actions and resources aside."""
        return _union(places for other, places in self._kinds if is_under(box, other))

    def covering_actions(self, part: Words, among: int) -> int:
        """Give those of some statements that speak of all actions of a part."""
        wanted = "*" if part.is_except else part.words[0].lower()
        memo = self._covering.setdefault((part, None), _Asked())
        open_ = among & ~memo.asked
        if open_:
            memo.found |= _union(
                places for word, places in self._actions.around(wanted) if places & open_ and covers_action(word, wanted)
            ) | _union(places for outer, places in self._excepting.items() if places & open_ and covers_actions(outer, part))
            memo.asked |= open_
        return memo.found & among

    def has_covering(self, part: Words, box: Box, among: int) -> bool:
        """Tell whether one of some statements speaks of all resources of a part of `box`."""
        wanted = "*" if part.is_except else part.words[0]
        alike = among & ~self._apart(part, box)
        # Mostly a statement has the very word: no pattern is compared then.
        if among & self._stars or alike & self._words.get(wanted, 0):
            return True
        memo = self._covering.setdefault((part, box.has_variables), _Asked())
        open_ = among & ~memo.asked
        if open_:
            memo.found |= _union(
                places
                for word, places in self._resources.around(wanted)
                if places & open_ and covers(word, wanted, has_variables=box.has_variables)
            )
            memo.asked |= open_
        if alike & memo.found:
            return True
        others = among & self._all_but
        return (
            any(others >> place & 1 and covers_resources(other, part, box) for place, other in enumerate(self.boxes)) if others else False
        )

    def _apart(self, part: Words, box: Box) -> int:
        """Give the statements in which `${...}` is text where it is a variable in `box`, or the other way round."""
        other = ~self._variables if box.has_variables else self._variables
        return other if any("${" in word for word in part.words) else other & self._dollars

    def touching_actions(self, part: Words) -> int:
        """Give the statements that speak of some action of a part."""
        known = self._touching.get(part)
        if known is None:
            if part.is_except:
                known = _mask(place for place, other in enumerate(self.boxes) if touch_actions(other.actions, part))
            else:
                known = self._named_with(part.words[0].lower())
                known |= _union(places for outer, places in self._excepting.items() if touch_actions(outer, part))
            self._touching[part] = known
        return known

    def _named_with(self, wanted: str) -> int:
        """Give the statements that name an action of a word; words of other services, which most are, cost no comparison."""
        service = service_of(wanted)
        near = [self._named.get(key, {}) for key in (service, "")] if service else list(self._named.values())
        return _union(places for words in near for word, places in words.items() if _meet(word, wanted))


def _meet(word: str, wanted: str) -> bool:
    if is_wild(word):
        return overlaps_action(word, wanted)
    return word == wanted or (is_wild(wanted) and action_matches(wanted, word))


def _said(box: Box) -> tuple[object, ...]:
    """Give all that a statement says; two of which it is equal are the same, word for word."""
    said = box.statement
    return (box.actions, box.resources, box.has_variables, said.conditions, said.principals, said.not_principals)


def _kind(box: Box) -> tuple[object, ...]:
    """Give what tells where a statement applies, actions and resources aside."""
    said = box.statement
    return (said.principals, said.not_principals, box.names_resources, box.has_variables, said.conditions)


def _joined(kinds: Iterator[tuple[tuple[object, ...], Box]]) -> tuple[tuple[Box, int], ...]:
    """Give one statement of each kind with the places of all of it."""
    first: dict[tuple[object, ...], Box] = {}
    places: dict[tuple[object, ...], int] = {}
    for place, (kind, box) in enumerate(kinds):
        first.setdefault(kind, box)
        places[kind] = places.get(kind, 0) | 1 << place
    return tuple((box, places[kind]) for kind, box in first.items())


def _places(found: Iterator[tuple[_Key, int]]) -> dict[_Key, int]:
    sets: dict[_Key, int] = {}
    for key, place in found:
        sets[key] = sets.get(key, 0) | 1 << place
    return sets


def _by_service(words: Mapping[str, int]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for word, places in words.items():
        found.setdefault(service_of(word), {})[word] = places
    return found


def _mask(places: Iterator[int]) -> int:
    return _union(1 << place for place in places)


def _union(sets: Iterator[int]) -> int:
    found = 0
    for each in sets:
        found |= each
    return found
