"""Finds the criteria of a lock again in a document that was edited since.

The evidence, strongest first: an anchor that a person wrote, an equal text, an equal meaning, the same place with similar words, very similar
words anywhere. What is left was added or removed; then splits and merges are told from those.

Source: the identity of criteria in the EARS engine's reference, section 4.2.
"""

from __future__ import annotations

import base64
import enum
import hashlib
from collections import Counter
from collections.abc import Container, Iterable, Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from setsquare.spec.anchor import anchor, unanchored
from setsquare.spec.ears import parse
from setsquare.spec.fingerprint import meaning, wording
from setsquare.spec.lock import Lock, LockedCriterion
from setsquare.spec.lock_file import spelled
from setsquare.spec.matching import Matching
from setsquare.spec.splitting import merges, splits
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.workspace.spec import Criterion

_UID: Final = 8
_PARTS: Final = LazyPattern(r"(\d+)")


class Change(enum.Enum):
    """What became of a criterion since its lock was written; the weightiest of several."""

    SAME = "same"
    REWORDED = "reworded"
    CHANGED = "changed"
    MOVED = "moved"
    RENUMBERED = "renumbered"
    SPLIT = "split"
    MERGED = "merged"
    ADDED = "added"
    REMOVED = "removed"


class Pairing(Struct, frozen=True, kw_only=True):
    """One criterion of the lock, of the document, or of both.

    `meaning` is the meaning now, under the name that pins use. `partners` are the uids it was split from or into, or merged with. `similarity`
    is that of the two texts, from 0 to 1. `spec` is the name of the other spec of a criterion that moved between specs. A criterion that was
    removed and came back is added and has its `old` line.
    """

    uid: str
    change: Change
    old: LockedCriterion | None = None
    new: Criterion | None = None
    partners: tuple[str, ...] = ()
    similarity: float = 1.0
    meaning: str = ""
    spec: str = ""


# req: spec-engine/2.1
def rematch(lock: Lock, criteria: Sequence[Criterion]) -> tuple[Pairing, ...]:
    """Pair a lock's criteria with those of a document: first the document's, in order, then those that are gone, by id.

    >>> from setsquare.text.paths import RelPath
    >>> from setsquare.text.span import Span
    >>> def made(name, text):
    ...     return Criterion(id=name, text=text, path=RelPath("r.md"), line=1, span=Span(0, 0), text_span=Span(0, 0))
    >>> [(len(it.uid), it.change.value) for it in rematch(Lock(spec="login"), [made("1.1", "THE Bell SHALL ring")])]
    [(8, 'added')]
    """
    old = _ordered(lock.criteria)
    alive = sum(not locked.is_removed for locked in old)
    texts = [spelled(unanchored(criterion.text)) for criterion in criteria]
    matching = Matching(
        [locked.text for locked in old],
        texts,
        ids=[locked.id for locked in old],
        new_ids=[spelled(criterion.id) for criterion in criteria],
        alive=alive,
    )
    meanings = _pair(matching, old, criteria)
    found = _found(lock, old, criteria, matching, meanings)
    gone = [_gone(old[index]) for index in matching.left_old()]
    return _with_families((*found, *gone), matching, old, len(criteria))


def new_uid(spec: str, digest: str, taken: Container[str], occurrence: int = 0) -> str:
    """Name a criterion for good: eight characters from its spec, its meaning at first sight and how often that stands already.

    `occurrence` is how many of that meaning are known to be taken, from 0.

    >>> one = new_uid("login", "c0ffee", ())
    >>> len(one), one == new_uid("login", "c0ffee", ()), one == new_uid("login", "c0ffee", (one,))
    (8, True, False)
    """
    while True:
        raw = hashlib.sha256(f"{spelled(spec)}\x1f{digest}\x1f{occurrence}".encode()).digest()
        name = base64.b32encode(raw).decode().lower()[:_UID]
        name = name if name[0].isalpha() else "ghijkl"[int(name[0]) - 2] + name[1:]
        if name not in taken:
            return name
        occurrence += 1


def requirement_of(name: str) -> str:
    """Name the requirement that a display id belongs to.

    >>> requirement_of("NFR-2.3"), requirement_of("AC-7")
    ('NFR-2', '')
    """
    return name.rpartition(".")[0]


def natural(name: str) -> tuple[tuple[int, str], ...]:
    """Give a key that sorts display ids as a person does.

    >>> sorted(["1.10", "1.2", "NFR-1.1"], key=natural)
    ['1.2', '1.10', 'NFR-1.1']
    """
    return tuple((int(part), "") if part.isdecimal() and part.isascii() else (10**9, part) for part in _PARTS.split(name) if part)


def _ordered(criteria: Iterable[LockedCriterion]) -> list[LockedCriterion]:
    """Put a lock's criteria in the document's order as far as their ids tell it; those that left come last."""
    return sorted(criteria, key=lambda locked: (locked.is_removed, natural(locked.id), locked.uid))


def _pair(matching: Matching, old: Sequence[LockedCriterion], criteria: Sequence[Criterion]) -> dict[int, str]:
    """Pair by all evidence; give the meanings that had to be computed, by new position."""
    _by_anchor(matching, old, criteria)
    matching.by_key(matching.old, matching.new)
    left_old = [index for index, new in enumerate(matching.new_of) if new is None]
    left_new = matching.left_new()
    meanings = {new: meaning_of(matching.new[new]) for new in left_new}
    if left_old and left_new:
        for digests in ({index: old[index].meaning for index in left_old}, {index: meaning_of(matching.old[index]) for index in left_old}):
            matching.by_key(
                [digests.get(index, "") for index in range(len(old))], [meanings.get(new, "") for new in range(len(matching.new))]
            )
        # The second time, what was found the first time shows the places of the rest.
        matching.by_similarity()
        matching.by_similarity()
    return meanings


def meaning_of(text: str) -> str:
    """Digest the meaning of a text.

    >>> meaning_of("THE Bell SHALL ring") == meaning_of("the bell shall ring.")
    True
    """
    return meaning(parse(text))


def _by_anchor(matching: Matching, old: Sequence[LockedCriterion], criteria: Sequence[Criterion]) -> None:
    """Pair what a person has named; a name that stands twice in the document names nothing."""
    written = {new: name for new, criterion in enumerate(criteria) if (name := anchor(criterion.text))}
    if not written:
        return
    count = Counter(written.values())
    known = {locked.anchor or locked.uid: index for index, locked in reversed(list(enumerate(old)))}
    for new, name in written.items():
        index = known.get(name)
        if index is not None and count[name] == 1 and matching.new_of[index] is None:
            matching.pair(index, new)


def _found(
    lock: Lock, old: Sequence[LockedCriterion], criteria: Sequence[Criterion], matching: Matching, meanings: dict[int, str]
) -> list[Pairing]:
    """Say for each criterion of the document what it was."""
    taken = {locked.uid for locked in lock.criteria}
    met: Counter[str] = Counter()
    renamed = _renamed(old, criteria, matching)
    found: list[Pairing] = []
    for new, criterion in enumerate(criteria):
        index = matching.old_of[new]
        if index is None:
            uid = new_uid(lock.spec, meanings[new], taken, met[meanings[new]])
            met[meanings[new]] += 1
            taken.add(uid)
            found.append(Pairing(uid=uid, change=Change.ADDED, new=criterion, similarity=0.0, meaning=meanings[new]))
        else:
            found.append(_kept(old[index], criterion, matching.new[new], renamed, matching.alike.get(new, 1.0)))
    return found


def _kept(old: LockedCriterion, new: Criterion, text: str, renamed: dict[str, str], alike: float) -> Pairing:
    """Say how a criterion that was found again differs."""
    digest = old.meaning if text == old.text else current_meaning(old, text)
    name = spelled(new.id)
    if old.is_removed:
        change = Change.ADDED
    elif digest != old.meaning:
        change = Change.CHANGED
    elif text != old.text and wording(text) != old.wording:
        change = Change.REWORDED
    elif name == old.id:
        change = Change.SAME
    else:
        mine, now = requirement_of(old.id), requirement_of(name)
        change = Change.RENUMBERED if renamed.get(mine, mine) == now else Change.MOVED
    return Pairing(uid=old.uid, change=change, old=old, new=new, similarity=alike, meaning=digest)


def current_meaning(old: LockedCriterion, text: str) -> str:
    """Name the meaning of a criterion's text of now: the lock's name for it where the lock knows it.

    The lock's text is digested anew, because a later version of the parser may digest the same text differently.

    >>> it = LockedCriterion(uid="a", id="1.1", text="THE Bell SHALL ring", wording="w", meaning="older")
    >>> current_meaning(it, "The bell shall ring.")
    'older'
    """
    digest = meaning_of(text)
    if digest in (old.meaning, meaning_of(old.text)):
        return old.meaning
    for revision in old.revisions:
        if digest == revision.meaning or text == revision.text or digest == meaning_of(revision.text):
            return revision.meaning
    return digest


def _renamed(old: Sequence[LockedCriterion], criteria: Sequence[Criterion], matching: Matching) -> dict[str, str]:
    """Tell which number each requirement has now: the one that most of its criteria have."""
    votes: dict[str, Counter[str]] = {}
    for new, index in enumerate(matching.old_of):
        if index is not None:
            votes.setdefault(requirement_of(old[index].id), Counter())[requirement_of(spelled(criteria[new].id))] += 1
    return {number: count.most_common(1)[0][0] for number, count in votes.items()}


def _gone(old: LockedCriterion) -> Pairing:
    return Pairing(uid=old.uid, change=Change.REMOVED, old=old, similarity=0.0, meaning=old.meaning)


def _with_families(pairings: tuple[Pairing, ...], matching: Matching, old: Sequence[LockedCriterion], size: int) -> tuple[Pairing, ...]:
    """Mark what was split and what was merged; a criterion is of one family at most."""
    families = (*splits(matching), *merges(matching))
    if not families:
        return pairings
    by_uid = {locked.uid: index for index, locked in enumerate(old)}
    place = {by_uid[item.uid]: at for at, item in enumerate(pairings) if item.old is not None}
    found = list(pairings)
    settled: set[int] = set()
    absorbed: set[int] = set()
    for family in families:
        members = {*family.news, *(place[index] for index in family.olds)}
        if settled & members:
            continue
        settled |= members
        main = family.news[0]
        if found[main].uid != old[family.olds[0]].uid:
            found[main] = _heir(old[family.olds[0]], found[main], family.alike)
            absorbed.add(place[family.olds[0]])
        others = family.news[1:] if family.is_split else tuple(place[index] for index in family.olds[1:])
        _mark(found, (main, *others), Change.SPLIT if family.is_split else Change.MERGED)
    return tuple(item for at, item in enumerate(found) if at not in absorbed or at < size)


def _heir(old: LockedCriterion, item: Pairing, alike: float) -> Pairing:
    """Give a new criterion the identity of the old one that it came from."""
    text = spelled(unanchored(item.new.text)) if item.new else ""
    return replace(item, uid=old.uid, old=old, similarity=alike, meaning=current_meaning(old, text))


def _mark(found: list[Pairing], members: tuple[int, ...], change: Change) -> None:
    """Mark one family: its members share their change and name each other."""
    uids = [found[member].uid for member in members]
    for member in members:
        item = found[member]
        found[member] = replace(item, change=change, partners=tuple(uid for uid in uids if uid != item.uid))
