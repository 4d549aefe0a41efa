"""Binds written links to criteria by pins, and records what a person cleared."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from msgspec import Struct
from msgspec.structs import replace

from setsquare.spec.link import LinkKind
from setsquare.spec.link_state import LinkState, StatedLink
from setsquare.spec.lock import Lock, Pin
from setsquare.spec.lock_file import spelled
from setsquare.spec.relock import with_pins

IN_CODE = (LinkKind.IMPL, LinkKind.VERIFIES, LinkKind.TOUCHES)
"""The links that stand in code, which not everybody reads."""


class Clearing(Struct, frozen=True, kw_only=True):
    """Who looked at links and found them right, when, why, and at which commit."""

    by: str
    at: str
    reason: str
    commit: str = ""


def pinned(lock: Lock, links: Iterable[StatedLink], unread: Collection[LinkKind] = ()) -> Lock:
    """Pin the links to a lock's criteria that have no pin yet, and let the pins follow what was renumbered.

    A pin never changes what it means: a link that is shifted or whose criterion is gone keeps its pin until a person decides. The pin of a
    reference that nobody writes any more goes, except of the kinds that were not `unread`.

    >>> pinned(Lock(spec="bell"), ()).criteria
    ()
    """
    by_uid: dict[str, list[StatedLink]] = {}
    for link in links:
        by_uid.setdefault(link.uid, []).append(link)
    criteria = []
    for criterion in lock.criteria:
        found: dict[tuple[str, str, str, str], Pin] = {}
        for link in by_uid.get(criterion.uid, ()):
            pin = _pin(link)
            if pin is not None:
                found.setdefault(_key(pin), pin)
        for pin in criterion.pins:
            if pin.kind in unread:
                found.setdefault(_key(pin), pin)
        criteria.append(with_pins(criterion, found.values()) if found or criterion.pins else criterion)
    return replace(lock, criteria=tuple(criteria))


def cleared(links: Iterable[StatedLink], chosen: Collection[StatedLink], clearing: Clearing) -> tuple[StatedLink, ...]:
    """Look at links anew: the chosen ones are pinned to their criterion as it is; a chosen one whose criterion is gone, or that shifted, is let go.

    >>> cleared((), (), Clearing(by="Ada", at="2026-01-01T00:00:00Z", reason="read it"))
    ()
    """
    found: list[StatedLink] = []
    for link in links:
        if link not in chosen:
            found.append(link)
        elif link.state not in (LinkState.ORPHANED, LinkState.SHIFTED):
            pin = replace(
                link.pin or _new(link),
                target_meaning=link.meaning,
                source_digest=link.source_digest,
                by=spelled(clearing.by),
                at=clearing.at,
                commit=clearing.commit,
                reason=spelled(clearing.reason),
            )
            found.append(replace(link, pin=pin, state=LinkState.COVERED))
    return tuple(found)


def _pin(link: StatedLink) -> Pin | None:
    """Give the pin that a link has from now on."""
    if link.pin is None:
        return _new(link) if link.state in (LinkState.UNPINNED, LinkState.UNWANTED) else None
    home = _home(link)
    if link.state in (LinkState.SHIFTED, LinkState.ORPHANED):
        return replace(link.pin, source=spelled(link.link.source), spec=home)
    return replace(link.pin, source=spelled(link.link.source), spec=home, written=link.written)


def _new(link: StatedLink) -> Pin:
    return Pin(
        kind=link.link.kind,
        source=spelled(link.link.source),
        written=link.written,
        spec=_home(link),
        target_meaning=link.meaning,
        source_digest=link.source_digest,
    )


def _home(link: StatedLink) -> str:
    """Name the source's spec, empty where it is the criterion's own."""
    return "" if link.link.spec == link.link.target_spec else spelled(link.link.spec)


def _key(pin: Pin) -> tuple[str, str, str, str]:
    return pin.spec, pin.kind.value, pin.source, pin.written
