"""Works out the values that an expression of Terraform may have: of a condition both, of a name what stands for it, and open what only the engine knows.

Source: HCL Native Syntax Specification, "Expressions"; Terraform language, "Expressions".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import islice

from msgspec import Struct, field

from setsquare.powers.iam.expressions.functions import called
from setsquare.powers.iam.expressions.terms import (
    Applied,
    At,
    Attr,
    Either,
    Listing,
    Literal,
    Loop,
    Mapped,
    Operation,
    Splat,
    Step,
    Template,
    Term,
    Unparsed,
    Walk,
)
from setsquare.powers.iam.expressions.values import (
    MOST_CHOICES,
    NOTHING,
    Choices,
    Encoded,
    Fields,
    Nothing,
    Open,
    Value,
    combined,
    distinct,
    glued,
    hole,
    items_of,
    text_of,
)

LIMIT_DEPTH = 30
LIMIT_STEPS = 40_000
_MOST_TURNS = 500

Known = Callable[[str, tuple[Step, ...], "Evaluation"], tuple[Choices, int] | None]
"""Gives the values of a name with some steps from it, and how many of the steps that took; `None` where nobody knows it."""
Read = Callable[[str, tuple[Value, ...]], Choices | None]
"""Gives what a function gives that reads files; `None` for another function."""


class Evaluation(Struct, frozen=True, kw_only=True):
    """Where names are looked up. `bound` are the names of loops; `spent` counts the steps of all that is worked out for one question."""

    known: Known
    read: Read
    bound: Mapping[str, Value] = {}
    depth: int = 0
    spent: list[int] = field(default_factory=lambda: [0])

    def inside(self, names: Mapping[str, Value]) -> Evaluation:
        """Give the same with more names of loops."""
        return Evaluation(known=self.known, read=self.read, bound={**self.bound, **names}, depth=self.depth, spent=self.spent)

    def deeper(self) -> Evaluation:
        """Give the same one level down."""
        return Evaluation(known=self.known, read=self.read, bound=self.bound, depth=self.depth + 1, spent=self.spent)

    @property
    def is_spent(self) -> bool:
        """Count a step; tell whether they are too many."""
        self.spent[0] += 1
        return self.spent[0] > LIMIT_STEPS or self.depth > LIMIT_DEPTH


def values_of(term: Term, where: Evaluation) -> Choices:
    """Give the values that an expression may have.

    >>> from setsquare.powers.iam.expressions.parsing import parsed
    >>> nowhere = Evaluation(known=lambda *_: None, read=lambda *_: None)
    >>> values_of(parsed('var.x ? "a" : [for b in ["c"] : "${b}:d"]'), nowhere), values_of(parsed("var.x"), nowhere)
    (('a', ('c:d',)), (Open(text='${var.x}', is_whole=True),))
    """
    if where.is_spent:
        return (hole("…"),)
    match term:
        case str():
            return (term,)
        case Literal():
            return (NOTHING if term.value is None else term.value,)
        case Template():
            return _combination(term.parts, where, term.shown, _glued_whole)
        case Listing():
            return _combination(term.items, where, term.shown, tuple)
        case Mapped():
            return _mapped(term, where)
        case Applied():
            return _applied(term, where)
        case Either():
            return _either(term, where)
        case Operation():
            return _operation(term, where)
        case Walk():
            return _walked(term, where)
        case Loop():
            return _looped(term, where)
        case Unparsed():
            return (hole(term.shown),)


def _glued_whole(parts: tuple[Value, ...]) -> Value:
    """Put a template together; `"${x}"` is `x`, whatever it is."""
    return parts[0] if len(parts) == 1 else glued(parts)


def _combination(terms: tuple[Term, ...], where: Evaluation, shown: str, made: Callable[[tuple[Value, ...]], Value]) -> Choices:
    rows = combined([values_of(each, where) for each in terms])
    return (hole(shown),) if rows is None else distinct([made(tuple(row)) for row in rows], shown)


def _mapped(term: Mapped, where: Evaluation) -> Choices:
    def made(parts: tuple[Value, ...]) -> Value:
        return Fields(tuple([(_key(key), value) for key, value in zip(parts[::2], parts[1::2], strict=True)]))

    return _combination(tuple([part for pair in term.pairs for part in pair]), where, term.shown, made)


def _key(value: Value) -> str:
    found = text_of(value)
    return found if isinstance(found, str) else found.text if found is not None else "${…}"


def _applied(term: Applied, where: Evaluation) -> Choices:
    if term.name == "try":
        # What fails is not known here: any of them may be what it gives.
        return distinct([value for each in term.arguments for value in values_of(each, where)], term.shown)
    rows = combined([values_of(each, where) for each in term.arguments])
    if rows is None:
        return (hole(term.shown),)
    found: list[Value] = []
    for row in rows:
        arguments = tuple(row)
        if term.is_spread and arguments:
            last = arguments[-1]
            arguments = (*arguments[:-1], *(last if isinstance(last, tuple) else (last,)))
        if term.name in {"coalesce", "coalescelist"} and any(isinstance(each, Open) for each in arguments):
            found += arguments
            continue
        read = where.read(term.name, arguments)
        given = called(term.name, arguments) if read is None else None
        found += read if read is not None else (hole(term.shown) if given is None else given,)
    return distinct(found, term.shown)


def _either(term: Either, where: Evaluation) -> Choices:
    tests = values_of(term.test, where)
    if len(tests) == 1 and isinstance(tests[0], bool):
        return values_of(term.yes if tests[0] else term.no, where)
    return distinct((*values_of(term.yes, where), *values_of(term.no, where)), "? :")


def _operation(term: Operation, where: Evaluation) -> Choices:
    rows = combined([values_of(each, where) for each in term.terms])
    if rows is None:
        return (hole(term.shown),)
    return distinct([_operated(term, tuple(row)) for row in rows], term.shown)


def _operated(term: Operation, values: tuple[Value, ...]) -> Value:
    if any(isinstance(each, Open) for each in values):
        return hole(term.shown)
    if term.operator == "!" and isinstance(values[0], bool):
        return not values[0]
    if term.operator == "==":
        return _same(values[0], values[1])
    if term.operator == "!=":
        return not _same(values[0], values[1])
    if term.operator in {"&&", "||"} and all(isinstance(each, bool) for each in values):
        return all(values) if term.operator == "&&" else any(values)
    numbers = [each for each in values if isinstance(each, float)]
    if len(numbers) == len(values) == 2:
        return _compared(term.operator, *numbers, otherwise=hole(term.shown))
    return hole(term.shown)


def _compared(operator: str, one: float, other: float, *, otherwise: Value) -> Value:
    match operator:
        case ">":
            return one > other
        case "<":
            return one < other
        case ">=":
            return one >= other
        case "<=":
            return one <= other
        case "+":
            return one + other
        case "-":
            return one - other
        case _:
            return otherwise


def _same(one: Value, other: Value) -> bool:
    return type(one) is type(other) and one == other


def _walked(term: Walk, where: Evaluation) -> Choices:
    """Follow a name and its steps as far as they are known; the rest stays written."""
    taken = 0
    if not isinstance(term.root, str):
        choices = values_of(term.root, where)
    elif term.root in where.bound:
        choices = (where.bound[term.root],)
    else:
        found = where.known(term.root, term.steps, where)
        if found is None:
            return (hole(term.shown),)
        choices, taken = found
    for index, step in enumerate(term.steps[taken:], taken):
        if isinstance(step, Splat):
            return _splat(choices, term, index, where)
        choices = distinct([value for each in choices for value in _stepped(each, step, term.shown, where)], term.shown)
    return choices


def _splat(choices: Choices, term: Walk, index: int, where: Evaluation) -> Choices:
    """Take the rest of the steps from each item."""
    found: list[Value] = []
    for value in choices:
        if isinstance(value, Open):
            found.append(hole(term.shown))
            continue
        items = value if isinstance(value, tuple) else items_of(value) if isinstance(value, Nothing) else (value,)
        rest = Walk("item", term.steps[index + 1 :], term.shown)
        rows = combined([_walked(rest, where.inside({"item": item})) for item in items])
        found += [hole(term.shown)] if rows is None else [tuple(row) for row in rows]
    return distinct(found, term.shown)


def _stepped(value: Value, step: Attr | At, shown: str, where: Evaluation) -> Iterator[Value]:
    keys: Choices = (step.name,) if isinstance(step, Attr) else values_of(step.key, where)
    for key in keys:
        yield from _item(value, key, shown)


def _item(value: Value, key: Value, shown: str) -> Iterator[Value]:
    """Give the item of a key; of an open key every item may be meant."""
    if isinstance(value, Open):
        yield hole(shown)
    elif isinstance(key, Open):
        yield from islice(items_of(value), MOST_CHOICES) if isinstance(value, (tuple, Fields)) and items_of(value) else (hole(shown),)
    elif isinstance(value, tuple):
        at = text_of(key)
        is_there = isinstance(at, str) and at.isdigit() and int(at) < len(value)
        yield value[int(at)] if isinstance(at, str) and is_there else hole(shown)
    elif isinstance(value, Fields):
        name = text_of(key)
        found = value.get(name) if isinstance(name, str) else None
        if found is not None:
            yield found
        if found is None or value.has_open_keys:
            yield hole(shown)
    else:
        yield hole(shown)


def _looped(term: Loop, where: Evaluation) -> Choices:
    found: list[Value] = []
    for source in values_of(term.source, where):
        found += _turns(term, source, where)
    return distinct(found, term.shown)


def _turns(term: Loop, source: Value, where: Evaluation) -> Choices:
    """Work out a loop over one value; what is there under a condition that is not known may be there."""
    if isinstance(source, (Open, str, Encoded, bool, float)):
        return (hole(term.shown),)
    pairs = source.fields if isinstance(source, Fields) else tuple([(float(at), each) for at, each in enumerate(items_of(source))])
    if len(pairs) > _MOST_TURNS or not term.names:
        return (hole(term.shown),)
    parts: list[Choices] = []
    for key, value in pairs:
        names: dict[str, Value] = {term.names[-1]: value}
        if len(term.names) == 2:
            names[term.names[0]] = key
        inside = where.inside(names)
        tests = (True,) if term.test is None else values_of(term.test, inside)
        if tests == (False,):
            continue
        parts.append(_turn(term, inside))
        if tests != (True,):
            parts[-1] = (*parts[-1], NOTHING)
    rows = combined(parts)
    if rows is None:
        return (hole(term.shown),)
    kept = [tuple([each for each in row if not isinstance(each, Nothing)]) for row in rows]
    return distinct(kept if term.key is None else [_object(term, row) for row in kept], term.shown)


def _turn(term: Loop, inside: Evaluation) -> Choices:
    if term.key is None:
        return values_of(term.value, inside)
    rows = combined([values_of(term.key, inside), values_of(term.value, inside)])
    return (hole(term.shown),) if rows is None else distinct([tuple(row) for row in rows], term.shown)


def _object(term: Loop, pairs: tuple[Value, ...]) -> Value:
    fields: dict[str, Value] = {}
    for pair in pairs:
        if not isinstance(pair, tuple):
            return hole(term.shown)
        key, value = _key(pair[0]), pair[1]
        if term.is_grouping:
            known = fields.get(key, ())
            fields[key] = (*(known if isinstance(known, tuple) else ()), value)
        else:
            fields[key] = value
    return Fields(tuple(fields.items()))
