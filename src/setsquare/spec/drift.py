"""Tells where code and spec have gone apart since somebody last looked at their links.

Source: the levels of drift of the EARS engine's reference, section 5.4.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from msgspec import Struct

from setsquare.spec.drift_parts import BYTES, WHOLE, Became, CodeFile, Fate, Remembered, fates, read_remembered
from setsquare.spec.drift_pins import PinKey, by_source, fates_of, lost_pins, memory
from setsquare.spec.identity import Identity
from setsquare.spec.link import LinkKind
from setsquare.spec.link_state import LinkState, StatedLink
from setsquare.spec.lock import LockedCriterion, Pin
from setsquare.spec.results import Outcome
from setsquare.spec.states import CriterionStatus
from setsquare.text.paths import RelPath


class Level(enum.Enum):
    """What kind of drift; `DESIGN` is a design that went apart from its tasks or from the repository."""

    D1 = "D1"
    D2 = "D2"
    D3 = "D3"
    D4 = "D4"
    D5 = "D5"
    DESIGN = "design"


class Severity(enum.Enum):
    """How much it matters, the weightiest first."""

    FAIL = "fail"
    WARN = "warn"
    INFO = "info"

    @property
    def rank(self) -> int:
        """Give its place, 0 for the weightiest."""
        return _RANKS[self]


_RANKS: Final = {Severity.FAIL: 0, Severity.WARN: 1, Severity.INFO: 2}


class Drift(Struct, frozen=True, kw_only=True):
    """One finding. `home` is the spec's folder, `criterion` an id in it (empty: the spec as a whole); `path`, `line` and `symbol` are the code.

    `advice` says what to do besides accepting it.
    """

    level: Level
    severity: Severity
    home: RelPath
    criterion: str = ""
    path: RelPath = RelPath("")
    line: int = 0
    symbol: str = ""
    reason: str
    advice: str


class PinDrift(Struct, frozen=True, kw_only=True):
    """What pins say: findings; how many pins remember nothing yet; extras whose languages could not be compared, with how many links need them.

    `moved` counts pins whose code stands elsewhere unchanged.
    """

    found: tuple[Drift, ...] = ()
    unrecorded: int = 0
    missing: Mapping[str, int] = {}
    moved: int = 0


class Lost(Struct, frozen=True, kw_only=True):
    """A pin whose code is not linked any more; `home` is the spec of its criterion."""

    home: RelPath
    criterion: LockedCriterion
    pin: Pin


_READ_IT: Final = "Read the code against the criterion"
_BAD: Final = {
    Outcome.FAILED: "failed",
    Outcome.SKIPPED: "was skipped",
    Outcome.EXPECTED_FAILURE: "is expected to fail",
    Outcome.VACUOUS: "passed without trying anything",
}


# req: spec-engine/5.1
def pin_drift(identity: Identity, stated: Iterable[StatedLink], files: Mapping[RelPath, CodeFile]) -> PinDrift:
    """Compare what links stand at with what their pins remember (levels D1 and D3); lost pins are judged by `lost_drift`.

    >>> pin_drift(Identity(), (), {}).found
    ()
    """
    found: list[Drift] = []
    missing: dict[str, int] = {}
    unrecorded = 0
    for (uid, *_), group in by_source(stated).items():
        link = group[0]
        if link.pin is None or link.state is LinkState.ORPHANED or not link.home:
            continue
        met = fates_of(group, files)
        unrecorded += not met
        file = files.get(link.link.path)
        if any(fate.became is Became.UNKNOWN for fate in met) and file:
            missing[file.extra] = missing.get(file.extra, 0) + 1
        name = _criterion_id(identity, uid, link)
        drifted = [fate for fate in met if fate.became not in (Became.SAME, Became.UNKNOWN)]
        is_changed = link.state in (LinkState.SUSPECT, LinkState.PREDATED)
        found += (_changed(link, name, fate, is_criterion_changed=is_changed) for fate in drifted)
        if is_changed and not drifted:
            found.append(_left_behind(link, name, is_known=bool(met) and all(fate.became is Became.SAME for fate in met)))
    return PinDrift(found=tuple(found), unrecorded=unrecorded, missing=missing)


def lost_of(identity: Identity, stated: Iterable[StatedLink]) -> tuple[Lost, ...]:
    """List the pins whose code is not linked any more, of criteria that still stand in their documents.

    >>> lost_of(Identity(), ())
    ()
    """
    met = frozenset(by_source(stated))
    return tuple(
        Lost(home=item.spec.path, criterion=criterion, pin=pin)
        for item in identity.specs
        if item.lock is not None and item.is_usable
        for criterion, pin in lost_pins(item.lock, met)
        if criterion.uid in identity.places
    )


def moved_to(lost: Lost, stated: Iterable[StatedLink], files: Mapping[RelPath, CodeFile]) -> StatedLink | None:
    """Find the new link of the same criterion elsewhere that stands at what a lost pin remembers, word for word.

    >>> it = LockedCriterion(uid="u", id="1.1", text="t", wording="w", meaning="m")
    >>> pin = Pin(kind=LinkKind.IMPL, source="a.py", target_meaning="m", source_digest="0" * 16 + " ring")
    >>> moved_to(Lost(home=RelPath("bell"), criterion=it, pin=pin), (), {}) is None
    True
    """
    wanted = {part.digest for part in read_remembered(lost.pin.source_digest)}
    # A link that was pinned already is another place with the same words, not the one where these went.
    fresh = (link for link in stated if link.uid == lost.criterion.uid and link.link.kind is lost.pin.kind and link.pin is None)
    groups = by_source(fresh)
    return next((group[0] for group in groups.values() if wanted <= {part.digest for part in memory(group, files)}), None)


def moved_drift(lost: Lost, link: StatedLink) -> Drift | None:
    """Judge code that moved word for word: nothing, unless its criterion changed meanwhile (D3)."""
    if link.meaning == lost.pin.target_meaning:
        return None
    return _left_behind(link, link.link.target, is_known=True)


def lost_drift(lost: Lost, file: CodeFile | None, hint: str, *, is_replaced: bool) -> Drift:
    """Judge a lost pin: a test that is gone fails (D4) unless another one was linked since; anything else is D1.

    `file` is the pin's file as it is, `None` when it is gone; `hint` says where the same words stand now.

    >>> it = LockedCriterion(uid="u", id="1.1", text="t", wording="w", meaning="m")
    >>> pin = Pin(kind=LinkKind.VERIFIES, source="test_a.py", target_meaning="m", source_digest="0" * 16 + " test_ring")
    >>> lost_drift(Lost(home=RelPath("bell"), criterion=it, pin=pin), None, "", is_replaced=False).reason
    'the test `test_ring` was deleted with its file'
    """
    parts = read_remembered(lost.pin.source_digest)
    is_test = lost.pin.kind is LinkKind.VERIFIES
    what = f"the test {_called(parts)}" if is_test and _called(parts) else "the test" if is_test else _called(parts) or "the linked file"
    there = fates(parts, file) if file else ()
    is_there = bool(there) and all(fate.became in (Became.SAME, Became.CHANGED, Became.UNKNOWN) for fate in there)
    if file is None:
        reason = f"{what} was deleted with its file" if _called(parts) else f"{what} was deleted"
    elif is_there:
        reason = f"{what} names {lost.criterion.id} no longer"
    else:
        reason = f"{what} was deleted"
    if hint:
        reason += f"; {hint}"
        advice = f"Write the link there (`req: {lost.criterion.id}`)"
    elif is_replaced:
        reason += "; other code was linked to the criterion since"
        advice = "Read what replaced it"
    elif is_there:
        advice = "Write the link again, or accept that it went"
    else:
        advice = "Write a test for the criterion" if is_test else "Bring the code back, or remove the criterion"
    fails = is_test and not is_there and not is_replaced and not hint
    return Drift(
        level=Level.D4 if fails else Level.D1,
        severity=Severity.FAIL if fails else Severity.WARN,
        home=lost.home,
        criterion=lost.criterion.id,
        path=RelPath(lost.pin.source),
        symbol=", ".join(part.name for part in parts if part.name not in (WHOLE, BYTES)),
        reason=reason,
        advice=advice,
    )


def result_drift(home: RelPath, statuses: Iterable[CriterionStatus]) -> tuple[Drift, ...]:
    """List the linked tests whose last result proves nothing (D4): a failure of files that changed since is only a warning.

    >>> result_drift(RelPath("bell"), ())
    ()
    """
    return tuple(_results(home, statuses))


def _results(home: RelPath, statuses: Iterable[CriterionStatus]) -> Iterator[Drift]:
    for status in statuses:
        for test in status.tests:
            word = _BAD.get(test.verdict.outcome) if test.verdict.outcome else None
            if word is None:
                continue
            is_weak = test.verdict.outcome is Outcome.VACUOUS or not test.verdict.is_current
            detail = " ".join(test.verdict.detail.split())[:200]
            yield Drift(
                level=Level.D4,
                severity=Severity.WARN if is_weak else Severity.FAIL,
                home=home,
                criterion=status.criterion,
                path=test.link.path,
                line=test.link.line,
                symbol=test.link.symbol,
                reason=f"the test {word}" + (f": {detail}" if detail else ""),
                advice="Run the tests and record them: `setsquare trace record`"
                if not test.verdict.is_current
                else "Mend the code or the test",
            )


def _criterion_id(identity: Identity, uid: str, link: StatedLink) -> str:
    """Give the id that a criterion has now, in its own spec."""
    place = identity.places.get(uid)
    return place[1].new.id if place and place[1].new else link.link.target


def _changed(link: StatedLink, name: str, fate: Fate, *, is_criterion_changed: bool) -> Drift:
    """Say what became of one remembered part."""
    is_test = link.link.kind is LinkKind.VERIFIES
    what = _called((fate.part,)) or "the whole file"
    fails = False
    match fate.became:
        case Became.RENAMED:
            now = fate.now.name if fate.now else ""
            reason = f"{what} is called `{now}` now"
        case Became.GONE:
            fails = is_test
            reason = f"the test {what} was deleted" if is_test else f"{what} is gone from the file"
        case Became.UNREADABLE:
            reason = f"{what} cannot be compared: the file cannot be parsed any more"
        case _:
            reason = f"{what} changed since it was looked at" + (
                " (whole file, its language is not read)" if fate.part.name == BYTES else ""
            )
    if is_criterion_changed:
        reason += "; the criterion changed, too"
    return Drift(
        level=Level.D4 if fails else Level.D1,
        severity=Severity.FAIL if fails else Severity.WARN,
        home=link.home,
        criterion=name,
        path=link.link.path,
        line=fate.now.line if fate.now else link.link.line,
        symbol=fate.now.name if fate.now else "" if fate.part.name in (WHOLE, BYTES) else fate.part.name,
        reason=reason,
        advice="Write a test for the criterion" if fails else _READ_IT,
    )


def _left_behind(link: StatedLink, name: str, *, is_known: bool) -> Drift:
    """Say that a criterion changed and its code did not."""
    tail = "the linked code did not" if is_known else "whether the linked code followed is not known"
    return Drift(
        level=Level.D3,
        severity=Severity.WARN,
        home=link.home,
        criterion=name,
        path=link.link.path,
        line=link.link.line,
        reason=f"the criterion changed its meaning, {tail}",
        advice=f"{_READ_IT} as it is now",
    )


def _called(parts: Iterable[Remembered]) -> str:
    """Name parts in a sentence; empty for a whole file."""
    return ", ".join(f"`{part.name}`" for part in parts if part.name not in (WHOLE, BYTES))


def keys_of(lost: Iterable[Lost]) -> frozenset[PinKey]:
    """Name the pins of what is lost.

    >>> keys_of(())
    frozenset()
    """
    return frozenset((item.criterion.uid, item.pin.spec, item.pin.kind, item.pin.source, item.pin.written) for item in lost)
