"""K1 and K5: criteria that cannot hold together where both apply, and criteria that both apply somewhere and say different things."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from setsquare.spec.formal.encoding import Basis, Encoded
from setsquare.spec.formal.formula import Formula
from setsquare.spec.formal.pairs import related
from setsquare.spec.formal.questioning import Answer, Asking, Question
from setsquare.spec.formal.verdict import Claim, Verdict

_LARGEST_SET: Final = 40
_MOST_WITNESSED: Final = 200
"""Every witness is a script of its own: of very many conflicts, or overlaps, the first ones get one."""

Pair = tuple[int, int]


# req: spec-engine/5.3
def conflicts(asking: Asking) -> tuple[Verdict, ...]:
    """Compare all related pairs, and sets of criteria that apply together."""
    pairs = list(related(asking.encoding))
    together = asking.ask([Question((f"g{one}", f"g{two}")) for one, two in pairs])
    both = asking.ask([Question((f"g{one}", f"g{two}", f"r{one}", f"r{two}")) for one, two in pairs])
    found: list[Verdict] = []
    clashing: list[Pair] = []
    overlaps = 0
    for pair, can_meet, can_hold in zip(pairs, together, both, strict=True):
        one, two = (asking.encoding.criteria[position] for position in pair)
        if can_meet is Answer.IMPOSSIBLE:
            continue
        if Answer.UNKNOWN in (can_meet, can_hold):
            found.append(_unknown(one, two))
        elif can_hold is Answer.IMPOSSIBLE and _is_certain(one, two):
            clashing.append(pair)
        elif can_hold is Answer.IMPOSSIBLE:
            found.append(_possible(one, two))
        elif _may_differ(one, two):
            found.append(_overlap(asking, pair, has_witness=overlaps < _MOST_WITNESSED))
            overlaps += 1
    found += _proven(asking, clashing)
    return (*found, *_sets(asking, clashing))


# req: spec-engine/5.4
def _is_certain(one: Encoded, two: Encoded) -> bool:
    """Tell whether the guards can meet for certain: of different words nothing is known, so one must have no words that the other lacks."""
    return one.opaque <= two.opaque or two.opaque <= one.opaque


def _may_differ(one: Encoded, two: Encoded) -> bool:
    """Tell whether an overlap is worth a question: both guards speak of a declared variable in common."""
    return bool((one.guard.names - one.opaque) & (two.guard.names - two.opaque)) and not one.opaque and not two.opaque


def _proven(asking: Asking, clashing: Sequence[Pair]) -> Iterator[Verdict]:
    """Write the conflicts, each with a witness and only the facts that it needs."""
    needed = _needed_facts(asking, clashing)
    for number, (pair, facts) in enumerate(zip(clashing, needed, strict=True)):
        one, two = (asking.encoding.criteria[position] for position in pair)
        names = one.guard.names | two.guard.names if number < _MOST_WITNESSED else frozenset[str]()
        witness = asking.witness(Question((f"g{pair[0]}", f"g{pair[1]}")), names)
        where = f" when {_listed(witness)}" if witness else ""
        reasons = [
            f"{asking.facts[position].name}: {asking.facts[position].formula.shown}" for position in facts if asking.facts[position].name
        ]
        because = f" (fact {'; fact '.join(reasons)})" if reasons else ""
        yield Verdict(
            check="K1",
            claim=Claim.CONFLICT,
            criteria=(one.criterion.id, two.criterion.id),
            message=f"{one.criterion.id} requires {one.response.shown}, {two.criterion.id} requires {two.response.shown}{because}",
            witness=witness,
            facts=tuple(asking.facts[position].name for position in facts if asking.facts[position].name),
            mapping=tuple(dict.fromkeys((*one.mapping, *two.mapping))),
            question=f"Which holds{where}: (a) {one.criterion.id}, {one.response.shown}; or (b) {two.criterion.id}, {two.response.shown}?",
        )


def _needed_facts(asking: Asking, clashing: Sequence[Pair]) -> list[tuple[int, ...]]:
    """Drop for each conflict every fact without which it still is one; all conflicts advance together, one fact a round."""
    kept = [tuple(range(len(asking.facts))) for _ in clashing]
    for dropped in range(len(asking.facts)):
        tried = [tuple(position for position in facts if position != dropped) for facts in kept]
        answers = asking.ask(
            [Question((f"g{one}", f"g{two}", f"r{one}", f"r{two}"), facts) for (one, two), facts in zip(clashing, tried, strict=True)]
        )
        kept = [fewer if answer is Answer.IMPOSSIBLE else facts for facts, fewer, answer in zip(kept, tried, answers, strict=True)]
    return kept


def _sets(asking: Asking, clashing: Sequence[Pair]) -> Iterator[Verdict]:
    """Find one smallest set of three or more that cannot hold together, among criteria without words of their own and without a conflict in pairs."""
    spoilt = {position for pair in clashing for position in pair}
    free = [
        position
        for position, item in enumerate(asking.encoding.criteria)
        if item.basis is not Basis.NONE and position not in spoilt and not item.opaque
    ]
    for group in (free[start : start + _LARGEST_SET] for start in range(0, len(free), _LARGEST_SET)):
        if not _cannot_hold(asking, group):
            continue
        least = list(group)
        for position in group:
            fewer = [other for other in least if other != position]
            if _cannot_hold(asking, fewer):
                least = fewer
        yield _set_verdict(asking, least)


def _cannot_hold(asking: Asking, members: Sequence[int]) -> bool:
    """Tell whether all can apply at once and then cannot all hold."""
    guards = tuple(f"g{position}" for position in members)
    responses = tuple(f"r{position}" for position in members)
    return asking.ask([Question(guards), Question((*guards, *responses))]) == [Answer.POSSIBLE, Answer.IMPOSSIBLE]


def _set_verdict(asking: Asking, members: Sequence[int]) -> Verdict:
    items = [asking.encoding.criteria[position] for position in members]
    names = frozenset[str]().union(*(item.guard.names for item in items))
    ids = tuple(item.criterion.id for item in items)
    return Verdict(
        check="K1",
        claim=Claim.CONFLICT,
        criteria=ids,
        message="together they require " + "; ".join(f"{item.criterion.id} {item.response.shown}" for item in items),
        witness=asking.witness(Question(tuple(f"g{position}" for position in members)), names),
        mapping=tuple(dict.fromkeys(line for item in items for line in item.mapping)),
        question=f"Each of {', '.join(ids)} can go alone: (a) which one gives way, or (b) do they never apply at once?",
    )


def _overlap(asking: Asking, pair: Pair, *, has_witness: bool) -> Verdict:
    one, two = (asking.encoding.criteria[position] for position in pair)
    names = one.guard.names | two.guard.names if has_witness else frozenset[str]()
    witness = asking.witness(Question((f"g{pair[0]}", f"g{pair[1]}")), names)
    where = _listed(witness) or f"{_either(one.guard)} and {_either(two.guard)}"
    return Verdict(
        check="K5",
        claim=Claim.OVERLAP,
        criteria=(one.criterion.id, two.criterion.id),
        message=f"both apply when {where}: {one.response.shown}, and {two.response.shown}",
        witness=witness,
        mapping=tuple(dict.fromkeys((*one.mapping, *two.mapping))),
        question=f"When {where}: (a) both, or (b) only one of {one.criterion.id} and {two.criterion.id}?",
    )


def _possible(one: Encoded, two: Encoded) -> Verdict:
    return Verdict(
        check="K5",
        claim=Claim.POSSIBLE,
        criteria=(one.criterion.id, two.criterion.id),
        message=f"if {_either(one.guard)} and {_either(two.guard)} can be at once, they conflict: {one.response.shown}, and {two.response.shown}",
        mapping=tuple(dict.fromkeys((*one.mapping, *two.mapping))),
        question=f"Can both be at once: (a) never, so say so as a fact in the vocabulary; or (b) yes, so one of {one.criterion.id} and {two.criterion.id} must change?",
    )


def _unknown(one: Encoded, two: Encoded) -> Verdict:
    return Verdict(
        check="K1",
        claim=Claim.UNKNOWN,
        criteria=(one.criterion.id, two.criterion.id),
        message="the solver gave up within its steps; nothing is claimed",
    )


def _either(guard: Formula) -> str:
    return guard.shown or "always"


def _listed(witness: tuple[tuple[str, str], ...]) -> str:
    return ", ".join(name if value == "true" else f"not {name}" if value == "false" else f"{name} = {value}" for name, value in witness)
