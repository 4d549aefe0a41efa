"""K7: whether for all inputs there are outputs that meet every criterion, for a bounded number of steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from setsquare.spec.formal.encoding import Basis, Encoded, Encoding
from setsquare.spec.formal.formula import Sort, Variable, at_step, symbol
from setsquare.spec.formal.questioning import EFFORT, Asking
from setsquare.spec.formal.verdict import Claim, Verdict
from setsquare.spec.formal.vocabulary import domain

MOST_STEPS: Final = 5
"""How many steps are looked ahead, at most."""


def realizability(asking: Asking, solve: Callable[[str], str], steps: int = 1) -> Iterator[Verdict]:
    """Decide for 1 to `steps` steps whether somebody who sees the inputs can always answer.

    Variables of responses are outputs, unless the vocabulary calls them inputs; all others are inputs. Criteria with words that only stand for themselves are left out: any
    combination of those would have to be answered.
    """
    encoding = asking.encoding
    members = [
        item
        for item in encoding.criteria
        if item.basis is Basis.MAPPED and not item.opaque and item.outputs <= set(encoding.vocabulary.variables)
    ]
    if not members:
        return
    # Without memory one step decides.
    most = min(steps, MOST_STEPS) if _has_memory(encoding, members) else 1
    for count in range(1, most + 1):
        printed = solve(_script(encoding, members, count))
        if printed.startswith("sat"):
            witness = _witness(asking, solve, members, count)
            shown = ", ".join(f"{name} = {value}" for name, value in witness)
            yield Verdict(
                check="K7",
                claim=Claim.UNREALIZABLE,
                criteria=tuple(item.criterion.id for item in members),
                message=f"within {count} step{'s' if count > 1 else ''} no outputs meet them all" + (f" when {shown}" if shown else ""),
                witness=witness,
                question="Is (a) this input impossible, so say so as a fact; or (b) must a criterion give way?",
            )
            return
        if not printed.startswith("unsat"):
            yield Verdict(
                check="K7",
                claim=Claim.UNKNOWN,
                criteria=(),
                message=f"the solver gave up at {count} steps; nothing is claimed beyond {count - 1}",
            )
            return


def _witness(asking: Asking, solve: Callable[[str], str], members: Sequence[Encoded], steps: int) -> tuple[tuple[str, str], ...]:
    """Give the inputs of the first step to which there is no answer."""
    outputs = _outputs(asking.encoding, members)
    inputs = [name for name in asking.encoding.vocabulary.variables if name not in outputs]
    if not inputs or _has_memory(asking.encoding, members):
        return ()
    asked = f"(get-value ({' '.join(symbol(name, 1) for name in inputs)}))"
    return asking.values(solve("\n".join((_script(asking.encoding, members, steps), asked))).replace("@1|", "|"))


def _script(encoding: Encoding, members: Sequence[Encoded], steps: int) -> str:
    """Ask for inputs of the first step to which there is no answer; later steps are quantified in turn."""
    outputs = _outputs(encoding, members)
    variables = tuple(encoding.vocabulary.variables.values())
    inputs = [variable for variable in variables if variable.name not in outputs]
    answers = [variable for variable in variables if variable.name in outputs]
    body = _round(encoding, members, (inputs, answers), 1, steps)
    head = f"(set-option :rlimit {EFFORT * 10})"
    if _has_memory(encoding, members):
        start = " ".join(
            at_step(fact.formula.smt, fact.formula.names, 0) for fact in domain(encoding.vocabulary) if "|prev " not in fact.formula.smt
        )
        first = f"(forall ({_bound(inputs, 1)}) (=> {_assumed(encoding, outputs, 1)} {body}))" if inputs else body
        return f"{head}\n(assert (not (exists ({_bound(variables, 0)}) (and true {start} {first}))))\n(check-sat-using qsat)"
    lines = [head, *(_declared(variable, 1) for variable in inputs), f"(assert {_assumed(encoding, outputs, 1)})", f"(assert (not {body}))"]
    return "\n".join((*lines, "(check-sat-using qsat)"))


def _has_memory(encoding: Encoding, members: Sequence[Encoded]) -> bool:
    """Tell whether anything speaks of the step before."""
    written = [item.guard.smt + item.response.smt for item in members] + [fact.formula.smt for fact in encoding.vocabulary.facts]
    return any("|prev " in smt for smt in written)


def _assumed(encoding: Encoding, outputs: frozenset[str], step: int) -> str:
    """Write what the world keeps to at a step: the facts and limits that speak of inputs alone."""
    facts = (fact.formula for fact in domain(encoding.vocabulary) if not fact.formula.names & outputs)
    return f"(and true {' '.join(at_step(fact.smt, fact.names, step) for fact in facts)})"


def _outputs(encoding: Encoding, members: Sequence[Encoded]) -> frozenset[str]:
    """Name the variables that the system sets."""
    answered = frozenset[str]().union(*(item.outputs for item in members))
    return frozenset(name for name, variable in encoding.vocabulary.variables.items() if name in answered and not variable.is_input)


def _round(
    encoding: Encoding, members: Sequence[Encoded], variables: tuple[Sequence[Variable], Sequence[Variable]], step: int, steps: int
) -> str:
    """Write that there are outputs at a step that meet everything and leave an answer to every next input."""
    inputs, answers = variables
    outputs = frozenset(variable.name for variable in answers)
    held = [at_step(f"(=> {item.guard.smt} {item.response.smt})", item.guard.names | item.response.names, step) for item in members]
    facts = domain(encoding.vocabulary)
    held += [at_step(fact.formula.smt, fact.formula.names, step) for fact in facts if fact.formula.names & outputs]
    if step < steps:
        later = _round(encoding, members, variables, step + 1, steps)
        following = f"(=> {_assumed(encoding, outputs, step + 1)} {later})"
        held.append(f"(forall ({_bound(inputs, step + 1)}) {following})" if inputs else following)
    inner = f"(and true {' '.join(held)})"
    return f"(exists ({_bound(answers, step)}) {inner})" if answers else inner


def _bound(variables: Sequence[Variable], step: int) -> str:
    return " ".join(f"({symbol(variable.name, step)} {_sort(variable)})" for variable in variables)


def _declared(variable: Variable, step: int) -> str:
    return f"(declare-const {symbol(variable.name, step)} {_sort(variable)})"


def _sort(variable: Variable) -> str:
    return "Bool" if variable.sort is Sort.BOOL else "Real"
