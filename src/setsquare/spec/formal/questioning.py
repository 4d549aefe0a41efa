"""Writes questions about an encoding as SMT-LIB scripts and reads the answers."""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import Final

from msgspec import Struct

from setsquare.spec.formal.encoding import Encoding, declarations
from setsquare.spec.formal.formula import Sort, symbol
from setsquare.spec.formal.quantities import shown
from setsquare.spec.formal.vocabulary import Fact, domain

EFFORT: Final = 2_000_000
"""The solver's steps for one question; the same limit gives the same answer on every machine."""

_VALUE: Final = re.compile(r"\(\s*\|(?P<name>[^|]+)\|\s+(?P<value>\([^()]*(?:\([^()]*\)[^()]*)*\)|[^\s()]+)\s*\)")
_NUMBER: Final = re.compile(r"\d+(?:\.\d+)?")


class Answer(enum.Enum):
    """Whether formulas can hold together."""

    POSSIBLE = "sat"
    IMPOSSIBLE = "unsat"
    UNKNOWN = "unknown"


class Question(Struct, frozen=True):
    """Literals that are assumed together, with everything of the domain (or only the facts at the positions `facts`)."""

    literals: tuple[str, ...]
    facts: tuple[int, ...] | None = None


class Asking:
    """Asks a solver about one encoding. Literals are `g3`, `r3` (guard, response of the criterion at position 3), `ng3`, `nr3` (their denials)."""

    def __init__(self, encoding: Encoding, solve: Callable[[str], str]) -> None:
        """Ask by `solve`, which runs a script and gives what it prints."""
        self.encoding = encoding
        self.facts: tuple[Fact, ...] = domain(encoding.vocabulary)
        self._solve = solve

    def ask(self, questions: Sequence[Question]) -> list[Answer]:
        """Answer all questions in one script."""
        if not questions:
            return []
        lines = [f"(check-sat-assuming ({' '.join(self._assumed(question))}))" for question in questions]
        words = self._solve("\n".join((*self._premises(questions), *lines))).split()
        return [Answer(word) for word in words]

    def witness(self, question: Question, names: Iterable[str]) -> tuple[tuple[str, str], ...]:
        """Give values of variables under which a possible question holds; phrases are shown as such."""
        wanted = sorted(names)
        if not wanted:
            return ()
        listed = " ".join(symbol(name) for name in wanted)
        printed = self._solve(
            "\n".join(
                (*self._premises((question,)), f"(check-sat-assuming ({' '.join(self._assumed(question))}))", f"(get-value ({listed}))")
            )
        )
        return self.values(printed)

    def values(self, printed: str) -> tuple[tuple[str, str], ...]:
        """Read `get-value` output as names and values for people."""
        return tuple(self._shown(match["name"], match["value"]) for match in _VALUE.finditer(printed))

    def _premises(self, questions: Iterable[Question]) -> Iterable[str]:
        """Declare what the questions speak of, and nothing else: a script must not grow with the spec."""
        literals = sorted({literal for question in questions for literal in question.literals})
        items = [(literal, self.encoding.criteria[int(literal.lstrip("ngr"))]) for literal in literals]
        meant = [(literal, item.guard if "g" in literal else item.response) for literal, item in items]
        spoken = frozenset[str]().union(*(formula.names for _, formula in meant))
        yield f"(set-option :rlimit {EFFORT})"
        yield from declarations(self.encoding, spoken)
        yield from (f"(assert (>= {symbol(name)} 0.0))" for name in sorted(spoken & self.encoding.times))
        for position, fact in enumerate(self.facts):
            yield f"(declare-const f{position} Bool)(assert (=> f{position} {fact.formula.smt}))"
        for literal, formula in meant:
            smt = f"(not {formula.smt})" if literal.startswith("n") else formula.smt
            yield f"(declare-const {literal} Bool)(assert (=> {literal} {smt}))"

    def _assumed(self, question: Question) -> tuple[str, ...]:
        kept = range(len(self.facts)) if question.facts is None else question.facts
        return (*question.literals, *(f"f{position}" for position in kept))

    def _shown(self, name: str, value: str) -> tuple[str, str]:
        variable = self.encoding.vocabulary.variables.get(name)
        if variable is None or variable.sort is Sort.BOOL:
            return (f"“{self.encoding.phrases[name]}”" if name in self.encoding.phrases else name), value
        read = fraction(value)
        if variable.sort is Sort.ENUM and 0 <= read < len(variable.values) and read.denominator == 1:
            return name, variable.values[int(read)]
        return name, f"{shown(read)} {variable.unit}".strip()


def fraction(value: str) -> Fraction:
    """Read a number as a solver prints it.

    >>> fraction("(- (/ 17.0 2.0))"), fraction("9.0")
    (Fraction(-17, 2), Fraction(9, 1))
    """
    numbers = [Fraction(found) for found in _NUMBER.findall(value)]
    size = numbers[0] / numbers[1] if "/" in value and len(numbers) > 1 else numbers[0] if numbers else Fraction(0)
    return -size if "-" in value else size
