"""Brings narrowed policies under their quotas, by the gentlest means that is enough.

In this order: the kept actions by name; words with wildcards that match nothing else; statements of the same resources and conditions as one; several managed
policies; and only with leave, words that also match actions that were granted and not used.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from setsquare.powers.iam.policy.document import Effect, Policy
from setsquare.powers.iam.policy.printing import characters
from setsquare.powers.iam.recommendation.compressing import Leave, compressed, widened
from setsquare.powers.iam.recommendation.model import AttachedPolicy
from setsquare.powers.iam.recommendation.narrowing import Piece, assembled
from setsquare.powers.iam.universe import Universe

_PRICES = (64, 24, 8, 2, 0)
"""What an added action must save, in characters, step by step from dear to free."""


class Draft(Struct, frozen=True):
    """A policy that is being narrowed."""

    before: AttachedPolicy
    pieces: tuple[Piece, ...]

    @property
    def is_changed(self) -> bool:
        """Tell whether anything of it goes."""
        return any(piece.is_changed for piece in self.pieces) or len(self.pieces) != len(self.before.policy.statements)


class Room(Struct, frozen=True):
    """What the drafts must fit into: `characters` of each policy, or of all together where they `share` them, and `slots`, the policies that one draft may become."""

    characters: int
    slots: int = 1
    is_shared: bool = False


class Fitted(Struct, frozen=True, kw_only=True):
    """The policies of each draft, in the drafts' order. `size` is that of the largest policy, or of all together where they share; `added` as in `NarrowedPolicy`."""

    policies: tuple[tuple[Policy, ...], ...]
    size: int
    is_fitting: bool
    added: tuple[str, ...] = ()


class _Form(Struct, frozen=True):
    """One way to write the drafts; `slots` as in `Room`."""

    drafts: tuple[Draft, ...]
    slots: int = 1
    added: tuple[str, ...] = ()


# req: iam-autopilot/4.6
def fitted(drafts: tuple[Draft, ...], room: Room, universe: Universe, leave: Leave | None) -> Fitted:
    """Write the drafts so that they fit; the smallest form found where none does. Statements of which nothing goes stay as written."""
    smallest: Fitted | None = None
    for form in _forms(drafts, room, universe, leave):
        policies = tuple([_policies(draft, form.slots, room.characters) for draft in form.drafts])
        sizes = [characters(policy) for each in policies for policy in each]
        size = sum(sizes) if room.is_shared else max(sizes, default=0)
        is_fitting = size <= room.characters and all(len(each) <= max(1, form.slots) for each in policies)
        found = Fitted(policies=policies, size=size, is_fitting=is_fitting, added=form.added)
        if is_fitting:
            return found
        if form.slots == 1 and (smallest is None or size < smallest.size):
            smallest = found
    return smallest or Fitted(policies=(), size=0, is_fitting=True)


def _forms(drafts: tuple[Draft, ...], room: Room, universe: Universe, leave: Leave | None) -> Iterator[_Form]:
    """Give the ways to write the drafts, gentlest first."""
    yield _Form(drafts)
    yield _Form(tuple([_shortened(draft, universe) for draft in drafts]))
    grouped = tuple([replace(draft, pieces=_grouped(draft.pieces)) for draft in drafts])
    short = tuple([_shortened(draft, universe) for draft in grouped])
    yield _Form(short)
    if room.slots > 1:
        yield _Form(short, room.slots)
    if leave is None:
        return
    for price in _PRICES:
        wide = [_widened(draft, universe, replace(leave, price=price)) for draft in grouped]
        form = _Form(tuple([draft for draft, _ in wide]), added=tuple(sorted({name for _, added in wide for name in added})))
        yield form
        if room.slots > 1:
            yield replace(form, slots=room.slots)


def _is_open(piece: Piece) -> bool:
    """Tell whether a piece's actions may be written in another way: only those of statements that change anyway."""
    return piece.is_changed and piece.statement.effect is Effect.ALLOW and piece.statement.actions is not None


def _shortened(draft: Draft, universe: Universe) -> Draft:
    # The same actions out of the same granted words are written the same: a policy says them of many resources, one statement for each.
    known: dict[tuple[object, ...], tuple[str, ...]] = {}
    pieces: list[Piece] = []
    for piece in draft.pieces:
        if not _is_open(piece):
            pieces.append(piece)
            continue
        actions = piece.statement.actions or ()
        key = (actions, *[(origin.actions, origin.not_actions) for origin in piece.origins])
        if key not in known:
            known[key] = compressed(actions, piece.origins, universe)
        pieces.append(replace(piece, statement=replace(piece.statement, actions=known[key])))
    return replace(draft, pieces=tuple(pieces))


def _widened(draft: Draft, universe: Universe, leave: Leave) -> tuple[Draft, tuple[str, ...]]:
    pieces: list[Piece] = []
    added: list[str] = []
    for piece in draft.pieces:
        if not _is_open(piece):
            pieces.append(piece)
            continue
        short = widened(piece.statement.actions or (), piece.origins, universe, leave)
        added += short.added
        pieces.append(replace(piece, statement=replace(piece.statement, actions=short.words)))
    return replace(draft, pieces=tuple(pieces)), tuple(added)


def _grouped(pieces: tuple[Piece, ...]) -> tuple[Piece, ...]:
    """Join changed statements that differ in their actions alone; the first of them keeps its place and Sid."""
    found: list[Piece] = []
    places: dict[str, int] = {}
    for piece in pieces:
        if not _is_open(piece):
            found.append(piece)
            continue
        statement = piece.statement
        key = repr((statement.resources, statement.not_resources, statement.conditions, statement.principals, statement.not_principals))
        if key not in places:
            places[key] = len(found)
            found.append(piece)
            continue
        first = found[places[key]]
        actions = tuple({word.lower(): word for word in (*(first.statement.actions or ()), *(statement.actions or ()))}.values())
        found[places[key]] = Piece(replace(first.statement, actions=actions), (*first.origins, *piece.origins))
    return tuple(found)


def _policies(draft: Draft, slots: int, limit: int) -> tuple[Policy, ...]:
    """Put a draft together as one policy, or as several where there are slots and one is too large."""
    policy = draft.before.policy
    whole = assembled(policy, draft.pieces)
    if whole is None:
        return ()
    if slots == 1 or characters(whole) <= limit:
        return (whole,)
    heaps: list[list[Piece]] = [[]]
    for piece in _cut(draft.pieces, policy, limit):
        trial = assembled(policy, (*heaps[-1], piece))
        if heaps[-1] and trial is not None and characters(trial) > limit:
            heaps.append([])
        heaps[-1].append(piece)
    return tuple([made for heap in heaps if (made := assembled(policy, tuple(heap))) is not None])


def _cut(pieces: tuple[Piece, ...], policy: Policy, limit: int) -> Iterator[Piece]:
    """Cut statements that fit no policy alone into several of fewer actions."""
    for piece in pieces:
        yield from _halved(piece, policy, limit)


def _halved(piece: Piece, policy: Policy, limit: int) -> Iterator[Piece]:
    alone = assembled(policy, (piece,))
    actions = piece.statement.actions or ()
    if alone is None or characters(alone) <= limit or not _is_open(piece) or len(actions) < 2:
        yield piece
        return
    middle = len(actions) // 2
    for part in (actions[:middle], actions[middle:]):
        yield from _halved(replace(piece, statement=replace(piece.statement, actions=part)), policy, limit)
