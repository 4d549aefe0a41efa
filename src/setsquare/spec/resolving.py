"""Finds the criteria that a written reference means."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Final

from msgspec import Struct

from setsquare.text.lazy_pattern import LazyPattern
from setsquare.workspace.spec import Criterion, Reference, ReferenceKind, Requirements, Spec

_OCCURRENCE: Final = LazyPattern(r"#\d+\Z")
_PREFIX: Final = LazyPattern(r"\A[A-Za-z]+(?:[-_ ]?[A-Za-z]+)*[-_ ]?(?=\d)")
_ENUMERABLE: Final = LazyPattern(r"(.*?)(\d{1,6})\Z", re.DOTALL)
_LETTERED: Final = LazyPattern(r"(\d)([a-z])\Z")
_NUMBERED: Final = LazyPattern(r"(.*\d)\.(\d{1,4})\Z", re.DOTALL)
_RANGE: Final = ReferenceKind.RANGE
_RANGE_LIMIT: Final = 1000


class Answer(Struct, frozen=True):
    """What a name means: criteria by position in the file, whether anything bears the name, whether two things do, and what is missing.

    `parts` are the ids of items below a criterion (`1.3.a`) where the name means these and not the whole criterion.
    """

    positions: tuple[int, ...] = ()
    is_found: bool = False
    is_ambiguous: bool = False
    missing: str = ""
    parts: tuple[str, ...] = ()


class CriterionIndex:
    """One requirements file by every name that a person may use for its parts; built once, then only read."""

    def __init__(self, requirements: Requirements) -> None:
        """Index criteria by id, label and number alone, requirements by number and by number alone."""
        self.criteria: tuple[Criterion, ...] = requirements.criteria
        self._ids: Mapping[str, list[int]] = defaultdict(list)
        self._labels: Mapping[str, list[int]] = defaultdict(list)
        self._groups: Mapping[str, list[tuple[int, int]]] = defaultdict(list)
        self._plain_groups: Mapping[str, list[tuple[int, int]]] = defaultdict(list)
        self._parts: dict[str, tuple[int, str]] = {}
        self._recounted: set[tuple[int, int]] = set()
        position = 0
        for requirement in requirements.requirements:
            extent = (position, position + len(requirement.criteria))
            number = _once(requirement.number)
            self._groups[_folded(number)].append(extent)
            if number != requirement.number:
                self._groups[_folded(requirement.number)].append(extent)
            self._plain_groups[_number(number)].append(extent)
            for offset, criterion in enumerate(requirement.criteria):
                self._ids[_folded(criterion.id)].append(position + offset)
                base = _once(criterion.id)
                if base != criterion.id:
                    self._ids[_folded(base)].append(position + offset)
                    self._recounted.add(extent)
                for ordinal, child in enumerate(criterion.children, 1):
                    self._parts[_folded(child.id)] = position + offset, child.id
                    self._parts.setdefault(_folded(f"{criterion.id}.{ordinal}"), (position + offset, child.id))
                if criterion.label:
                    self._labels[_folded(criterion.label)].append(position + offset)
            position = extent[1]

    @cached_property
    def _plain_ids(self) -> Mapping[str, list[int]]:
        """Index the criteria by number alone, which only a name that nothing bears as written asks for."""
        found: dict[str, list[int]] = {}
        for position, criterion in enumerate(self.criteria):
            for name in (_once(criterion.id), criterion.label):
                if name:
                    found.setdefault(_number(name), []).append(position)
        return found

    def find(self, name: str) -> Answer:
        """Find what one name means: exactly as written first, then by number alone (`REQ-2` for `2`, `1` for `US-1`)."""
        folded = name if name in self._ids else _folded(name)
        if positions := self._ids.get(folded) or self._labels.get(folded):
            return Answer(tuple(positions), is_found=True, is_ambiguous=len(positions) > 1)
        if extents := self._groups.get(folded):
            return _extents(extents)
        if inner := [extent for key, extents in self._groups.items() if key.startswith(f"{folded}.") for extent in extents]:
            return Answer(_extents(inner).positions, is_found=True)
        number = _number(name)
        if positions := self._plain_ids.get(number) if "." in number else None:
            return Answer(tuple(dict.fromkeys(positions)), is_found=True, is_ambiguous=len(set(positions)) > 1)
        if extents := self._plain_groups.get(number):
            return _extents(extents)
        if positions := self._plain_ids.get(number):
            return Answer(tuple(dict.fromkeys(positions)), is_found=True, is_ambiguous=len(set(positions)) > 1)
        return self._part(folded) or self._shown(name) or Answer(missing=name)

    def _part(self, folded: str) -> Answer | None:
        """Find an item below a criterion: `1.3.a`, `1.3a` or by its place `1.3.1`."""
        found = self._parts.get(folded) or self._parts.get(_LETTERED.sub(r"\1.\2", folded))
        return Answer((found[0],), is_found=True, parts=(found[1],)) if found else None

    def _shown(self, name: str) -> Answer | None:
        """Find what a reader of the page sees where the written numbers tell no better.

        `2.0` is all of 2, and in a list whose numbers repeat a number that nobody wrote is the place that a page shows.

        Source: CommonMark 0.31, list items: only a list's first number counts.
        """
        match = _NUMBERED.match(name)
        extents = self._groups.get(_folded(match[1])) if match else None
        if match is None or not extents:
            return None
        ordinal = int(match[2])
        if ordinal == 0:
            return _extents(extents)
        first, last = extents[0]
        is_shown = len(extents) == 1 and extents[0] in self._recounted and ordinal <= last - first
        return Answer((first + ordinal - 1,), is_found=True) if is_shown else None

    def between(self, first: str, last: str) -> Answer:
        """Find everything from one name to another; where an end does not exist, what exists is given and the end is missing."""
        named = self._enumerated(first, last)
        if named is not None:
            return named
        start, end = self.find(first), self.find(last)
        if not (start.is_found and end.is_found):
            return Answer((*start.positions, *end.positions), missing=last if start.is_found else first)
        if not start.positions or not end.positions:
            return Answer((*start.positions, *end.positions), is_found=True)
        # The first bearer of each end bounds the range: a repeated number further down belongs to another list.
        low = start.positions[0]
        high = end.positions[0] if end.is_ambiguous else end.positions[-1]
        if high < low:
            return Answer(missing=f"{first}-{last}")
        return Answer(tuple(range(low, high + 1)), is_found=True, is_ambiguous=start.is_ambiguous or end.is_ambiguous)

    def _enumerated(self, first: str, last: str) -> Answer | None:
        """Count through names that differ in their last number only (`1.2-1.7`, `FR-001-FR-004`); `None` for any other range."""
        one, two = _ENUMERABLE.match(first), _ENUMERABLE.match(last)
        if not one or not two or one[1] != two[1] or not 0 < int(two[2]) - int(one[2]) < _RANGE_LIMIT:
            return None
        answers = [self.find(f"{one[1]}{number:0{len(one[2])}d}") for number in range(int(one[2]), int(two[2]) + 1)]
        positions = tuple(dict.fromkeys(position for answer in answers for position in answer.positions))
        missing = next((answer.missing for answer in (answers[0], answers[-1], *answers) if not answer.is_found), "")
        return Answer(positions, is_found=not missing, is_ambiguous=any(answer.is_ambiguous for answer in answers), missing=missing)


def _once(name: str) -> str:
    """Leave out which bearer of a name is meant: `1.2#2` is a `1.2`."""
    return _OCCURRENCE.sub("", name) if "#" in name else name


def _folded(name: str) -> str:
    return name.casefold().replace("_", "-").replace(" ", "-")


def _number(name: str) -> str:
    """Reduce a name to its numbers: `REQ-001` to `1`, `AC-1.2` to `1.2`."""
    plain = _PREFIX.sub("", name) if name[:1].isalpha() else name
    parts = plain.casefold().split(".")
    return ".".join([part if part[:1].strip("0") else part.lstrip("0") or "0" for part in parts])


def _extents(extents: Iterable[tuple[int, int]]) -> Answer:
    """Give all criteria of requirements of one number."""
    listed = list(extents)
    return Answer(tuple(position for first, last in listed for position in range(first, last)), is_found=True, is_ambiguous=len(listed) > 1)


# req: check/2.1
def resolve(index: CriterionIndex, reference: Reference) -> Answer:
    r"""Resolve one reference within a file; a spec's name before the id is left out.

    >>> from setsquare.text.markdown import scan
    >>> from setsquare.text.paths import RelPath
    >>> from setsquare.workspace.references import read_value
    >>> from setsquare.workspace.requirements import read_requirements
    >>> needs = read_requirements(scan(RelPath("r.md"), b"## Requirement 1\n### Acceptance Criteria\n1. THE Bell SHALL ring"))
    >>> [resolve(CriterionIndex(needs), reference).is_found for reference in read_value("1.1, 1.9", RelPath("t.md"), 1)]
    [True, False]
    """
    first = bare(reference.first)
    return index.between(first, bare(reference.last)) if reference.kind is _RANGE else index.find(first)


def bare(name: str) -> str:
    """Strip a spec's name from an id.

    >>> bare("login/1.2"), bare("1.2")
    ('1.2', '1.2')
    """
    return name.rpartition("/")[2]


def qualifier(name: str) -> str:
    """Name the spec that an id is qualified with, or nothing.

    >>> qualifier("login/1.2"), qualifier("1.2")
    ('login', '')
    """
    return name.rpartition("/")[0]


def indexed(spec: Spec) -> CriterionIndex | None:
    """Index a spec's requirements; `None` when it has none yet.

    >>> from setsquare.text.paths import RelPath
    >>> indexed(Spec(name="bell", path=RelPath("bell"), root=RelPath(""))) is None
    True
    """
    return CriterionIndex(spec.requirements) if spec.requirements and spec.requirements.requirements else None
