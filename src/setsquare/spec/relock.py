"""Brings a lock up to the document, without losing what people decided."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from setsquare.spec.anchor import anchor, unanchored
from setsquare.spec.approval import spec_key
from setsquare.spec.fingerprint import wording
from setsquare.spec.identity import SpecIdentity, criteria_of
from setsquare.spec.lock import Lock, LockedCriterion, Pin, Revision, Waiver
from setsquare.spec.lock_file import spelled
from setsquare.spec.rematch import Change, Pairing, rematch
from setsquare.workspace.spec import Criterion, Spec


def locked(spec: Spec, lock: Lock | None = None) -> Lock:
    """Build a spec's lock, or bring one up to the document: uids stay, old ids become aliases, what was removed stays as removed.

    >>> from setsquare.text.paths import RelPath
    >>> locked(Spec(name="bell", path=RelPath("bell"), root=RelPath(""))).criteria
    ()
    """
    before = lock or Lock(spec=spec_key(spec))
    return relocked(SpecIdentity(spec=spec, lock=before, pairings=rematch(before, criteria_of(spec))))


def relocked(item: SpecIdentity) -> Lock:
    """Bring the lock of a spec up to what became of its criteria; one that moved to another spec leaves with everything.

    >>> from setsquare.text.paths import RelPath
    >>> relocked(SpecIdentity(spec=Spec(name="bell", path=RelPath("bell"), root=RelPath("")))).spec
    'bell'
    """
    before = item.lock or Lock(spec=spec_key(item.spec))
    met = {pairing.uid for pairing in item.pairings}
    found = [old for old in before.criteria if old.uid not in met]
    pairings = item.pairings if item.lock is not None else _whole(item)
    for pairing in pairings:
        if pairing.new is not None:
            found.append(_kept(pairing, pairing.new, item.spec))
        elif pairing.old is not None and pairing.change is not Change.MOVED:
            found.append(replace(pairing.old, is_removed=True))
    return replace(before, criteria=tuple(sorted(found, key=lambda criterion: criterion.uid)))


def approved(lock: Lock, at: str, approver: str) -> Lock:
    """Record an approval of a spec's requirements on every criterion that stands in them.

    >>> it = LockedCriterion(uid="a", id="1.1", text="t", wording="w", meaning="m")
    >>> approved(Lock(spec="bell", criteria=(it,)), "2026-01-01T00:00:00Z", "Ada").criteria[0].approver
    'Ada'
    """
    return replace(
        lock,
        criteria=tuple(
            criterion if criterion.is_removed else replace(criterion, approved_at=at, approver=spelled(approver))
            for criterion in lock.criteria
        ),
    )


def waived(lock: Lock, uid: str, waiver: Waiver | None) -> Lock:
    """Record that a criterion needs no task or test; `None` takes it back.

    >>> waived(Lock(spec="bell"), "a", None).criteria
    ()
    """
    return replace(
        lock,
        criteria=tuple(replace(criterion, waiver=waiver) if criterion.uid == uid else criterion for criterion in lock.criteria),
    )


def with_pins(criterion: LockedCriterion, pins: Iterable[Pin]) -> LockedCriterion:
    """Give a criterion other pins, sorted; only the older texts that they name are kept.

    >>> it = LockedCriterion(uid="a", id="1.1", text="t", wording="w", meaning="m", revisions=(Revision("older", "s"),))
    >>> with_pins(it, ()).revisions
    ()
    """
    ordered = tuple(sorted(pins, key=lambda pin: (pin.spec, pin.kind.value, pin.source, pin.written)))
    named = {pin.target_meaning for pin in ordered}
    revisions = tuple(revision for revision in criterion.revisions if revision.meaning in named)
    return replace(criterion, pins=ordered, revisions=revisions)


def _whole(item: SpecIdentity) -> tuple[Pairing, ...]:
    """Pair all criteria of a spec that has no lock yet, those that moved in included."""
    moved = {pairing.new.id: pairing for pairing in item.pairings if pairing.new}
    fresh = rematch(Lock(spec=spec_key(item.spec)), criteria_of(item.spec))
    return tuple(moved.get(pairing.new.id, pairing) for pairing in fresh if pairing.new)


def _kept(pairing: Pairing, criterion: Criterion, spec: Spec) -> LockedCriterion:
    """Write the line of a criterion that stands in the document."""
    old = pairing.old
    name, text = spelled(criterion.id), spelled(unanchored(criterion.text))
    label = spelled(anchor(criterion.text))
    if old is None:
        return LockedCriterion(uid=pairing.uid, id=name, text=text, wording=wording(text), meaning=pairing.meaning, anchor=label)
    if old.id == name and old.text == text and old.anchor == label and not pairing.spec and not old.is_removed:
        return old
    is_same = old.meaning == pairing.meaning
    was = f"{pairing.spec}/{old.id}" if pairing.spec else old.id
    aliases = tuple(alias for alias in dict.fromkeys((was, *old.previously)) if alias != name)
    revisions = old.revisions if is_same else (Revision(old.meaning, old.text), *old.revisions)
    kept = replace(
        old,
        id=name,
        text=text,
        wording=old.wording if text == old.text else wording(text),
        meaning=pairing.meaning,
        previously=aliases,
        approved_at=old.approved_at if is_same else "",
        approver=old.approver if is_same else "",
        is_removed=False,
        anchor=label or old.anchor,
        revisions=tuple(revision for revision in dict.fromkeys(revisions) if revision.meaning != pairing.meaning),
    )
    return with_pins(kept, (_rehomed(pin, pairing.spec, spec) for pin in old.pins))


def _rehomed(pin: Pin, came_from: str, spec: Spec) -> Pin:
    """Name the source's spec from where its target stands now."""
    if not came_from:
        return pin
    source = pin.spec or came_from
    return replace(pin, spec="" if source == spec.name else source)
