"""Reads the small language in which a vocabulary states facts, and writes it as SMT-LIB.

Grammar, loosest first: `implies` (or `->`), `or`, `and`, `not`, comparison (`=`, `!=`, `<`, `<=`, `>`, `>=`), `+` and `-`, `*` with a number,
`prev(name)`, names, numbers, parentheses.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Final

from msgspec import Struct

_TOKEN: Final = re.compile(r"\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<name>[^\W\d]\w*)|(?P<sign>->|<=|>=|!=|==|[=<>()+\-*]))")
_COMPARE: Final = {"=": "=", "==": "=", "!=": "distinct", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_WORDS: Final = frozenset({"and", "or", "not", "implies", "prev", "true", "false"})
_DEEPEST: Final = 50


class Sort(enum.Enum):
    """What values a variable has; an enumeration's values are counted from 0."""

    BOOL = "bool"
    REAL = "real"
    INT = "int"
    ENUM = "enum"


class Variable(Struct, frozen=True, kw_only=True):
    """A declared variable: `values` of an enumeration, `unit` of a number, `least` and `most` its limits, `phrases` that name it in sentences.

    `is_input` says that the world sets it, also where a response mentions it.
    """

    name: str
    sort: Sort
    values: tuple[str, ...] = ()
    unit: str = ""
    least: Fraction | None = None
    most: Fraction | None = None
    phrases: tuple[str, ...] = ()
    is_input: bool = False


class Formula(Struct, frozen=True):
    """A closed formula: `smt` in SMT-LIB with the variables' symbols, `names` the variables in it, `shown` for people."""

    smt: str
    names: frozenset[str] = frozenset()
    shown: str = ""


TRUE = Formula("true", frozenset(), "always")


class NoFormula(Struct, frozen=True):
    """Why an expression is no formula."""

    reason: str


class _Term(Struct, frozen=True):
    """A part of an expression: `sort` is what it evaluates to; `values` name the enumeration that it belongs to."""

    smt: str
    sort: Sort
    names: frozenset[str] = frozenset()
    values: tuple[str, ...] = ()


class _Wrong(Exception):
    """Ends the parse of an expression; the message is the reason."""


def symbol(name: str, step: int = 0) -> str:
    """Name a variable in SMT-LIB, at a step of a run.

    >>> symbol("upload_mb"), symbol("open", 1)
    ('|upload_mb|', '|open@1|')
    """
    return f"|{name}|" if step == 0 else f"|{name}@{step}|"


def number(value: Fraction) -> str:
    """Write a number in SMT-LIB.

    >>> number(Fraction(5, 2)), number(Fraction(-3))
    ('(/ 5.0 2.0)', '(- 3.0)')
    """
    size = f"{abs(value).numerator}.0"
    written = size if value.denominator == 1 else f"(/ {size} {value.denominator}.0)"
    return written if value >= 0 else f"(- {written})"


def formula(text: str, variables: Mapping[str, Variable]) -> Formula | NoFormula:
    """Read an expression over declared variables.

    >>> known = {"mb": Variable(name="mb", sort=Sort.REAL), "ok": Variable(name="ok", sort=Sort.BOOL)}
    >>> formula("mb <= 10 and not ok", known).smt
    '(and (<= |mb| 10.0) (not |ok|))'
    >>> formula("mb <= size", known).reason
    'there is no variable `size`'
    """
    try:
        reader = _Reader(_tokens(text), variables)
        term = reader.implied(0)
        reader.ended()
        if term.sort is not Sort.BOOL:
            return NoFormula("it states nothing: a comparison or a truth value is needed")
    except _Wrong as error:
        return NoFormula(str(error))
    return Formula(term.smt, term.names, " ".join(text.split()))


def conjunction(parts: tuple[Formula, ...]) -> Formula:
    """Join formulas by `and`.

    >>> conjunction((TRUE,)) == TRUE
    True
    """
    real = tuple(dict.fromkeys(part for part in parts if part.smt != "true"))
    if not real:
        return TRUE
    if len(real) == 1:
        return real[0]
    return Formula(
        f"(and {' '.join(part.smt for part in real)})",
        frozenset[str]().union(*(part.names for part in real)),
        " and ".join(part.shown for part in real),
    )


def negation(inner: Formula) -> Formula:
    """Deny a formula.

    >>> negation(Formula("|ok|", frozenset({"ok"}), "ok")).shown
    'not (ok)'
    """
    return Formula(f"(not {inner.smt})", inner.names, f"not ({inner.shown})")


def at_step(smt: str, names: frozenset[str], step: int) -> str:
    """Write a formula for one step of a run: `prev(x)` is the value of the step before.

    >>> at_step("(= |x| |prev x|)", frozenset({"x"}), 2)
    '(= |x@2| |x@1|)'
    """
    for name in names:
        smt = smt.replace(f"|{name}|", symbol(name, step)).replace(f"|prev {name}|", symbol(name, step - 1))
    return smt


def _tokens(text: str) -> list[str]:
    found: list[str] = []
    position = 0
    while text[position:].strip():
        match = _TOKEN.match(text, position)
        if match is None:
            raise _Wrong(f"`{text[position:].strip()[:20]}` is no part of a formula")
        found.append(match[0].strip())
        position = match.end()
    return found


class _Reader:
    """Reads tokens from left to right, one method a level of the grammar."""

    def __init__(self, tokens: list[str], variables: Mapping[str, Variable]) -> None:
        self._tokens = tokens
        self._at = 0
        self._variables = variables

    def ended(self) -> None:
        """Refuse what is left over."""
        if self._at < len(self._tokens):
            raise _Wrong(f"`{self._tokens[self._at]}` stands where the formula should end")

    def implied(self, depth: int) -> _Term:
        """Read an implication."""
        if depth > _DEEPEST:
            raise _Wrong("it is nested too deeply")
        left = self._joined(("or", "and"), depth)
        if self._taken("implies", "->"):
            return _logic("=>", (left, self.implied(depth + 1)))
        return left

    def _joined(self, words: tuple[str, ...], depth: int) -> _Term:
        """Read parts joined by the first word, each made of parts joined by the words after it."""
        if not words:
            return self._denied(depth)
        parts = [self._joined(words[1:], depth)]
        while self._taken(words[0]):
            parts.append(self._joined(words[1:], depth))
        return parts[0] if len(parts) == 1 else _logic(words[0], tuple(parts))

    def _denied(self, depth: int) -> _Term:
        if depth > _DEEPEST:
            raise _Wrong("it is nested too deeply")
        if self._taken("not"):
            return _logic("not", (self._denied(depth + 1),))
        left = self._sum(depth)
        operator = self._taken(*_COMPARE)
        return _compared(operator, left, self._sum(depth), self._variables) if operator else left

    def _sum(self, depth: int) -> _Term:
        total = self._product(depth)
        while sign := self._taken("+", "-"):
            total = _arithmetic(sign, total, self._product(depth))
        return total

    def _product(self, depth: int) -> _Term:
        first = self._single(depth)
        return _arithmetic("*", first, self._single(depth)) if self._taken("*") else first

    def _single(self, depth: int) -> _Term:
        word = self._next()
        if word == "(":
            inner = self.implied(depth + 1)
            self._expect(")")
            return inner
        if word == "-":
            inner = self._single(depth)
            return _Term(f"(- {inner.smt})", inner.sort, inner.names)
        if word[0].isdigit():
            return _Term(number(Fraction(word)), Sort.REAL)
        if word in ("true", "false"):
            return _Term(word, Sort.BOOL)
        if word == "prev":
            self._expect("(")
            inner = self._named(self._next())
            self._expect(")")
            return _Term(f"|prev {inner.smt.strip('|')}|", inner.sort, inner.names, inner.values)
        return self._named(word)

    def _named(self, name: str) -> _Term:
        variable = self._variables.get(name)
        if variable is not None:
            return _Term(symbol(name), variable.sort, frozenset({name}), variable.values)
        if any(name in other.values for other in self._variables.values()):
            return _Term(name, Sort.ENUM)
        if name in _WORDS or not name[0].isalpha():
            raise _Wrong(f"`{name}` stands where a name or a number should")
        raise _Wrong(f"there is no variable `{name}`")

    def _next(self) -> str:
        if self._at >= len(self._tokens):
            raise _Wrong("it ends too early")
        self._at += 1
        return self._tokens[self._at - 1]

    def _expect(self, token: str) -> None:
        if self._next() != token:
            raise _Wrong(f"`{token}` is missing")

    def _taken(self, *tokens: str) -> str:
        if self._at < len(self._tokens) and self._tokens[self._at] in tokens:
            self._at += 1
            return self._tokens[self._at - 1]
        return ""


def _logic(word: str, parts: tuple[_Term, ...]) -> _Term:
    for part in parts:
        if part.sort is not Sort.BOOL:
            raise _Wrong(f"`{word}` joins truth values, and {part.smt.strip('|')} is none")
    return _Term(f"({word} {' '.join(part.smt for part in parts)})", Sort.BOOL, _names(parts))


def _arithmetic(sign: str, left: _Term, right: _Term) -> _Term:
    if {left.sort, right.sort} & {Sort.BOOL, Sort.ENUM}:
        raise _Wrong(f"`{sign}` needs numbers")
    if sign == "*" and left.names and right.names:
        raise _Wrong("a product needs a plain number: the checks decide linear arithmetic only")
    return _Term(f"({sign} {left.smt} {right.smt})", Sort.REAL, left.names | right.names)


def _compared(operator: str, left: _Term, right: _Term, variables: Mapping[str, Variable]) -> _Term:
    is_enumerated = Sort.ENUM in (left.sort, right.sort)
    if is_enumerated:
        if operator not in ("=", "==", "!="):
            raise _Wrong(f"`{operator}` cannot order the values of an enumeration")
        values = left.values or right.values
        left, right = _valued(left, values, variables), _valued(right, values, variables)
    elif (left.sort is Sort.BOOL) != (right.sort is Sort.BOOL):
        raise _Wrong(f"`{operator}` compares a number with a truth value")
    elif left.sort is Sort.BOOL and operator not in ("=", "==", "!="):
        raise _Wrong(f"`{operator}` cannot order truth values")
    return _Term(f"({_COMPARE[operator]} {left.smt} {right.smt})", Sort.BOOL, left.names | right.names)


def _valued(term: _Term, values: tuple[str, ...], variables: Mapping[str, Variable]) -> _Term:
    """Give an enumeration's value its number; a variable stays as it is."""
    if term.sort is not Sort.ENUM:
        raise _Wrong("an enumeration is compared with something else")
    if term.names:
        return term
    if term.smt not in values:
        owner = next(variable.name for variable in variables.values() if term.smt in variable.values)
        raise _Wrong(f"`{term.smt}` is a value of `{owner}`, not of what it is compared with")
    return _Term(number(Fraction(values.index(term.smt))), Sort.ENUM)


def _names(parts: tuple[_Term, ...]) -> frozenset[str]:
    return frozenset[str]().union(*(part.names for part in parts))
