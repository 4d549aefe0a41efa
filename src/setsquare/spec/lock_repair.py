"""Rebuilds a lock of which some lines cannot be used, from those that can."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from msgspec.structs import replace

from setsquare.spec.lock import VERSION, Lock, LockedCriterion, Pin, Revision
from setsquare.spec.lock_file import every_criterion, read_lock
from setsquare.spec.relock import with_pins


def repaired(raw: bytes, spec: str, texts: Collection[str] = ()) -> Lock | None:
    r"""Rebuild a lock; of two lines for one uid the one with a text of the document (`texts`) counts, and what people decided on either is kept.

    A lock of a newer version gives `None`: this version cannot know what its lines mean.

    >>> lock = repaired(b'<<<<<<< ours\n{"uid":"a","id":"1.1","text":"t","wording":"w","meaning":"m"}\n', "login")
    >>> [criterion.uid for criterion in lock.criteria]
    ['a']
    """
    if read_lock(raw, spec).version > VERSION:
        return None
    found: dict[str, list[LockedCriterion]] = {}
    for criterion in every_criterion(raw):
        found.setdefault(criterion.uid, []).append(criterion)
    return Lock(spec=spec, criteria=tuple(_joined(found[uid], texts) for uid in sorted(found)))


def _joined(lines: list[LockedCriterion], texts: Collection[str]) -> LockedCriterion:
    """Make one line of several for the same uid."""
    lines = list(dict.fromkeys(lines))
    first = next((line for line in lines if line.text in texts), lines[0])
    if len(lines) == 1:
        return first
    others = [line for line in lines if line is not first]
    aliases = dict.fromkeys(alias for line in (first, *others) for alias in (line.id, *line.previously) if alias != first.id)
    revisions = [revision for line in (first, *others) for revision in line.revisions]
    revisions += [Revision(line.meaning, line.text) for line in others if line.meaning != first.meaning]
    joined = replace(
        first,
        previously=tuple(aliases),
        is_removed=all(line.is_removed for line in lines),
        waiver=next((line.waiver for line in (first, *others) if line.waiver), None),
        anchor=next((line.anchor for line in (first, *others) if line.anchor), ""),
        revisions=tuple(dict.fromkeys(revisions)),
    )
    return with_pins(joined, _pins(first.meaning, (pin for line in (first, *others) for pin in line.pins)))


def _pins(meaning: str, pins: Iterable[Pin]) -> tuple[Pin, ...]:
    """Keep one pin a link: one that a person cleared for this very meaning, else one that makes the link suspect."""
    found: dict[tuple[str, str, str, str], Pin] = {}
    for pin in pins:
        key = (pin.spec, pin.kind.value, pin.source, pin.written)
        if key not in found or _weight(pin, meaning) > _weight(found[key], meaning):
            found[key] = pin
    return tuple(found.values())


def _weight(pin: Pin, meaning: str) -> int:
    if pin.target_meaning == meaning:
        return 2 if pin.by else 0
    return 1
