"""Reads what roles did, from a trail and what was kept of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from setsquare.errors import Usage as WrongUsage
from setsquare.ports.trails import Trail, TrailPart
from setsquare.ports.usage_store import KeptUsage, UsageStore
from setsquare.powers.iam.usage.covering import coverage_of
from setsquare.powers.iam.usage.envelopes import NO_EVENT_JSON, NO_RECORD
from setsquare.powers.iam.usage.folding import NO_CALL, NO_TIME
from setsquare.powers.iam.usage.model import Coverage, Gap, Principal, RoleChange, Seen, Stretch, Usage, Use, Window
from setsquare.powers.iam.usage.overlapping import Overlaps
from setsquare.powers.iam.usage.remaking import account_of, changes_of, namesakes_of
from setsquare.text.counted import counted

MOST_GAPS = 100
"""So many pieces that could not be read are named; the others are counted."""


class Gathered(Struct, frozen=True, kw_only=True):
    """A trail that was read: what it covers, what it holds of all principals, and the uses behind it. `pieces` were there, `fresh` of them were read now; `later` are days after the window, `roles` those that were made or deleted."""

    kept: KeptUsage
    window: Window
    coverage: Coverage
    events: int = 0
    unread: int = 0
    reasons: tuple[tuple[str, int], ...] = ()
    pieces: int = 0
    fresh: int = 0
    later: tuple[str, ...] = ()
    roles: tuple[RoleChange, ...] = ()


def gathered(
    trail: Trail,
    store: UsageStore,
    window: Window,
    progress: Callable[[str], None],
    regions: Iterable[str] = (),
    *,
    is_stated: bool = False,
) -> Gathered:
    """Read what is new of a trail and keep it; `regions` are those whose events are expected, `is_stated` that a person answers for its being complete.

    Raises:
        setsquare.errors.CloudFailed: the trail as a whole cannot be read.
        setsquare.errors.StorageFailed: what is kept can no longer be read.
    """
    identities: list[str] = []
    tally = _Tally()
    fresh = 0
    for part in trail.parts(window, progress):
        if not part.identity:
            # Nothing to keep: what is said of the trail as a whole, or of a piece that could not be had.
            tally.take(part)
            continue
        identities.append(part.identity)
        if not part.is_kept:
            fresh += 1
            store.put(part)
    kept = store.kept(identities, window)
    missing = len(set(identities))
    overlaps, copies = Overlaps(), _Copies()
    for part in kept.parts():
        missing -= 1
        if not copies.has(part):
            tally.take(part)
            overlaps.add(_shown(part.identity), part.seen.ids)
    gaps = (*_few(tuple(tally.gaps)), *_broken(tally.reasons), *_lost(missing), *overlaps.gaps())
    return Gathered(
        kept=store.kept([each for each in identities if each not in copies.identities], window) if copies.identities else kept,
        window=window,
        coverage=coverage_of(tally.seen(), gaps, window, regions, is_stated=is_stated),
        events=tally.events,
        unread=sum(tally.reasons.values()) or tally.unread,
        reasons=tuple(sorted(tally.reasons.items())),
        pieces=len(identities),
        fresh=fresh,
        later=tuple(day for day in tally.seen().days if day > window.end),
        roles=tally.roles,
    )


def until_now(found: Gathered) -> Gathered:
    """Take the window as the one that was to hold all that was done: events after it mean that a clock is wrong, and then nothing may be called unused."""
    if not found.later:
        return found
    said = f"the trail holds events of {counted(len(found.later), 'day')} after {found.window.end}, such as {found.later[0]}"
    gap = Gap(code="after-window", reason=f"{said}: a clock is wrong, and what they used is not counted")
    return replace(found, coverage=replace(found.coverage, gaps=(*found.coverage.gaps, gap)))


def usages(found: Gathered, role: str = "") -> Iterator[Usage]:
    """Give the usage of each role of a name or ARN, or of all roles, one at a time; a role that was made anew under its name is two.

    Raises:
        setsquare.errors.StorageFailed: what is kept can no longer be read.
    """
    for principal in found.kept.principals(role):
        uses = found.kept.uses(principal)
        if uses:
            yield _usage(found, principal, uses)


def usage_of_role(found: Gathered, role: str, unique_id: str = "") -> Usage:
    """Give the usage of one role, by name or ARN; empty when the trail shows nothing of it.

    With its unique id, what another role of the name did is left out, and that role is named; without it, all that was done under the name is joined. An event may write the role without its
    path, or with nothing but its id: a name is one role of an account, whatever its path.

    Raises:
        setsquare.errors.Usage: the name alone was given, and roles of several accounts have it.
        setsquare.errors.StorageFailed: what is kept can no longer be read.
    """
    name, account = (role.rpartition("/")[2], account_of(role)) if is_arn(role) else (role, "")
    known = [
        usage
        for usage in (*usages(found, name), *(usages(found, unique_id) if unique_id else ()))
        if not account or account_of(usage.principal.arn) in ("", account)
    ]
    each = [usage for usage in known if not unique_id or usage.principal.unique_id in ("", unique_id)]
    if not account:
        _insist_on_one(name, each)
    whose = account or next((told for usage in each if (told := account_of(usage.principal.arn))), "")
    others = [usage for usage in known if usage not in each and (not whose or account_of(usage.principal.arn) in ("", whose))]
    joined = _usage(
        found,
        _newest(each, role, unique_id, is_named=bool(account)),
        tuple(sorted((use for usage in each for use in usage.uses), key=_order)),
    )
    return replace(joined, namesakes=namesakes_of(others), changes=changes_of(found.roles, name, whose))


def _newest(each: Sequence[Usage], role: str, unique_id: str, *, is_named: bool) -> Principal:
    """Name the role that some usages are of: as it was asked for, if that was by its ARN, else as the newest of them."""
    if not each:
        return Principal("role", role, unique_id)
    newest = max(each, key=lambda usage: max(use.last for use in usage.uses)).principal
    return Principal(newest.kind, role, newest.unique_id) if is_named else newest


def is_arn(role: str) -> bool:
    """Tell whether a role was named by its ARN.

    >>> is_arn("arn:aws:iam::123456789012:role/team/app"), is_arn("app")
    (True, False)
    """
    return role.startswith("arn:") and ":role/" in role


def _insist_on_one(name: str, each: Iterable[Usage]) -> None:
    # Names in a trail are hostile text: none may begin a line of its own.
    arns = {account_of(usage.principal.arn): usage.principal.arn.encode("unicode_escape").decode("ascii") for usage in each}
    arns.pop("", None)
    if len(arns) > 1:
        message = f"The trail holds the role {name} of {len(arns)} accounts, {', '.join(sorted(arns.values()))}: their use is never joined."
        raise WrongUsage(message, f"Name the role by its ARN, such as {arns[max(arns)]}.")


def _order(use: Use) -> tuple[str, ...]:
    """Order uses by what they are; outcomes have no order of their own."""
    return (use.source, use.event, use.resource, use.outcome.value, use.day, use.region, use.via, use.detail, use.error, use.principal.arn)


def usage_of(
    trail: Trail, store: UsageStore, role: str | None, window: Window, progress: Callable[[str], None] = lambda _line: None
) -> Iterator[Usage]:
    """Read a trail and give the usage of one role, or of all roles.

    Raises:
        setsquare.errors.CloudFailed: the trail as a whole cannot be read.
        setsquare.errors.StorageFailed: what is kept can no longer be read.
    """
    found = gathered(trail, store, window, progress)
    if role is None:
        yield from usages(found)
    else:
        yield usage_of_role(found, role)


class _Copies:
    """Finds pieces that hold the very events of one before them, such as a file that was delivered or exported twice."""

    __slots__ = ("_known", "identities")

    def __init__(self) -> None:
        self._known: set[str] = set()
        self.identities: set[str] = set()

    def has(self, part: TrailPart) -> bool:
        """Tell whether a piece is a copy; one that could not be read whole is taken for none."""
        told = part.seen.all_ids
        if not told or part.gaps:
            return False
        if told in self._known:
            self.identities.add(part.identity)
            return True
        self._known.add(told)
        return False


def _shown(identity: str) -> str:
    """Name a piece as people know it: by its file."""
    return identity.partition("|")[0].rpartition("/")[2]


class _Tally:
    """Sums up pieces."""

    __slots__ = (
        "_data",
        "_days",
        "_is_of_all_regions",
        "_reads",
        "_regions",
        "_scopes",
        "_sources",
        "_stretches",
        "_writes",
        "events",
        "gaps",
        "reasons",
        "roles",
        "unread",
    )

    def __init__(self) -> None:
        self.events = self.unread = self._reads = self._writes = 0
        self.gaps: list[Gap] = []
        self.roles: tuple[RoleChange, ...] = ()
        self.reasons: Counter[str] = Counter()
        self._days: set[str] = set()
        self._regions: set[str] = set()
        self._sources: set[str] = set()
        self._data: set[str] = set()
        self._scopes: set[str] = set()
        self._stretches: list[Stretch] = []
        self._is_of_all_regions = False

    def take(self, part: TrailPart) -> None:
        """Add a piece."""
        seen = part.seen
        self.events += part.events
        self.unread += part.unread
        self.gaps += part.gaps
        self.reasons.update(dict(part.reasons))
        self._days.update(part.days, seen.days)
        self._regions.update(part.regions, seen.regions)
        self._sources.update(seen.sources)
        self._data.update(seen.data)
        self._scopes.update(seen.scopes)
        self._stretches += seen.stretches
        self.roles += seen.roles
        self._is_of_all_regions |= seen.is_of_all_regions
        self._reads += seen.reads
        self._writes += seen.writes

    def seen(self) -> Seen:
        """Give what all pieces hold."""
        return Seen(
            days=tuple(sorted(self._days)),
            regions=tuple(sorted(self._regions)),
            sources=tuple(sorted(self._sources)),
            data=tuple(sorted(self._data)),
            reads=self._reads,
            writes=self._writes,
            scopes=tuple(sorted(self._scopes)),
            stretches=tuple(self._stretches),
            is_of_all_regions=self._is_of_all_regions,
        )


def _broken(reasons: Counter[str]) -> tuple[Gap, ...]:
    """Say how many records are broken: each may have been a call of the role. A record that names nobody is a whole one, of nobody."""
    count = sum(reasons[reason] for reason in (NO_RECORD, NO_TIME, NO_CALL))
    found = [f"broken in the trail: {counted(count, 'record')}"] if count else []
    if rows := reasons[NO_EVENT_JSON]:
        found.append(f"{counted(rows, 'row')} of CloudTrail Lake without the event as a whole: save what a query for eventJson answers")
    return tuple(Gap(code="unreadable-file", reason=reason) for reason in found)


def _lost(count: int) -> tuple[Gap, ...]:
    """Say how many pieces were passed over as kept and are not."""
    return (Gap(code="unreadable-file", reason=f"read before and no longer kept: {counted(count, 'piece')} of the trail"),) if count else ()


def _few(gaps: tuple[Gap, ...]) -> tuple[Gap, ...]:
    """Name the first pieces that could not be read, and count the others."""
    if len(gaps) <= MOST_GAPS:
        return gaps
    return (
        *gaps[:MOST_GAPS],
        Gap(code="unreadable-file", reason=f"besides these, {counted(len(gaps) - MOST_GAPS, 'piece')} could not be read whole"),
    )


def _usage(found: Gathered, principal: Principal, uses: tuple[Use, ...]) -> Usage:
    return Usage(
        principal=principal,
        window=found.window,
        uses=uses,
        coverage=found.coverage,
        events=found.events,
        unread=found.unread,
        reasons=found.reasons,
    )
