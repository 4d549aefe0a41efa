"""Writes the outline of requirements as they were and as they are now so that the two differ only where the requirements do.

The units of work stay those of the old outline: a new criterion never moves old ones from one task to another.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from setsquare.drafting.comparison import Comparison
from setsquare.drafting.outline_design import design_of
from setsquare.drafting.outline_grouping import LARGE, Unit, goal_of, homes_of, needed_by
from setsquare.drafting.outline_reading import NothingToDraft, picture
from setsquare.drafting.outline_tasks import Grouping, Step, bugfix_steps, grouping, kept_apart, own_titles, step_lines, step_of, steps_of
from setsquare.drafting.picture import Duty, Picture, Promise
from setsquare.spec.fingerprint import canonical
from setsquare.text.document import encode
from setsquare.workspace.spec import Design, Dialect

_FREE: Final = "0"


class Pair(Struct, frozen=True, kw_only=True):
    """One task of the outline then (`base`) and now (`theirs`, `None`: nothing of it is left), both in the form of a unit.

    `base` names its criteria as they are called now, `then` as it was written. `number` is the one that the old outline gave it, `ids` are its criteria then.
    """

    number: str
    title: str
    ids: tuple[str, ...]
    then: bytes
    base: bytes
    theirs: bytes | None


class Outlines(Struct, frozen=True, kw_only=True):
    """Both pictures; the properties of the new one have the numbers that the design gives them."""

    then: Picture
    now: Picture


def outlines(compared: Comparison) -> Outlines | NothingToDraft:
    """Read the requirements of then and now."""
    then, now = picture(compared.before), picture(compared.now)
    if isinstance(then, NothingToDraft):
        return then
    if isinstance(now, NothingToDraft):
        return now
    return Outlines(then=then, now=replace(now, promises=_numbered(then, now, compared.heirs, compared.now.design)))


def _numbered(then: Picture, now: Picture, heirs: Mapping[str, tuple[str, ...]], design: Design | None) -> tuple[Promise, ...]:
    """Give each property the number that it has already, else the next free one."""
    written = {canonical(item.title): int(item.number) for item in (design.properties if design else ()) if item.number.isdecimal()}
    taken = {item.number for item in then.promises} | set(written.values())
    left = list(then.promises)
    found: dict[int, int] = {}
    for promise in now.promises:
        old = next((item for item in left if item.shape is promise.shape and _inherits(item, promise, heirs)), None)
        if old is not None:
            left.remove(old)
            found[promise.number] = written.get(canonical(old.title), old.number)
        elif canonical(promise.title) in written:
            found[promise.number] = written[canonical(promise.title)]
    following = iter(range(max(taken, default=0) + 1, max(taken, default=0) + 1 + len(now.promises)))
    return tuple(replace(item, number=found[item.number] if item.number in found else next(following)) for item in now.promises)


def _inherits(old: Promise, new: Promise, heirs: Mapping[str, tuple[str, ...]]) -> bool:
    return bool({name for item in old.criteria for name in heirs.get(item, ())} & set(new.criteria))


def task_pairs(compared: Comparison, found: Outlines) -> tuple[Pair, ...]:
    """List the tasks of the old outline with what they are now."""
    titles = _titles(compared, found.now)
    if found.then.dialect is Dialect.BUGFIX:
        return tuple(_bugfix(compared, found))
    then = grouping(found.then)
    old = kept_apart(steps_of(found.then, then, titles), found.then)
    new: list[Step | None] = []
    if then.has_foundation:
        new += steps_of(found.now, Grouping((), has_foundation=True), titles)[:1] if found.now.entities else [None]
    revised = [_revised(unit, compared.heirs, found) for unit in then.units]
    new += [step_of(unit, found.now, titles, ()) if unit else None for unit in revised]
    new.append(old[-1])
    pairs: list[Pair] = []
    for number, (one, two) in enumerate(zip(old, new, strict=True), 1):
        safe = kept_apart((two,), found.now)[0] if two else None
        unit = then.units[number - 1 - then.has_foundation] if 0 <= number - 1 - then.has_foundation < len(then.units) else None
        pairs.append(_pair(compared, str(number), one, safe))
        pairs += _pieces(compared, found, (str(number), one, unit), titles)
    return tuple(pairs)


def _pieces(compared: Comparison, found: Outlines, of: tuple[str, Step, Unit | None], titles: tuple[str, ...]) -> Iterator[Pair]:
    """List the sub-tasks of a task."""
    number, step, unit = of
    for index, (piece, old) in enumerate(zip(unit.pieces if unit else (), step.steps, strict=True), 1):
        revised = _revised(piece, compared.heirs, found)
        new = kept_apart((step_of(revised, found.now, titles, ()),), found.now)[0] if revised else None
        yield _pair(compared, f"{number}.{index}", old, new)


def _bugfix(compared: Comparison, found: Outlines) -> Iterator[Pair]:
    """Pair the fixed plan of a bugfix by title."""
    new = {step.title: step for step in kept_apart(bugfix_steps(found.now), found.now)}
    for number, step in enumerate(kept_apart(bugfix_steps(found.then), found.then), 1):
        yield _pair(compared, str(number), step, new.get(step.title))


def _titles(compared: Comparison, now: Picture) -> tuple[str, ...]:
    """List the headings of the design that tasks can name."""
    design = compared.now.design
    return tuple(section.title for section in design.sections) if design and design.sections else own_titles(now)


def _revised(unit: Unit, heirs: Mapping[str, tuple[str, ...]], found: Outlines) -> Unit | None:
    """Give a unit the criteria of now; `None` where none is left."""
    known = {duty.id: duty for duty in found.now.duties}
    duties = tuple(dict.fromkeys(known[name] for duty in unit.duties for name in heirs.get(duty.id, ()) if name in known))
    if not duties:
        return None
    parts = {part.name for part in found.now.components}
    part = unit.part if unit.part in parts else Counter(duty.component for duty in duties).most_common(1)[0][0]
    pieces = tuple(piece for piece in (_revised(piece, heirs, found) for piece in unit.pieces) if piece)
    is_own = unit.goals == (goal_of(unit.duties),)
    return replace(unit, goals=(goal_of(duties),) if is_own else unit.goals, duties=duties, part=part, pieces=pieces)


def _pair(compared: Comparison, number: str, old: Step, new: Step | None) -> Pair:
    """Write both versions of a task; what it needs and where it is designed are the old outline's in both."""
    alive = tuple(compared.same[name] for name in old.requirements if compared.same.get(name))
    base = replace(old, requirements=alive, steps=())
    theirs = replace(new, depends=old.depends, design=old.design, steps=()) if new else None
    return Pair(
        number=number,
        title=old.title,
        ids=old.requirements,
        then=unit_text(replace(old, steps=())),
        base=unit_text(base),
        theirs=unit_text(theirs) if theirs else None,
    )


def unit_text(step: Step) -> bytes:
    r"""Write a step in the form in which units are merged.

    >>> unit_text(Step(title="Ring", requirements=("1.1",)))
    b'Ring\n- _Requirements: 1.1_\n'
    """
    first, *rest = step_lines(step, _FREE, "")
    return encode("\n".join((first.partition(f"{_FREE}. ")[2], *(line[2:] for line in rest))) + "\n")


def new_steps(compared: Comparison, found: Outlines, ids: tuple[str, ...], numbers: Mapping[str, str]) -> tuple[Step, ...]:
    """Write tasks for criteria that nothing implements yet; `numbers` tells which task of the file an old outline's number is."""
    duties = [duty for duty in found.now.duties if duty.id in ids]
    if not duties:
        return ()
    titles = _titles(compared, found.now)
    groups, offset = _groups(compared, found)
    homes = homes_of(groups)
    parts = {part.name: part for part in found.now.components}
    steps = []
    for chunk in _chunks(duties):
        part = Counter(duty.component for duty in chunk).most_common(1)[0][0]
        area = found.now.areas[chunk[0].area]
        unit = Unit(goals=(goal_of(chunk),), topics=(area.topic,), duties=chunk, part=part, layer=found.now.component(part).layer)
        needed = sorted(needed_by(unit, -1, homes, parts))
        depends = tuple(dict.fromkeys(numbers[str(at + 1 + offset)] for at in needed if str(at + 1 + offset) in numbers))
        steps.append(step_of(unit, found.now, titles, depends))
    return kept_apart(tuple(steps), found.now)


def _groups(compared: Comparison, found: Outlines) -> tuple[tuple[Unit, ...], int]:
    """Give the old outline's units with the criteria of now; a unit of which nothing is left has none."""
    if found.then.dialect is Dialect.BUGFIX:
        return (), 0
    then = grouping(found.then)
    revised = (_revised(unit, compared.heirs, found) or replace(unit, duties=(), pieces=()) for unit in then.units)
    return tuple(revised), int(then.has_foundation)


def _chunks(duties: list[Duty]) -> Iterator[tuple[Duty, ...]]:
    """Put the criteria of one requirement together, at most `LARGE` in a task."""
    for area in dict.fromkeys(duty.area for duty in duties):
        own = [duty for duty in duties if duty.area == area]
        for start in range(0, len(own), LARGE):
            yield tuple(own[start : start + LARGE])


def designs(found: Outlines) -> tuple[bytes, bytes]:
    """Write the design of then and of now."""
    return encode(design_of(found.then)), encode(design_of(found.now))
