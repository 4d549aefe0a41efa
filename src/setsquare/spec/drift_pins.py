"""Keeps with each pin from code what the linked parts said, and pins whose code is gone until a person has looked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias

from msgspec.structs import replace

from setsquare.spec.drift_parts import (
    Became,
    CodeFile,
    Fate,
    Remembered,
    encode_remembered,
    fates,
    joined_memory,
    part_at,
    read_remembered,
    remember,
)
from setsquare.spec.link import LinkKind
from setsquare.spec.link_state import StatedLink
from setsquare.spec.lock import Lock, LockedCriterion, Pin
from setsquare.spec.relock import with_pins
from setsquare.text.paths import RelPath

IN_FILES: Final = (LinkKind.IMPL, LinkKind.VERIFIES)
"""The kinds of links whose source is a file of code."""

PinKey: TypeAlias = tuple[str, str, LinkKind, str, str]
"""A criterion's uid, the citing spec, the kind, the file and the reference as written: what tells pins apart."""


def pin_key(uid: str, pin: Pin) -> PinKey:
    """Name a pin.

    >>> pin_key("u", Pin(kind=LinkKind.IMPL, source="a.py", written="1.2", target_meaning="m"))[3:]
    ('a.py', '1.2')
    """
    return uid, pin.spec, pin.kind, pin.source, pin.written


def by_source(links: Iterable[StatedLink]) -> dict[PinKey, tuple[StatedLink, ...]]:
    """Group links from code by what one pin holds.

    >>> by_source(())
    {}
    """
    found: dict[PinKey, list[StatedLink]] = {}
    for link in links:
        if link.link.kind in IN_FILES:
            key = pin_key(link.uid, link.pin) if link.pin else (link.uid, "", link.link.kind, link.link.source, link.written)
            found.setdefault(key, []).append(link)
    return {key: tuple(items) for key, items in found.items()}


def memory(links: Iterable[StatedLink], files: Mapping[RelPath, CodeFile]) -> tuple[Remembered, ...]:
    """Note what the parts that links of one pin stand at say now; nothing where the file cannot be read.

    >>> memory((), {})
    ()
    """
    held = tuple(links)
    file = files.get(held[0].link.path) if held else None
    return remember(file, (link.link.line for link in held)) if file else ()


def fates_of(links: Iterable[StatedLink], files: Mapping[RelPath, CodeFile]) -> tuple[Fate, ...]:
    """Say what became of the parts that the pin of some links remembers; nothing where it remembers none.

    >>> fates_of((), {})
    ()
    """
    held = tuple(links)
    file = files.get(held[0].link.path) if held else None
    pin = held[0].pin if held else None
    if file is None or pin is None:
        return ()
    linked = [part.name for link in held if (part := part_at(file, link.link.line))]
    return fates(read_remembered(pin.source_digest), file, linked)


def with_memory(links: Iterable[StatedLink], files: Mapping[RelPath, CodeFile]) -> tuple[StatedLink, ...]:
    """Give links from code the digests of what they stand at, so that the pins made from them remember it.

    A pin that remembers something keeps it; parts that are linked only now join it.

    >>> with_memory((), {})
    ()
    """
    listed = tuple(links)
    known: dict[StatedLink, StatedLink] = {}
    for group in by_source(listed).values():
        now = memory(group, files)
        is_changed = any(fate.became is not Became.SAME and fate.became is not Became.UNKNOWN for fate in fates_of(group, files))
        for link in group:
            pin = link.pin
            if pin is not None:
                then = read_remembered(pin.source_digest)
                pin = replace(pin, source_digest=encode_remembered(joined_memory(then, now) if then else now))
            known[link] = replace(link, pin=pin, source_digest=encode_remembered(now), is_source_changed=is_changed)
    return tuple(known.get(link, link) for link in listed)


def with_lost(before: Lock, after: Lock, stated: Iterable[StatedLink]) -> Lock:
    """Keep the pins of code that is not there any more: that it went is drift, and only a person ends it.

    `stated` are all links as they were found. What moved to another file with the same words is pinned there.

    >>> with_lost(Lock(spec="bell"), Lock(spec="bell"), ()).criteria
    ()
    """
    met = frozenset(by_source(stated))
    held = {criterion.uid: criterion for criterion in before.criteria}
    return replace(after, criteria=tuple(_with_lost(item, held.get(item.uid), met) for item in after.criteria))


def without(lock: Lock, keys: frozenset[PinKey]) -> Lock:
    """Let pins go.

    >>> without(Lock(spec="bell"), frozenset()).criteria
    ()
    """
    return replace(
        lock,
        criteria=tuple(
            with_pins(criterion, (pin for pin in criterion.pins if pin_key(criterion.uid, pin) not in keys))
            if any(pin_key(criterion.uid, pin) in keys for pin in criterion.pins)
            else criterion
            for criterion in lock.criteria
        ),
    )


def lost_pins(lock: Lock, met: Iterable[PinKey]) -> tuple[tuple[LockedCriterion, Pin], ...]:
    """List the pins from code that remember something and that no link holds any more, with their criteria.

    >>> lost_pins(Lock(spec="bell"), ())
    ()
    """
    known = frozenset(met)
    return tuple(
        (criterion, pin)
        for criterion in lock.criteria
        if not criterion.is_removed
        for pin in criterion.pins
        if _is_lost(criterion.uid, pin, known)
    )


def _with_lost(criterion: LockedCriterion, before: LockedCriterion | None, met: frozenset[PinKey]) -> LockedCriterion:
    """Keep one criterion's lost pins; the pin of what moved takes over what was known of the criterion there."""
    if criterion.is_removed or before is None:
        return criterion
    uid = criterion.uid
    known = {pin_key(uid, pin) for pin in before.pins}
    pins = {pin_key(uid, pin): pin for pin in criterion.pins}
    fresh = [pin for key, pin in pins.items() if key not in known]
    lost = [pin for pin in before.pins if _is_lost(uid, pin, met) and pin_key(uid, pin) not in pins]
    for pin in lost:
        heir = next((other for other in fresh if _is_heir(pin, other)), None)
        if heir is None:
            pins[pin_key(uid, pin)] = pin
        else:
            taken = replace(heir, target_meaning=pin.target_meaning, by=pin.by, at=pin.at, commit=pin.commit, reason=pin.reason)
            pins[pin_key(uid, heir)] = taken
    return with_pins(replace(criterion, revisions=before.revisions), pins.values()) if lost else criterion


def _is_lost(uid: str, pin: Pin, met: frozenset[PinKey]) -> bool:
    return pin.kind in IN_FILES and bool(read_remembered(pin.source_digest)) and pin_key(uid, pin) not in met


def _is_heir(pin: Pin, other: Pin) -> bool:
    """Tell whether another pin of the same kind remembers all of the same words."""
    wanted = {part.digest for part in read_remembered(pin.source_digest)}
    return other.kind is pin.kind and wanted <= {part.digest for part in read_remembered(other.source_digest)}
