"""Finds rules that two files state in the same or nearly the same words."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from msgspec import Struct

from setsquare.migrate.rule_lines import RuleLine

_FEWEST_WORDS = 4
"""Shorter lines are labels: "Run tests" says nothing that two files could not both say."""

_FEWEST_NEAR = 7
_NEAR = 0.8
"""Share of common words from which two rules count as one."""

_NEGATIONS = frozenset(
    [
        "not",
        "no",
        "never",
        "don't",
        "don’t",
        "cannot",
        "can't",
        "can’t",
        "without",
        "avoid",
        "nicht",
        "kein",
        "不",
        "不要",
        "禁止",
        "нельзя",
        "не",
    ]
)
_CROWD = 40
"""A word that more rules have is no help in finding partners."""


class Double(Struct, frozen=True, kw_only=True):
    """Two places that state one rule; `is_same` tells whether the words are equal."""

    first: RuleLine
    second: RuleLine
    is_same: bool


def doubles(rules: Sequence[RuleLine]) -> tuple[Double, ...]:
    r"""List each rule that a later file states again, with its first place.

    >>> from setsquare.migrate.rule_lines import rule_lines
    >>> from setsquare.text.paths import RelPath
    >>> a = rule_lines(RelPath("a"), "- Never commit directly to main.\n")
    >>> b = rule_lines(RelPath("b"), "* **Never** commit directly to main\n")
    >>> [(found.second.path, found.is_same) for found in doubles((*a, *b))]
    [('b', True)]
    """
    worthy = [rule for rule in rules if len(rule.words) >= _FEWEST_WORDS]
    first_with: dict[tuple[str, ...], RuleLine] = {}
    found: list[Double] = []
    alone: list[RuleLine] = []
    seen = set[tuple[str, tuple[str, ...]]]()
    for rule in worthy:
        earlier = first_with.setdefault(rule.words, rule)
        if earlier is rule:
            alone.append(rule)
        elif earlier.path != rule.path and (rule.path, rule.words) not in seen:
            found.append(Double(first=earlier, second=rule, is_same=True))
        seen.add((rule.path, rule.words))
    return tuple(sorted((*found, *_near(alone)), key=lambda double: (double.first.path, double.first.line, double.second.path)))


def _near(rules: Sequence[RuleLine]) -> Iterator[Double]:
    """Find rules that differ in few words; candidates share one of their rarest words, so that not each is held against each."""
    bags = [frozenset(rule.words) for rule in rules]
    counts = Counter(word for bag in bags for word in bag)
    holders: defaultdict[str, list[int]] = defaultdict(list)
    for at, (rule, bag) in enumerate(zip(rules, bags, strict=True)):
        if len(bag) < _FEWEST_NEAR:
            continue
        rarest = sorted(bag, key=lambda word: (counts[word], word))[: len(bag) - int(_NEAR * len(bag)) + 1]
        others = {other for word in rarest for other in holders[word][-_CROWD:]}
        partner = next((other for other in sorted(others) if rules[other].path != rule.path and _is_near(bags[other], bag)), None)
        if partner is not None:
            yield Double(first=rules[partner], second=rule, is_same=False)
        for word in rarest:
            holders[word].append(at)


def _is_near(first: frozenset[str], second: frozenset[str]) -> bool:
    """Tell whether two bags of words say the same: nearly all words in common, no other number, no other negation."""
    differing = first ^ second
    if any(word in _NEGATIONS or any(letter.isdigit() for letter in word) for word in differing):
        return False
    return len(first & second) >= _NEAR * len(first | second)
