"""Encodes criteria as guard and response over a vocabulary's variables, and over phrases that stand for themselves.

Each criterion is "whenever the guard holds, the response holds", at one instant and without memory. A phrase that the vocabulary does not map is
a truth value of its own, named by its canonical text: the same words mean the same, and nothing is known of how different words relate.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Final

from msgspec import Struct

from setsquare.spec.fingerprint import canonical
from setsquare.spec.formal.formula import TRUE, Formula, Sort, Variable, conjunction, negation, number, symbol
from setsquare.spec.formal.quantities import Quantity, comparison, converted, shown
from setsquare.spec.formal.vocabulary import Vocabulary
from setsquare.spec.statement import Clause, Pattern, Statement, Timing
from setsquare.workspace.spec import Criterion

_DENIED: Final = re.compile(r"\b(is|are|was|were|has|have|does|do|can|could|will|would)\s+not\s+", re.IGNORECASE)
_CONTRACTED: Final = re.compile(r"\b(is|are|was|were|has|have|does|do|ca|could|wo|would)n't\b", re.IGNORECASE)
_AND: Final = re.compile(r"\s+and\s+", re.IGNORECASE)
_OR: Final = re.compile(r"\s+or\s+", re.IGNORECASE)
_UPPER: Final = re.compile(r"\s(?:AND|OR)\s")
_BOUND: Final = {"within": "<=", "after": ">=", "for": ">="}


class Basis(enum.Enum):
    """On what a criterion's encoding rests: the vocabulary, the sameness of words, or nothing (it is not analysed)."""

    MAPPED = "mapped"
    TEXTUAL = "textual"
    NONE = "none"


class Bound(Struct, frozen=True):
    """A limit on a response's time in milliseconds: `sign` is `<=` or `>=`."""

    sign: str
    value_ms: Fraction


class Encoded(Struct, frozen=True, kw_only=True):
    """One criterion in logic. `opaque` are the guard's phrases that stand for themselves; `outputs` the variables of the response."""

    criterion: Criterion
    guard: Formula
    response: Formula
    basis: Basis
    opaque: frozenset[str] = frozenset()
    outputs: frozenset[str] = frozenset()
    bound: Bound | None = None
    mapping: tuple[str, ...] = ()


class Encoding(Struct, frozen=True, kw_only=True):
    """All criteria of a spec in logic; `phrases` are the truth values that stand for themselves, by symbol name; `times` the names of bounded times."""

    criteria: tuple[Encoded, ...] = ()
    vocabulary: Vocabulary = Vocabulary()
    phrases: Mapping[str, str] = {}
    times: frozenset[str] = frozenset()


class _Phrases:
    """Gives phrases that stand for themselves their symbols, in the order in which they are met."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self.symbols: set[str] = set()
        self.times: dict[str, str] = {}

    def named(self, text: str) -> Formula:
        """Give the truth value of a phrase; `is not` denies the phrase without it."""
        plain = canonical(text)
        positive = _CONTRACTED.sub(lambda found: {"ca": "can", "wo": "will"}.get(found[1].lower(), found[1]), plain)
        positive = _DENIED.sub(r"\1 ", positive)
        name = self.names.setdefault(positive, f"p{len(self.names) + 1}")
        self.symbols.add(name)
        found = Formula(symbol(name), frozenset({name}), f"“{positive}”")
        return negation(found) if positive != plain else found

    def time(self, text: str) -> str:
        """Name the time that a response takes."""
        return self.times.setdefault(text, f"t{len(self.times) + 1}")


def encode(criteria: Iterable[tuple[Criterion, Statement]], vocabulary: Vocabulary) -> Encoding:
    """Encode the criteria of one spec that demand something.

    >>> from setsquare.spec.ears import parse
    >>> from setsquare.text.paths import RelPath
    >>> from setsquare.text.span import Span
    >>> one = Criterion(
    ...     id="1.1", text="WHEN it rings, THE Bell SHALL glow", path=RelPath("r.md"), line=1, span=Span(0, 0), text_span=Span(0, 0)
    ... )
    >>> [(item.guard.smt, item.response.smt) for item in encode([(one, parse(one.text))], Vocabulary()).criteria]
    [('|p1|', '|p2|')]
    """
    phrases = _Phrases()
    found = [_encoded(criterion, statement, vocabulary, phrases) for criterion, statement in criteria]
    return Encoding(
        criteria=tuple(_based(found, vocabulary)),
        vocabulary=vocabulary,
        phrases={name: text for text, name in phrases.names.items()},
        times=frozenset(phrases.times.values()),
    )


def _encoded(criterion: Criterion, statement: Statement, vocabulary: Vocabulary, phrases: _Phrases) -> Encoded:
    """Encode one criterion; a sentence without obligation, or about all values of something, is not."""
    if not statement.modal or statement.pattern in (Pattern.NONE, Pattern.PROPERTY):
        return Encoded(criterion=criterion, guard=TRUE, response=TRUE, basis=Basis.NONE)
    mapping: list[str] = []
    guard = conjunction(tuple(_clause(clause, vocabulary, phrases, mapping) for clause in statement.clauses))
    response, bound = _response(statement, vocabulary, phrases, mapping)
    return Encoded(
        criterion=criterion,
        guard=guard,
        response=response,
        basis=Basis.MAPPED if mapping else Basis.TEXTUAL,
        opaque=guard.names & phrases.symbols,
        outputs=response.names,
        bound=bound,
        mapping=tuple(dict.fromkeys(mapping)),
    )


def _response(statement: Statement, vocabulary: Vocabulary, phrases: _Phrases, mapping: list[str]) -> tuple[Formula, Bound | None]:
    """Encode a response: by the vocabulary as a whole or part by part, else as a phrase of its subject with a bound on its time."""
    parts = (statement.response, *_AND.split(statement.response))
    known = tuple(_mapped(part, vocabulary, mapping) for part in parts)
    meant = known[0] or (conjunction(tuple(part for part in known[1:] if part)) if all(known[1:]) else None)
    said, bound = _timed(statement)
    if meant is None and bound:
        meant = _mapped(said, vocabulary, mapping)
    elif meant is not None:
        bound = None
    response = meant or phrases.named(f"{statement.subject}: {said}")
    limit = _limit(statement, said, phrases, bound)
    if statement.is_negative:
        # SHALL NOT do it within a time forbids the speed, not the deed.
        return limit or negation(response), bound
    return conjunction((response, limit)) if limit else response, bound


def _clause(clause: Clause, vocabulary: Vocabulary, phrases: _Phrases, mapping: list[str]) -> Formula:
    """Encode a precondition: as a whole where the vocabulary knows it, else its parts joined by one kind of conjunction."""
    whole = _mapped(clause.text, vocabulary, mapping)
    if whole is not None:
        return whole
    has_and, has_or = _AND.search(clause.text), _OR.search(clause.text)
    if has_and and has_or:
        return phrases.named(clause.text)
    parts = (_AND if has_and else _OR).split(clause.text) if has_and or has_or else [clause.text]
    known = [_mapped(part, vocabulary, mapping) for part in parts]
    # Parts that nothing is known of are cut apart only where the writer says so in capitals: `name and mail are valid` is one thing.
    if len(parts) > 1 and not any(known) and not _UPPER.search(clause.text):
        return phrases.named(clause.text)
    formulas = tuple(found or phrases.named(part) for found, part in zip(known, parts, strict=True))
    return _either(formulas) if has_or else conjunction(formulas)


def _either(parts: tuple[Formula, ...]) -> Formula:
    if len(parts) == 1:
        return parts[0]
    return Formula(
        f"(or {' '.join(part.smt for part in parts)})",
        frozenset[str]().union(*(part.names for part in parts)),
        " or ".join(part.shown for part in parts),
    )


def _mapped(text: str, vocabulary: Vocabulary, mapping: list[str]) -> Formula | None:
    """Find what the vocabulary says of a phrase, or read it as a comparison with a number."""
    known = vocabulary.atoms.get(canonical(text)) or comparison(text, vocabulary.variables.values())
    if known is not None:
        mapping.append(f"“{' '.join(text.split())}” is {known.shown}")
    return known


def _timed(statement: Statement) -> tuple[str, Bound | None]:
    """Split a response into what happens and by when."""
    timing = statement.timing
    text = statement.response
    value = _milliseconds(timing) if timing else None
    if timing is None or value is None or timing.op not in _BOUND:
        return text, None
    written = re.search(rf"\b{re.escape(timing.op)}\b[^,;]*?{re.escape(timing.value)}\s*{re.escape(timing.unit)}", text, re.IGNORECASE)
    said = (text[: written.start()] + text[written.end() :]).strip(" ,.;") if written else text
    return said, Bound(_BOUND[timing.op], value)


def _milliseconds(timing: Timing) -> Fraction | None:
    try:
        value = Fraction(timing.value.replace(",", "").rstrip("."))
    except (ValueError, ZeroDivisionError):
        return None
    return converted(Quantity(value, timing.unit), "ms") if timing.unit else None


def _limit(statement: Statement, said: str, phrases: _Phrases, bound: Bound | None) -> Formula | None:
    """Encode the bound on a response's time; SHALL NOT within a time means later than that."""
    if bound is None:
        return None
    name = phrases.time(f"{canonical(statement.subject)}: {canonical(said)}")
    sign = {"<=": ">", ">=": "<"}[bound.sign] if statement.is_negative else bound.sign
    return Formula(f"({sign} {symbol(name)} {number(bound.value_ms)})", frozenset({name}), f"done {sign} {shown(bound.value_ms)} ms")


def _based(found: list[Encoded], vocabulary: Vocabulary) -> Iterable[Encoded]:
    """Keep as analysed only what some check can compare: a mapped criterion, or one whose response shares its words with another's."""
    counts: dict[str, int] = {}
    for item in found:
        if item.basis is not Basis.NONE:
            for name in item.outputs:
                counts[name] = counts.get(name, 0) + 1
    for item in found:
        is_compared = any(counts.get(name, 0) > 1 or name in vocabulary.variables for name in item.outputs)
        if item.basis is Basis.TEXTUAL and not is_compared:
            yield Encoded(criterion=item.criterion, guard=item.guard, response=item.response, basis=Basis.NONE, bound=item.bound)
        else:
            yield item


def declarations(encoding: Encoding, spoken: frozenset[str]) -> tuple[str, ...]:
    """Declare the vocabulary's variables, and those phrases and times that are spoken of, in SMT-LIB and in a fixed order.

    >>> declarations(Encoding(phrases={"p1": "it rings", "p2": "it glows"}), frozenset({"p1"}))
    ('(declare-const |p1| Bool)',)
    """
    lines = [line for variable in encoding.vocabulary.variables.values() for line in _declared(variable)]
    lines += [f"(declare-const {symbol(name)} Bool)" for name in sorted(spoken & encoding.phrases.keys())]
    lines += [f"(declare-const {symbol(name)} Real)" for name in sorted(spoken & encoding.times)]
    return tuple(lines)


def _declared(variable: Variable) -> tuple[str, str]:
    """Declare a variable and its value one step before."""
    kind = "Bool" if variable.sort is Sort.BOOL else "Real"
    return f"(declare-const {symbol(variable.name)} {kind})", f"(declare-const |prev {variable.name}| {kind})"
