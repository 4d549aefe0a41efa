"""Finds where the code says what a role is granted: by the role's name, the policy's name, and by what the policy says."""

from __future__ import annotations

from msgspec import Struct

from setsquare.powers.iam.infrastructure.comparing import fits, pairs_with
from setsquare.powers.iam.infrastructure.nodes import Found, Located
from setsquare.powers.iam.policy.document import Policy
from setsquare.text.lazy_pattern import LazyPattern

_HOLE = LazyPattern(r"\$\{[^}]*\}")


class NotFound(Struct, frozen=True):
    """Why no place in the code is the policy's for sure; `places` are those that came near."""

    reason: str
    places: tuple[str, ...] = ()


def source_of(found: Found, role: str, name: str, policy: Policy) -> Located | NotFound:
    """Find the one place of a policy.

    >>> source_of(Found(), "ecs", "base", Policy(statements=())).reason
    'no policy in the code belongs to the role or says the same'
    """
    near = [each for each in found.located if not (each.source.is_trust or each.source.is_boundary) and _rank(each, role, name)]
    same = [each for each in near if not isinstance(pairs_with(each, policy), str)]
    if not same:
        return _none(found, near, role, name, policy)
    best = max(_rank(each, role, name) for each in same)
    chosen = [each for each in same if _rank(each, role, name) == best]
    places = tuple(dict.fromkeys(_place(each) for each in chosen))
    if len({(each.source.path, each.source.span) for each in chosen}) > 1:
        return NotFound("several places say the same, and nothing tells which one is the role's", places)
    source, unit = chosen[0].source, chosen[0].unit
    if unit and unit.is_blurred:
        return NotFound(
            "it is made in a loop (for_each, count) whose turns the code does not list, so its text may hold for others too", places
        )
    others = {
        each.source.owner
        for each in found.located
        if (each.source.path, each.source.span) == (source.path, source.span) and each.source.owner not in {"", source.owner}
    }
    if others:
        return NotFound(f"its text also holds for {', '.join(sorted(others))}, which would change too", places)
    return chosen[0]


def _none(found: Found, near: list[Located], role: str, name: str, policy: Policy) -> NotFound:
    """Say what came nearest."""
    owned = [each for each in near if each.source.owner and each.source.name in {"", name}]
    if owned:
        return NotFound(f"the code is not what the role has: {pairs_with(owned[0], policy)}", (_place(owned[0]),))
    unread = [each for each in found.unread if each.owner and could_be(each.owner, role)] or [
        each for each in found.unread if not each.owner
    ]
    if unread:
        places = tuple(f"{each.path} ({each.address or f'byte {each.start}'}): {each.reason}" for each in unread[:5])
        return NotFound("no policy that can be read belongs to the role or says the same", places)
    return NotFound("no policy in the code belongs to the role or says the same")


def _rank(each: Located, role: str, name: str) -> int:
    """Say how near a policy of the code is to a role's: 0 is not at all, for it belongs to somebody else."""
    source = each.source
    by_name = 2 if source.name and (source.name == name or could_be(source.name, name)) else 0
    if source.owner == role:
        return 8 + by_name
    if source.owner:
        return 4 + by_name if could_be(source.owner, role) else 0
    beside = 1 if role in source.path.replace(".", "/").split("/") else 0
    return 1 + by_name + beside


def could_be(written: str, name: str) -> bool:
    """Tell whether a name with words for the engine can be this name; one of nothing but these is none.

    >>> could_be("${var.stage}-api", "prod-api"), could_be("${var.name}", "prod-api")
    (True, False)
    """
    pieces = tuple(_HOLE.split(written))
    return fits(pieces, name) and (len(pieces) == 1 or any(pieces))


def _place(each: Located) -> str:
    return f"{each.source.path} ({each.source.address})" if each.source.address else each.source.path
