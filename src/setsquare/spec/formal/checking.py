"""Runs the checks K1 to K7 over one spec."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from setsquare.spec.formal.conflicts import conflicts
from setsquare.spec.formal.coverage import gaps, redundant, vacuous
from setsquare.spec.formal.deadlines import deadlines
from setsquare.spec.formal.encoding import Basis, encode
from setsquare.spec.formal.questioning import Asking
from setsquare.spec.formal.realizability import realizability
from setsquare.spec.formal.verdict import Claim, Consistency
from setsquare.spec.formal.vocabulary import Vocabulary
from setsquare.spec.statement import Statement
from setsquare.workspace.spec import Criterion


def consistency(
    criteria: Iterable[tuple[Criterion, Statement]], vocabulary: Vocabulary, solve: Callable[[str], str], steps: int = 1
) -> Consistency:
    """Check the criteria of one spec; `solve` runs an SMT-LIB script and gives what it prints; `steps` is from 1 to 5.

    >>> consistency((), Vocabulary(), lambda script: "").total
    0
    """
    encoding = encode(criteria, vocabulary)
    ids = {basis: tuple(item.criterion.id for item in encoding.criteria if item.basis is basis) for basis in Basis}
    asking = Asking(encoding, solve)
    verdicts = [*conflicts(asking), *vacuous(asking), *redundant(asking), *gaps(asking), *deadlines(encoding)]
    if not any(verdict.claim is Claim.CONFLICT for verdict in verdicts):
        # A conflict cannot be realized; saying it twice helps nobody.
        verdicts += realizability(asking, solve, steps)
    return Consistency(
        verdicts=tuple(sorted(verdicts, key=lambda verdict: verdict.check)),
        mapped=ids[Basis.MAPPED],
        textual=ids[Basis.TEXTUAL],
        not_analysed=ids[Basis.NONE],
        steps=steps,
    )
