"""Takes actions that are not kept out of a policy's Allow statements, and changes nothing else."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from setsquare.powers.iam.policy.document import Effect, Policy, Statement
from setsquare.powers.iam.recommendation.naming import is_covering, is_touching, is_wild, listed, matched
from setsquare.powers.iam.universe import Universe


class Kept(Struct, frozen=True, kw_only=True):
    """What to keep. `removed` are documented actions in lower case; `undocumented` are words for others that a call or a statement uses, lower case to spelling."""

    removed: frozenset[str]
    undocumented: Mapping[str, str]


class Piece(Struct, frozen=True):
    """A statement that stands for the whole or a part of `origins`, statements as they were granted."""

    statement: Statement
    origins: tuple[Statement, ...]

    @property
    def is_changed(self) -> bool:
        """Tell whether the statement differs from the granted one."""
        return self.statement is not self.origins[0]


# req: iam-autopilot/4.1, iam-autopilot/4.2
def narrowed(policy: Policy, kept: Kept, universe: Universe) -> tuple[Piece, ...]:
    """Give what stays of each statement, in order. A statement of which nothing stays is left out; Deny statements stay as they are."""
    pieces: list[Piece] = []
    known: dict[tuple[str, ...], tuple[str, ...]] = {}
    for statement in policy.statements:
        rest = _rest(statement, kept, universe, known)
        if rest is not None:
            pieces.append(Piece(rest, (statement,)))
    return tuple(pieces)


def _rest(statement: Statement, kept: Kept, universe: Universe, known: dict[tuple[str, ...], tuple[str, ...]]) -> Statement | None:
    """Give what stays of a statement: itself when nothing goes, `None` when all goes. `known` holds what stays of words that another statement has too."""
    if statement.effect is not Effect.ALLOW:
        return statement
    if statement.actions is not None:
        if statement.actions not in known:
            known[statement.actions] = _kept_of(statement.actions, kept, universe)
        actions = known[statement.actions]
        if actions == statement.actions:
            return statement
        return replace(statement, actions=actions) if actions else None
    if statement.not_actions is None:
        return statement
    granted = universe.actions.keys() - matched(statement.not_actions, universe)
    if not granted & kept.removed:
        return statement
    # NotAction grants whatever AWS adds later; named actions are a part of that, never more.
    undocumented = [
        name for key, name in kept.undocumented.items() if not any(is_touching(pattern, key) for pattern in statement.not_actions)
    ]
    actions = listed([*(granted - kept.removed), *undocumented], universe)
    return replace(statement, actions=actions, not_actions=None) if actions else None


def _kept_of(patterns: tuple[str, ...], kept: Kept, universe: Universe) -> tuple[str, ...]:
    """Give the patterns with what is removed taken out: a pattern that matches a removed action is replaced by the kept names it matches."""
    found: dict[str, str] = {}
    for pattern in patterns:
        names = matched((pattern,), universe)
        if not names & kept.removed:
            found.setdefault(pattern.lower(), pattern)
            continue
        stay = [*(names - kept.removed)]
        if is_wild(pattern):
            stay += [name for key, name in kept.undocumented.items() if is_covering(pattern, key)]
        for name in listed(stay, universe):
            found.setdefault(name.lower(), name)
    unchanged = {pattern.lower() for pattern in patterns}
    return patterns if found.keys() == unchanged else tuple(found.values())


def assembled(policy: Policy, pieces: tuple[Piece, ...]) -> Policy | None:
    """Put the pieces together again under the policy's own version and id; `None` when none is left.

    A Sid that a second piece of the same statement would repeat gets a number.
    """
    if not pieces:
        return None
    if tuple([piece.statement for piece in pieces]) == policy.statements:
        return policy
    taken: set[str] = set()
    statements: list[Statement] = []
    for index, piece in enumerate(pieces):
        sid = _free(piece.statement.sid, taken)
        taken.add(sid)
        statements.append(replace(piece.statement, sid=sid, index=index))
    return replace(policy, statements=tuple(statements))


def _free(sid: str, taken: set[str]) -> str:
    name, number = sid, 2
    while name and name in taken:
        name, number = f"{sid}{number}", number + 1
    return name
