"""Pairs two lists of texts, the old and the new one, by growing evidence; near-linear in their length."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from setsquare.spec.similarity import common, similarity, tokens

NEAR: Final = 0.6
"""How alike two texts at the same position must be to be one."""
FAR: Final = 0.8
"""How alike two texts anywhere must be to be one."""
_BONUS: Final = 0.15
_RARE: Final = 6
_FREQUENT: Final = 48
_CANDIDATES: Final = 32


class Matching:
    """Old and new texts with the pairs found so far; `ids` and `new_ids` are their display ids.

    The old texts from `alive` on have left the document before: they pair only with an equal text, and after all others.
    """

    def __init__(self, old: Sequence[str], new: Sequence[str], *, ids: Sequence[str], new_ids: Sequence[str], alive: int) -> None:
        """Begin without any pair."""
        self.old = old
        self.new = new
        self.ids = ids
        self.new_ids = new_ids
        self.alive = alive
        self.old_of: list[int | None] = [None] * len(new)
        self.new_of: list[int | None] = [None] * len(old)
        self.alike: dict[int, float] = {}
        self._old_tokens: dict[int, Counter[str]] = {}
        self._new_tokens: dict[int, Counter[str]] = {}

    def pair(self, old: int, new: int, alike: float = 1.0) -> None:
        """Take two texts as one criterion."""
        self.old_of[new] = old
        self.new_of[old] = new
        if alike < 1:
            self.alike[new] = alike

    def left_old(self) -> list[int]:
        """List the old texts in the document that have no pair."""
        return [old for old in range(self.alive) if self.new_of[old] is None]

    def left_new(self) -> list[int]:
        """List the new texts that have no pair."""
        return [new for new, old in enumerate(self.old_of) if old is None]

    def old_tokens(self, old: int) -> Counter[str]:
        """Give an old text's words, counted once."""
        if old not in self._old_tokens:
            self._old_tokens[old] = tokens(self.old[old])
        return self._old_tokens[old]

    def new_tokens(self, new: int) -> Counter[str]:
        """Give a new text's words, counted once."""
        if new not in self._new_tokens:
            self._new_tokens[new] = tokens(self.new[new])
        return self._new_tokens[new]

    def by_key(self, old_keys: Sequence[str], new_keys: Sequence[str]) -> None:
        """Pair unpaired texts whose key is equal and not empty; of several the one between the same neighbours, then of the same id."""
        olds: dict[str, list[int]] = defaultdict(list)
        news: dict[str, list[int]] = defaultdict(list)
        for old, key in enumerate(old_keys):
            if key and self.new_of[old] is None:
                olds[key].append(old)
        for new, key in enumerate(new_keys):
            if key in olds and self.old_of[new] is None:
                news[key].append(new)
        several: list[tuple[list[int], list[int]]] = []
        for key, bearers in news.items():
            standing = [old for old in olds[key] if old < self.alive]
            if len(bearers) == 1 and len(standing) == 1:
                self.pair(standing[0], bearers[0])
            else:
                several.append((olds[key], bearers))
        for same_old, same_new in several:
            self._by_neighbours(same_old, same_new)
        for same_old, same_new in several:
            self._by_place(same_old, same_new)

    def _by_neighbours(self, olds: Sequence[int], news: Sequence[int]) -> None:
        """Pair equal texts that follow a pair, then those that stand before one."""
        allowed = set(olds)
        for new in news:
            before = self.old_of[new - 1] if new else -1
            if before is None or before + 1 not in allowed or before + 1 >= self.alive:
                continue
            after = self.old_of[new + 1] if new + 1 < len(self.new) else None
            # The text after must not speak against the pair.
            if after in (None, before + 2) or self.ids[before + 1] == self.new_ids[new]:
                self._pair_free(before + 1, new)
        for new in reversed(news):
            after = self.old_of[new + 1] if new + 1 < len(self.new) else self.alive
            if after is not None and after - 1 in allowed:
                self._pair_free(after - 1, new)

    def _by_place(self, olds: Sequence[int], news: Sequence[int]) -> None:
        """Pair what is left of equal texts: of the same id first, then in order."""
        by_id = {self.ids[old]: old for old in reversed(olds) if self.new_of[old] is None and old < self.alive}
        for new in news:
            if (old := by_id.get(self.new_ids[new])) is not None:
                self._pair_free(old, new)
        free = iter([old for old in olds if self.new_of[old] is None])
        for new in news:
            if self.old_of[new] is None and (old := next(free, None)) is not None:
                self.pair(old, new)

    def _pair_free(self, old: int, new: int) -> None:
        if self.old_of[new] is None and self.new_of[old] is None:
            self.pair(old, new)

    def by_similarity(self, *, has_places: bool = True) -> None:
        """Pair the texts that are left where they are alike enough, the most alike first; being at the same place counts for something."""
        olds, news = self.left_old(), self.left_new()
        if not olds or not news:
            return
        places = self._places(set(olds), news) if has_places else {}
        index = indexed_words((old, self.old_tokens(old)) for old in olds)
        scored: list[tuple[float, int, int, float]] = []
        for new in news:
            here = places.get(new, ())
            is_plain = any(similarity(self.old_tokens(old), self.new_tokens(new)) + _BONUS >= 1 for old in here)
            for old in here if is_plain else dict.fromkeys((*here, *candidates(index, self.new_tokens(new)))):
                alike = similarity(self.old_tokens(old), self.new_tokens(new))
                is_here = old in here
                if alike >= (NEAR if is_here else FAR):
                    scored.append((-alike - (_BONUS if is_here else 0), new, old, alike))
        for _, new, old, alike in sorted(scored):
            if self.old_of[new] is None and self.new_of[old] is None:
                self.pair(old, new, alike)

    def _places(self, olds: set[int], news: Sequence[int]) -> dict[int, tuple[int, ...]]:
        """Name the old texts at the place of each new one: the one of the same id, and the one between the same neighbours."""
        by_id = {self.ids[old]: old for old in olds}
        found: dict[int, list[int]] = {new: [by_id[self.new_ids[new]]] for new in news if self.new_ids[new] in by_id}
        for run in _runs(news):
            before = self.old_of[run[0] - 1] if run[0] else -1
            after = self.old_of[run[-1] + 1] if run[-1] + 1 < len(self.new) else self.alive
            if before is None or after is None or after - before - 1 != len(run):
                continue
            for offset, new in enumerate(run, 1):
                if before + offset in olds:
                    found.setdefault(new, []).append(before + offset)
        return {new: tuple(here) for new, here in found.items()}


def indexed_words(texts: Iterable[tuple[int, Counter[str]]]) -> dict[str, list[int]]:
    """Index texts by their words.

    >>> indexed_words([(0, tokens("bell rings")), (1, tokens("bell"))])
    {'bell': [0, 1], 'rings': [0]}
    """
    found: dict[str, list[int]] = defaultdict(list)
    for position, words in texts:
        for word in words:
            found[word].append(position)
    return dict(found)


def candidates(index: Mapping[str, Sequence[int]], words: Iterable[str]) -> list[int]:
    """List the texts that share the rarest words with another one; the number is bounded, whatever the texts are.

    >>> candidates({"bell": [0, 1], "rings": [1]}, ["bell", "rings"])
    [1, 0]
    """
    rare = sorted((len(index[word]), word) for word in words if word in index)[:_RARE]
    telling = [word for count, word in rare if count <= _FREQUENT] or [word for _, word in rare[:1]]
    votes: Counter[int] = Counter()
    for word in telling:
        votes.update(index[word][:_FREQUENT])
    return [position for position, _ in votes.most_common(_CANDIDATES)]


def contained(part: Counter[str], whole: Counter[str]) -> float:
    """Give the share of a text's words that another text has too, from 0 to 1.

    >>> contained(tokens("bell rings"), tokens("bell rings twice"))
    1.0
    """
    size = part.total()
    return common(part, whole) / size if size else 0.0


def _runs(positions: Sequence[int]) -> Iterator[list[int]]:
    """Group ascending positions into runs without a gap."""
    run: list[int] = []
    for position in positions:
        if run and position != run[-1] + 1:
            yield run
            run = []
        run.append(position)
    if run:
        yield run
