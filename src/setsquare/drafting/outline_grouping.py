"""Groups criteria into units of work and orders the units by what needs what.

Source: requirements C2 and C11: ordered by dependency, neither too broad nor too narrow.
"""

from __future__ import annotations

import itertools
import re

from msgspec import Struct
from msgspec.structs import replace

from setsquare.drafting.outline_phrases import action, listed, lowered_first, shortened, slug_key
from setsquare.drafting.picture import Component, Duty, DutyKind, Layer, Picture

LARGE = 8
"""More criteria than this are split where the budget allows."""
_TINY = 2


class Unit(Struct, frozen=True, kw_only=True):
    """Work that belongs together: `goals` and `topics` are what its title is made from, `part` the component that most of it touches."""

    goals: tuple[str, ...]
    topics: tuple[str, ...]
    duties: tuple[Duty, ...]
    part: str
    layer: Layer
    pieces: tuple[Unit, ...] = ()

    @property
    def lines(self) -> int:
        """Count the task lines it takes."""
        return 1 + len(self.pieces)


def units(picture: Picture, limit_lines: int, *, nests: bool = True) -> tuple[Unit, ...]:
    r"""Group all criteria into units of at most `limit_lines` task lines together, in an order in which they can be built.

    A large unit is split into pieces below it, or beside it where the form of the file has no sub-tasks (`nests` is false).

    >>> from setsquare.drafting.outline_reading import picture
    >>> from setsquare.text.markdown import scan
    >>> from setsquare.workspace.requirements import read_requirements
    >>> from setsquare.workspace.spec import Spec
    >>> raw = b"## Requirement 1: Ring\n### Acceptance Criteria\n1. WHEN a guest rings, THE Bell SHALL sound"
    >>> found = picture(Spec(name="bell", path="bell", root="", requirements=read_requirements(scan("r.md", raw))))
    >>> [unit.goals for unit in units(found, 3)]
    [('Implement ring',)]
    """
    found = _joined_tiny([_unit(picture, area) for area in range(len(picture.areas)) if any(duty.area == area for duty in picture.duties)])
    found = _within(found, max(1, limit_lines))
    spare = limit_lines - sum(unit.lines for unit in found)
    split: list[Unit] = []
    for unit in found:
        pieces = _pieces(unit) if len(unit.duties) > LARGE else ()
        if pieces and nests and len(pieces) <= spare:
            spare -= len(pieces)
            split.append(replace(unit, pieces=pieces))
        elif pieces and not nests and len(pieces) - 1 <= spare:
            spare -= len(pieces) - 1
            split += pieces
        else:
            split.append(unit)
    return _ordered(tuple(split), {part.name: part for part in picture.components})


def _unit(picture: Picture, area: int) -> Unit:
    """Make a unit of one requirement."""
    duties = tuple(duty for duty in picture.duties if duty.area == area)
    return _sized((picture.areas[area].goal,), (picture.areas[area].topic,), duties, picture)


def _sized(goals: tuple[str, ...], topics: tuple[str, ...], duties: tuple[Duty, ...], picture: Picture) -> Unit:
    """Make a unit with the component and layer that most of its criteria have."""
    counts: dict[str, int] = {}
    for duty in duties:
        counts[duty.component] = counts.get(duty.component, 0) + 1
    part = max(counts, key=lambda name: counts[name])
    is_family = len({name.split(" ")[0] for name in counts}) == 1
    layer = min(picture.component(name).layer for name in counts) if is_family else picture.component(part).layer
    return Unit(goals=goals, topics=topics, duties=duties, part=part, layer=layer)


def _joined(first: Unit, second: Unit) -> Unit:
    """Make one unit of two; the larger one says where it belongs."""
    larger = first if len(first.duties) >= len(second.duties) else second
    return Unit(
        goals=tuple(dict.fromkeys((*first.goals, *second.goals))),
        topics=(*first.topics, *second.topics),
        duties=(*first.duties, *second.duties),
        part=larger.part,
        layer=larger.layer,
    )


def _joined_tiny(found: list[Unit]) -> list[Unit]:
    """Join neighbours of one component where one of them is tiny."""
    result: list[Unit] = []
    for unit in found:
        is_tiny = result and min(len(unit.duties), len(result[-1].duties)) < _TINY
        if is_tiny and result[-1].part == unit.part and len(result[-1].duties) + len(unit.duties) <= LARGE:
            result[-1] = _joined(result[-1], unit)
        else:
            result.append(unit)
    return result


def _within(found: list[Unit], limit: int) -> list[Unit]:
    """Join the smallest neighbours, of one component first, until there are at most `limit`."""
    while len(found) > limit:
        _, index = min(
            (len(first.duties) + len(second.duties) + (0 if first.part == second.part else 3 if first.layer == second.layer else 5), index)
            for index, (first, second) in enumerate(itertools.pairwise(found))
        )
        found = [*found[:index], _joined(found[index], found[index + 1]), *found[index + 2 :]]
    return found


def _pieces(unit: Unit) -> tuple[Unit, ...]:
    """Split a large unit by component, else into behaviour and failures, else in order; empty where no split makes sense."""
    by_part: dict[str, list[Duty]] = {}
    for duty in unit.duties:
        by_part.setdefault(duty.component, []).append(duty)
    if len(by_part) > 1 and sum(len(own) > 1 for own in by_part.values()) > 1:
        small = [name for name, own in by_part.items() if len(own) < _TINY]
        for name in small:
            by_part.setdefault(unit.part, []).extend(by_part.pop(name))
        groups = list(by_part.values())
    else:
        failures = [duty for duty in unit.duties if duty.kind is DutyKind.FAILURE]
        rest = [duty for duty in unit.duties if duty.kind is not DutyKind.FAILURE]
        groups = [rest, failures] if len(failures) > 2 and len(rest) > 1 else [list(unit.duties)]
    chunks = [tuple(chunk) for group in groups for chunk in _chunks(group)]
    if len(chunks) < _TINY:
        return ()
    return tuple(
        Unit(goals=(goal_of(chunk),), topics=unit.topics, duties=chunk, part=chunk[0].component, layer=unit.layer) for chunk in chunks
    )


def _chunks(duties: list[Duty]) -> list[list[Duty]]:
    """Cut a list into even runs of at most `LARGE`."""
    count = -(-len(duties) // LARGE)
    size = -(-len(duties) // count)
    return [duties[start : start + size] for start in range(0, len(duties), size)]


def goal_of(duties: tuple[Duty, ...]) -> str:
    r"""Say what a piece does by its first two actions.

    >>> from setsquare.drafting.outline_reading import picture
    >>> from setsquare.text.markdown import scan
    >>> from setsquare.workspace.requirements import read_requirements
    >>> from setsquare.workspace.spec import Spec
    >>> raw = b"## Requirement 1: Ring\n### Acceptance Criteria\n1. WHEN a guest rings, THE Bell SHALL sound"
    >>> goal_of(picture(Spec(name="bell", path="bell", root="", requirements=read_requirements(scan("r.md", raw)))).duties)
    'Sound'
    """
    doing = tuple(dict.fromkeys(shortened(re.split(r"[:(]", action(duty.statement))[0], 6).removesuffix(" …") for duty in duties))
    phrase = listed(tuple(lowered_first(item) for item in doing[:2])) if " ".join(doing[:2]).isascii() else "; ".join(doing[:2])
    prefix = "Handle failures: " if all(duty.kind is DutyKind.FAILURE for duty in duties) else ""
    return f"{prefix}{phrase}" if prefix else phrase[:1].upper() + phrase[1:]


# req: draft-and-approve/1.4
def _ordered(found: tuple[Unit, ...], parts: dict[str, Component]) -> tuple[Unit, ...]:
    """Order units so that what is called comes first, then by layer, then as written; a circle is cut at its first unit in that order."""
    homes = homes_of(found)
    needs = [needed_by(unit, index, homes, parts) for index, unit in enumerate(found)]
    left = sorted(range(len(found)), key=lambda index: (found[index].layer, index))
    placed: list[int] = []
    while left:
        ready = next((index for index in left if needs[index] <= set(placed)), left[0])
        placed.append(ready)
        left.remove(ready)
    return tuple(found[index] for index in placed)


def homes_of(found: tuple[Unit, ...]) -> dict[str, int]:
    """Say in which unit each component is mainly built: the one with most of its criteria, the first of equals.

    >>> homes_of(())
    {}
    """
    counts: dict[str, dict[int, int]] = {}
    for index, unit in enumerate(found):
        for duty in unit.duties:
            own = counts.setdefault(duty.component, {})
            own[index] = own.get(index, 0) + 1
    return {name: min(own, key=lambda index: (-own[index], index)) for name, own in counts.items()}


def needed_by(unit: Unit, own: int, homes: dict[str, int], parts: dict[str, Component]) -> set[int]:
    """Say which units a unit needs: the homes of the components that its criteria mention, unless these lie in a higher layer.

    A store that reports to its caller does not need the caller to be built first.
    """
    needed = set()
    for duty in unit.duties:
        text = slug_key(duty.criterion.text)
        for called in parts[duty.component].calls:
            is_below = parts[called].layer <= parts[duty.component].layer
            if is_below and homes.get(called, own) != own and slug_key(called) in text:
                needed.add(homes[called])
    return needed
