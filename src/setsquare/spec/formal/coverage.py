"""K2, K3 and K4: criteria that never apply, criteria that say nothing more, and cases that no criterion speaks of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import islice

from setsquare.spec.formal.encoding import Basis, Encoded
from setsquare.spec.formal.pairs import LIMIT_PAIRS
from setsquare.spec.formal.questioning import Answer, Asking, Question
from setsquare.spec.formal.verdict import Claim, Verdict


def vacuous(asking: Asking) -> Iterator[Verdict]:
    """Find criteria whose guard cannot be (K2)."""
    analysed = [position for position, item in enumerate(asking.encoding.criteria) if item.basis is not Basis.NONE]
    for position, answer in zip(analysed, asking.ask([Question((f"g{position}",)) for position in analysed]), strict=True):
        item = asking.encoding.criteria[position]
        if answer is Answer.IMPOSSIBLE:
            yield Verdict(
                check="K2",
                claim=Claim.VACUOUS,
                criteria=(item.criterion.id,),
                message=f"it never applies: {item.guard.shown} cannot be, given the facts and limits",
                mapping=item.mapping,
                question="Is (a) the condition wrong, or (b) the fact or limit that forbids it?",
            )


def redundant(asking: Asking) -> Iterator[Verdict]:
    """Find criteria that follow from one other (K3)."""
    pairs = list(islice(_comparable(asking.encoding.criteria), LIMIT_PAIRS))
    guards = asking.ask([Question((f"g{weak}", f"ng{strong}")) for strong, weak in pairs])
    responses = asking.ask([Question((f"r{strong}", f"nr{weak}")) for strong, weak in pairs])
    told: set[int] = set()
    for (strong, weak), guard, response in zip(pairs, guards, responses, strict=True):
        if (guard, response) == (Answer.IMPOSSIBLE, Answer.IMPOSSIBLE) and strong not in told and weak not in told:
            told.add(weak)
            one, two = asking.encoding.criteria[strong], asking.encoding.criteria[weak]
            yield Verdict(
                check="K3",
                claim=Claim.REDUNDANT,
                criteria=(one.criterion.id, two.criterion.id),
                message=f"{two.criterion.id} says nothing beyond {one.criterion.id}",
                mapping=tuple(dict.fromkeys((*one.mapping, *two.mapping))),
                question=f"Is (a) {two.criterion.id} superfluous, or (b) meant to say more?",
            )


def gaps(asking: Asking) -> Iterator[Verdict]:
    """Find values of variables declared total that no guard covers (K4)."""
    for group in asking.encoding.vocabulary.total:
        names = set(group)
        covering = [
            (position, item)
            for position, item in enumerate(asking.encoding.criteria)
            if item.basis is not Basis.NONE and item.guard.names and item.guard.names <= names
        ]
        if not covering:
            continue
        question = Question(tuple(f"ng{position}" for position, _ in covering))
        if asking.ask([question]) == [Answer.POSSIBLE]:
            witness = asking.witness(question, names)
            shown = ", ".join(f"{name} = {value}" for name, value in witness)
            yield Verdict(
                check="K4",
                claim=Claim.GAP,
                criteria=tuple(item.criterion.id for _, item in covering),
                message=f"no criterion speaks of {shown}",
                witness=witness,
                question=f"When {shown}: (a) must something happen, so a criterion is missing; or (b) nothing, so {', '.join(group)} is not total?",
            )


def _comparable(criteria: tuple[Encoded, ...]) -> Iterator[tuple[int, int]]:
    """List pairs whose responses speak of the same and of which one can imply the other: no guard has words that the other's lacks.

    Of criteria that say the very same only the first one is asked what follows from it.
    """
    by_outputs: defaultdict[frozenset[str], list[int]] = defaultdict(list)
    for position, item in enumerate(criteria):
        if item.basis is not Basis.NONE:
            by_outputs[item.outputs].append(position)
    for members in by_outputs.values():
        first = {(criteria[position].guard.smt, criteria[position].response.smt): position for position in reversed(members)}
        for strong in sorted(first.values()):
            for weak in members:
                if strong != weak and criteria[strong].opaque <= criteria[weak].opaque:
                    yield strong, weak
